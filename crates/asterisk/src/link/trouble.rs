//! Why there is no connection.

use std::time::Duration;

/// Why there is no connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Trouble {
    /// No connection could be made.
    #[error("cannot be reached: {0}")]
    Unreachable(String),
    /// TLS could not be set up.
    #[error("TLS: {0}")]
    Tls(String),
    /// It does not want this user or this secret.
    #[error("refuses the login: {0}")]
    Login(String),
    /// It closed the connection, or the network did.
    #[error("closed the connection{0}")]
    Closed(&'static str),
    /// Nothing came, not even an answer to a ping.
    #[error("has said nothing for {} s", .0.as_secs())]
    Silent(Duration),
    /// What came is not the manager interface's language.
    #[error("sends what is not understood: {0}")]
    Garbled(String),
}
