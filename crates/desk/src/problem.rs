//! What went wrong, for the page: a code that the locales have a sentence for, and the server's own words where needed.

use serde::{Deserialize, Serialize};
use uncall_client::Error;
use uncall_contract::{Operation, Reason, Refusal};

/// A refusal or an error, ready to be said in the agent's language as `problem.<code>` of `ui/locales/*.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// E.g. `agent_not_in_use`, `target_not_idle`, `unreachable`, `outcome_unknown`, `server_said`.
    pub code: String,
    /// The server's words or the technical detail; shown for `server_said` and `fault`, else only in the log.
    pub detail: String,
}

impl Problem {
    /// A problem found on this side, before the server was asked.
    pub fn new(code: &str, detail: &str) -> Problem {
        Problem { code: code.into(), detail: detail.into() }
    }

    /// The words for a refusal. The same text means different things for different operations (`docs/api.md`).
    pub fn refused(operation: Operation, refusal: &Refusal) -> Problem {
        let code = match (operation, refusal.reason) {
            (Operation::Listen | Operation::Whisper, Reason::AgentNotInUse) => "listener_unavailable",
            (Operation::HangUp, Reason::NoChannels | Reason::AgentNotInUse) => "nothing_to_hang_up",
            (_, Reason::AgentNotInUse) => "agent_not_in_use",
            (_, Reason::TargetNotIdle) => "target_not_idle",
            (_, Reason::NotInBridge) => "not_in_bridge",
            (_, Reason::ChannelNotExist) => "channel_not_exist",
            (_, Reason::ConnectionFailed) => "connection_failed",
            (_, Reason::NotUpdated) => "not_updated",
            (_, Reason::SpyFailed) => "spy_failed",
            (_, Reason::NoChannels) => "nothing_to_hang_up",
            (_, Reason::Unavailable) => "extension_unavailable",
            (_, Reason::RecordingNotReady) => "recording_not_ready",
            (_, Reason::NoRecording) => "no_recording",
            (_, Reason::Other) => "server_said",
        };
        Problem { code: code.into(), detail: refusal.message.clone() }
    }

    /// The words for an error of the client.
    pub fn failed(error: &Error) -> Problem {
        let code = match error {
            Error::Unreachable(_) | Error::Timeout(_) => "unreachable",
            Error::Io(_) => "io",
            Error::Http(_) => "http",
            Error::Fault(_) => "server_said",
            Error::NotUnderstood(_) => "not_understood",
            Error::Limit(_) => "limit",
            Error::OutcomeUnknown(_) => "outcome_unknown",
        };
        let detail = match error {
            Error::Fault(text) | Error::NotUnderstood(text) | Error::Limit(text) => text.clone(),
            Error::Http(status) => status.to_string(),
            Error::Unreachable(text) | Error::Timeout(text) | Error::Io(text) | Error::OutcomeUnknown(text) => {
                text.clone()
            }
        };
        Problem { code: code.into(), detail }
    }
}
