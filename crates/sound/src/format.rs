//! How samples are written, and how long they last.

use std::time::Duration;

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

/// A format without blocks: where its data begins, and what is known before its first frame.
pub(crate) struct Found<Start> {
    pub(crate) channels: u16,
    /// Samples a second in each channel.
    pub(crate) rate: u32,
    /// Bytes before the data.
    pub(crate) data_at: usize,
    pub(crate) start: Start,
}

/// The duration of this many moments.
pub(crate) fn lasts(moments: u64, rate: u32) -> Duration {
    let rate = u64::from(rate.max(1));
    Duration::from_secs(moments / rate) + Duration::from_nanos((moments % rate) * 1_000_000_000 / rate)
}
