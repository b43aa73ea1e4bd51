//! Decodes bytes to text.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::{DecodeError, limit};

/// How far to look for the XML declaration, in bytes: PHP's warnings may precede it.
const DECLARATION_WITHIN: usize = 4096;

/// Decodes a document. A BOM wins, then bytes that are valid UTF-8 (NuSOAP declares ISO-8859-1 over UTF-8), then the HTTP
/// header's `charset`, then the XML declaration's `encoding`, then UTF-8 with replacement.
///
/// A declared `utf-8` that the bytes contradict is ignored: PHP adds it to the header of a GBK document by itself. The error is
/// [`DecodeError::Limit`] for more than [`limit::DOCUMENT_BYTES`].
pub fn decode(bytes: &[u8], content_type: Option<&str>) -> Result<String, DecodeError> {
    if bytes.len() > limit::DOCUMENT_BYTES {
        return Err(DecodeError::Limit { what: "size", max: limit::DOCUMENT_BYTES });
    }
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return Ok(encoding.decode(bytes).0.into_owned());
    }
    // UTF-16 without a BOM is valid UTF-8 too, with a NUL beside every character.
    if bytes.starts_with(b"<\0") {
        return Ok(UTF_16LE.decode(bytes).0.into_owned());
    }
    if bytes.starts_with(b"\0<") {
        return Ok(UTF_16BE.decode(bytes).0.into_owned());
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text.to_owned());
    }
    let declared = content_type.and_then(in_header).or_else(|| in_declaration(bytes)).unwrap_or(UTF_8);
    Ok(declared.decode_without_bom_handling(bytes).0.into_owned())
}

/// The `charset` parameter of a `Content-Type`.
fn in_header(content_type: &str) -> Option<&'static Encoding> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| known(value)).flatten()
    })
}

/// The `encoding` of `<?xml … encoding="…"?>`, which is ASCII in every encoding of this family.
fn in_declaration(bytes: &[u8]) -> Option<&'static Encoding> {
    let head: String = bytes.iter().take(DECLARATION_WITHIN).map(|&byte| char::from(byte)).collect();
    let (_, declaration) = head.split_once("<?xml")?;
    let (declaration, _) = declaration.split_once("?>")?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    known(value.split(quote).nth(1)?)
}

fn known(label: &str) -> Option<&'static Encoding> {
    let label = label.trim().trim_matches(['"', '\'']);
    Encoding::for_label(label.as_bytes()).filter(|&encoding| encoding != UTF_8)
}
