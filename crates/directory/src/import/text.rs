//! Bytes as text, whatever wrote them.

use std::borrow::Cow;

use encoding_rs::{GB18030, UTF_8, UTF_16BE, UTF_16LE};
use serde::Serialize;

use super::Problem;

/// How bytes were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// UTF-8, with a byte order mark or without.
    Utf8,
    /// UTF-16, told by its byte order mark.
    Utf16,
    /// GBK, as spreadsheets on a Chinese Windows write; read as its superset GB18030.
    Gbk,
}

/// Text of a file: by its byte order mark, else UTF-8 where it is that, else GBK.
pub(super) fn decode(bytes: &[u8]) -> Result<(Cow<'_, str>, Encoding), Problem> {
    let (encoding, name) = match encoding_rs::Encoding::for_bom(bytes) {
        Some((marked, _)) if marked == UTF_8 => (UTF_8, Encoding::Utf8),
        Some((marked, _)) if marked == UTF_16LE => (UTF_16LE, Encoding::Utf16),
        Some((marked, _)) if marked == UTF_16BE => (UTF_16BE, Encoding::Utf16),
        _ if std::str::from_utf8(bytes).is_ok() => (UTF_8, Encoding::Utf8),
        _ => (GB18030, Encoding::Gbk),
    };
    let (text, _, broken) = encoding.decode(bytes);
    // Some broken characters are an old file's; a file of them is none. A NUL is in no text.
    let strange = text.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count();
    if text.contains('\0') || (broken && strange * 20 > text.chars().count()) {
        return Err(Problem::NotText);
    }
    Ok((text, name))
}
