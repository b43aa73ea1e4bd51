//! The header of a WAV file.

use oxideav_gsm::MSGSM_BLOCK_LEN;

use crate::{
    Error, Format, Head,
    head::{Detail, MOST_BYTES},
};

/// The highest rate to believe, in samples a second.
const MOST_RATE: u32 = 384_000;
/// Data sizes from here on only say that the writer did not know it: most write 0xFFFFFFFF, others about 2 GiB.
const ENDLESS: u32 = 0x7FFF_0000;

/// Reads the head of a file that begins like WAV. `None` while more is needed. Ignores the total size at its start, which killed
/// recorders leave wrong.
pub(crate) fn read(start: &[u8]) -> Result<Option<Head>, Error> {
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
                return Ok(Some(Head { format, channels, rate, data_at: body, data_bytes, detail: Detail::None }));
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

/// The content of the `fmt ` chunk.
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
        // WAVE_FORMAT_EXTENSIBLE has the actual tag further on.
        let tag = if tag == 0xFFFE { number(24).unwrap_or(tag) } else { tag };
        let format = match (tag, bits) {
            (1, 8) => Format::Pcm8,
            (1, 16) => Format::Pcm16,
            (1, 24) => Format::Pcm24,
            (1, 32) => Format::Pcm32,
            (3, 32) => Format::Float32,
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

/// The name of a format tag (RFC 2361 and Windows' `mmreg.h`).
fn named(tag: u16, bits: u16) -> String {
    match tag {
        0x01 => format!("{bits}-bit PCM WAV"),
        0x02 => "Microsoft ADPCM WAV".into(),
        0x03 => format!("{bits}-bit floating-point WAV"),
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
