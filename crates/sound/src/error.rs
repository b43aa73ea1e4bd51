//! Why there is nothing to hear.

/// What stands in the way of decoding.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Sound of a known kind that is not decoded here; its name, e.g. `FLAC` or `IMA ADPCM WAV`.
    #[error("the sound is {0}, which cannot be decoded here")]
    Unsupported(String),
    /// No sound at all: `nothing`, `an HTML page` or `a text`.
    #[error("there is {0}, no sound")]
    NotSound(&'static str),
    /// Bytes that look like nothing known.
    #[error("the bytes are no sound of any known kind")]
    Unknown,
    /// A head without any sound behind it and without a promise of some: what a recorder writes while the call is up.
    #[error("the recording is not ready: there is only its head so far")]
    NotReady,
    /// A file that its writer has closed without any sound in it: an MP3 made of a call that nobody answered.
    #[error("the recording is empty: the call was not answered")]
    Empty,
    /// A file that is damaged before its first sample; what is wrong with it.
    #[error("the file is damaged: {0}")]
    Damaged(&'static str),
    /// The sound is larger than what is decoded.
    #[error("the sound is too large: {0}")]
    Limit(&'static str),
}
