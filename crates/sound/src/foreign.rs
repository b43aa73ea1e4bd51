//! Names files that cannot be decoded, by their first bytes.

use crate::Error;

/// How many bytes of the start to examine.
const LOOKED_AT: usize = 2048;
/// The bytes of a raw GSM 06.10 frame, and the upper half of its first byte.
const GSM_FRAME: usize = 33;
const GSM_MAGIC: u8 = 0xD;
/// What a login page or an error page is.
const PAGE: &str = "an HTML page";

/// The error for a file that is not sound although its name says so: a file of another kind, a page, a text. Sound without a head
/// can begin with any bytes, but hardly with this many that are valid UTF-8 without control characters, because half of its
/// samples are negative, and those are above 0x80 or below.
pub(crate) fn no_sound(start: &[u8]) -> Option<Error> {
    let start = start.get(..LOOKED_AT).unwrap_or(start);
    if start.is_empty() {
        return Some(Error::NotSound("nothing"));
    }
    if let Some(name) = container(start) {
        return Some(Error::Unsupported(name.into()));
    }
    // The last character may be cut.
    let whole = match str::from_utf8(start) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none() && error.valid_up_to() > 0,
    };
    text(start).filter(|what| whole || *what == PAGE).map(Error::NotSound)
}

/// The error for a file that begins like this.
pub(crate) fn told(start: &[u8]) -> Error {
    let start = start.get(..LOOKED_AT).unwrap_or(start);
    if start.is_empty() {
        return Error::NotSound("nothing");
    }
    if let Some(name) = container(start).or_else(|| frames(start)) {
        return Error::Unsupported(name.into());
    }
    if let Some(what) = text(start) {
        return Error::NotSound(what);
    }
    Error::Unknown
}

/// Whether an Ogg file's first stream is Opus, or may still turn out to be.
pub(crate) fn is_opus(start: &[u8]) -> bool {
    const MARK: &[u8] = b"OpusHead";
    // The first page holds one packet of less than 255 bytes, after 27 bytes of head and one of its length.
    let packet = start.get(28..).unwrap_or_default();
    packet.starts_with(MARK) || MARK.starts_with(packet)
}

/// The kind of a file with a signature.
fn container(start: &[u8]) -> Option<&'static str> {
    let has = |what: &[u8]| start.windows(what.len()).any(|window| window == what);
    Some(match (start.first_chunk::<4>()?, start.get(4..8), start.get(8..12)) {
        (b"OggS", ..) if has(b"\x01vorbis") => "Ogg Vorbis",
        (b"OggS", ..) if has(b"Speex   ") => "Ogg Speex",
        (b"OggS", ..) => "Ogg",
        (b"fLaC", ..) => "FLAC",
        (b"#!AM", ..) => "AMR",
        (b".snd", ..) => "Sun audio",
        (b"FORM", _, Some(b"AIFF" | b"AIFC")) => "AIFF",
        (b"RIFX" | b"RF64" | b"BW64", _, Some(b"WAVE")) => "WAV in a variant with other byte order or sizes",
        (b"RIFF", _, Some(_)) => "RIFF without WAVE",
        (b"\x1A\x45\xDF\xA3", ..) => "Matroska or WebM",
        (_, Some(b"ftyp"), _) => "MP4",
        _ => return None,
    })
}

/// The kind of MPEG frames, which have no container.
fn frames(start: &[u8]) -> Option<&'static str> {
    let [first, second, third, ..] = *start else { return None };
    if first != 0xFF || second & 0xE0 != 0xE0 || second & 0x18 == 0x08 {
        return None;
    }
    let (layer, bit_rate, rate) = (second >> 1 & 3, third >> 4, third >> 2 & 3);
    match layer {
        0 if second & 0x10 != 0 => Some("AAC"),
        2 | 3 if bit_rate != 15 && rate != 3 => Some("MPEG audio"),
        _ => None,
    }
}

/// Recognises a page, or a text in any charset: no control characters but white space.
fn text(start: &[u8]) -> Option<&'static str> {
    let plain = |byte: &u8| *byte >= b' ' && *byte != 0x7F || byte.is_ascii_whitespace();
    let start = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start).trim_ascii_start();
    if !start.iter().all(plain) || !start.iter().any(u8::is_ascii_alphanumeric) {
        return None;
    }
    let lower: Vec<u8> = start.iter().map(u8::to_ascii_lowercase).collect();
    let page = lower.starts_with(b"<") && lower.windows(5).any(|five| matches!(five, b"<html" | b"<!doc" | b"<body"));
    Some(if page { PAGE } else { "a text" })
}

/// Whether there are only frames, each with its mark. A-law's silence looks the same, so only the name tells that it is GSM.
pub(crate) fn is_raw_gsm(start: &[u8]) -> bool {
    let start = start.get(..LOOKED_AT).unwrap_or(start);
    let (frames, _) = start.as_chunks::<GSM_FRAME>();
    !frames.is_empty() && frames.iter().all(|[first, ..]| first >> 4 == GSM_MAGIC)
}
