//! The exit status, which scripts decide on: 3 may be tried again, 5 must not be without a look at the phone.

use std::process::ExitCode;

use uncall_client::Error;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Done,
    /// The server understood and said no.
    Refused,
    /// The command line, or a file it names, is wrong.
    Usage,
    /// No complete answer, and nothing was done: unreachable, timed out, or HTTP broke.
    Unreachable,
    /// A complete answer that is not one of this API.
    NotUnderstood,
    /// A verb was sent and its answer was lost: it may have been done.
    OutcomeUnknown,
    /// Ctrl-C before the end.
    Interrupted,
}

impl From<&Error> for Status {
    fn from(error: &Error) -> Status {
        match error {
            Error::Unreachable(_) | Error::Certificate(_) | Error::Timeout(_) | Error::Io(_) => Status::Unreachable,
            Error::OutcomeUnknown(_) => Status::OutcomeUnknown,
            Error::Http(_)
            | Error::NotLoggedIn { .. }
            | Error::Forbidden(_)
            | Error::Fault(_)
            | Error::NotUnderstood(_)
            | Error::Limit(_) => Status::NotUnderstood,
        }
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> ExitCode {
        ExitCode::from(match status {
            Status::Done => 0,
            Status::Refused => 1,
            Status::Usage => 2,
            Status::Unreachable => 3,
            Status::NotUnderstood => 4,
            Status::OutcomeUnknown => 5,
            // As shells count: 128 and SIGINT.
            Status::Interrupted => 130,
        })
    }
}
