//! Why the service does not start, and why a request is not let in.

use std::net::SocketAddr;
use std::time::Duration;

use super::roster::RosterError;
use super::tls::TlsError;

/// Why the service does not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Beyond this machine, and nothing said about who may come.
    #[error(
        "{0} can be reached from other machines: set `open` to the networks whose clients need no login, e.g. open = \
         [\"10.2.0.0/16\"], or give the agents logins with `agents_file` (docs/access.md)"
    )]
    NobodySaid(SocketAddr),
    /// The agents or groups are not right.
    #[error(transparent)]
    Roster(#[from] RosterError),
    /// Certificate or key are not right.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// TLS cannot be served.
    #[error("TLS cannot be served: {0}")]
    Protocol(#[from] rustls::Error),
    /// The audit file cannot be opened.
    #[error("cannot open the audit file {0}: {1}")]
    Audit(String, std::io::Error),
    /// `user_header` is no header name.
    #[error("`user_header` {0:?} is no name of an HTTP header")]
    Header(String),
    /// `user_header` without a proxy that may send it.
    #[error("`user_header` is believed from `trusted_proxies` only, and there are none")]
    NoProxy,
    /// The system has no random numbers.
    #[error("the system gives no random numbers")]
    Random,
}

impl Error {
    /// Whether another start may succeed without a change of the configuration: a disk was full or not there yet, or a file was being
    /// replaced.
    pub(crate) const fn may_pass(&self) -> bool {
        match self {
            Error::Audit(_, _) | Error::Random | Error::Roster(RosterError::Unreadable(_, _)) => true,
            Error::NobodySaid(_)
            | Error::Roster(
                RosterError::Invalid(_, _)
                | RosterError::Agent(_, _)
                | RosterError::Twice(_)
                | RosterError::SameToken(_, _),
            )
            | Error::Tls(_)
            | Error::Protocol(_)
            | Error::Header(_)
            | Error::NoProxy => false,
        }
    }
}

/// Why a request is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    #[error("A login is needed: name and password, or a token.")]
    LoginNeeded,
    #[error("The login is wrong.")]
    WrongLogin,
    #[error("Too many wrong logins; try again in {} s.", .0.as_secs() + 1)]
    TooMany(Duration),
    #[error("Too many logins at once; try again in {} s.", .0.as_secs() + 1)]
    Busy(Duration),
    #[error("This address is in no open network, and there are no logins here.")]
    NotOpen,
    #[error("The proxy names a user who is no agent here.")]
    UnknownUser,
}
