//! Server-sent events, read from bytes that arrive in any pieces.
//!
//! A parser of our own because those at hand keep any amount of an endless line or event in memory.

use uncall_contract::limit;

/// Bytes of one line, of one event's data, and of its name: far above any real event.
const MOST: usize = limit::VALUE_BYTES;
/// Bytes of an event id that is kept.
const LONGEST_ID: usize = 256;

/// One event with data.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Message {
    /// Its name; `message` when the stream gives none.
    pub(super) name: String,
    /// Its data, lines joined with a line feed.
    pub(super) data: String,
    /// The last id that the stream has named so far.
    pub(super) id: Option<String>,
}

/// The stream passed a limit on size.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("an event of the stream is larger than {MOST} bytes")]
pub(super) struct TooLarge;

/// Reads a stream; see the `text/event-stream` section of the HTML standard.
#[derive(Debug, Default)]
pub(super) struct Parser {
    line: Vec<u8>,
    name: String,
    data: String,
    has_data: bool,
    id: Option<String>,
    started: bool,
    /// The last byte was a carriage return: a line feed after it belongs to the same line end.
    after_cr: bool,
}

impl Parser {
    /// A parser of a stream that is resumed after `id`.
    pub(super) fn resuming(id: Option<String>) -> Parser {
        Parser { id, ..Parser::default() }
    }

    /// Reads the next piece.
    pub(super) fn feed(&mut self, piece: &[u8]) -> Result<Vec<Message>, TooLarge> {
        let mut messages = Vec::new();
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
                messages.extend(self.end_line()?);
            } else if self.line.len() < MOST {
                self.line.push(byte);
            } else {
                return Err(TooLarge);
            }
        }
        Ok(messages)
    }

    fn end_line(&mut self) -> Result<Option<Message>, TooLarge> {
        let line = std::mem::take(&mut self.line);
        let text = String::from_utf8_lossy(&line);
        let mut text = text.as_ref();
        if !std::mem::replace(&mut self.started, true) {
            text = text.strip_prefix('\u{feff}').unwrap_or(text);
        }
        if text.is_empty() {
            return Ok(self.dispatch());
        }
        let (field, value) = text.split_once(':').unwrap_or((text, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "data" => {
                if self.data.len() + value.len() >= MOST {
                    return Err(TooLarge);
                }
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
        Ok(None)
    }

    fn dispatch(&mut self) -> Option<Message> {
        let name = std::mem::take(&mut self.name);
        let data = std::mem::take(&mut self.data);
        if !std::mem::take(&mut self.has_data) {
            return None;
        }
        let name = if name.is_empty() { "message".to_owned() } else { name };
        Some(Message { name, data, id: self.id.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = "\u{feff}: hello\nid: 7\nevent: call\ndata: {\"a\":\ndata:1}\n\n: beat\n\ndata\n\nevent: x\n\ndata:  two\nretry: 5\nnonsense\n\nid: a\0b\nid\ndata: 录音\n\ndata: cut";

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
                let messages: Vec<Message> = bytes.chunks(size).flat_map(|piece| parser.feed(piece).unwrap()).collect();
                assert_eq!(messages, expected(), "{line_end:?} in pieces of {size}");
            }
        }
    }

    #[test]
    fn an_endless_line_and_an_endless_event_pass_the_limit() {
        let mut parser = Parser::default();
        assert_eq!(parser.feed(&vec![b'x'; MOST]), Ok(vec![]));
        assert_eq!(parser.feed(b"x"), Err(TooLarge));
        let mut parser = Parser::default();
        let line = format!("data: {}\n", "x".repeat(1000));
        let fed = (0..MOST / 500).try_for_each(|_| parser.feed(line.as_bytes()).map(|_| ()));
        assert_eq!(fed, Err(TooLarge));
    }

    #[test]
    fn an_id_outlives_its_event_and_a_resumed_stream_starts_with_the_old_one() {
        let mut parser = Parser::resuming(Some("41".into()));
        let ids = |messages: Vec<Message>| messages.into_iter().map(|message| message.id).collect::<Vec<_>>();
        assert_eq!(ids(parser.feed(b"data: 1\n\n").unwrap()), [Some("41".into())]);
        assert_eq!(ids(parser.feed(b"id: 42\n\ndata: 2\n\n").unwrap()), [Some("42".into())]);
        let long = format!("id: {}\ndata: 3\n\n", "9".repeat(LONGEST_ID + 1));
        assert_eq!(ids(parser.feed(long.as_bytes()).unwrap()), [Some("42".into())]);
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        let messages = Parser::default().feed(b"data: \xff\xfe\n\n").unwrap();
        assert_eq!(messages[0].data, "\u{fffd}\u{fffd}");
    }
}
