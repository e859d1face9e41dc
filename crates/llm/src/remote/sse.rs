//! Streams: server-sent events, as much of them as model providers use (WHATWG HTML, section "Server-sent events"),
//! and one JSON value a line.

/// Cuts a byte stream into the data of its events. Other fields and comments are skipped.
#[derive(Default)]
pub struct Events {
    /// Each line is an event of its own.
    is_lines: bool,
    buffer: Vec<u8>,
    data: String,
}

/// A line longer than this is not an answer but an attack or a mistake.
const LONGEST_LINE: usize = 1024 * 1024;

#[derive(Debug, PartialEq, Eq)]
pub struct TooLong;

impl Events {
    /// For a content type: `text/event-stream`, or one JSON value a line for any other.
    pub fn of(content_type: &str) -> Self {
        Self {
            is_lines: content_type != "text/event-stream",
            ..Self::default()
        }
    }

    /// Takes the next bytes, and returns the data of every event that is complete now.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<String>, TooLong> {
        self.buffer.extend_from_slice(bytes);
        let mut events = Vec::new();
        let mut begin = 0;
        while let Some(length) = self.buffer[begin..].iter().position(|byte| *byte == b'\n') {
            let line = String::from_utf8_lossy(&self.buffer[begin..begin + length]).into_owned();
            begin += length + 1;
            self.line(line.trim_end_matches('\r'), &mut events);
            if self.data.len() > LONGEST_LINE {
                return Err(TooLong);
            }
        }
        self.buffer.drain(..begin);
        if self.buffer.len() > LONGEST_LINE {
            Err(TooLong)
        } else {
            Ok(events)
        }
    }

    /// What the stream's end completes: some servers leave out the last empty line.
    pub fn finish(mut self) -> Option<String> {
        let mut events = Vec::new();
        let rest = String::from_utf8_lossy(&std::mem::take(&mut self.buffer)).into_owned();
        self.line(rest.trim_end_matches('\r'), &mut events);
        self.line("", &mut events);
        events.pop()
    }

    fn line(&mut self, line: &str, events: &mut Vec<String>) {
        if self.is_lines {
            events.extend((!line.trim().is_empty()).then(|| line.to_owned()));
        } else if line.is_empty() {
            if !self.data.is_empty() {
                events.push(std::mem::take(&mut self.data));
            }
        } else if let Some(data) = line.strip_prefix("data:") {
            if !self.data.is_empty() {
                self.data.push('\n');
            }
            self.data.push_str(data.strip_prefix(' ').unwrap_or(data));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_found_wherever_the_bytes_are_cut() {
        let text = ": hello\r\ndata: {\"a\":1}\r\n\r\nevent: x\ndata:two\ndata: lines ü\n\nid: 3\n\ndata: [DONE]\n\n";
        let expected = ["{\"a\":1}", "two\nlines ü", "[DONE]"];
        for size in 1..text.len() {
            let mut events = Events::default();
            let found: Vec<String> = text
                .as_bytes()
                .chunks(size)
                .flat_map(|bytes| events.push(bytes).unwrap())
                .collect();
            assert_eq!(found, expected, "{size} bytes at a time");
            assert_eq!(events.finish(), None);
        }
    }

    #[test]
    fn the_last_event_counts_without_its_empty_line() {
        let mut events = Events::default();
        assert_eq!(events.push(b"data: x").unwrap(), Vec::<String>::new());
        assert_eq!(events.finish(), Some("x".into()));
    }

    #[test]
    fn lines_are_events_of_their_own() {
        let mut lines = Events::of("application/x-ndjson");
        assert_eq!(lines.push(b"{\"a\":1}\n\n{\"b\"").unwrap(), ["{\"a\":1}"]);
        assert_eq!(lines.push(b":2}").unwrap(), Vec::<String>::new());
        assert_eq!(lines.finish(), Some("{\"b\":2}".into()));
    }

    #[test]
    fn an_endless_line_is_refused() {
        let mut events = Events::default();
        assert_eq!(events.push(&vec![b'x'; LONGEST_LINE + 1]), Err(TooLong));
    }
}
