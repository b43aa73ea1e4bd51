//! Why a call has no outcome. A refusal is no error: it is an outcome.

use crate::Untrusted;

/// What went wrong, by what the caller can do about it. `Clone`, because one failure is told to several listeners.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Error {
    /// No connection: name not found, refused, TLS failed. Nothing was sent.
    #[error("cannot reach the server: {0}")]
    Unreachable(String),
    /// The server's certificate is not accepted. Nothing was sent.
    #[error("the server's certificate is not accepted: {0}")]
    Certificate(Untrusted),
    /// The time was up and nothing can have happened (a read, or a verb that was not sent yet).
    #[error("the server did not answer in time: {0}")]
    Timeout(String),
    /// HTTP itself broke: connection reset, lying length, garbage.
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
        /// The server's sentence, or what else there is to know; may be empty.
        said: String,
    },
    /// HTTP status 403: whoever is logged in may not do this. Nothing was done. With the server's sentence, which may be
    /// empty.
    #[error("the server does not allow this{}", behind(.0))]
    Forbidden(String),
    /// A SOAP fault.
    #[error("the server answered with a fault: {0}")]
    Fault(String),
    /// A complete answer that is not this API's document, or no WSDL, or the operation is not in it.
    #[error("the answer is not understood: {0}")]
    NotUnderstood(String),
    /// A limit on size or depth was passed.
    #[error("{0}")]
    Limit(String),
    /// A verb that acts on a call was sent and its answer was lost, or is one of a proxy that did not wait for the
    /// server's: it may have been done. Never sent again by itself.
    #[error("no answer from the server; it may have been done: {0}")]
    OutcomeUnknown(String),
}

/// A sentence to be put behind another one.
pub(crate) fn behind(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!(": {said}") }
}

impl Error {
    /// The word for it in `--json`: `unreachable` (a certificate that is not accepted included), `timeout`, `io`, `http`,
    /// `fault`, `not-understood`, `limit`, `outcome-unknown`.
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
