//! Problems for the page: a code for which the locales have a sentence, and the server's own words if needed.

use serde::{Deserialize, Serialize};
use uncall_client::Error;
use uncall_contract::{Operation, Reason, Refusal};

/// Every code this crate uses. Each locale has a sentence for each of them.
pub const CODES: [&str; 83] = [
    // Refusals.
    "agent_not_in_use",
    "listener_unavailable",
    "nothing_to_hang_up",
    "target_not_idle",
    "transfer_not_allowed",
    "not_in_bridge",
    "channel_not_exist",
    "connection_failed",
    "not_updated",
    "spy_failed",
    "extension_unavailable",
    "recording_not_ready",
    "recording_empty",
    "no_recording",
    "server_said",
    // Errors of the client.
    "unreachable",
    "certificate",
    "certificate_date",
    "certificate_name",
    "certificate_unknown",
    "io",
    "http",
    "login_needed",
    "login_wrong",
    "forbidden",
    "too_many",
    "not_understood",
    "limit",
    "outcome_unknown",
    // Found on this side. Details: for `_invalid`, `link_character` and letters `empty`, `too long` or the character that does
    // not belong there, by name if it is invisible; for `number_which` the numbers; for a server also `scheme`, `host`, `too
    // many`, `white space` or what is wrong with the address; for `one_of_servers` its host.
    "number_empty",
    "number_invalid",
    "number_too_long",
    "number_letter_zero",
    "number_letter_one",
    "number_cut",
    "number_plus",
    "number_which",
    "number_blocked",
    "number_ask",
    "number_hours",
    "number_replaced",
    "number_masked",
    "link_unusable",
    "link_character",
    "target_invalid",
    "target_is_self",
    "no_such_call",
    "not_now",
    "left_on_hold",
    "result_missing",
    "in_a_call",
    "under_way",
    "server_invalid",
    "one_of_servers",
    "extension_invalid",
    "login_incomplete",
    "login_invalid",
    // Of the panel's own phone: why it cannot be called,
    "line_wrong_secret",
    "line_unknown_user",
    "line_refused",
    "line_no_host",
    "line_no_network",
    "line_unreachable",
    "line_certificate",
    "line_no_tls",
    // why it did not do something,
    "no_phone",
    "line_not_registered",
    "line_too_many",
    "line_said",
    "line_system",
    "keys_invalid",
    "keys_on_hold",
    "colleague_rings",
    "registrar_invalid",
    "registrar_missing",
    // and why a call did not come about or ended.
    "callee_busy",
    "callee_declined",
    "callee_no_answer",
    "callee_unknown",
    "callee_refused",
    "line_no_common_sound",
    "line_silence",
    "line_lost_call",
];

/// A refusal or an error, shown in the agent's language as `problem.<code>` of `ui/locales/*.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// E.g. `agent_not_in_use`, `target_not_idle`, `unreachable`, `outcome_unknown`, `server_said`.
    pub code: String,
    /// The server's words or a technical detail. Shown for `server_said` and `fault`, otherwise only logged.
    pub detail: String,
}

impl Problem {
    /// A problem found on this side, before the server was asked.
    pub fn new(code: &str, detail: &str) -> Problem {
        Problem { code: code.into(), detail: detail.into() }
    }

    /// The problem for a refusal. The same text means different things for different operations (`docs/api.md`).
    pub fn refused(operation: Operation, refusal: &Refusal) -> Problem {
        let code = match (operation, refusal.reason) {
            (Operation::Listen | Operation::Whisper, Reason::AgentNotInUse) => "listener_unavailable",
            (Operation::HangUp, Reason::NoChannels | Reason::AgentNotInUse) => "nothing_to_hang_up",
            (_, Reason::AgentNotInUse) => "agent_not_in_use",
            (_, Reason::TargetNotIdle) => "target_not_idle",
            (_, Reason::TransferNotAllowed) => "transfer_not_allowed",
            (_, Reason::NotInBridge) => "not_in_bridge",
            (_, Reason::ChannelNotExist) => "channel_not_exist",
            (_, Reason::ConnectionFailed) => "connection_failed",
            (_, Reason::NotUpdated) => "not_updated",
            (_, Reason::SpyFailed) => "spy_failed",
            (_, Reason::NoChannels) => "nothing_to_hang_up",
            (_, Reason::Unavailable) => "extension_unavailable",
            (_, Reason::RecordingNotReady) => "recording_not_ready",
            (_, Reason::RecordingEmpty) => "recording_empty",
            (_, Reason::NoRecording) => "no_recording",
            (_, Reason::Other) => "server_said",
        };
        Problem { code: code.into(), detail: refusal.message.clone() }
    }

    /// Whether the server is up but rejects the login.
    pub fn is_denial(&self) -> bool {
        matches!(self.code.as_str(), "login_needed" | "login_wrong" | "forbidden" | "too_many")
    }

    /// The problem for an error of the client.
    pub fn failed(error: &Error) -> Problem {
        let code = match error {
            Error::Unreachable(_) | Error::Timeout(_) => "unreachable",
            Error::Certificate(why) => why.code(),
            Error::Io(_) => "io",
            Error::Http(429) => "too_many",
            Error::Http(_) => "http",
            Error::NotLoggedIn { tried: false, .. } => "login_needed",
            Error::NotLoggedIn { tried: true, .. } => "login_wrong",
            Error::Forbidden(_) => "forbidden",
            Error::Fault(_) => "server_said",
            Error::NotUnderstood(_) => "not_understood",
            Error::Limit(_) => "limit",
            Error::OutcomeUnknown(_) => "outcome_unknown",
        };
        let detail = match error {
            Error::Fault(text) | Error::NotUnderstood(text) | Error::Limit(text) => text.clone(),
            Error::Http(status) => status.to_string(),
            Error::NotLoggedIn { said, .. } | Error::Forbidden(said) => said.clone(),
            Error::Certificate(why) => why.server.clone(),
            Error::Unreachable(text) | Error::Timeout(text) | Error::Io(text) | Error::OutcomeUnknown(text) => {
                text.clone()
            }
        };
        Problem { code: code.into(), detail }
    }
}

#[cfg(test)]
mod tests {
    use uncall_client::{Flaw, Untrusted};

    use super::*;

    #[test]
    fn every_refusal_and_error_has_a_listed_code() {
        let reasons = [
            Reason::AgentNotInUse,
            Reason::TargetNotIdle,
            Reason::TransferNotAllowed,
            Reason::NotInBridge,
            Reason::ChannelNotExist,
            Reason::ConnectionFailed,
            Reason::NotUpdated,
            Reason::SpyFailed,
            Reason::NoChannels,
            Reason::Unavailable,
            Reason::RecordingNotReady,
            Reason::RecordingEmpty,
            Reason::NoRecording,
            Reason::Other,
        ];
        for operation in Operation::ALL {
            for reason in reasons {
                let code = Problem::refused(operation, &Refusal::new(operation, reason)).code;
                assert!(CODES.contains(&code.as_str()), "{code}");
            }
        }
        let text = || "why".to_owned();
        for error in [
            Error::Unreachable(text()),
            Error::Certificate(Untrusted { server: text(), flaw: Flaw::Expired }),
            Error::Certificate(Untrusted { server: text(), flaw: Flaw::OtherName(Vec::new()) }),
            Error::Certificate(Untrusted { server: text(), flaw: Flaw::UnknownIssuer }),
            Error::Certificate(Untrusted { server: text(), flaw: Flaw::Revoked }),
            Error::Timeout(text()),
            Error::Io(text()),
            Error::Http(429),
            Error::Http(502),
            Error::NotLoggedIn { tried: false, said: text() },
            Error::NotLoggedIn { tried: true, said: text() },
            Error::Forbidden(text()),
            Error::Fault(text()),
            Error::NotUnderstood(text()),
            Error::Limit(text()),
            Error::OutcomeUnknown(text()),
        ] {
            let problem = Problem::failed(&error);
            assert!(CODES.contains(&problem.code.as_str()), "{problem:?}");
            let detail = if let Error::Http(status) = error { status.to_string() } else { "why".into() };
            assert_eq!(problem.detail, detail);
        }
    }

    #[test]
    fn the_same_refusal_means_what_its_verb_says() {
        for (operation, reason, code) in [
            (Operation::Hold, Reason::AgentNotInUse, "agent_not_in_use"),
            (Operation::Listen, Reason::AgentNotInUse, "listener_unavailable"),
            (Operation::Whisper, Reason::AgentNotInUse, "listener_unavailable"),
            (Operation::HangUp, Reason::AgentNotInUse, "nothing_to_hang_up"),
            (Operation::HangUp, Reason::NoChannels, "nothing_to_hang_up"),
            (Operation::Dial, Reason::Unavailable, "extension_unavailable"),
        ] {
            assert_eq!(Problem::refused(operation, &Refusal::new(operation, reason)).code, code);
        }
    }
}
