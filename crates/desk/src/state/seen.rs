//! What the server reports: by push, where every change is told, or by polling, where much has to be concluded.

use std::collections::HashSet;

use jiff::Timestamp;
use uncall_client::{Means, Observation};
use uncall_contract::event::{CallEvent, Event, Snapshot};

use crate::problem::Problem;
use crate::snapshot::{Connection, Link};

use super::Desk;
use super::call::{Call, Parties, view_state};
use super::journal::only_ended;
use super::lives::{Gone, Sight};
use crate::snapshot::CallViewState;

/// Calls that only age on the screen: with a server that shows every call once, nothing else would bound them.
const UNCONFIRMED_KEPT: usize = 10;

impl Desk {
    pub(super) fn seen(&mut self, observation: Observation, now: Timestamp) {
        match observation {
            Observation::Described(additions) => self.additions = additions,
            Observation::Connected(means) => self.connected(means, now),
            Observation::Lost(error) => {
                self.link(Link::Offline, now);
                self.connection.problem = Some(Problem::failed(&error));
            }
            Observation::Pushed(Event::Snapshot(snapshot)) => self.snapshot_pushed(snapshot, now),
            Observation::Pushed(Event::Call(event)) => self.call_pushed(&event, now, now),
            Observation::Pushed(Event::Presence(event)) => {
                if event.exten == self.extension.as_str() {
                    self.set_presence(event.presence, now);
                }
            }
            Observation::Pushed(Event::Team(team)) => self.team.all(team, now),
            Observation::Pushed(Event::Member(member)) => self.team.one(member, now),
            Observation::Polled(call) => self.polled(call, now),
        }
    }

    fn link(&mut self, state: Link, now: Timestamp) {
        if self.connection.state != state {
            self.connection = Connection { state, since: now, problem: None };
        }
    }

    fn connected(&mut self, means: Means, now: Timestamp) {
        self.means = Some(means);
        match means {
            Means::Poll => self.link(Link::Poll, now),
            Means::Push => {
                self.link(Link::Push, now);
                // The stream may go on where it stopped; when it cannot, its snapshot comes next and replaces this.
                for call in &mut self.calls {
                    if let Some((state, since)) = call.streamed {
                        (call.state, call.since) = (state, since);
                        (call.unconfirmed, call.leaving) = (false, false);
                    }
                }
            }
        }
    }

    /// Replaces everything: what is not in it ended while nobody looked.
    fn snapshot_pushed(&mut self, mut snapshot: Snapshot, now: Timestamp) {
        if snapshot.exten != self.extension.as_str() {
            return;
        }
        self.set_presence(snapshot.presence, now);
        self.team.forget();
        snapshot.calls.retain(|event| view_state(event.state).is_some());
        let there: HashSet<&str> = snapshot.calls.iter().map(|event| event.uid.as_str()).collect();
        let here = self.calls.iter().map(|call| call.entry.uid.clone());
        let gone: Vec<String> = here.filter(|uid| !there.contains(uid.as_str())).collect();
        for uid in gone {
            self.end(&uid, None, Gone::Vanished, now);
        }
        self.lives.only(&there);
        snapshot.calls.sort_by_key(|event| event.since);
        for event in &snapshot.calls {
            // The server's clock may be ahead of this one.
            self.call_pushed(event, event.since.min(now), now);
        }
    }

    fn call_pushed(&mut self, event: &CallEvent, at: Timestamp, now: Timestamp) {
        if event.uid.trim().is_empty() {
            return;
        }
        let parties = Parties::of_event(event);
        let Some(state) = view_state(event.state) else { return self.end_pushed(event, &parties, now) };
        let sight = if state == CallViewState::Ringing { Sight::Rings } else { Sight::Up };
        self.appear(&parties, sight, at, now);
        let Some(call) = self.call_mut(&event.uid) else { return };
        let met = call.meet(&parties);
        if call.stream(state, at, event.channel.as_deref(), now) || met {
            let entry = call.entry.clone();
            self.write(&entry);
        }
        self.pop(&event.uid);
    }

    fn end_pushed(&mut self, event: &CallEvent, parties: &Parties, now: Timestamp) {
        if self.call(&event.uid).is_some() {
            return self.end(&event.uid, event.reason, Gone::Ended, now);
        }
        self.lives.ended(&event.uid);
        match self.journal.last(&event.uid).cloned() {
            // Polls had already concluded it; the stream knows why.
            Some(mut entry) => {
                if entry.reason.is_none() && event.reason.is_some() {
                    entry.reason = event.reason;
                    self.write(&entry);
                }
            }
            None => {
                let entry = only_ended(parties.entry(now), event.reason, now);
                self.write(&entry);
            }
        }
    }

    /// Puts the call on the desk if it is not there.
    fn appear(&mut self, parties: &Parties, sight: Sight, began: Timestamp, now: Timestamp) {
        if self.call(&parties.uid).is_some() {
            return;
        }
        let sightings = self.lives.enter(&parties.uid, sight, now);
        let before = sightings.and_then(|_| self.journal.last(&parties.uid).cloned());
        let mut call = Call::new(before.unwrap_or_else(|| parties.entry(began)), self.next_order, now);
        call.sightings = sightings.unwrap_or_default();
        self.next_order += 1;
        call.meet(parties);
        self.write(&call.entry);
        self.calls.push(call);
    }

    fn polled(&mut self, seen: Option<uncall_contract::Call>, now: Timestamp) {
        let echo = self.echo.take();
        let seen = seen.filter(|call| !call.uid.trim().is_empty());
        if self.means == Some(Means::Push) {
            // A late poll beside the stream: good for a call that nobody told of, for nothing else.
            if let Some(call) = seen.filter(|call| !self.lives.knows(&call.uid)) {
                self.poll_shows(call, now);
            }
            return;
        }
        let Some(call) = seen else { return self.poll_shows_none(now) };
        if echo.as_ref() == Some(&call.uid) {
            return;
        }
        self.put_away(|other| other.leaving && other.entry.uid != call.uid, now);
        for other in self.calls.iter_mut().filter(|other| other.entry.uid != call.uid) {
            other.unconfirmed = true;
        }
        self.poll_shows(call, now);
        let unconfirmed = self.calls.iter().filter(|call| call.unconfirmed);
        if unconfirmed.clone().count() > UNCONFIRMED_KEPT
            && let Some(oldest) = unconfirmed.min_by_key(|call| call.order).map(|call| call.order)
        {
            self.put_away(|call| call.order == oldest, now);
        }
    }

    fn poll_shows(&mut self, call: uncall_contract::Call, now: Timestamp) {
        let parties = Parties::of_poll(call);
        self.appear(&parties, Sight::Poll, now, now);
        let Some(call) = self.call_mut(&parties.uid) else { return };
        call.polled(now);
        if call.meet(&parties) {
            let entry = call.entry.clone();
            self.write(&entry);
        }
        self.pop(&parties.uid);
    }

    /// Of what was seen twice, "no call" is the end, and with it the end of what had been displaced before. What was
    /// seen once may be a server that tells of each call once: it stays.
    fn poll_shows_none(&mut self, now: Timestamp) {
        let newest = self.calls.iter().filter(|call| call.sightings >= 2).map(|call| call.order).max();
        self.put_away(
            |call| call.sightings >= 2 || call.leaving || (call.unconfirmed && newest > Some(call.order)),
            now,
        );
        for call in &mut self.calls {
            call.unconfirmed = true;
        }
    }

    /// Ends the calls that polling gives no more reason to show.
    pub(super) fn put_away(&mut self, which: impl Fn(&Call) -> bool, now: Timestamp) {
        let uids: Vec<String> =
            self.calls.iter().filter(|call| which(call)).map(|call| call.entry.uid.clone()).collect();
        for uid in uids {
            self.end(&uid, None, Gone::Unseen, now);
        }
    }
}
