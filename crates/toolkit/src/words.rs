//! Words that every plugin needs: quantities as people say them, text cut to fit, a next call to propose.

use crate::Cx;
use serde_json::Value;
use steersman_protocol::SuggestedCall;

/// `12 MiB`.
pub fn bytes(bytes: f64) -> String {
    let mut size = bytes.max(0.0);
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
pub fn duration(ms: f64) -> String {
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
pub fn count(number: f64) -> String {
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
pub fn plural(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(number as f64), if number == 1 { one } else { many })
}

/// At most so many characters, with `…` where something was cut.
pub fn shortened(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A text on one line, for a sentence or a label.
pub fn one_line(text: &str, chars: usize) -> String {
    shortened(&text.split_whitespace().collect::<Vec<_>>().join(" "), chars)
}

/// A next call on the same target. `tool` is a constant of the plugin: a name that is none is a mistake in its source.
pub fn suggest(cx: &Cx, tool: &str, arguments: Value, because: impl Into<String>) -> SuggestedCall {
    SuggestedCall {
        tool: tool.parse().expect("a tool name of this plugin"),
        target: cx.target.name.clone(),
        arguments,
        because: because.into(),
        is_undo: false,
    }
}
