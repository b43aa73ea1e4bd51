//! A whole file in, a canonical WAV file out.

use std::{borrow::Cow, time::Duration};

use crate::{
    Decoder, Error,
    head::{Format, Head},
};

/// Bytes of the largest file that is decoded: 11 hours of WAV49, an hour of 16-bit PCM at 8 kHz.
pub const MOST_BYTES: usize = 64 * 1024 * 1024;
/// Bytes of the most samples that a file is decoded to: two hours of 8 kHz, one channel.
pub const MOST_PCM_BYTES: u64 = 2 * 3600 * 8000 * 2;

/// Bytes that are decoded at a time.
const PIECE: usize = 64 * 1024;
const HEADER: usize = 44;

/// A file that has been decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// RIFF WAVE with 16-bit PCM behind a header of 44 bytes. Borrowed where the file was that already.
    pub wav: Cow<'a, [u8]>,
    /// What the file was.
    pub format: Format,
    /// How long it is; zero for a file that has only its head, as recorders leave it while the call is up.
    pub length: Duration,
    /// Where the file breaks off, from its start, if it is not whole. What is before that is in `wav`.
    pub damaged_at: Option<Duration>,
}

/// Decodes a whole file.
///
/// # Errors
/// Whatever is no WAV file that can be decoded, and [`Error::Limit`] for one above [`MOST_BYTES`] or [`MOST_PCM_BYTES`]; a file
/// that is the wanted already has no limit.
pub fn to_pcm_wav(file: &[u8]) -> Result<Decoded<'_>, Error> {
    if file.is_empty() {
        return Err(Error::NotSound("nothing"));
    }
    let head = Head::read(file)?.ok_or(Error::Damaged("it breaks off before its sound begins"))?;
    let data = file.get(head.data_at..).unwrap_or_default();
    let format = head.format;
    if is_canonical(file, &head, data) {
        let length = head.lasts(data.len() as u64 / 2);
        return Ok(Decoded { wav: Cow::Borrowed(file), format, length, damaged_at: None });
    }
    if file.len() > MOST_BYTES {
        return Err(Error::Limit("the file is above 64 MiB"));
    }
    let data_bytes = head.data_bytes.map_or(data.len(), |bytes| data.len().min(bytes as usize));
    let pcm_bytes = head.pcm_bytes(data_bytes as u64);
    if pcm_bytes > MOST_PCM_BYTES {
        return Err(Error::Limit("it is longer than two hours on the telephone"));
    }
    let (channels, rate) = (head.channels, head.rate);
    // A cut block adds half of one.
    let mut wav = Vec::with_capacity(HEADER + pcm_bytes as usize + 320);
    wav.extend_from_slice(&[0; HEADER]);
    let mut samples = Vec::new();
    let mut decoder = Decoder::new(head);
    for piece in data.chunks(PIECE) {
        decoder.decode(piece, &mut samples);
        append(&mut wav, &mut samples);
    }
    let damaged_at = decoder.finish(&mut samples);
    append(&mut wav, &mut samples);
    let data_bytes = u32::try_from(wav.len() - HEADER).map_err(|_| Error::Limit("it is above 4 GiB"))?;
    if let Some(start) = wav.first_chunk_mut() {
        *start = header(channels, rate, data_bytes);
    }
    Ok(Decoded { wav: wav.into(), format, length: decoder.decoded(), damaged_at })
}

/// The header of a WAV file with 16-bit PCM, for so many bytes of samples. An odd number of them makes no sense; above 4 GiB
/// less 36 bytes the size says that it is not known.
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

/// Whether the file is to the byte what would be made of it.
fn is_canonical(file: &[u8], head: &Head, data: &[u8]) -> bool {
    head.format == Format::Pcm16
        && data.len().is_multiple_of(head.block())
        && u32::try_from(data.len()).is_ok_and(|bytes| file.starts_with(&header(head.channels, head.rate, bytes)))
}

fn append(wav: &mut Vec<u8>, samples: &mut Vec<i16>) {
    wav.extend(samples.drain(..).flat_map(i16::to_le_bytes));
}
