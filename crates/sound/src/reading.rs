//! The head of a file, told by its first bytes or by its name.

use crate::{
    Error, Format, Head, Named, foreign,
    format::Found,
    head::{Detail, MOST_BYTES},
    mp3, opus, riff,
};

/// How many bytes without a signature are enough to decide what they are: more than two frames of the slowest MP3, and enough of
/// a page or a text.
const SIGHT: usize = 4096;

impl Head {
    /// Reads the head from the start of a file. `None` while that needs more of the file. A file without a head is what its name
    /// says.
    ///
    /// # Errors
    /// Why the file cannot be decoded; never [`Error::Limit`] or [`Error::NotReady`].
    pub fn read(start: &[u8], named: Named) -> Result<Option<Head>, Error> {
        told(start, named, false)
    }

    /// Reads the head of a complete file. Only this recognises a short MP3 or a short file without a head.
    ///
    /// # Errors
    /// Those of [`Head::read`], and [`Error::Damaged`] for a file that breaks off within its head.
    pub fn of_whole(file: &[u8], named: Named) -> Result<Head, Error> {
        told(file, named, true)?.ok_or(Error::Damaged("it breaks off before its sound begins"))
    }
}

/// Examines the start of a file, or all of it.
fn told(start: &[u8], named: Named, whole: bool) -> Result<Option<Head>, Error> {
    let begun = |mark: &[u8]| !start.is_empty() && mark.starts_with(start);
    match (start.get(..4), start.get(8..12)) {
        (Some(b"RIFF"), Some(b"WAVE")) => return riff::read(start),
        (Some(b"RIFF"), None) => return Ok(None),
        (Some(b"OggS"), _) if foreign::is_opus(start) => return Ok(opus::read(start)?.map(of_opus)),
        (None, _) if begun(b"RIFF") || begun(b"OggS") => return Ok(None),
        _ => {}
    }
    let (format, rate) = match named {
        Named::Nothing => return by_content(start, whole),
        Named::MuLaw => (Format::MuLaw, 8_000),
        Named::ALaw => (Format::ALaw, 8_000),
        Named::Gsm => (Format::Gsm, 8_000),
        Named::Linear { rate } => (Format::Pcm16, rate),
        Named::G722 => (Format::G722, 16_000),
        Named::Undecodable(name) => return Err(foreign::no_sound(start).unwrap_or(Error::Unsupported(name.into()))),
    };
    if !whole && start.len() < SIGHT {
        return Ok(None);
    }
    let start = start.get(..SIGHT).unwrap_or(start);
    if let Some(error) = foreign::no_sound(start) {
        return Err(error);
    }
    if format == Format::Gsm && !foreign::is_raw_gsm(start) {
        return Err(Error::Unknown);
    }
    Ok(Some(Head { format, channels: 1, rate, data_at: 0, data_bytes: None, detail: Detail::None }))
}

/// Recognises formats that have no signature but show in their content what they are.
fn by_content(start: &[u8], whole: bool) -> Result<Option<Head>, Error> {
    let tag = nanomp3::id3v2_len(start);
    if tag > MOST_BYTES {
        return Err(Error::Damaged("its sound does not begin within 1 MiB"));
    }
    let behind = start.get(tag..).unwrap_or_default();
    let cut = tag > 0 && behind.is_empty();
    if cut || !whole && behind.len() < SIGHT {
        return Ok(None);
    }
    // No more than this, so that the result is the same for a whole file and for pieces.
    match mp3::read(behind.get(..SIGHT).unwrap_or(behind), tag) {
        Some(found) => Ok(Some(of_mp3(found))),
        None => Err(foreign::told(behind)),
    }
}

fn of_mp3(found: Found<mp3::Start>) -> Head {
    let Found { channels, rate, data_at, start } = found;
    Head { format: Format::Mp3, channels, rate, data_at, data_bytes: None, detail: Detail::Mp3(start) }
}

fn of_opus(found: Found<opus::Start>) -> Head {
    let Found { channels, rate, data_at, start } = found;
    Head { format: Format::Opus, channels, rate, data_at, data_bytes: None, detail: Detail::Opus(start) }
}
