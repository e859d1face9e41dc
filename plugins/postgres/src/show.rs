//! Rows as blocks, and quantities as words.

use serde_json::{Value, json};
use steersman_toolkit::{
    Cx,
    protocol::{Block, Cell, Column, Origin},
    words,
};
use tokio_postgres::{Row, types::Type};

pub(crate) use steersman_toolkit::words::{count, duration, one_line, plural, shortened, suggest};

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
    words::bytes(bytes as f64)
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
