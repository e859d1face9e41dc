//! Documents as blocks, and quantities as words.

use bson::{Bson, Document, spec::BinarySubtype};
use serde_json::{Value, json};
use steersman_toolkit::{
    Cx,
    protocol::{Block, Cell, Column, Origin},
};

pub(crate) use steersman_toolkit::words::{bytes, count, duration, one_line, plural, shortened, suggest};

/// Longest text of a cell, in characters.
const CELL_CHARS: usize = 2_000;
/// Bytes of binary data that are shown.
const BINARY_BYTES: usize = 16;
/// JSON holds integers exactly up to here.
const EXACT: u64 = 1 << 53;

/// Everything that was read from the target says so.
pub(crate) fn origin(cx: &Cx) -> Origin {
    Origin::Target {
        name: cx.target.name.clone(),
    }
}

/// A column's name and its unit; an empty unit is none.
pub(crate) type Heading = (&'static str, &'static str);

pub(crate) fn table(cx: &Cx, title: &str, headings: &[Heading], rows: Vec<Vec<Cell>>) -> Block {
    let column = |(name, unit): &Heading| match *unit {
        "" => Column::new(*name),
        unit => Column::with_unit(*name, unit),
    };
    Block::Table {
        origin: origin(cx),
        title: Some(title.to_owned()),
        columns: headings.iter().map(column).collect(),
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

/// A value as a person reads it: numbers and booleans as such where JSON holds them exactly, times as RFC 3339, ids as
/// text, lists of simple values as lists, everything deeper as one line of extended JSON.
pub(crate) fn cell(value: &Bson) -> Cell {
    match value {
        Bson::Array(items) if items.len() <= 50 && items.iter().all(is_simple) => items.iter().map(cell).collect(),
        Bson::Array(_) | Bson::Document(_) => json!(shortened(&deep(value).to_string(), CELL_CHARS)),
        simple => scalar(simple),
    }
}

pub(crate) fn cell_at(document: &Document, name: &str) -> Cell {
    document.get(name).map_or(Value::Null, cell)
}

/// A document as JSON text on several lines, for people.
pub(crate) fn pretty(document: &Document) -> String {
    serde_json::to_string_pretty(&deep(&Bson::Document(document.clone()))).unwrap_or_default()
}

fn is_simple(value: &Bson) -> bool {
    !matches!(value, Bson::Array(_) | Bson::Document(_))
}

/// JSON to read, not to send: `{"_id": "65…", "placed_at": "2026-…"}`.
fn deep(value: &Bson) -> Value {
    match value {
        Bson::Document(document) => Value::Object(
            document
                .iter()
                .map(|(name, value)| (name.clone(), deep(value)))
                .collect(),
        ),
        Bson::Array(items) => items.iter().map(deep).collect(),
        simple => scalar(simple),
    }
}

fn scalar(value: &Bson) -> Value {
    match value {
        Bson::Null | Bson::Undefined => Value::Null,
        Bson::Boolean(value) => json!(value),
        Bson::Int32(number) => json!(number),
        Bson::Int64(number) if number.unsigned_abs() <= EXACT => json!(number),
        Bson::Int64(number) => json!(number.to_string()),
        Bson::Double(number) if number.is_finite() => json!(number),
        Bson::Double(number) => json!(number.to_string()),
        Bson::String(text) | Bson::Symbol(text) => json!(shortened(text, CELL_CHARS)),
        Bson::ObjectId(id) => json!(id.to_hex()),
        Bson::DateTime(time) => json!(moment(*time)),
        Bson::Decimal128(number) => json!(number.to_string()),
        Bson::Timestamp(time) => json!(format!(
            "{} ({})",
            moment(bson::DateTime::from_millis(i64::from(time.time) * 1_000)),
            time.increment
        )),
        Bson::Binary(binary) => json!(binary_text(binary.subtype, &binary.bytes)),
        Bson::RegularExpression(regex) => json!(shortened(
            &format!("/{}/{}", regex.pattern.as_str(), regex.options.as_str()),
            CELL_CHARS
        )),
        Bson::JavaScriptCode(code) => json!(shortened(code, CELL_CHARS)),
        Bson::JavaScriptCodeWithScope(code) => json!(shortened(&code.code, CELL_CHARS)),
        Bson::MinKey => json!("MinKey"),
        Bson::MaxKey => json!("MaxKey"),
        Bson::DbPointer(_) => json!("DBPointer"),
        Bson::Array(_) | Bson::Document(_) => deep(value),
    }
}

fn binary_text(subtype: BinarySubtype, bytes: &[u8]) -> String {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    if matches!(subtype, BinarySubtype::Uuid) && bytes.len() == 16 {
        let text = hex(bytes);
        return format!(
            "{}-{}-{}-{}-{}",
            &text[..8],
            &text[8..12],
            &text[12..16],
            &text[16..20],
            &text[20..]
        );
    }
    let more = if bytes.len() > BINARY_BYTES { "…" } else { "" };
    format!(
        "binary ({}) {}{more}",
        self::bytes(bytes.len() as f64),
        hex(&bytes[..bytes.len().min(BINARY_BYTES)])
    )
}

/// RFC 3339; beyond the calendar, milliseconds.
pub(crate) fn moment(time: bson::DateTime) -> String {
    time.try_to_rfc3339_string()
        .unwrap_or_else(|_| format!("{} ms", time.timestamp_millis()))
}

/// A number of any of BSON's kinds.
pub(crate) fn number(value: Option<&Bson>) -> Option<f64> {
    match value? {
        Bson::Int32(number) => Some(f64::from(*number)),
        Bson::Int64(number) => Some(*number as f64),
        Bson::Double(number) => Some(*number),
        Bson::Decimal128(number) => number.to_string().parse().ok(),
        _ => None,
    }
}

/// The number at a path of names: `at(status, &["connections", "current"])`.
pub(crate) fn at(document: &Document, path: &[&str]) -> Option<f64> {
    let (last, folders) = path.split_last()?;
    let mut place = document;
    for name in folders {
        place = place.get_document(name).ok()?;
    }
    number(place.get(last))
}

pub(crate) fn whole(value: Option<f64>) -> Cell {
    value.map_or(Value::Null, |number| json!(number as i64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::{Binary, doc};

    #[test]
    fn values_read_well_and_lose_nothing() {
        for (given, expected) in [
            (Bson::Int64(9_007_199_254_740_993), json!("9007199254740993")),
            (Bson::Double(f64::NAN), json!("NaN")),
            (
                Bson::DateTime(bson::DateTime::from_millis(0)),
                json!("1970-01-01T00:00:00Z"),
            ),
            (Bson::Array(vec![1.into(), "a".into()]), json!([1, "a"])),
            (Bson::Array(vec![Bson::Document(doc! { "a": 1 })]), json!("[{\"a\":1}]")),
            (
                Bson::Binary(Binary {
                    subtype: BinarySubtype::Generic,
                    bytes: vec![0xff; 20],
                }),
                json!(format!("binary (20 bytes) {}…", "ff".repeat(16))),
            ),
            (
                Bson::Binary(Binary {
                    subtype: BinarySubtype::Uuid,
                    bytes: vec![0x11; 16],
                }),
                json!("11111111-1111-1111-1111-111111111111"),
            ),
            (
                Bson::Document(doc! { "x": bson::oid::ObjectId::from_bytes([1; 12]) }),
                json!("{\"x\":\"010101010101010101010101\"}"),
            ),
        ] {
            assert_eq!(cell(&given), expected);
        }
    }

    #[test]
    fn quantities_read_well() {
        for (given, expected) in [
            (0.0, "0 bytes"),
            (1_023.0, "1023 bytes"),
            (1_536.0, "1.5 KiB"),
            (52_428_800.0, "50 MiB"),
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
