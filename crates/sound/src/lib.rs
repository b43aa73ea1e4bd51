//! Recognises recordings of calls and decodes them to 16-bit PCM WAV, which every player takes. No I/O.
//!
//! A file's head decides what it is. A file without a head is what its name says ([`Named`]), or is not played, because a wrong
//! guess would be noise.
//!
//! Asterisk's upper-case `.WAV` is WAV49: GSM 06.10 in a RIFF container, which neither browsers nor web views play.
//!
//! - [`to_pcm_wav`]: a whole file at once;
//! - [`Stream`]: a file as it arrives, from its first byte on;
//! - [`Head`], [`Decoder`], [`header`]: the same in parts, also from any moment on ([`Head::entry`]), and with the output's
//!   length known before anything is decoded ([`Head::pcm_len`]);
//! - [`Peaks`], [`Silences`]: waveform and silences of a sound, from its samples as they arrive.
//!
//! [`header`]: fn@header

mod blocks;
mod decoder;
mod error;
mod foreign;
mod guard;
mod head;
mod law;
mod mp3;
mod named;
mod opus;
mod pages;
mod peaks;
mod riff;
mod silences;
mod stream;
mod wav;

pub use decoder::{Decoder, MOST_LENGTH};
pub use error::Error;
pub use head::{Entry, Format, GSM_WARM_UP, Head};
pub use named::Named;
pub use peaks::{MOST_PEAKS, Peaks};
pub use silences::Silences;
pub use stream::Stream;
pub use wav::{Decoded, MOST_BYTES, MOST_PCM_BYTES, OPEN_END, header, to_pcm_wav};
