//! Converts a complete file to a canonical WAV file.

use std::{borrow::Cow, time::Duration};

use crate::{
    Decoder, Error, Named,
    head::{Format, Head},
};

/// The largest file to decode, in bytes: 11 hours of WAV49, an hour of 16-bit PCM at 8 kHz.
pub const MOST_BYTES: usize = 64 * 1024 * 1024;
/// The most output, in bytes: two hours of 8 kHz, one channel.
pub const MOST_PCM_BYTES: u64 = 2 * 3600 * 8000 * 2;

/// How many bytes to decode at a time.
const PIECE: usize = 16 * 1024;
/// The size of a canonical header in bytes.
pub(crate) const HEADER: usize = 44;

/// A file that has been decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// RIFF WAVE with 16-bit PCM after a header of 44 bytes. Borrowed if the file was that already.
    pub wav: Cow<'a, [u8]>,
    /// The file's format.
    pub format: Format,
    /// Its length.
    pub length: Duration,
    /// Where the file is damaged for the first time, from its start, if it is damaged. `wav` has everything that could be
    /// decoded.
    pub damaged_at: Option<Duration>,
}

/// Decodes a complete file with this name.
///
/// # Errors
/// Why the file cannot be decoded, [`Error::NotReady`] or [`Error::Empty`] for a head without sound, and [`Error::Limit`] for a
/// file above [`MOST_BYTES`] or [`MOST_PCM_BYTES`]; a file that is already in the wanted form has no limit.
pub fn to_pcm_wav(file: &[u8], named: Named) -> Result<Decoded<'_>, Error> {
    let head = Head::of_whole(file, named)?;
    let data = file.get(head.data_at..).unwrap_or_default();
    let format = head.format;
    if data.is_empty() && head.data_bytes.is_none() {
        return Err(Error::NotReady);
    }
    if is_canonical(file, &head, data) {
        let length = head.lasts(data.len() as u64 / 2);
        return Ok(Decoded { wav: Cow::Borrowed(file), format, length, damaged_at: None });
    }
    if file.len() > MOST_BYTES {
        return Err(Error::Limit("the file is above 64 MiB"));
    }
    let expected = head.pcm_len(file.len() as u64).unwrap_or(0);
    let (channels, rate, closed) = (head.channels, head.rate, head.is_closed());
    let mut wav = vec![0; HEADER];
    wav.reserve_exact(within(expected)?);
    let mut samples = Vec::new();
    let mut decoder = Decoder::new(head);
    for piece in data.chunks(PIECE) {
        decoder.decode(piece, &mut samples);
        append(&mut wav, &mut samples)?;
    }
    let damaged_at = decoder.finish(&mut samples);
    append(&mut wav, &mut samples)?;
    let length = decoder.decoded();
    if length.is_zero() && damaged_at.is_none() {
        return Err(if closed { Error::Empty } else { Error::NotReady });
    }
    let data_bytes = u32::try_from(wav.len() - HEADER).map_err(|_| Error::Limit("it is above 4 GiB"))?;
    if let Some(start) = wav.first_chunk_mut() {
        *start = header(channels, rate, data_bytes);
    }
    Ok(Decoded { wav: wav.into(), format, length, damaged_at })
}

fn within(pcm_bytes: u64) -> Result<usize, Error> {
    let bytes = usize::try_from(pcm_bytes).ok().filter(|_| pcm_bytes <= MOST_PCM_BYTES);
    bytes.ok_or(Error::Limit("its sound is above 115 MB, two hours on the telephone"))
}

/// The data size in a header that means "up to the end", as FFmpeg writes it into a pipe and players understand it. Pass it to
/// [`header`](fn@header) if the length is not known before the sound: MP3, Opus, and a file that still grows.
pub const OPEN_END: u32 = u32::MAX;

/// The header of a WAV file with 16-bit PCM, for this many bytes of samples. An odd number makes no sense; above 4 GiB less 36
/// bytes, as with [`OPEN_END`], the size says that it is unknown.
pub fn header(channels: u16, rate: u32, data_bytes: u32) -> [u8; HEADER] {
    let block = channels.saturating_mul(2);
    let fields: [&[u8]; 12] = [
        b"RIFF",
        &data_bytes.saturating_add(36).to_le_bytes(),
        b"WAVEfmt ",
        &16u32.to_le_bytes(),
        &1u16.to_le_bytes(),
        &channels.to_le_bytes(),
        &rate.to_le_bytes(),
        &rate.saturating_mul(u32::from(block)).to_le_bytes(),
        &block.to_le_bytes(),
        &16u16.to_le_bytes(),
        b"data",
        &data_bytes.to_le_bytes(),
    ];
    let mut out = [0; HEADER];
    for (byte, field) in out.iter_mut().zip(fields.concat()) {
        *byte = field;
    }
    out
}

/// Whether the file equals what it would be converted to, byte for byte.
fn is_canonical(file: &[u8], head: &Head, data: &[u8]) -> bool {
    head.format == Format::Pcm16
        && data.len().is_multiple_of(usize::from(head.channels) * 2)
        && u32::try_from(data.len()).is_ok_and(|bytes| file.starts_with(&header(head.channels, head.rate, bytes)))
}

fn append(wav: &mut Vec<u8>, samples: &mut Vec<i16>) -> Result<(), Error> {
    within((wav.len() - HEADER + samples.len() * 2) as u64)?;
    wav.extend(samples.drain(..).flat_map(i16::to_le_bytes));
    Ok(())
}
