//! The answer to an operation: a [`Reply`] if it was done, a [`Refusal`] if the server said no.

use serde::{Deserialize, Serialize};

use crate::{Call, Operation};

/// An answer of the server that was understood.
pub type Outcome = Result<Reply, Refusal>;

/// The server did what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Reply {
    /// UncallWorld: the text that came back, without the `UncallWorld:` before it.
    Pong {
        /// The echoed text.
        text: String,
    },
    /// OnClickCall.
    Dialled {
        /// `Success`, or `Ringing` when the server reports progress.
        response: String,
        /// The echoed id. Empty if the server sends none.
        action_id: String,
        /// E.g. `Originate successfully queued`.
        message: String,
    },
    /// popEvent: the call, or none (all ways of saying "none" are equal, see `docs/api.md`).
    Current {
        /// The current call of the extension.
        call: Option<Call>,
    },
    /// getRecording.
    Recording {
        /// The `files` value as received, e.g. `audio:808-13632510278-20130625-093138-1372123897.17.WAV`.
        files: String,
    },
    /// keepCalling.
    Held {
        /// The channel for restoreCalling, e.g. `SIP/802-00000023`.
        channel: String,
    },
    /// Every other verb.
    Done {
        /// The server's words. Success never depends on them.
        message: String,
    },
}

/// The server understood and said no; nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The documented reason, or [`Reason::Other`].
    pub reason: Reason,
    /// `Response` as received or to be sent: `Error`, for OnClickCall also `Busy` and `Connection Failed`.
    pub response: String,
    /// `Message` as received or to be sent.
    pub message: String,
}

/// Why a server refused, by the vendor's texts. Compared without regard to letter case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// `Agent not in use`: the extension is not in a call (listen, whisper: it is not available).
    AgentNotInUse,
    /// `Exten is not idle`: a transfer's target.
    TargetNotIdle,
    /// `Transfer not allowed`: the target is not an extension, and this agent may not transfer there.
    TransferNotAllowed,
    /// `Agent not in bridge`: the call is not connected yet.
    NotInBridge,
    /// `Channel not exist`: the held call is gone.
    ChannelNotExist,
    /// `Connection Failed`: the server cannot reach its PBX.
    ConnectionFailed,
    /// `Failed to update entry`: setIdle.
    NotUpdated,
    /// `Spy or whisper failed`: the target is not in a call.
    SpyFailed,
    /// `No Channels`, and `agent not in use` of hangUp: there is nothing to hang up.
    NoChannels,
    /// OnClickCall's `Busy`: the extension is not available.
    Unavailable,
    /// `Recording not ready`: the call is still up.
    RecordingNotReady,
    /// `Recording empty`: the recording contains no sound, as after a call that nobody answered.
    RecordingEmpty,
    /// getRecording found nothing: `result` 0 without a message.
    NoRecording,
    /// Anything else; [`Refusal::message`] has the server's words.
    Other,
}

impl Refusal {
    /// The refusal as this project's server sends it for `reason`; for [`Reason::Other`] set `message` yourself.
    ///
    /// hangUp of an extension that does not exist is [`Refusal::no_such_agent`].
    pub fn new(operation: Operation, reason: Reason) -> Refusal {
        let message = match reason {
            Reason::AgentNotInUse => "Agent not in use",
            Reason::TargetNotIdle => "Exten is not idle",
            Reason::TransferNotAllowed => "Transfer not allowed",
            Reason::NotInBridge => "Agent not in bridge",
            Reason::ChannelNotExist => "Channel not exist",
            Reason::ConnectionFailed => "Connection Failed",
            Reason::NotUpdated => "Failed to update entry",
            Reason::SpyFailed => "Spy or whisper failed",
            Reason::NoChannels => "No Channels",
            Reason::Unavailable => "Busy",
            Reason::RecordingNotReady => "Recording not ready",
            Reason::RecordingEmpty => "Recording empty",
            Reason::NoRecording | Reason::Other => "",
        };
        let response = match (operation, reason) {
            (Operation::Dial, Reason::Unavailable) => "Busy",
            (Operation::Dial, Reason::ConnectionFailed) => "Connection Failed",
            _ => "Error",
        };
        Refusal { reason, response: response.into(), message: message.into() }
    }

    /// hangUp's answer for an extension that does not exist: `agent not in use`, in the table's lower case.
    pub fn no_such_agent() -> Refusal {
        Refusal { reason: Reason::NoChannels, response: "Error".into(), message: "agent not in use".into() }
    }
}
