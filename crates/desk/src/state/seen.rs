//! The server's reports. The push stream reports every change; `polled` draws conclusions from polls.

use std::collections::HashSet;

use uncall_client::{Means, Observation};
use uncall_contract::event::{CallEvent, Event, Snapshot};

use crate::journal::{Departure, Entry, Missed};
use crate::moment::Moment;
use crate::problem::Problem;
use crate::snapshot::{CallViewState, Connection, Link};

use super::Desk;
use super::call::{Call, view_state};
use super::journal::only_ended;
use super::lives::Sighting;
use super::parties::Parties;

/// If the stream reports an end later than this, its event's time is used instead of now.
const LATE_MS: i64 = 30_000;

impl Desk {
    pub(super) fn seen(&mut self, observation: Observation, now: Moment) {
        match observation {
            Observation::Described(additions) => self.additions = additions,
            Observation::Connected(means) => self.connected(means, now),
            Observation::Lost(error) => {
                self.link(Link::Offline, now);
                self.connection.problem = Some(Problem::failed(&error));
                for call in &mut self.calls {
                    call.out_of_sight = true;
                    call.miss(now);
                }
            }
            Observation::Pushed(event) => {
                self.blind = false;
                self.pushed(event, now);
            }
            Observation::Polled(call) => {
                self.polls.answered = Some(now);
                self.polled(call, now);
            }
            Observation::Unreadable => self.polls.answered = Some(now),
        }
    }

    fn pushed(&mut self, event: Event, now: Moment) {
        match event {
            Event::Snapshot(snapshot) => self.snapshot_pushed(snapshot, now),
            Event::Call(event) => self.call_pushed(&event, now, now),
            Event::Presence(event) => {
                if event.exten == self.extension.as_str() {
                    self.presence_told(event.presence, event.reason.as_deref(), true, now);
                    self.presence_more = (event.reason, event.detail);
                }
            }
            Event::Team(team) => self.team.all(team, now),
            Event::Member(member) => self.team.one(member, now),
            // The panel does not ask for queues yet.
            Event::Queues(_) => {}
        }
    }

    fn link(&mut self, state: Link, now: Moment) {
        if self.connection.state != state {
            self.connection = Connection { state, since: now, problem: None, poll_seconds: None, silent_since: None };
        }
    }

    fn connected(&mut self, means: Means, now: Moment) {
        self.means = Some(means);
        self.polls.answered = None;
        // Being connected proves nothing; the first event does.
        self.blind = true;
        match means {
            Means::Poll => self.link(Link::Poll, now),
            Means::Push => {
                self.link(Link::Push, now);
                self.polls.forget();
                // The stream may continue where it stopped. If it cannot, its snapshot comes next and replaces this.
                self.calls.iter_mut().for_each(|call| call.resume_stream());
            }
        }
    }

    /// Replaces everything: calls that are not in the snapshot have ended in the meantime.
    fn snapshot_pushed(&mut self, mut snapshot: Snapshot, now: Moment) {
        if snapshot.exten != self.extension.as_str() {
            return;
        }
        self.presence_told(snapshot.presence, snapshot.reason.as_deref(), false, now);
        self.presence_more = (snapshot.reason.take(), snapshot.detail);
        self.team.forget();
        snapshot.calls.retain(|event| view_state(event.state).is_some());
        let there: HashSet<&str> = snapshot.calls.iter().map(|event| event.uid.as_str()).collect();
        let here = self.calls.iter().map(|call| call.entry.uid.clone());
        let gone: Vec<String> = here.filter(|uid| !there.contains(uid.as_str())).collect();
        for uid in gone {
            self.end_by_server(&uid, None, Departure::Vanished, None, now);
        }
        self.forget_recalled(|uid| !there.contains(uid), Departure::Vanished);
        self.lives.only(&there);
        snapshot.calls.sort_by_key(|event| event.since);
        for event in &snapshot.calls {
            self.call_pushed(event, now.of_wall(event.since), now);
        }
    }

    fn call_pushed(&mut self, event: &CallEvent, at: Moment, now: Moment) {
        if event.uid.trim().is_empty() {
            return;
        }
        let parties = Parties::of_event(event);
        let Some(state) = view_state(event.state) else { return self.end_pushed(event, &parties, now) };
        self.claim(&parties, event.sip.as_deref(), now);
        if self.lives.is_old(&event.uid, Some(state), now) {
            return;
        }
        let rings_since = (state == CallViewState::Ringing).then_some(event.since);
        self.recognise(&event.uid, rings_since);
        let sighting = if state == CallViewState::Ringing { Sighting::Rings } else { Sighting::Up };
        self.appear(&parties, sighting, at, now);
        self.lives.named(&event.uid, now);
        if let Some(was) = &event.was {
            self.lives.goes_on_as(was, &event.uid);
        }
        let Some(call) = self.call_mut(&event.uid) else { return };
        call.serve(event.sip.as_deref());
        let met = call.take_parties(&parties) | rings_since.is_some_and(|since| call.ring_since(since));
        if call.stream(state, at, event.channel.as_deref(), now) || met {
            let entry = call.entry.clone();
            self.write(&entry);
        }
        self.pop(&event.uid, now);
    }

    fn end_pushed(&mut self, event: &CallEvent, parties: &Parties, now: Moment) {
        if self.recalls(&event.uid) {
            self.recognise(&event.uid, None);
            self.appear(parties, Sighting::Up, now, now);
        }
        if let Some(call) = self.call(&event.uid) {
            let late = now.since(call.seen) > LATE_MS;
            let told = if late { now.of_wall(event.since.max(call.seen.at)) } else { now };
            return self.end_by_server(&event.uid, event.reason, Departure::Ended, Some(told), now);
        }
        self.claim(parties, event.sip.as_deref(), now);
        if self.call(&event.uid).is_some() {
            return self.end_by_server(&event.uid, event.reason, Departure::Ended, None, now);
        }
        self.lives.ended(&event.uid, now);
        match self.journal.last(&event.uid).cloned() {
            // The polls already showed the end; the stream adds the reason.
            Some(mut entry) => {
                if entry.reason.is_none() && event.reason.is_some() {
                    entry.reason = event.reason;
                    self.write(&entry);
                }
            }
            None => {
                let entry = only_ended(parties.entry(now.at), event.reason, now.at);
                self.write(&entry);
            }
        }
    }

    /// Puts the call on the desk. A call that is already there stays, unless this sighting begins another life of its uid.
    pub(super) fn appear(&mut self, parties: &Parties, sighting: Sighting, began: Moment, now: Moment) {
        if let Some(call) = self.call(&parties.uid) {
            if call.leg.is_some() || !self.lives.would_begin(&parties.uid, sighting, now) {
                return;
            }
            self.end(&parties.uid, None, Departure::Ended, None, now);
        }
        let begins = self.lives.enter(&parties.uid, sighting, now);
        let before = self.journal.last(&parties.uid).cloned();
        // A caller whom a queue offers again keeps one entry, however often the call was missed.
        let round = before.clone().filter(|entry| begins && entry.missed == Missed::Yes);
        let round = round.map(|entry| Entry { offers: entry.offers.saturating_add(1), popped: false, ..entry });
        let before = before.filter(|_| !begins);
        let began = before.as_ref().map_or(began, |entry| now.of_wall(entry.began));
        let entry = before.or(round).unwrap_or_else(|| parties.entry(began.at));
        let mut call = Call::new(entry, began, self.next_order, now);
        self.next_order += 1;
        call.take_parties(parties);
        self.write(&call.entry);
        self.calls.push(call);
    }
}
