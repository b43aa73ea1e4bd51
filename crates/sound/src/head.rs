//! What stands before the samples of a WAV file.

use std::time::Duration;

use oxideav_gsm::{MSGSM_BLOCK_LEN, MSGSM_BLOCK_SAMPLES};

use crate::{Error, foreign};

/// Bytes within which the samples have to begin, so that who streams knows when to give up.
const MOST_BYTES: usize = 1024 * 1024;
/// Samples a second that are no longer believed.
const MOST_RATE: u32 = 384_000;
/// Sizes of the data from here on say only that the writer could not know it: 0xFFFFFFFF by most, about 2 GiB by others.
const ENDLESS: u32 = 0x7FFF_0000;

/// How the samples are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// GSM 06.10, two frames in 65 bytes: format tag 0x31, Asterisk's `.WAV`.
    Wav49,
    /// PCM of 8 bits, unsigned.
    Pcm8,
    /// PCM of 16 bits, signed.
    Pcm16,
    /// G.711 A-law, format tag 6.
    ALaw,
    /// G.711 µ-law, format tag 7.
    MuLaw,
}

/// The head of a WAV file whose sound can be decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// How the samples are written.
    pub format: Format,
    /// 1 or 2.
    pub channels: u16,
    /// Samples a second in each channel, 1 to 384,000; 8,000 on the telephone.
    pub rate: u32,
    /// Where the data begins, in bytes from the start of the file.
    pub data_at: usize,
    /// The data's size in bytes. Nothing where the head leaves it open, as one of a recorder that was killed does: the
    /// data then goes on to the end of the file.
    pub data_bytes: Option<u32>,
}

impl Head {
    /// Reads the head from the start of a file, or nothing as long as more of the file is needed for that.
    ///
    /// # Errors
    /// What is no WAV file that can be decoded: never [`Error::Limit`].
    pub fn read(start: &[u8]) -> Result<Option<Head>, Error> {
        let (magic, kind) = (start.get(..4), start.get(8..12));
        match (magic, kind) {
            (Some(b"RIFF"), Some(b"WAVE")) => {}
            (Some(b"RIFF"), None) => return Ok(None),
            (None, _) if b"RIFF".starts_with(start) => return Ok(None),
            _ => return Err(foreign::told(start)),
        }
        let (mut at, mut sound) = (12, None);
        while let Some((id, size)) = start.get(at..).and_then(chunk) {
            let body = at.saturating_add(8);
            // Chunks are padded to an even length.
            let next = body.saturating_add(size as usize).saturating_add(size as usize % 2);
            match (&id, sound) {
                (b"fmt ", None) => {
                    let Some(bytes) = start.get(body..body.saturating_add(size as usize).min(body + 40)) else {
                        return Ok(None);
                    };
                    sound = Some(Sound::read(bytes)?);
                }
                (b"data", Some(Sound { format, channels, rate })) => {
                    let data_bytes = (size > 0 && size < ENDLESS).then_some(size);
                    return Ok(Some(Head { format, channels, rate, data_at: body, data_bytes }));
                }
                (b"data", None) => return Err(Error::Damaged("its sound begins before its format is told")),
                _ => {}
            }
            at = next;
            if at > MOST_BYTES {
                return Err(Error::Damaged("its sound does not begin within 1 MiB"));
            }
        }
        Ok(None)
    }

    /// Bytes of a piece of the data that belong together.
    pub(crate) fn block(&self) -> usize {
        match self.format {
            Format::Wav49 => MSGSM_BLOCK_LEN,
            Format::Pcm8 | Format::ALaw | Format::MuLaw => usize::from(self.channels),
            Format::Pcm16 => usize::from(self.channels) * 2,
        }
    }

    /// How many bytes of 16-bit PCM come of so many whole bytes of data; a cut last block may add up to 320.
    pub fn pcm_bytes(&self, data_bytes: u64) -> u64 {
        let block = self.block() as u64;
        let of_block = match self.format {
            Format::Wav49 => MSGSM_BLOCK_SAMPLES as u64 * 2,
            Format::Pcm8 | Format::ALaw | Format::MuLaw => block * 2,
            Format::Pcm16 => block,
        };
        (data_bytes / block).saturating_mul(of_block)
    }

    /// How long so many samples of all channels together last.
    pub(crate) fn lasts(&self, samples: u64) -> Duration {
        let (rate, moments) = (u64::from(self.rate), samples / u64::from(self.channels));
        let nanos = (moments % rate) * 1_000_000_000 / rate;
        Duration::from_secs(moments / rate) + Duration::from_nanos(nanos)
    }
}

/// What the `fmt ` chunk says.
#[derive(Clone, Copy)]
struct Sound {
    format: Format,
    channels: u16,
    rate: u32,
}

impl Sound {
    fn read(bytes: &[u8]) -> Result<Sound, Error> {
        let number = |at: usize| bytes.get(at..at + 2).and_then(|two| two.try_into().ok()).map(u16::from_le_bytes);
        let (Some(tag), Some(channels), Some(low), Some(high), Some(block), Some(bits)) =
            (number(0), number(2), number(4), number(6), number(12), number(14))
        else {
            return Err(Error::Damaged("its format is cut off"));
        };
        // WAVE_FORMAT_EXTENSIBLE has the tag proper further down.
        let tag = if tag == 0xFFFE { number(24).unwrap_or(tag) } else { tag };
        let format = match (tag, bits) {
            (1, 8) => Format::Pcm8,
            (1, 16) => Format::Pcm16,
            (6, _) => Format::ALaw,
            (7, _) => Format::MuLaw,
            (0x31, _) if channels == 1 && usize::from(block) == MSGSM_BLOCK_LEN => Format::Wav49,
            _ => return Err(Error::Unsupported(named(tag, bits))),
        };
        let rate = u32::from(low) | u32::from(high) << 16;
        match (channels, rate) {
            (1 | 2, 1..=MOST_RATE) => Ok(Sound { format, channels, rate }),
            (0, _) => Err(Error::Damaged("it has no channel")),
            (1 | 2, _) => Err(Error::Damaged("it has a sample rate that cannot be")),
            _ => Err(Error::Unsupported(format!("WAV with {channels} channels"))),
        }
    }
}

/// A chunk's name and size.
fn chunk(bytes: &[u8]) -> Option<([u8; 4], u32)> {
    let (id, rest) = bytes.split_first_chunk()?;
    Some((*id, u32::from_le_bytes(*rest.first_chunk()?)))
}

/// What a format tag stands for (RFC 2361 and Windows' `mmreg.h`).
fn named(tag: u16, bits: u16) -> String {
    match tag {
        0x01 => format!("{bits}-bit PCM WAV"),
        0x02 => "Microsoft ADPCM WAV".into(),
        0x03 => "floating-point WAV".into(),
        0x11 => "IMA ADPCM WAV".into(),
        0x22 => "TrueSpeech WAV".into(),
        0x31 => "GSM WAV with blocks of an unknown kind".into(),
        0x40 => "G.721 WAV".into(),
        0x64 => "G.726 WAV".into(),
        0x50 | 0x55 => "MP3 in WAV".into(),
        0x83 => "G.729 WAV".into(),
        _ => format!("WAV with format tag 0x{tag:02x}"),
    }
}
