//! Splits bytes into messages: the banner, and then lines up to an empty one.

use bytes::{Buf, BytesMut};
use memchr::memmem;
use tokio_util::codec::Decoder;

use crate::message::{BYTES, HEADERS, Message};

const BANNER: &[u8] = b"Asterisk Call Manager";
const END: &[u8] = b"\r\n\r\n";
/// RTCP events, several for each call every few seconds. Nobody needs them, so they are skipped unread.
const UNREAD: &[u8] = b"Event: RTCP";

/// The state of reading a stream of bytes.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    greeted: bool,
    /// How much of the buffer is known to contain no end of a message.
    searched: usize,
}

/// Why this cannot be a manager interface.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unframed {
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("something else than a banner: {0:?}")]
    NoBanner(String),
    #[error("a message of more than {BYTES} bytes")]
    TooLong,
    #[error("a message of more than {HEADERS} lines")]
    TooMany,
}

impl Frames {
    /// Frames without a banner, or after it.
    pub(crate) fn greeted() -> Frames {
        Frames { greeted: true, searched: 0 }
    }
}

impl Decoder for Frames {
    type Item = Message;
    type Error = Unframed;

    fn decode(&mut self, bytes: &mut BytesMut) -> Result<Option<Message>, Unframed> {
        if !self.greeted {
            let Some(end) = memmem::find(bytes, b"\r\n") else { return short(bytes) };
            let banner = bytes.get(..end).unwrap_or_default();
            if !banner.starts_with(BANNER) {
                let begin = banner.get(..banner.len().min(64)).unwrap_or_default();
                return Err(Unframed::NoBanner(String::from_utf8_lossy(begin).into_owned()));
            }
            bytes.advance(end + 2);
            self.greeted = true;
        }
        loop {
            let from = self.searched.saturating_sub(END.len());
            let Some(end) = memmem::find(bytes.get(from..).unwrap_or_default(), END).map(|end| from + end) else {
                self.searched = bytes.len();
                return short(bytes);
            };
            self.searched = 0;
            if end > BYTES {
                return Err(Unframed::TooLong);
            }
            let lines = bytes.get(..end).unwrap_or_default();
            if lines.trim_ascii().is_empty() || lines.starts_with(UNREAD) {
                bytes.advance(end + END.len());
                continue;
            }
            let message = Message::read(lines).ok_or(Unframed::TooMany)?;
            bytes.advance(end + END.len());
            return Ok(Some(message));
        }
    }
}

fn short(bytes: &BytesMut) -> Result<Option<Message>, Unframed> {
    if bytes.len() > BYTES { Err(Unframed::TooLong) } else { Ok(None) }
}
