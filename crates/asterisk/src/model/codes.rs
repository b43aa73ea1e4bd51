//! Codes that a phone calls (`*8`, `**801`, `*97`).
//!
//! The PBX answers such a call before it reveals what it is: a pick-up begins like a call to voicemail, but is not a call to
//! `*8`. So a leg that calls a code is not reported until something shows what it is, or nothing has for a while.

use std::collections::BTreeMap;
use uncall_switch::calls::Fact;

use super::leg::{Dialled, Id, Leg, State};
use super::{Model, Touched};
use crate::message::Message;

/// Legs with an unexplained code, and whether [`Model::codes_wait`] has seen them before.
#[derive(Debug, Default)]
pub(super) struct Codes(BTreeMap<Id, bool>);

impl Codes {
    pub(super) fn has(&self, id: Id) -> bool {
        self.0.contains_key(&id)
    }

    pub(super) fn forget(&mut self, id: Id) {
        self.0.remove(&id);
    }
}

impl Model {
    /// Notes a new leg that may be calling a code.
    pub(super) fn may_be_code(&mut self, id: Id) {
        if self.legs.get(&id).is_some_and(calls_code) {
            self.codes.0.insert(id, false);
        }
    }

    /// Whether the event explains the code that its leg calls.
    pub(super) fn explains_code(&mut self, message: &Message, touched: &mut Touched) {
        let Some(id) = self.known(message, "").filter(|id| self.codes.has(*id)) else { return };
        // A pick-up is answered and has its caller's number before it becomes visible as one.
        let begins =
            matches!(message.event(), "Newchannel" | "Newstate" | "NewCallerid" | "NewConnectedLine" | "VarSet");
        if !begins {
            self.codes.forget(id);
            touched.insert(id);
        }
    }

    /// Whether any leg is unreported because it calls a code.
    pub(crate) fn has_codes(&self) -> bool {
        !self.codes.0.is_empty()
    }

    /// To be called regularly while there are codes. Codes already seen by the last call become normal calls.
    pub(crate) fn codes_wait(&mut self) -> Vec<Fact> {
        let old: Touched = self.codes.0.iter().filter(|(_, seen)| **seen).map(|(id, _)| *id).collect();
        for id in &old {
            self.codes.forget(*id);
        }
        for seen in self.codes.0.values_mut() {
            *seen = true;
        }
        self.changes(&old)
    }
}

fn calls_code(leg: &Leg) -> bool {
    let calls = leg.dialled == Dialled::No && leg.is_first() && leg.state == State::Calling;
    calls && leg.phone().is_some() && leg.exten.starts_with(['*', '#'])
}
