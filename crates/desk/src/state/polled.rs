//! Conclusions from polls: popEvent names one call at a time, and some servers name each call only once.

use uncall_client::Means;

use crate::journal::Departure;
use crate::moment::Moment;

use super::Desk;
use super::call::{Call, Hold};
use super::lives::Sighting;
use super::parties::Parties;

/// Calls that may be over stay in the window until closed, but never more than this: an agent has at most one active call and
/// perhaps two on hold.
const MAY_BE_OVER_KEPT: usize = 3;

/// What the answers to popEvent have revealed about the server.
#[derive(Debug, Default)]
pub(super) struct Polls {
    /// Whether there has been an answer.
    any: bool,
    /// When the last answer came, readable or not.
    pub(super) answered: Option<Moment>,
    /// The uid in the last answer, and how many answers in a row have named it.
    last: Option<(String, u32)>,
    /// How many answers in a row said "no call".
    no_calls: u32,
    /// The server names a call for as long as it lasts, not just once.
    repeats: bool,
    /// The server also names calls on hold.
    names_held: bool,
    /// A call that a verb has just ended. A poll that was under way may still name it.
    echo: Option<String>,
}

impl Polls {
    /// Forgets the last answers because the stream takes over.
    pub(super) fn forget(&mut self) {
        (self.last, self.no_calls, self.echo, self.answered) = (None, 0, None, None);
    }

    /// An answer named this uid. A server that names each call once may name one twice in a row if it is offered again at once,
    /// but not four times.
    fn note(&mut self, uid: &str) {
        self.no_calls = 0;
        let before = self.last.take().filter(|(last, _)| last == uid).map_or(0, |(_, times)| times);
        self.repeats |= before >= 3;
        self.last = Some((uid.to_owned(), before.saturating_add(1)));
    }

    /// A confirmed verb has just ended this call, so the next poll may still name it. On a server that names each call once, it
    /// would be a new offer.
    pub(super) fn expect_echo(&mut self, uid: &str, named_again: bool) {
        self.echo = (self.repeats || named_again).then(|| uid.to_owned());
    }

    /// Whether a call whose life has ended according to the polls may still be up.
    fn cannot_tell(&self, call: &Call) -> bool {
        let named_once = !call.named_again && !self.repeats;
        let unnamed_on_hold = call.hold == Hold::Yes && !self.names_held;
        named_once || unnamed_on_hold
    }
}

impl Desk {
    pub(super) fn polled(&mut self, seen: Option<uncall_contract::Call>, now: Moment) {
        let seen = seen.filter(|call| !call.uid.trim().is_empty());
        if self.means == Some(Means::Push) {
            // A late poll while there is a stream only counts if it names a call not known before.
            if let Some(call) = seen.filter(|call| !self.lives.knows(&call.uid)) {
                self.poll_names(call, now);
            }
            return;
        }
        let echo = self.polls.echo.take();
        let first = !std::mem::replace(&mut self.polls.any, true);
        match seen {
            None => self.poll_names_none(now),
            Some(call) if echo.as_ref() == Some(&call.uid) => {}
            Some(call) => {
                self.polls.note(&call.uid);
                self.end_all(|other| other.disproved && other.entry.uid != call.uid, Departure::Ended, now);
                let others = self.calls.iter_mut().filter(|other| other.entry.uid != call.uid);
                others.for_each(|other| other.hide(now));
                self.poll_names(call, now);
                self.calls.iter_mut().for_each(|call| call.from_before |= first);
            }
        }
    }

    fn poll_names(&mut self, call: uncall_contract::Call, now: Moment) {
        let parties = Parties::of_poll(call);
        let uid = parties.uid.as_str();
        self.claim(&parties, None, now);
        if self.lives.closed(uid) || self.lives.is_old(uid, None, now) {
            return self.lives.named(uid, now);
        }
        self.recognise(uid, None);
        self.appear(&parties, Sighting::Poll, now, now);
        self.lives.named(uid, now);
        let again = self.polls.last.as_ref().is_some_and(|(last, times)| last == uid && *times > 1);
        let Some(call) = self.call_mut(uid) else { return };
        call.polled(again, now);
        call.serve(None);
        // The first sighting may be from a poll that was under way when the hold was confirmed.
        let names_held = call.sightings_on_hold >= 2;
        let changed = call.take_parties(&parties).then(|| call.entry.clone());
        self.polls.names_held |= names_held;
        if let Some(entry) = changed {
            self.write(&entry);
        }
        self.pop(uid, now);
    }

    fn poll_names_none(&mut self, now: Moment) {
        self.polls.last = None;
        self.polls.no_calls = self.polls.no_calls.saturating_add(1);
        for call in &mut self.calls {
            call.miss(now);
            call.served &= call.leg.is_none();
        }
        let ended = self.lives.no_call(self.polls.no_calls, now);
        self.forget_recalled(|uid| ended.iter().any(|ended| ended == uid), Departure::Ended);
        for uid in ended {
            let Some(at) = self.calls.iter().position(|call| call.entry.uid == uid) else { continue };
            let Some(call) = self.calls.get_mut(at) else { continue };
            if self.polls.cannot_tell(call) && !call.disproved {
                call.over = true;
            } else {
                self.end(&uid, None, Departure::Ended, None, now);
            }
        }
        self.end_all(|call| call.disproved, Departure::Ended, now);
        self.bound_what_may_be_over(now);
    }

    fn bound_what_may_be_over(&mut self, now: Moment) {
        let mut over: Vec<(bool, u64)> =
            self.calls.iter().filter(|call| call.over).map(|call| (call.hold == Hold::Yes, call.order)).collect();
        over.sort_unstable();
        let too_many = over.len().saturating_sub(MAY_BE_OVER_KEPT);
        for (_, order) in over.into_iter().take(too_many) {
            self.end_all(|call| call.order == order, Departure::Ended, now);
        }
    }

    /// Ends all calls of a kind.
    pub(super) fn end_all(&mut self, which: impl Fn(&Call) -> bool, departure: Departure, now: Moment) {
        let uids: Vec<String> =
            self.calls.iter().filter(|call| which(call)).map(|call| call.entry.uid.clone()).collect();
        for uid in uids {
            self.end(&uid, None, departure, None, now);
        }
    }
}
