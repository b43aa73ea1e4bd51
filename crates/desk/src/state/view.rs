//! Builds the snapshot.

use std::cmp::Reverse;

use uncall_contract::BusyReason;
use uncall_contract::event::{Detail, Presence};

use crate::snapshot::{
    CallView, CallViewState, Connection, Link, Mood, PhoneView, PresenceView, Snapshot, Targets, Verb,
};

use super::Desk;
use super::call::Call;
use super::line::OwnLeg;

impl Desk {
    /// Everything that the page, the tray and the notifications show.
    pub fn snapshot(&self) -> Snapshot {
        let pending = self.asks.of_the_desk();
        let polls = self.connection.state == Link::Poll;
        Snapshot {
            extension: self.extension.as_str().to_owned(),
            name: self.naming.line(self.extension.as_str()),
            connection: Connection {
                poll_seconds: polls.then_some(self.options.poll_seconds),
                silent_since: self.silent_since(self.now),
                ..self.connection.clone()
            },
            line: self.line.view.clone(),
            presence: PresenceView {
                value: self.presence.map(|(value, _)| value),
                since: self.presence.map(|(_, since)| since),
                pending: self.arbiter.pending(),
                owed: self.arbiter.owed(),
                reason: self.presence_more.0.as_deref().and_then(BusyReason::of).map(String::from),
                detail: self.presence_more.1.filter(|detail| *detail != Detail::Unknown),
                elsewhere: self.arbiter.elsewhere,
                back: self.is_back(),
                after_call: self.arbiter.after_call.is_some(),
                wrap_up: self.arbiter.wrap_up.view(),
                missing: self.missing_result(),
                reasons: self.options.busy_reasons.clone(),
            },
            calls: self.in_order().into_iter().map(|call| self.view(call)).collect(),
            targets: self.targets(),
            team: self.team.view(&self.asks, |exten| self.naming.line(exten)),
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
            who: self.naming.known(&entry.other).to_vec(),
            direction: entry.direction,
            state,
            since,
            began: call.began,
            answered: call.answered,
            unconfirmed: call.leg.is_none() && (call.unconfirmed.is_some() || !self.online()),
            closable: call.leg.is_none() && !self.streaming(),
            behind: self.behind(call).map(|other| other.entry.uid.clone()),
            survey: call.survey,
            phone: call.leg.as_ref().map(|leg| self.phone_view(leg)),
            held_long: self.is_held_long(call),
            pending: self.asks.pending(&entry.uid),
            verbs: self.verbs(call),
        }
    }

    fn phone_view(&self, leg: &OwnLeg) -> PhoneView {
        let OwnLeg { told, since: _, sound } = leg;
        let about = |call: &&Call| call.leg.as_ref().is_some_and(|leg| Some(leg.told.id) == told.consults);
        PhoneView {
            name: told.name.clone(),
            muted: told.muted,
            held_by_other: told.held_by_other,
            digits: told.digits.clone(),
            consults: self.calls.iter().find(about).map(|call| call.entry.uid.clone()),
            codec: told.codec.clone(),
            encrypted: told.encrypted,
            sound: *sound,
        }
    }

    /// The call that a verb means when none is named. What has faded is in the window alone.
    pub(super) fn target(&self, verb: Verb) -> Option<String> {
        let mut calls: Vec<&Call> = self.calls.iter().filter(|call| !call.has_faded(self.now)).collect();
        calls.sort_by_key(|call| (self.heard(verb, call), Reverse(call.order)));
        let call = calls.into_iter().find(|call| self.verbs(call).contains(&verb))?;
        Some(call.entry.uid.clone())
    }

    /// The call that each verb means when none is named, for keys and tray. Calls that have faded do not count.
    pub(super) fn targets(&self) -> Targets {
        let target = |verb: Verb| self.target(verb);
        Targets {
            hold: target(Verb::Hold),
            restore: target(Verb::Restore),
            transfer: target(Verb::Transfer),
            survey: target(Verb::Survey),
            hang_up: target(Verb::HangUp),
            answer: target(Verb::Answer),
            mute: target(Verb::Mute),
        }
    }

    fn mood(&self) -> Mood {
        // Without a server the phone alone says how things stand.
        let alone = self.connection.state == Link::Unconfigured && self.line.is_registered();
        let reached = self.online() || alone;
        let calls = self.calls.iter().filter(|call| call.leg.is_some() || (reached && !call.has_faded(self.now)));
        let moods: Vec<Mood> = calls.map(|call| self.state_of(call).mood()).collect();
        if let Some(mood) = [Mood::Ringing, Mood::Talking, Mood::Held].into_iter().find(|mood| moods.contains(mood)) {
            mood
        } else if !reached {
            Mood::Offline
        } else if self.presence.is_some_and(|(value, _)| value == Presence::Busy) {
            Mood::Busy
        } else {
            Mood::Idle
        }
    }
}
