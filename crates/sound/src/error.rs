//! Why a file cannot be decoded.

/// Why a file cannot be decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Sound of a known kind that is not supported, with its name, e.g. `FLAC` or `IMA ADPCM WAV`.
    #[error("the sound is {0}, which cannot be decoded here")]
    Unsupported(String),
    /// Not a sound: `nothing`, `an HTML page` or `a text`.
    #[error("there is {0}, no sound")]
    NotSound(&'static str),
    /// Bytes of no known kind.
    #[error("the bytes are no sound of any known kind")]
    Unknown,
    /// A head that is followed by no sound and promises none, as a recorder writes it while the call is up.
    #[error("the recording is not ready: there is only its head so far")]
    NotReady,
    /// A file that was closed without any sound in it: an MP3 of a call that nobody answered.
    #[error("the recording is empty: the call was not answered")]
    Empty,
    /// A file that is damaged before its first sample, with the fault.
    #[error("the file is damaged: {0}")]
    Damaged(&'static str),
    /// The sound exceeds a limit.
    #[error("the sound is too large: {0}")]
    Limit(&'static str),
}
