//! What the desk shows.

use uncall_client::Means;
use uncall_contract::event::Presence;

use crate::snapshot::{CallView, CallViewState, Mood, PresenceView, Snapshot, Verb};

use super::Desk;
use super::call::Call;

impl Desk {
    /// Everything that the page, the tray and the notifications show.
    pub fn snapshot(&self) -> Snapshot {
        let pending = self.asks.of_the_desk();
        let wish = pending.iter().find_map(|verb| match verb {
            Verb::Busy => Some(Presence::Busy),
            Verb::Idle => Some(Presence::Idle),
            Verb::Dial | Verb::Hold | Verb::Restore | Verb::Transfer | Verb::Survey => None,
            Verb::Listen | Verb::Whisper | Verb::HangUp | Verb::Play => None,
        });
        Snapshot {
            extension: self.extension.as_str().to_owned(),
            connection: self.connection.clone(),
            presence: PresenceView {
                value: self.presence.map(|(value, _)| value),
                since: self.presence.map(|(_, since)| since),
                pending: wish,
            },
            calls: self.in_order().into_iter().map(|call| self.view(call)).collect(),
            team: self.team.view(&self.asks),
            pending,
            notice: self.notice.clone(),
            recent: self.journal.entries().to_vec(),
            popups: self.popups.clone(),
            mood: self.mood(),
        }
    }

    /// The call that the verbs act on comes first: the newest that rings, else one that is up, else one on hold; what
    /// the last poll showed before what it did not.
    fn in_order(&self) -> Vec<&Call> {
        let mut calls: Vec<&Call> = self.calls.iter().collect();
        calls.sort_by_key(|call| {
            let rank = match call.state {
                CallViewState::Ringing => 0,
                CallViewState::Talking | CallViewState::InCall | CallViewState::Transferring => 1,
                CallViewState::Held => 2,
            };
            (call.unconfirmed, rank, std::cmp::Reverse(call.order))
        });
        calls
    }

    fn view(&self, call: &Call) -> CallView {
        let entry = &call.entry;
        CallView {
            uid: entry.uid.clone(),
            calla: entry.calla.clone(),
            callb: entry.callb.clone(),
            other: entry.other.clone(),
            direction: entry.direction,
            state: call.state,
            since: call.since,
            began: entry.began,
            answered: entry.answered,
            stale: call.unconfirmed || !self.online(),
            survey: call.survey,
            pending: self.asks.pending(&entry.uid),
            verbs: self.verbs(&entry.uid),
        }
    }

    /// The verbs that make sense for a call now.
    pub(super) fn verbs(&self, uid: &str) -> Vec<Verb> {
        let Some(call) = self.call(uid) else { return Vec::new() };
        if !self.online() {
            return Vec::new();
        }
        let by_state: &[Verb] = match call.state {
            CallViewState::Ringing | CallViewState::Transferring => &[Verb::HangUp],
            CallViewState::Talking => &[Verb::Hold, Verb::Transfer, Verb::Survey, Verb::HangUp],
            CallViewState::InCall => &[Verb::Hold, Verb::Restore, Verb::Transfer, Verb::Survey, Verb::HangUp],
            CallViewState::Held => &[Verb::Restore, Verb::Transfer, Verb::Survey, Verb::HangUp],
        };
        let pending = self.asks.pending(uid).is_some();
        let sensible = |verb: &Verb| {
            let hindered = pending && *verb != Verb::HangUp;
            let had = call.survey && *verb == Verb::Survey;
            !hindered && !had && !self.asks.under_way(*verb, Some(uid)) && self.meets(call, *verb)
        };
        by_state.iter().copied().filter(sensible).collect()
    }

    /// Whether a verb, which names an extension and no call, would meet this call and not another. Restore by its channel
    /// always does. A server that is polled says by the call it shows which one it means. A server with a stream hangs
    /// up the first, and takes for the other verbs the call that is connected.
    fn meets(&self, call: &Call, verb: Verb) -> bool {
        if verb == Verb::Restore && call.channel.is_some() {
            return true;
        }
        if self.means == Some(Means::Poll) {
            return !call.unconfirmed || self.calls.iter().all(|other| other.unconfirmed);
        }
        let held = call.state == CallViewState::Held;
        match verb {
            Verb::HangUp => self.in_order().first().is_some_and(|first| first.order == call.order),
            Verb::Transfer => !held,
            Verb::Survey => !held || self.calls.iter().all(|other| other.state != CallViewState::Talking),
            Verb::Hold | Verb::Restore | Verb::Dial | Verb::Busy | Verb::Idle => true,
            Verb::Listen | Verb::Whisper | Verb::Play => true,
        }
    }

    fn mood(&self) -> Mood {
        if !self.online() {
            return Mood::Offline;
        }
        let has = |states: &[CallViewState]| self.calls.iter().any(|call| states.contains(&call.state));
        if has(&[CallViewState::Ringing]) {
            Mood::Ringing
        } else if has(&[CallViewState::Talking, CallViewState::InCall, CallViewState::Transferring]) {
            Mood::Talking
        } else if has(&[CallViewState::Held]) {
            Mood::Held
        } else if self.presence.is_some_and(|(value, _)| value == Presence::Busy) {
            Mood::Busy
        } else {
            Mood::Idle
        }
    }
}
