//! What a server says to popEvent.

use uncall_contract::Call;

/// What a server says to popEvent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PollAnswer {
    /// A call, or that there is none.
    Call(Option<Call>),
    /// Something that cannot be read. The server is there, and what its extension does is not known.
    Unreadable(String),
}
