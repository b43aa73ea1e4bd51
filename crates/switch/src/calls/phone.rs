//! An extension's phone as a supervisor sees it.

use jiff::Timestamp;
use uncall_contract::event::{CallState, Detail, MemberState, Presence};

use super::Table;

/// What an extension is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phone {
    /// Idle or busy, as set.
    pub presence: Presence,
    /// Why it is busy, if a reason was given.
    pub reason: Option<String>,
    /// What idle or busy means in detail.
    pub detail: Option<Detail>,
    /// What its phone is doing. With several calls, the state of the one that popEvent would report.
    pub state: MemberState,
    /// Since when that call has been in that state. `None` without a call.
    pub since: Option<Timestamp>,
}

impl Table {
    /// What an extension is doing. `None` if it does not exist.
    pub fn phone(&self, exten: &str) -> Option<Phone> {
        let line = self.lines.get(exten)?;
        let call = line.current();
        let state = match call.map(|call| call.state) {
            Some(CallState::Ringing) => MemberState::Ringing,
            Some(CallState::Talking) => MemberState::Talking,
            Some(CallState::Held) => MemberState::Held,
            Some(CallState::Transferring) => MemberState::Transferring,
            Some(CallState::Ended) | None if line.registered => MemberState::Free,
            Some(CallState::Ended) | None => MemberState::Unavailable,
        };
        let (presence, detail) = (line.presence(), line.detail());
        let reason = line.reason().map(ToString::to_string);
        Some(Phone { presence, reason, detail, state, since: call.map(|call| call.since) })
    }
}
