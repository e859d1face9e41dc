//! How sizes, times and foreign text are written in our sentences.

use steersman_toolkit::{Cx, protocol::Origin};

/// The origin of everything these tools read.
pub fn from_target(cx: &Cx) -> Origin {
    Origin::Target {
        name: cx.target.name.clone(),
    }
}

/// "12 GB", "1.5 GB", "512 kB": powers of 1024, as `df -h` and PostgreSQL count; one decimal below ten.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["bytes", "kB", "MB", "GB", "TB", "PB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit > 0 && value < 10.0 {
        format!("{value:.1} {}", UNITS[unit])
    } else {
        format!("{value:.0} {}", UNITS[unit])
    }
}

/// "3 days 4 h", "2 h 5 min", "40 s": the two largest units.
pub fn duration(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, m) => format!("{m} min"),
        (0, h, m) => format!("{h} h {m} min"),
        (1, h, _) => format!("1 day {h} h"),
        (d, h, _) => format!("{d} days {h} h"),
    }
}

/// Percent of `whole`, 0 to 100 with one decimal; 0 when there is no whole.
pub fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    (part as f64 / whole as f64 * 1000.0).round() / 10.0
}

/// One decimal, so that numbers of a sample do not pretend to more.
pub fn rounded(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// "1 process", "2 processes".
pub fn count(n: u64, one: &str, many: &str) -> String {
    if n == 1 {
        format!("1 {one}")
    } else {
        format!("{n} {many}")
    }
}

/// Foreign text with everything visible: control characters, direction marks and invisible characters become escapes,
/// so that a log line cannot repaint a terminal or hide what it says. Tabs stay.
pub fn escape(text: &str) -> String {
    if text.chars().all(|c| c == '\t' || !is_invisible(c)) {
        return text.to_owned();
    }
    text.chars().fold(String::with_capacity(text.len() + 8), |mut out, c| {
        match c {
            '\t' => out.push(c),
            c if c.is_ascii_control() => out.push_str(&format!("\\x{:02x}", c as u32)),
            c if is_invisible(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
        out
    })
}

fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{ad}')
        || matches!(c, '\u{e0000}'..='\u{e007f}')
}

/// At most `max` characters, escaped, with `…` where it was cut.
pub fn short(text: &str, max: usize) -> String {
    let mut kept: String = text.chars().take(max).collect();
    if kept.len() < text.len() {
        kept.push('…');
    }
    escape(&kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_as_people_say_them() {
        for (bytes, expected) in [
            (0, "0 bytes"),
            (1023, "1023 bytes"),
            (1536, "1.5 kB"),
            (12 << 30, "12 GB"),
            ((3 << 40) / 2, "1.5 TB"),
            (u64::MAX, "16384 PB"),
        ] {
            assert_eq!(size(bytes), expected);
        }
    }

    #[test]
    fn durations_show_their_two_largest_units() {
        for (seconds, expected) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (3_900, "1 h 5 min"),
            (86_400, "1 day 0 h"),
            (200_000, "2 days 7 h"),
        ] {
            assert_eq!(duration(seconds), expected);
        }
    }

    #[test]
    fn foreign_text_cannot_hide_anything() {
        for (given, expected) in [
            ("plain\ttext äöü", "plain\ttext äöü"),
            ("\x1b[2Jgone", "\\x1b[2Jgone"),
            ("a\u{202e}b", "a\\u{202e}b"),
            ("zero\u{200b}width", "zero\\u{200b}width"),
            ("nul\0", "nul\\x00"),
            ("\u{9b}31m", "\\u{9b}31m"),
        ] {
            assert_eq!(escape(given), expected);
        }
    }

    #[test]
    fn a_cut_text_says_so() {
        assert_eq!(short("abcdef", 3), "abc…");
        assert_eq!(short("abc", 3), "abc");
    }
}
