//! Why a recording cannot be heard.

use crate::{Error as Failure, Untrusted, error::behind};

/// Why a recording cannot be played, classified by what people can do about it. `Clone`, because download and readers report the
/// same error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The call is still up, or the recorder has written only the file's header so far. Worth trying later.
    #[error("the recording is not ready yet")]
    NotReady,
    /// HTTP status 404 or 410.
    #[error("the server does not have this recording any more")]
    Gone,
    /// HTTP status 401: as [`crate::Error::NotLoggedIn`].
    #[error("{}{}", if *.tried { "the server does not take this login" } else { "the server wants a login" }, behind(.said))]
    NotLoggedIn {
        /// A login was sent.
        tried: bool,
        /// The server's message or another explanation. May be empty.
        said: String,
    },
    /// HTTP status 403, with the server's message, which may be empty.
    #[error("the server does not allow you to hear this recording{}", behind(.0))]
    NotAllowed(String),
    /// Something else is at the address: `an HTML page` (a login, a PHP error), `a text`, `nothing`.
    #[error("there is {0} where the recording should be")]
    NotASound(String),
    /// The recording is larger than the limit, in bytes.
    #[error("the recording is larger than {} MiB", .limit >> 20)]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// The server always breaks off at this byte, although it promises more. Everything before it can be read.
    #[error("the recording breaks off after {at} bytes")]
    Damaged {
        /// The number of available bytes.
        at: u64,
    },
    /// The recording changed while it was read. It is complete if read again from its start.
    #[error("the recording changed on the server while it was read")]
    Changed,
    /// No connection, with the system's message.
    #[error("cannot reach the server: {0}")]
    Unreachable(String),
    /// The server's certificate is not accepted: as [`crate::Error::Certificate`].
    #[error("the server's certificate is not accepted: {0}")]
    Certificate(Untrusted),
    /// Time ran out, or nothing arrived for too long. Everything before that can be read.
    #[error("the recording did not come in time: {0}")]
    Timeout(String),
    /// The connection broke again and again. Everything before that can be read.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// Another HTTP status.
    #[error("the server answered with HTTP status {0}")]
    Http(u16),
    /// The stored recording cannot be read back, with the system's message.
    #[error("the recording cannot be read from the disk: {0}")]
    Storage(String),
}

impl Error {
    /// Its key in the panel's locales.
    pub const fn code(&self) -> &'static str {
        match self {
            Error::NotReady => "recording_not_ready",
            Error::Gone => "recording_gone",
            Error::NotLoggedIn { tried: false, .. } => "login_needed",
            Error::NotLoggedIn { tried: true, .. } => "login_wrong",
            Error::NotAllowed(_) => "recording_not_allowed",
            Error::NotASound(_) => "recording_not_a_sound",
            Error::TooLarge { .. } => "recording_too_large",
            Error::Damaged { .. } => "recording_damaged",
            Error::Changed => "recording_changed",
            Error::Unreachable(_) => "unreachable",
            Error::Certificate(why) => why.code(),
            Error::Timeout(_) => "timeout",
            Error::Broken(_) => "io",
            Error::Http(_) => "http",
            Error::Storage(_) => "recording_storage",
        }
    }
}

/// For callers that report all failures in the same way, like the command line.
impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        let words = error.to_string();
        match error {
            Error::Unreachable(why) => Failure::Unreachable(why),
            Error::Certificate(why) => Failure::Certificate(why),
            Error::Timeout(why) => Failure::Timeout(why),
            Error::Broken(why) => Failure::Io(why),
            Error::Damaged { .. } | Error::Changed | Error::Storage(_) => Failure::Io(words),
            Error::Http(status) => Failure::Http(status),
            Error::NotLoggedIn { tried, said } => Failure::NotLoggedIn { tried, said },
            Error::NotAllowed(said) => Failure::Forbidden(said),
            Error::Gone => Failure::Http(404),
            Error::NotReady | Error::NotASound(_) => Failure::NotUnderstood(words),
            Error::TooLarge { .. } => Failure::Limit(words),
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Error {
        match failure {
            Failure::Unreachable(why) => Error::Unreachable(why),
            Failure::Certificate(why) => Error::Certificate(why),
            Failure::Timeout(why) => Error::Timeout(why),
            Failure::Http(status) => Error::Http(status),
            Failure::NotLoggedIn { tried, said } => Error::NotLoggedIn { tried, said },
            Failure::Forbidden(said) => Error::NotAllowed(said),
            Failure::Io(why) | Failure::Fault(why) | Failure::NotUnderstood(why) => Error::Broken(why),
            Failure::Limit(why) | Failure::OutcomeUnknown(why) => Error::Broken(why),
        }
    }
}
