//! Why a call has no outcome. A refusal is an outcome, not an error.

use crate::Untrusted;

/// What went wrong, classified by what the caller can do about it. `Clone`, because one failure may go to several listeners.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Error {
    /// No connection: name not found, refused, TLS failed. Nothing was sent.
    #[error("cannot reach the server: {0}")]
    Unreachable(String),
    /// The server's certificate is not accepted. Nothing was sent.
    #[error("the server's certificate is not accepted: {0}")]
    Certificate(Untrusted),
    /// Time ran out and nothing can have happened (a read, or a verb that had not been sent).
    #[error("the server did not answer in time: {0}")]
    Timeout(String),
    /// HTTP failed: connection reset, wrong length, garbage.
    #[error("the connection broke: {0}")]
    Io(String),
    /// A complete answer with an HTTP error status and no SOAP in it.
    #[error("the server answered with HTTP status {0}")]
    Http(u16),
    /// HTTP status 401: the server wants a login, or another one. Nothing was done.
    #[error("{}{}", if *.tried { "the server does not take this login" } else { "the server wants a login" }, behind(.said))]
    NotLoggedIn {
        /// A login was sent.
        tried: bool,
        /// The server's message or another explanation. May be empty.
        said: String,
    },
    /// HTTP status 403: this login may not do this. Nothing was done. With the server's message, which may be empty.
    #[error("the server does not allow this{}", behind(.0))]
    Forbidden(String),
    /// A SOAP fault.
    #[error("the server answered with a fault: {0}")]
    Fault(String),
    /// A complete answer that is not part of this API, not a WSDL, or a WSDL without the operation.
    #[error("the answer is not understood: {0}")]
    NotUnderstood(String),
    /// A limit on size or depth was exceeded.
    #[error("{0}")]
    Limit(String),
    /// A verb was sent and its answer was lost, or a proxy answered instead of waiting for the server. It may have been done. The
    /// client never repeats it on its own.
    #[error("no answer from the server; it may have been done: {0}")]
    OutcomeUnknown(String),
}

/// Formats a server's message for appending to a sentence.
pub(crate) fn behind(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!(": {said}") }
}

impl Error {
    /// Its name in `--json`: `unreachable` (also for a certificate that is not accepted), `timeout`, `io`, `http`, `fault`,
    /// `not-understood`, `limit`, `outcome-unknown`.
    pub const fn code(&self) -> &'static str {
        match self {
            Error::Unreachable(_) => "unreachable",
            Error::Certificate(_) => "unreachable",
            Error::Timeout(_) => "timeout",
            Error::Io(_) => "io",
            Error::Http(_) | Error::NotLoggedIn { .. } | Error::Forbidden(_) => "http",
            Error::Fault(_) => "fault",
            Error::NotUnderstood(_) => "not-understood",
            Error::Limit(_) => "limit",
            Error::OutcomeUnknown(_) => "outcome-unknown",
        }
    }
}
