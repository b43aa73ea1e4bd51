//! One connection to the manager interface that is kept up: connect, log in, ping; after a loss again, with growing pauses.
//!
//! Framing is asterisk-rs-ami's codec. Its client is not used: it has no TLS, its typed events leave out `Linkedid` (and
//! take no `DialBegin` without a `Channel`, which is how an originated leg begins), and a slow reader loses events.

use tokio::sync::mpsc;

use super::action::Action;
use super::message::Message;
use super::options::Options;

/// What the link tells, in order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum News {
    /// Logged in; events follow. Whatever was known before may be out of date.
    Up,
    /// An event that belongs to no list.
    Event(Message),
    /// The connection is lost. Whatever was asked and not answered has failed with [`Lost`](LinkError::Lost).
    Down,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LinkError {
    /// There is no connection; nothing was sent.
    #[error("the PBX is not connected")]
    NotConnected,
    /// It was sent, and no answer came: the connection broke, or the deadline passed. It may have been done.
    #[error("the PBX did not answer")]
    Lost,
    /// The PBX says no. Its own words.
    #[error("the PBX refused: {0}")]
    Refused(String),
}

/// An answer, with the items of a list if it was one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) response: Message,
    pub(crate) items: Vec<Message>,
}

/// A handle on the connection. The connection ends with its last handle.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    _later: (),
}

impl Link {
    /// Begins to connect.
    pub(crate) fn start(_options: &Options) -> (Link, mpsc::UnboundedReceiver<News>) {
        todo!()
    }

    /// Sends an action under an id of its own and waits for the answer; for a list, for its end.
    pub(crate) async fn ask(&self, _action: Action) -> Result<Answer, LinkError> {
        todo!()
    }

    /// The same under the given `ActionID`, which comes back in events (`OriginateResponse`).
    pub(crate) async fn ask_as(&self, _id: &str, _action: Action) -> Result<Answer, LinkError> {
        todo!()
    }
}
