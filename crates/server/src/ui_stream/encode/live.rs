//! What is said while work goes on: text as it is written, and lines of progress. None of it is in the log.

use super::{Encoder, Taken};
use crate::ui_stream::{
    chunk::Chunk,
    told::{self, Level},
};
use steersman_protocol::{ExecutionId, Problem};
use steersman_runtime::Lines;

impl Encoder {
    /// A piece of the answer that is being written, `offset` bytes into the turn's text.
    pub fn piece(&mut self, turn: u32, offset: usize, text: &str, out: &mut Vec<Chunk>) -> Taken {
        if turn > self.run.turn {
            return Taken::Gap;
        }
        if turn < self.run.turn || !self.run.is_asking_model {
            return Taken::Known;
        }
        let said = self.writing.as_ref().map_or(0, String::len);
        if offset > said {
            return Taken::Gap;
        }
        if offset + text.len() <= said {
            return Taken::Known;
        }
        match text.get(said - offset..) {
            Some(new) => {
                self.write(new, out);
                Taken::New
            }
            None => Taken::Gap,
        }
    }

    /// All of a turn's text so far, for somebody who comes in the middle or missed some of it.
    pub fn text_so_far(&mut self, turn: u32, text: &str, out: &mut Vec<Chunk>) {
        if turn != self.run.turn || !self.run.is_asking_model {
            return;
        }
        let said = self.writing.as_deref().unwrap_or_default();
        match text.strip_prefix(said) {
            Some(new) => self.write(new, out),
            None if said.starts_with(text) => {}
            None => {
                out.push(Chunk::ResetStep);
                self.writing = None;
                self.write(text, out);
            }
        }
    }

    /// A line of progress of a call at work.
    pub fn line(&mut self, execution_id: ExecutionId, number: u64, line: &str, out: &mut Vec<Chunk>) -> Taken {
        if !self.at_work().any(|id| id == execution_id)
            || !self
                .progress
                .entry(execution_id)
                .or_default()
                .add(number, line.to_owned())
        {
            return Taken::Known;
        }
        self.say_call(execution_id, out);
        Taken::New
    }

    /// What a call at work said so far.
    pub fn lines(&mut self, execution_id: ExecutionId, lines: Lines, out: &mut Vec<Chunk>) {
        if !lines.is_empty() && self.progress.get(&execution_id) != Some(&lines) {
            self.progress.insert(execution_id, lines);
            self.say_call(execution_id, out);
        }
    }

    pub fn notice(&self, problem: &Problem, out: &mut Vec<Chunk>) {
        out.push(told::passing_notice(Level::Warning, problem));
    }

    fn text_id(&self) -> String {
        format!("text-{}", self.run.turn)
    }

    fn write(&mut self, text: &str, out: &mut Vec<Chunk>) {
        if text.is_empty() {
            return;
        }
        let id = self.text_id();
        if self.writing.is_none() {
            out.push(Chunk::TextStart { id: id.clone() });
        }
        self.writing.get_or_insert_default().push_str(text);
        out.push(Chunk::TextDelta {
            id,
            delta: text.to_owned(),
        });
    }

    /// The turn's text is this and nothing else. What was said differently is taken back.
    pub(super) fn settle(&mut self, text: &str, out: &mut Vec<Chunk>) {
        let is_contradicted = self
            .writing
            .as_ref()
            .is_some_and(|said| text.is_empty() || !text.starts_with(said.as_str()));
        if is_contradicted {
            out.push(Chunk::ResetStep);
            self.writing = None;
        }
        let said = self.writing.as_ref().map_or(0, String::len);
        self.write(&text[said..], out);
        self.close_text(out);
        self.writing = None;
    }

    pub(super) fn close_text(&self, out: &mut Vec<Chunk>) {
        if self.writing.is_some() {
            out.push(Chunk::TextEnd { id: self.text_id() });
        }
    }
}
