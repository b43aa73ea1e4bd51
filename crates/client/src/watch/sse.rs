//! Server-sent events, read from bytes that arrive in any pieces.
//!
//! A parser of our own, because existing ones keep any amount of an endless line or event in memory.

use uncall_contract::limit;

/// The limit in bytes for one line and for one event's data, far above any real event.
pub(super) const MOST: usize = limit::VALUE_BYTES;
/// The longest event id to keep, in bytes.
const LONGEST_ID: usize = 256;

/// One event with data.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Message {
    /// Its name; `message` if the stream gives none.
    pub(super) name: String,
    /// Its data, lines joined with a line feed.
    pub(super) data: String,
    /// The last id that the stream has named so far.
    pub(super) id: Option<String>,
}

/// A result of parsing.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Given {
    Message(Message),
    /// An event over the size limit, without its data.
    TooLarge {
        name: String,
        id: Option<String>,
    },
}

/// Reads a stream; see the `text/event-stream` section of the HTML standard.
#[derive(Debug, Default)]
pub(super) struct Parser {
    /// At most the first [`MOST`] bytes of the line.
    line: Vec<u8>,
    /// Whether the line continues after them.
    line_is_cut: bool,
    name: String,
    data: String,
    has_data: bool,
    is_too_large: bool,
    id: Option<String>,
    started: bool,
    /// Whether the last byte was a carriage return; a line feed after it belongs to the same line end.
    after_cr: bool,
}

impl Parser {
    /// A parser for a stream that is resumed after `id`.
    pub(super) fn resuming(id: Option<String>) -> Parser {
        Parser { id, ..Parser::default() }
    }

    /// Reads the next piece.
    pub(super) fn feed(&mut self, piece: &[u8]) -> Vec<Given> {
        let mut given = Vec::new();
        for &byte in piece {
            let line_end = match byte {
                b'\n' if self.after_cr => {
                    self.after_cr = false;
                    continue;
                }
                b'\n' | b'\r' => true,
                _ => false,
            };
            self.after_cr = byte == b'\r';
            if line_end {
                given.extend(self.end_line());
            } else if self.line.len() < MOST {
                self.line.push(byte);
            } else {
                self.line_is_cut = true;
            }
        }
        given
    }

    fn end_line(&mut self) -> Option<Given> {
        let line = std::mem::take(&mut self.line);
        let is_cut = std::mem::take(&mut self.line_is_cut);
        let text = String::from_utf8_lossy(&line);
        let mut text = text.as_ref();
        if !std::mem::replace(&mut self.started, true) {
            text = text.strip_prefix('\u{feff}').unwrap_or(text);
        }
        if text.is_empty() {
            return self.dispatch();
        }
        let (field, value) = text.split_once(':').unwrap_or((text, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" if !is_cut => value.clone_into(&mut self.name),
            "data" if is_cut || self.is_too_large || self.data.len() + value.len() >= MOST => {
                self.is_too_large = true;
                self.data = String::new();
            }
            "data" => {
                if self.has_data {
                    self.data.push('\n');
                }
                self.data.push_str(value);
                self.has_data = true;
            }
            "id" if !value.contains('\0') && value.len() <= LONGEST_ID => {
                self.id = (!value.is_empty()).then(|| value.to_owned());
            }
            // A comment (its field is empty), a reconnection time, or something newer.
            _ => {}
        }
        None
    }

    fn dispatch(&mut self) -> Option<Given> {
        let name = std::mem::take(&mut self.name);
        let data = std::mem::take(&mut self.data);
        let (has_data, is_too_large) = (std::mem::take(&mut self.has_data), std::mem::take(&mut self.is_too_large));
        let name = if name.is_empty() { "message".to_owned() } else { name };
        let id = self.id.clone();
        match (is_too_large, has_data) {
            (true, _) => Some(Given::TooLarge { name, id }),
            (false, true) => Some(Given::Message(Message { name, data, id })),
            (false, false) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = "\u{feff}: hello\nid: 7\nevent: call\ndata: {\"a\":\ndata:1}\n\n: beat\n\ndata\n\nevent: x\n\ndata:  two\nretry: 5\nnonsense\n\nid: a\0b\nid\ndata: 录音\n\ndata: cut";

    /// The events of a stream in which none is too large.
    fn messages(given: Vec<Given>) -> Vec<Message> {
        let message = |given| match given {
            Given::Message(message) => message,
            Given::TooLarge { name, .. } => panic!("{name} is too large"),
        };
        given.into_iter().map(message).collect()
    }

    fn expected() -> Vec<Message> {
        let message = |name: &str, data: &str, id: Option<&str>| Message {
            name: name.into(),
            data: data.into(),
            id: id.map(Into::into),
        };
        vec![
            message("call", "{\"a\":\n1}", Some("7")),
            message("message", "", Some("7")),
            message("message", " two", Some("7")),
            message("message", "录音", None),
        ]
    }

    #[test]
    fn a_stream_reads_the_same_in_any_pieces_and_with_any_line_ends() {
        for line_end in ["\n", "\r\n", "\r"] {
            let bytes = STREAM.replace('\n', line_end).into_bytes();
            for size in 1..=bytes.len() {
                let mut parser = Parser::default();
                let read: Vec<Message> = bytes.chunks(size).flat_map(|piece| messages(parser.feed(piece))).collect();
                assert_eq!(read, expected(), "{line_end:?} in pieces of {size}");
            }
        }
    }

    /// Only the large event is lost: everything before and after it is read, and its id counts.
    #[test]
    fn an_event_that_is_too_large_is_passed_over() {
        let one_line = format!("data: {}\n", "x".repeat(3 * MOST));
        let many_lines = format!("data: {}\n", "x".repeat(1000)).repeat(MOST / 500);
        let with_a_comment = format!(": {}\n{many_lines}data: more\n", "x".repeat(2 * MOST));
        for large in [one_line, many_lines, with_a_comment] {
            let stream = format!("data: 1\n\nid: 2\n{large}event: team\n\nevent: call\ndata: 3\n\n");
            for size in [1, 1000, stream.len()] {
                let mut parser = Parser::default();
                let given: Vec<Given> = stream.as_bytes().chunks(size).flat_map(|piece| parser.feed(piece)).collect();
                let id = || Some("2".to_owned());
                let expected = [
                    Given::Message(Message { name: "message".into(), data: "1".into(), id: None }),
                    Given::TooLarge { name: "team".into(), id: id() },
                    Given::Message(Message { name: "call".into(), data: "3".into(), id: id() }),
                ];
                assert_eq!(given, expected, "in pieces of {size}");
            }
        }
    }

    #[test]
    fn an_endless_line_takes_no_more_memory_than_the_limit() {
        let mut parser = Parser::default();
        for _ in 0..100 {
            assert_eq!(parser.feed(&[b'x'; 10_000]), []);
        }
        assert_eq!(parser.line.len(), MOST);
        let comment = format!("\n: {}\ndata: 1\n\n", "x".repeat(2 * MOST));
        assert_eq!(messages(parser.feed(comment.as_bytes()))[0].data, "1");
    }

    #[test]
    fn an_id_outlives_its_event_and_a_resumed_stream_starts_with_the_old_one() {
        let mut parser = Parser::resuming(Some("41".into()));
        let ids = |messages: Vec<Message>| messages.into_iter().map(|message| message.id).collect::<Vec<_>>();
        assert_eq!(ids(messages(parser.feed(b"data: 1\n\n"))), [Some("41".into())]);
        assert_eq!(ids(messages(parser.feed(b"id: 42\n\ndata: 2\n\n"))), [Some("42".into())]);
        let long = format!("id: {}\ndata: 3\n\n", "9".repeat(LONGEST_ID + 1));
        assert_eq!(ids(messages(parser.feed(long.as_bytes()))), [Some("42".into())]);
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        let read = messages(Parser::default().feed(b"data: \xff\xfe\n\n"));
        assert_eq!(read[0].data, "\u{fffd}\u{fffd}");
    }
}
