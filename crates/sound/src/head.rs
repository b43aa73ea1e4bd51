//! What a file is, where its sound begins, and what can be said of that sound before it is decoded.

use std::time::Duration;

use oxideav_gsm::{FRAME_SAMPLES, GSM_BYTE_FRAME_LEN, MSGSM_BLOCK_LEN, MSGSM_BLOCK_SAMPLES};

use crate::{Error, Named, foreign, mp3, opus, riff};

/// Bytes within which the sound has to begin, so that who streams knows when to give up. Pictures in MP3 files fit.
pub(crate) const MOST_BYTES: usize = 1024 * 1024;
/// Bytes of a WAV49 block that hold its first frame, 260 bits.
pub(crate) const FIRST_FRAME: usize = 33;
/// Bytes without a signature after which it is clear what they are: more than two frames of the slowest MP3, and enough of a
/// page or a text.
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
    /// Floating-point numbers of 32 bits; 1.0 is full scale, what is louder is clipped.
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

/// What is said only in the head of a format without blocks.
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
    /// Samples a second in each channel, 1 to 384,000; 8,000 on the telephone. Opus, which has none of its own, is decoded
    /// to the lowest of its rates that keeps what its writer had: 8,000, 12,000, 16,000, 24,000 or 48,000.
    pub rate: u32,
    /// Where the data begins, in bytes from the start of the file.
    pub data_at: usize,
    /// The data's size in bytes. Nothing where the head leaves it open, as one of a recorder that was killed does, and in
    /// formats without a container: the data then goes on to the end of the file.
    pub data_bytes: Option<u32>,
    pub(crate) detail: Detail,
}

/// Where to begin in a file so as to hear it from a moment on: see [`Head::entry`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The first byte of the file that is needed.
    pub at: u64,
    /// The moment (samples a channel, from the start of the sound) that these bytes begin with.
    pub(crate) moment: u64,
    /// Moments that are decoded only for the decoder to find its way in, and left out.
    pub(crate) skip: u64,
}

impl Head {
    /// Reads the head from the start of a file, or nothing as long as more of the file is needed for that. A file without a head
    /// is what its name says.
    ///
    /// # Errors
    /// What is no file that can be decoded: neither [`Error::Limit`] nor [`Error::NotReady`].
    pub fn read(start: &[u8], named: Named) -> Result<Option<Head>, Error> {
        told(start, named, false)
    }

    /// Reads the head of a file of which there is no more than this. A short MP3, or a short file without a head, is told only so.
    ///
    /// # Errors
    /// As [`Head::read`], and [`Error::Damaged`] for a file that breaks off within its head.
    pub fn of_whole(file: &[u8], named: Named) -> Result<Head, Error> {
        told(file, named, true)?.ok_or(Error::Damaged("it breaks off before its sound begins"))
    }

    /// Bytes of a piece of the data that belong together, and how many samples of all channels together come of it. MP3
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

    /// How many bytes of 16-bit PCM come of a file of this length, to the byte, cut off or not: what a decoder of its data will
    /// give. Nothing for MP3 and Opus, whose frames have to be counted for that.
    pub fn pcm_len(&self, file_len: u64) -> Option<u64> {
        let (bytes, samples) = self.block()?;
        let there = file_len.saturating_sub(self.data_at as u64);
        let data = self.data_bytes.map_or(there, |promised| there.min(promised.into()));
        let (blocks, rest) = (data / bytes as u64, data % bytes as u64);
        // Of a WAV49 block that was cut, the first of its two frames may be there.
        let half =
            if self.format == Format::Wav49 && rest >= FIRST_FRAME as u64 { FRAME_SAMPLES as u64 * 2 } else { 0 };
        Some(blocks.saturating_mul(samples as u64 * 2).saturating_add(half))
    }

    /// How long the sound of a file of this length is: exactly where [`Head::pcm_len`] is known or the head of an MP3 says
    /// it, nearly for other MP3 (as if all of it had the bit rate of its first frame). Nothing for Opus, whose last page says
    /// it: [`Head::length_by_tail`].
    pub fn length(&self, file_len: u64) -> Option<Duration> {
        if let Some(bytes) = self.pcm_len(file_len) {
            return Some(self.lasts(bytes / 2));
        }
        match &self.detail {
            Detail::Mp3(start) => start.length(self.rate, file_len.saturating_sub(self.data_at as u64)),
            Detail::Opus(_) | Detail::None => None,
        }
    }

    /// How long the sound of an Opus file is that ends with these bytes; 64 KiB of them always hold its last page. Nothing
    /// for other formats.
    pub fn length_by_tail(&self, tail: &[u8]) -> Option<Duration> {
        match &self.detail {
            Detail::Opus(start) => start.length(tail),
            Detail::Mp3(_) | Detail::None => None,
        }
    }

    /// Where to begin in the file so as to hear it from this moment (a sample of each channel, counted from the start of the
    /// sound). Nothing for MP3 and Opus, which are to be decoded from their start.
    ///
    /// What PCM and G.711 give is to the sample what a decoder of the whole file gives there. GSM and G.722 remember what came
    /// before: [`GSM_WARM_UP`] frames, and as much time of G.722, are decoded and left out.
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

    /// Whether a file that begins so was closed by its writer: MP3 is made of a recording that is whole.
    pub(crate) fn is_closed(&self) -> bool {
        self.format == Format::Mp3
    }

    /// How long so many samples of all channels together last.
    pub(crate) fn lasts(&self, samples: u64) -> Duration {
        lasts(samples / u64::from(self.channels), self.rate)
    }
}

/// Frames of GSM before an [`Entry`] that are decoded and left out: 4 seconds, which are decoded in a millisecond. Measured from
/// several starts in five minutes of speech, every sample was that of the whole file after 14 frames (noise: 9), and in a
/// minute of a steady tone, which GSM predicts from itself, after 152.
pub const GSM_WARM_UP: u64 = 200;
/// Moments of G.722 before an [`Entry`] that are decoded and left out: 4 seconds.
const G722_WARM_UP: u64 = 4 * 16_000;

/// How long so many moments last.
pub(crate) fn lasts(moments: u64, rate: u32) -> Duration {
    let rate = u64::from(rate.max(1));
    Duration::from_secs(moments / rate) + Duration::from_nanos((moments % rate) * 1_000_000_000 / rate)
}

/// Looks at the start of a file, or at all of it.
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

/// What says itself what it is, without a signature of its own.
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
    // Not more than that, so that a file is the same whole and in pieces.
    match mp3::read(behind.get(..SIGHT).unwrap_or(behind), tag) {
        Some(head) => Ok(Some(head)),
        None => Err(foreign::told(behind)),
    }
}
