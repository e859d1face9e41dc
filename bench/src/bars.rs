//! The bars: what each figure must reach.

use crate::report::Report;
use anyhow::{Context, Result};
use serde::Serialize;

/// Bench, figure, what it must be under. Source: the limits that the product promises.
const BARS: &[(&str, &str, f64)] = &[
    ("start", "start to ready, median", 150.0),
    ("start", "idle resident memory", 60.0),
    ("start", "size of the binary", 60.0),
    ("funnel", "get_connection_stats: funnel adds, median", 3.0),
    ("funnel", "run_query: funnel adds, median", 3.0),
    ("local", "message to call, median", 5.0),
    ("chaos", "broken promises", 0.5),
];

/// A figure held against its bar.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judged {
    pub figure: &'static str,
    pub value: f64,
    pub unit: &'static str,
    pub under: f64,
    pub is_met: bool,
}

/// All bars of the report's bench. Fails when the report lacks a figure that has a bar.
pub fn judge(report: &Report) -> Result<Vec<Judged>> {
    BARS.iter()
        .filter(|(bench, _, _)| *bench == report.bench)
        .map(|&(bench, name, under)| {
            let figure = report
                .figures
                .iter()
                .find(|figure| figure.name == name)
                .with_context(|| format!("{bench} gave no figure \"{name}\", which has a bar"))?;
            Ok(Judged {
                figure: name,
                value: figure.value,
                unit: figure.unit,
                under,
                is_met: figure.value < under,
            })
        })
        .collect()
}
