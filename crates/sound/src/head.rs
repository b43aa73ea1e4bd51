//! What a file is, where its sound begins, and what can be said of that sound before it is decoded.

use std::time::Duration;

use oxideav_gsm::{FRAME_SAMPLES, GSM_BYTE_FRAME_LEN, MSGSM_BLOCK_LEN, MSGSM_BLOCK_SAMPLES};

use crate::{
    format::{Format, lasts},
    mp3, opus,
};

/// Bytes within which the sound has to begin, so that who streams knows when to give up. Pictures in MP3 files fit.
pub(crate) const MOST_BYTES: usize = 1024 * 1024;
/// Bytes of a WAV49 block that hold its first frame, 260 bits.
pub(crate) const FIRST_FRAME: usize = 33;

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
