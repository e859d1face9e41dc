//! Rows as blocks, and quantities as words.

use serde_json::{Value, json};
use steersman_toolkit::{
    Cx,
    protocol::{Block, Cell, Column, Origin, SuggestedCall},
};
use tokio_postgres::{Row, types::Type};

/// Longest text of a cell that we read from statistics views, in characters.
const CELL_CHARS: usize = 2_000;

/// Everything that was read from the target says so.
pub(crate) fn origin(cx: &Cx) -> Origin {
    Origin::Target {
        name: cx.target.name.clone(),
    }
}

/// A column's name and its unit; an empty unit is none.
pub(crate) type Heading = (&'static str, &'static str);

pub(crate) fn columns(headings: &[Heading]) -> Vec<Column> {
    headings
        .iter()
        .map(|(name, unit)| {
            if unit.is_empty() {
                Column::new(*name)
            } else {
                Column::with_unit(*name, unit)
            }
        })
        .collect()
}

/// A table of the first columns of these rows, as many as there are headings.
pub(crate) fn table(cx: &Cx, title: &str, headings: &[Heading], rows: &[Row]) -> Block {
    let cells = rows
        .iter()
        .map(|row| (0..headings.len()).map(|at| cell(row, at)).collect())
        .collect();
    table_of(cx, title, headings, cells)
}

pub(crate) fn table_of(cx: &Cx, title: &str, headings: &[Heading], rows: Vec<Vec<Cell>>) -> Block {
    Block::Table {
        origin: origin(cx),
        title: Some(title.to_owned()),
        columns: columns(headings),
        rows,
        total_rows: None,
    }
}

pub(crate) fn record(cx: &Cx, title: &str, fields: Vec<(&str, Cell)>) -> Block {
    Block::Record {
        origin: origin(cx),
        title: Some(title.to_owned()),
        fields: fields.into_iter().map(|(name, cell)| (name.to_owned(), cell)).collect(),
    }
}

/// One value of a row of ours. Our statements return only these types; times are RFC 3339.
pub(crate) fn cell(row: &Row, at: usize) -> Cell {
    match *row.columns()[at].type_() {
        Type::BOOL => json!(row.get::<_, Option<bool>>(at)),
        Type::INT2 => json!(row.get::<_, Option<i16>>(at)),
        Type::INT4 => json!(row.get::<_, Option<i32>>(at)),
        Type::INT8 => json!(row.get::<_, Option<i64>>(at)),
        Type::OID => json!(row.get::<_, Option<u32>>(at)),
        Type::FLOAT4 => json!(row.get::<_, Option<f32>>(at)),
        Type::FLOAT8 => json!(row.get::<_, Option<f64>>(at)),
        Type::TIMESTAMPTZ => json!(row.get::<_, Option<jiff::Timestamp>>(at).map(|time| time.to_string())),
        Type::TEXT_ARRAY => json!(row.get::<_, Option<Vec<String>>>(at)),
        _ => row
            .try_get::<_, Option<String>>(at)
            .ok()
            .flatten()
            .map_or(Value::Null, |text| Value::String(shortened(&text, CELL_CHARS))),
    }
}

pub(crate) fn shortened(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A statement on one line, for a sentence or a label.
pub(crate) fn one_line(text: &str, chars: usize) -> String {
    shortened(&text.split_whitespace().collect::<Vec<_>>().join(" "), chars)
}

/// With a capital letter to begin.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// `12 MiB`.
pub(crate) fn bytes(bytes: i64) -> String {
    let mut size = bytes.max(0) as f64;
    let mut units = ["bytes", "KiB", "MiB", "GiB", "TiB"].into_iter();
    let mut unit = units.next().unwrap_or_default();
    for next in units {
        if size < 1024.0 {
            break;
        }
        size /= 1024.0;
        unit = next;
    }
    if size >= 10.0 || unit == "bytes" {
        format!("{size:.0} {unit}")
    } else {
        format!("{size:.1} {unit}")
    }
}

/// `312 ms`, `4.2 s`, `3 min`, `5 h`.
pub(crate) fn duration(ms: f64) -> String {
    match ms {
        ms if ms < 10.0 => format!("{ms:.1} ms"),
        ms if ms < 1_000.0 => format!("{ms:.0} ms"),
        ms if ms < 60_000.0 => format!("{:.1} s", ms / 1_000.0),
        ms if ms < 3_600_000.0 => format!("{:.0} min", ms / 60_000.0),
        ms if ms < 172_800_000.0 => format!("{:.1} h", ms / 3_600_000.0),
        ms => format!("{:.0} days", ms / 86_400_000.0),
    }
}

/// `200,000`.
pub(crate) fn count(number: f64) -> String {
    let digits = format!("{:.0}", number.max(0.0));
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 index`, `3 indexes`.
pub(crate) fn plural(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(number as f64), if number == 1 { one } else { many })
}

/// A next call on the same target.
pub(crate) fn suggest(cx: &Cx, tool: &str, arguments: Value, because: impl Into<String>) -> SuggestedCall {
    SuggestedCall {
        // Only our own constant names come here.
        tool: tool.parse().expect("a tool name of this plugin"),
        target: cx.target.name.clone(),
        arguments,
        because: because.into(),
        is_undo: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_read_well() {
        for (given, expected) in [
            (0, "0 bytes"),
            (1_023, "1023 bytes"),
            (1_536, "1.5 KiB"),
            (50 << 20, "50 MiB"),
            (3 << 40, "3.0 TiB"),
        ] {
            assert_eq!(bytes(given), expected);
        }
        for (given, expected) in [
            (0.25, "0.2 ms"),
            (312.0, "312 ms"),
            (4_200.0, "4.2 s"),
            (180_000.0, "3 min"),
        ] {
            assert_eq!(duration(given), expected);
        }
        for (given, expected) in [(7.0, "7"), (1_234.0, "1,234"), (200_000.0, "200,000")] {
            assert_eq!(count(given), expected);
        }
    }
}
