//! Fixtures, and files made by hand.

use std::{fs, path::Path};

pub(crate) mod ogg;

/// Bytes of a canonical head.
pub(crate) const HEADER: usize = 44;
/// Format chunks: 8 kHz, one channel.
pub(crate) const PCM16: [u8; 16] = [1, 0, 1, 0, 0x40, 0x1F, 0, 0, 0x80, 0x3E, 0, 0, 2, 0, 16, 0];
pub(crate) const WAV49: [u8; 20] = [0x31, 0, 1, 0, 0x40, 0x1F, 0, 0, 0x59, 6, 0, 0, 65, 0, 0, 0, 2, 0, 0x40, 1];

/// A fixture.
pub(crate) fn file(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    fs::read(path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A WAV file with this format chunk and this size in front of its data.
pub(crate) fn wav(format: &[u8], size: u32, data: &[u8]) -> Vec<u8> {
    let mut out = b"RIFF\0\0\0\0WAVEfmt ".to_vec();
    out.extend((format.len() as u32).to_le_bytes());
    out.extend(format);
    out.extend(b"LIST\x03\0\0\0odd\0data");
    out.extend(size.to_le_bytes());
    out.extend(data);
    out
}

/// 16-bit samples, as they stand in a file.
pub(crate) fn samples(pcm: &[u8]) -> Vec<i16> {
    pcm.as_chunks().0.iter().map(|two| i16::from_le_bytes(*two)).collect()
}

/// FNV-1a of 64 bits.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
}
