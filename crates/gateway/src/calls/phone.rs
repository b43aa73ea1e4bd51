//! An extension's phone as a supervisor sees it.

use jiff::Timestamp;
use uncall_contract::event::{CallState, MemberState, Presence};

use super::Table;

/// What an extension does now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Phone {
    /// Idle or busy, as set.
    pub presence: Presence,
    /// Of several calls, what the one does that popEvent would report.
    pub state: MemberState,
    /// Since when that call does it; `None` without a call.
    pub since: Option<Timestamp>,
}

impl Table {
    /// What an extension does now; `None` when there is no such extension.
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
        Some(Phone { presence: line.presence, state, since: call.map(|call| call.since) })
    }
}
