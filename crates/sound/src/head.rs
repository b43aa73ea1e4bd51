//! The head of a file: its format, where its sound begins, and what is known about the sound before it is decoded.

use std::time::Duration;

use oxideav_gsm::{FRAME_SAMPLES, GSM_BYTE_FRAME_LEN, MSGSM_BLOCK_LEN, MSGSM_BLOCK_SAMPLES};

use crate::{Error, Named, foreign, mp3, opus, riff};

/// The sound has to begin within this many bytes, so that a stream knows when to give up. Pictures in MP3 files fit.
pub(crate) const MOST_BYTES: usize = 1024 * 1024;
/// Bytes of a WAV49 block that hold its first frame, 260 bits.
pub(crate) const FIRST_FRAME: usize = 33;
/// How many bytes without a signature are enough to decide what they are: more than two frames of the slowest MP3, and enough of
/// a page or a text.
const SIGHT: usize = 4096;

/// How the samples are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// GSM 06.10, two frames in 65 bytes: format tag 0x31, Asterisk's `.WAV`.
    Wav49,
    /// GSM 06.10 without a container, 33 bytes a frame: Asterisk's `.gsm`.
    Gsm,
    /// G.722 at 64 kbit/s without a container, two samples of 16 kHz a byte: Asterisk's `.g722`.
    G722,
    /// PCM of 8 bits, unsigned.
    Pcm8,
    /// PCM of 16 bits, signed.
    Pcm16,
    /// PCM of 24 bits, signed; rounded to 16.
    Pcm24,
    /// PCM of 32 bits, signed; rounded to 16.
    Pcm32,
    /// Floating-point numbers of 32 bits; 1.0 is full scale, and louder samples are clipped.
    Float32,
    /// G.711 A-law, format tag 6 or without a head.
    ALaw,
    /// G.711 µ-law, format tag 7 or without a head.
    MuLaw,
    /// MPEG 1, 2 or 2.5, layer III, with or without tags around it.
    Mp3,
    /// Opus in Ogg (RFC 7845), one or two channels.
    Opus,
}

/// Details from the head of a format without blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Detail {
    None,
    Mp3(mp3::Start),
    Opus(opus::Start),
}

/// The head of a file whose sound can be decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// How the samples are written.
    pub format: Format,
    /// 1 or 2.
    pub channels: u16,
    /// Samples a second in each channel, 1 to 384,000; 8,000 on the telephone. Opus, which has no rate of its own, is decoded to
    /// the lowest of its rates that keeps everything its writer had: 8,000, 12,000, 16,000, 24,000 or 48,000.
    pub rate: u32,
    /// Where the data begins, in bytes from the start of the file.
    pub data_at: usize,
    /// The data's size in bytes. `None` if the head leaves it open, as that of a killed recorder does, and in formats without a
    /// container: the data then goes on to the end of the file.
    pub data_bytes: Option<u32>,
    pub(crate) detail: Detail,
}

/// Where to begin in a file to play it from a given moment: see [`Head::entry`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The first byte of the file that is needed.
    pub at: u64,
    /// The moment (samples per channel, from the start of the sound) at which these bytes begin.
    pub(crate) moment: u64,
    /// Moments to decode only to warm up the decoder, and to leave out.
    pub(crate) skip: u64,
}

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

    /// The size in bytes of the smallest piece of data that can be decoded, and how many samples of all channels it gives. MP3
    /// and Opus have nothing of the kind.
    pub(crate) fn block(&self) -> Option<(usize, usize)> {
        let channels = usize::from(self.channels);
        Some(match self.format {
            Format::Wav49 => (MSGSM_BLOCK_LEN, MSGSM_BLOCK_SAMPLES),
            Format::Gsm => (GSM_BYTE_FRAME_LEN, FRAME_SAMPLES),
            Format::G722 => (1, 2),
            Format::Pcm8 | Format::ALaw | Format::MuLaw => (channels, channels),
            Format::Pcm16 => (2 * channels, channels),
            Format::Pcm24 => (3 * channels, channels),
            Format::Pcm32 | Format::Float32 => (4 * channels, channels),
            Format::Mp3 | Format::Opus => return None,
        })
    }

    /// Exactly how many bytes of 16-bit PCM a decoder will give for a file of this length, cut off or not. `None` for MP3 and
    /// Opus, whose frames have to be counted for that.
    pub fn pcm_len(&self, file_len: u64) -> Option<u64> {
        let (bytes, samples) = self.block()?;
        let there = file_len.saturating_sub(self.data_at as u64);
        let data = self.data_bytes.map_or(there, |promised| there.min(promised.into()));
        let (blocks, rest) = (data / bytes as u64, data % bytes as u64);
        // The first of the two frames of a cut WAV49 block may be complete.
        let half =
            if self.format == Format::Wav49 && rest >= FIRST_FRAME as u64 { FRAME_SAMPLES as u64 * 2 } else { 0 };
        Some(blocks.saturating_mul(samples as u64 * 2).saturating_add(half))
    }

    /// The length of the sound in a file of this length: exact if [`Head::pcm_len`] is known or the head of an MP3 says it,
    /// approximate for other MP3 (as if all of it had the bit rate of its first frame). `None` for Opus, whose last page says it:
    /// [`Head::length_by_tail`].
    pub fn length(&self, file_len: u64) -> Option<Duration> {
        if let Some(bytes) = self.pcm_len(file_len) {
            return Some(self.lasts(bytes / 2));
        }
        match &self.detail {
            Detail::Mp3(start) => start.length(self.rate, file_len.saturating_sub(self.data_at as u64)),
            Detail::Opus(_) | Detail::None => None,
        }
    }

    /// The length of the sound in an Opus file that ends with these bytes; 64 KiB of them always contain its last page. `None`
    /// for other formats.
    pub fn length_by_tail(&self, tail: &[u8]) -> Option<Duration> {
        match &self.detail {
            Detail::Opus(start) => start.length(tail),
            Detail::Mp3(_) | Detail::None => None,
        }
    }

    /// Where to begin in the file to play it from this moment (a sample of each channel, counted from the start of the sound).
    /// `None` for MP3 and Opus, which have to be decoded from their start.
    ///
    /// PCM and G.711 give exactly the samples that decoding the whole file gives. GSM and G.722 depend on earlier frames:
    /// [`GSM_WARM_UP`] frames, and as much time of G.722, are decoded and left out.
    pub fn entry(&self, moment: u64) -> Option<Entry> {
        let (bytes, samples) = self.block()?;
        let moments = samples as u64 / u64::from(self.channels.max(1));
        let warm = match self.format {
            Format::Wav49 | Format::Gsm => GSM_WARM_UP * FRAME_SAMPLES as u64 / moments,
            Format::G722 => G722_WARM_UP / moments,
            Format::Pcm8
            | Format::Pcm16
            | Format::Pcm24
            | Format::Pcm32
            | Format::Float32
            | Format::ALaw
            | Format::MuLaw
            | Format::Mp3
            | Format::Opus => 0,
        };
        let first = (moment / moments).saturating_sub(warm);
        let at = first.saturating_mul(bytes as u64).saturating_add(self.data_at as u64);
        Some(Entry { at, moment, skip: moment - first * moments })
    }

    /// Whether the head shows that the file's writer has closed it: MP3 is made from a complete recording.
    pub(crate) fn is_closed(&self) -> bool {
        self.format == Format::Mp3
    }

    /// The duration of this many samples of all channels together.
    pub(crate) fn lasts(&self, samples: u64) -> Duration {
        lasts(samples / u64::from(self.channels), self.rate)
    }
}

/// Frames of GSM before an [`Entry`] that are decoded and left out: 4 seconds, which takes a millisecond. Measured from several
/// starts in five minutes of speech, every sample equalled that of the whole file after 14 frames (noise: 9), and in a minute of
/// a steady tone, which GSM predicts from itself, after 152.
pub const GSM_WARM_UP: u64 = 200;
/// Moments of G.722 before an [`Entry`] that are decoded and left out: 4 seconds.
const G722_WARM_UP: u64 = 4 * 16_000;

/// The duration of this many moments.
pub(crate) fn lasts(moments: u64, rate: u32) -> Duration {
    let rate = u64::from(rate.max(1));
    Duration::from_secs(moments / rate) + Duration::from_nanos((moments % rate) * 1_000_000_000 / rate)
}

/// Examines the start of a file, or all of it.
fn told(start: &[u8], named: Named, whole: bool) -> Result<Option<Head>, Error> {
    let begun = |mark: &[u8]| !start.is_empty() && mark.starts_with(start);
    match (start.get(..4), start.get(8..12)) {
        (Some(b"RIFF"), Some(b"WAVE")) => return riff::read(start),
        (Some(b"RIFF"), None) => return Ok(None),
        (Some(b"OggS"), _) if foreign::is_opus(start) => return opus::read(start),
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
        Some(head) => Ok(Some(head)),
        None => Err(foreign::told(behind)),
    }
}
