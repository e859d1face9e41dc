//! Figures, and how they are shown.

use crate::{bars::Judged, machine::Machine};
use serde::Serialize;
use serde_json::{Value, json};
use std::{borrow::Cow, fmt::Write};

/// What one bench found.
pub struct Report {
    pub bench: &'static str,
    pub machine: Machine,
    pub figures: Vec<Figure>,
    /// How it was measured, a sentence each.
    pub notes: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    pub name: Cow<'static, str>,
    pub value: f64,
    /// `ms`, `MiB`, `MB`, `events/s`, `times`, or empty for a count.
    pub unit: &'static str,
}

impl Report {
    pub fn new(bench: &'static str, machine: Machine) -> Self {
        Self {
            bench,
            machine,
            figures: Vec::new(),
            notes: Vec::new(),
        }
    }

    pub fn figure(&mut self, name: impl Into<Cow<'static, str>>, value: f64, unit: &'static str) {
        let name = name.into();
        self.figures.push(Figure { name, value, unit });
    }

    pub fn note(&mut self, sentence: impl Into<String>) {
        self.notes.push(sentence.into());
    }

    pub fn to_json(&self, judged: &[Judged]) -> Value {
        json!({
            "bench": self.bench,
            "machine": self.machine,
            "figures": self.figures,
            "bars": judged,
            "notes": self.notes,
            "passed": judged.iter().all(|bar| bar.is_met),
        })
    }

    pub fn to_text(&self, judged: &[Judged]) -> String {
        let mut text = String::new();
        let mut line = |words: String| {
            let _ = writeln!(text, "{words}");
        };
        line(format!("bench {}", self.bench));
        for (name, value) in self.machine.lines() {
            line(format!("  {name:<12} {value}"));
        }
        line(String::new());
        let width = self
            .figures
            .iter()
            .map(|figure| figure.name.len())
            .max()
            .unwrap_or_default();
        for figure in &self.figures {
            let bar = judged.iter().find(|bar| bar.figure == figure.name).map(|bar| {
                let verdict = if bar.is_met { "pass" } else { "MISS" };
                format!("   under {}: {verdict}", bar.under)
            });
            line(format!(
                "  {:<width$} {:>14} {:<9}{}",
                figure.name,
                shown(figure.value),
                figure.unit,
                bar.unwrap_or_default()
            ));
        }
        line(String::new());
        for note in &self.notes {
            line(format!("  {note}"));
        }
        text
    }
}

fn shown(value: f64) -> String {
    let is_whole = value == value.trunc();
    if is_whole || value.abs() >= 1_000.0 {
        format!("{value:.0}")
    } else if value.abs() >= 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.3}")
    }
}
