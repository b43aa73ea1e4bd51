//! Builds the snapshot.

use std::cmp::Reverse;

use uncall_contract::BusyReason;
use uncall_contract::event::{Detail, Presence};

use crate::snapshot::{CallView, CallViewState, Connection, Link, Mood, PresenceView, Snapshot, Targets, Verb};

use super::Desk;
use super::call::Call;

impl Desk {
    /// Everything that the page, the tray and the notifications show.
    pub fn snapshot(&self) -> Snapshot {
        let pending = self.asks.of_the_desk();
        let polls = self.connection.state == Link::Poll;
        Snapshot {
            extension: self.extension.as_str().to_owned(),
            connection: Connection {
                poll_seconds: polls.then_some(self.options.poll_seconds),
                silent_since: self.silent_since(self.now),
                ..self.connection.clone()
            },
            presence: PresenceView {
                value: self.presence.map(|(value, _)| value),
                since: self.presence.map(|(_, since)| since),
                pending: self.arbiter.pending(),
                reason: self.presence_more.0.as_deref().and_then(BusyReason::of).map(String::from),
                detail: self.presence_more.1.filter(|detail| *detail != Detail::Unknown),
                elsewhere: self.arbiter.elsewhere,
                after_call: self.arbiter.after_call.is_some(),
                wrap_up: self.arbiter.wrap_up.view(),
                reasons: self.options.busy_reasons.clone(),
            },
            calls: self.in_order().into_iter().map(|call| self.view(call)).collect(),
            targets: self.targets(),
            team: self.team.view(&self.asks),
            pending,
            notice: self.notice.clone(),
            popups: self.popups.clone(),
            countdown: self.countdown(),
            mood: self.mood(),
        }
    }

    /// In the order in which Hang up looks for its call: what is heard, then what is on hold, then what rings, each newest first, so
    /// that the first is the one that keys and buttons end. Behind them is what the server did not name last, where a state is a
    /// guess, and last what has faded.
    pub(super) fn in_order(&self) -> Vec<&Call> {
        let mut calls: Vec<&Call> = self.calls.iter().collect();
        calls.sort_by_key(|call| {
            let unconfirmed = call.unconfirmed.is_some();
            let rank = if unconfirmed { 0 } else { self.heard(Verb::HangUp, call) };
            (call.has_faded(self.now), unconfirmed, rank, Reverse(call.order))
        });
        calls
    }

    pub(super) fn state_of(&self, call: &Call) -> CallViewState {
        call.state(self.now).0
    }

    fn view(&self, call: &Call) -> CallView {
        let entry = &call.entry;
        let (state, since) = call.state(self.now);
        CallView {
            uid: entry.uid.clone(),
            calla: entry.calla.clone(),
            callb: entry.callb.clone(),
            other: entry.other.clone(),
            direction: entry.direction,
            state,
            since,
            began: call.began,
            answered: call.answered,
            unconfirmed: call.unconfirmed.is_some() || !self.online(),
            closable: !self.streaming(),
            behind: self.behind(call).map(|other| other.entry.uid.clone()),
            survey: call.survey,
            held_long: self.is_held_long(call),
            pending: self.asks.pending(&entry.uid),
            verbs: self.verbs(call),
        }
    }

    /// The call that each verb means when none is named, for keys and tray. Calls that have faded do not count.
    pub(super) fn targets(&self) -> Targets {
        let target = |verb: Verb| {
            let mut calls: Vec<&Call> = self.calls.iter().filter(|call| !call.has_faded(self.now)).collect();
            calls.sort_by_key(|call| (self.heard(verb, call), Reverse(call.order)));
            let call = calls.into_iter().find(|call| self.verbs(call).contains(&verb))?;
            Some(call.entry.uid.clone())
        };
        Targets {
            hold: target(Verb::Hold),
            restore: target(Verb::Restore),
            transfer: target(Verb::Transfer),
            survey: target(Verb::Survey),
            hang_up: target(Verb::HangUp),
        }
    }

    fn mood(&self) -> Mood {
        if !self.online() {
            return Mood::Offline;
        }
        let calls = self.calls.iter().filter(|call| !call.has_faded(self.now));
        let moods: Vec<Mood> = calls.map(|call| self.state_of(call).mood()).collect();
        if let Some(mood) = [Mood::Ringing, Mood::Talking, Mood::Held].into_iter().find(|mood| moods.contains(mood)) {
            mood
        } else if self.presence.is_some_and(|(value, _)| value == Presence::Busy) {
            Mood::Busy
        } else {
            Mood::Idle
        }
    }
}
