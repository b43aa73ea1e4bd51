//! The answer to popEvent.

use uncall_contract::Call;

/// The answer to popEvent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PollAnswer {
    /// A call, or none.
    Call(Option<Call>),
    /// Something unreadable. The server is there, but the extension's state is unknown.
    Unreadable(String),
}
