//! Recordings of calls as bytes: what they are, by content and never by name, and 16-bit PCM WAV out of them, which
//! every player takes. No I/O.
//!
//! Asterisk's upper-case `.WAV` is WAV49: GSM 06.10 in a RIFF container, which neither browsers nor web views play.
//!
//! - [`to_pcm_wav`]: a whole file at once;
//! - [`Head`], [`Decoder`], [`header`]: the same piece by piece, for who has the bytes only as they arrive.
//!
//! [`header`]: fn@header

mod decoder;
mod error;
mod foreign;
mod head;
mod law;
mod wav;

pub use decoder::Decoder;
pub use error::Error;
pub use head::{Format, Head};
pub use wav::{Decoded, MOST_BYTES, MOST_PCM_BYTES, header, to_pcm_wav};
