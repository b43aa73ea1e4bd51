//! Which verbs make sense for a call, and which call the server would pick for a verb without a uid.

use std::cmp::Reverse;

use uncall_contract::Direction;

use crate::snapshot::{CallViewState, Verb};

use super::Desk;
use super::call::{Call, Hold};

impl Desk {
    /// The verbs that make sense for a call now.
    pub(super) fn verbs(&self, call: &Call) -> Vec<Verb> {
        let uid = call.entry.uid.as_str();
        let pending = self.asks.pending(uid).is_some();
        let by_server = if self.online() { self.by_state(call) } else { Vec::new() };
        let by_phone = self.phone_verbs(call).iter().filter(|verb| !by_server.contains(verb));
        let sensible = |verb: &Verb| {
            let hindered = pending && !matches!(verb, Verb::HangUp | Verb::Mute | Verb::Dtmf | Verb::Answer);
            let had = call.survey && *verb == Verb::Survey;
            let by_server = by_server.contains(verb) && self.reaches(call, *verb);
            !hindered && !had && !self.asks.under_way(*verb, Some(uid)) && self.way(call, *verb, by_server).is_some()
        };
        by_server.iter().chain(by_phone).copied().filter(sensible).collect()
    }

    /// Whether the server would carry this verb of this call out.
    pub(super) fn server_would(&self, call: &Call, verb: Verb) -> bool {
        self.online() && self.by_state(call).contains(&verb) && self.reaches(call, verb)
    }

    fn by_state(&self, call: &Call) -> Vec<Verb> {
        let state = self.state_of(call);
        match state {
            CallViewState::Transferring => return vec![Verb::HangUp],
            CallViewState::Ringing if call.is_streamed() || call.leg.is_some() => return vec![Verb::HangUp],
            // With polling it is unknown whether the call is ringing.
            CallViewState::Ringing | CallViewState::Talking | CallViewState::InCall => {}
            CallViewState::Held | CallViewState::HoldUnknown => {}
        }
        // Hold and resume are one toggle. If the state is unknown, both are offered.
        let toggle: &[Verb] = match (state, call.hold) {
            (CallViewState::Held, _) => &[Verb::Restore],
            (_, Hold::Unknown) => &[Verb::Hold, Verb::Restore],
            (_, Hold::No | Hold::Yes) => &[Verb::Hold],
        };
        [toggle, &[Verb::Transfer, Verb::Survey, Verb::HangUp]].concat()
    }

    /// Whether a verb would reach this call and no other. A server that takes uids is told which one, and restore names its call
    /// by the channel. Otherwise it is the call that the server would pick.
    fn reaches(&self, call: &Call, verb: Verb) -> bool {
        let held = self.state_of(call) == CallViewState::Held;
        if verb == Verb::Transfer && held && call.is_streamed() {
            return false;
        }
        if verb == Verb::Restore && call.channel.is_some() {
            return true;
        }
        if verb != Verb::Restore && self.additions.uid {
            return true;
        }
        self.taken(verb).is_some_and(|taken| taken.order == call.order)
    }

    /// The call that the server would pick for a verb without a uid.
    fn taken(&self, verb: Verb) -> Option<&Call> {
        let mut rivals: Vec<&Call> = self.calls.iter().filter(|call| self.may_be_taken(call)).collect();
        if rivals.is_empty() {
            rivals.extend(&self.calls);
        }
        rivals.into_iter().min_by_key(|call| (self.heard(verb, call), Reverse(call.order)))
    }

    /// The call, perhaps already over, that the server may pick instead of this one, although it names this one.
    pub(super) fn behind(&self, call: &Call) -> Option<&Call> {
        if !self.online()
            || self.streaming()
            || call.leg.is_some()
            || call.has_faded(self.now)
            || self.reaches(call, Verb::HangUp)
        {
            return None;
        }
        self.taken(Verb::HangUp).filter(|taken| taken.unconfirmed.is_some())
    }

    /// Whether the server may pick this call for a verb without a uid. It may always pick the one that popEvent names. popEvent
    /// prefers ringing calls to connected ones, and those to calls on hold. So a connected call may hide behind a ringing one,
    /// but no call that comes earlier in this order can hide behind another.
    fn may_be_taken(&self, call: &Call) -> bool {
        let mut named = self.calls.iter().filter(|call| call.unconfirmed.is_none()).peekable();
        if call.unconfirmed.is_none() || named.peek().is_none() {
            return !call.over;
        }
        // A call that has faded is over as far as anybody can tell; the call that is named is not.
        if call.over || call.has_faded(self.now) {
            return false;
        }
        let rings = |call: &Call| self.state_of(call) == CallViewState::Ringing;
        !rings(call) && named.any(rings)
    }

    /// The order in which a server looks for the call that a verb is for (`uncall-api`: "which call a verb means"): hold,
    /// transfer and survey take the connected one; hang-up takes that, or else one on hold, or else a ringing one.
    pub(super) fn heard(&self, verb: Verb, call: &Call) -> u8 {
        let (heard, rings, held) = match verb {
            Verb::HangUp => (0, 2, 1),
            Verb::Restore => (2, 2, 0),
            Verb::Hold | Verb::Transfer | Verb::Survey | Verb::Dial | Verb::Busy | Verb::Idle => (0, 1, 2),
            Verb::Listen | Verb::Whisper | Verb::Play => (0, 1, 2),
            Verb::Answer => (2, 0, 1),
            Verb::Mute | Verb::Dtmf | Verb::Consult | Verb::Complete | Verb::Swap | Verb::Back => (0, 1, 2),
        };
        match self.state_of(call) {
            CallViewState::Talking | CallViewState::InCall | CallViewState::Transferring => heard,
            CallViewState::HoldUnknown => heard.min(held),
            // An agent who dials hears the call from the first ring on.
            CallViewState::Ringing if call.entry.direction == Direction::Callout => heard,
            CallViewState::Ringing => rings,
            CallViewState::Held => held,
        }
    }
}
