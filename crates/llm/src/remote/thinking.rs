//! Models that think aloud in their answer: `<think>…</think>` at its beginning is kept out.

/// Passes text through, from after the thoughts on.
#[derive(Default)]
pub struct WithoutThinking {
    state: State,
    held: String,
}

#[derive(Default, PartialEq)]
enum State {
    /// Nothing but white space and perhaps a part of the opening mark so far.
    #[default]
    Beginning,
    Thinking,
    /// After the closing mark; blank lines before the answer are dropped.
    Clearing,
    Speaking,
}

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

impl WithoutThinking {
    /// The part of what came so far that may be shown now.
    pub fn push(&mut self, text: &str) -> String {
        if self.state == State::Speaking {
            return text.to_owned();
        }
        if self.state == State::Clearing {
            let shown = text.trim_start();
            if !shown.is_empty() {
                self.state = State::Speaking;
            }
            return shown.to_owned();
        }
        self.held.push_str(text);
        if self.state == State::Beginning {
            let begun = self.held.trim_start();
            if begun.starts_with(OPEN) {
                self.state = State::Thinking;
            } else if OPEN.starts_with(begun) {
                return String::new();
            } else {
                self.state = State::Speaking;
                return std::mem::take(&mut self.held);
            }
        }
        let Some(end) = self.held.find(CLOSE) else {
            return String::new();
        };
        let shown = self.held[end + CLOSE.len()..].trim_start().to_owned();
        self.state = if shown.is_empty() {
            State::Clearing
        } else {
            State::Speaking
        };
        self.held.clear();
        shown
    }

    /// What is left at the end: a beginning that was no mark after all. Thoughts without an end stay out.
    pub fn finish(&mut self) -> String {
        let held = std::mem::take(&mut self.held);
        if self.state == State::Beginning {
            held
        } else {
            String::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thoughts_are_kept_out_wherever_the_pieces_are_cut() {
        for (text, expected) in [
            ("<think>hm, drop it?</think>\n\nAll is well.", "All is well."),
            ("  <think></think>x", "x"),
            ("No thoughts, but a < b.", "No thoughts, but a < b."),
            ("<thin", "<thin"),
            ("<think>never ends", ""),
            ("I <think> so", "I <think> so"),
        ] {
            for size in 1..=text.len() {
                let mut filter = WithoutThinking::default();
                let characters: Vec<char> = text.chars().collect();
                let mut shown: String = characters
                    .chunks(size)
                    .map(|piece| filter.push(&piece.iter().collect::<String>()))
                    .collect();
                shown.push_str(&filter.finish());
                assert_eq!(shown, expected, "{size} at a time");
            }
        }
    }
}
