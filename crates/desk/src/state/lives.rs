//! Remembers which uids were here before, whether they popped, and whether their lives have ended, so that each offer pops once.

use std::collections::{HashMap, HashSet};

use crate::journal::Departure;
use crate::moment::Moment;

/// How many past uids are remembered: several days of an agent's work.
const KEPT: usize = 4096;
/// "No call" ends a life only this long after an answer last named the uid. A late answer or a flapping server takes seconds, a
/// queue that offers the call again takes longer.
const QUIET_MS: i64 = 6_000;
/// And only after this many such answers in a row.
const QUIET_ANSWERS: u32 = 2;

/// How a uid was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sighting {
    /// A poll.
    Poll,
    /// The stream reports it as ringing.
    Rings,
    /// The stream reports it as connected.
    Up,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    No,
    /// Unless it is merely up again.
    Vanished,
    Yes,
}

#[derive(Debug)]
struct Life {
    popped: bool,
    ended: Ended,
    on_desk: bool,
    by_verb: bool,
    closed: bool,
    /// When the server last reported it.
    named: Moment,
}

/// The bounded memory of uids. Uids on the desk are never forgotten.
#[derive(Debug, Default)]
pub(super) struct Lives {
    lives: HashMap<String, Life>,
}

impl Lives {
    pub(super) fn knows(&self, uid: &str) -> bool {
        self.lives.contains_key(uid)
    }

    /// Whether the agent has closed this life as over.
    pub(super) fn closed(&self, uid: &str) -> bool {
        self.lives.get(uid).is_some_and(|life| life.closed && life.ended != Ended::Yes)
    }

    /// Whether a sighting now would begin a new life, which pops.
    ///
    /// A call that was missing from a snapshot and rings again was handed back in the meantime: a new life. One that is connected
    /// again is the old call, reported anew by a server that has restarted.
    pub(super) fn would_begin(&self, uid: &str, sighting: Sighting) -> bool {
        self.lives.get(uid).is_none_or(|life| match life.ended {
            Ended::Yes => true,
            Ended::Vanished => sighting == Sighting::Rings,
            Ended::No => false,
        })
    }

    /// A uid comes onto the desk. True if this begins a life.
    pub(super) fn enter(&mut self, uid: &str, sighting: Sighting, now: Moment) -> bool {
        let begins = self.would_begin(uid, sighting);
        let popped = !begins && self.lives.get(uid).is_some_and(|life| life.popped);
        let life = Life { popped, ended: Ended::No, on_desk: true, by_verb: false, closed: false, named: now };
        self.lives.insert(uid.to_owned(), life);
        self.forget();
        begins
    }

    /// The server reports the uid.
    pub(super) fn named(&mut self, uid: &str, now: Moment) {
        if let Some(life) = self.lives.get_mut(uid) {
            life.named = now;
        }
    }

    /// Marks the life as popped. True the first time.
    pub(super) fn pop(&mut self, uid: &str) -> bool {
        self.lives.get_mut(uid).is_some_and(|life| !std::mem::replace(&mut life.popped, true))
    }

    /// Two calls were merged: a call that popped under its old uid must not pop again.
    pub(super) fn goes_on_as(&mut self, was: &str, uid: &str) {
        let popped = self.lives.get(was).is_some_and(|life| life.popped);
        if let Some(life) = self.lives.get_mut(uid).filter(|_| popped) {
            life.popped = true;
        }
    }

    /// Takes the uid off the desk without a reason yet.
    pub(super) fn leave_desk(&mut self, uid: &str) {
        self.lives.get_mut(uid).into_iter().for_each(|life| life.on_desk = false);
    }

    pub(super) fn leave(&mut self, uid: &str, departure: Departure) {
        let Some(life) = self.lives.get_mut(uid) else { return };
        life.on_desk = false;
        match departure {
            Departure::Ended => life.ended = Ended::Yes,
            Departure::Vanished => life.ended = Ended::Vanished,
            Departure::ByVerb | Departure::Disproved => life.by_verb = true,
            Departure::Closed => life.closed = true,
        }
    }

    /// The stream reported the end of a call that has already left the desk.
    pub(super) fn ended(&mut self, uid: &str) {
        if let Some(life) = self.lives.get_mut(uid) {
            life.ended = Ended::Yes;
        }
    }

    /// The stream has listed its calls: others that had already left are gone for the stream as well.
    pub(super) fn only(&mut self, there: &HashSet<&str>) {
        for (uid, life) in &mut self.lives {
            if life.ended == Ended::No && !life.on_desk && !there.contains(uid.as_str()) {
                life.ended = Ended::Vanished;
            }
        }
    }

    /// The `answers`th answer in a row said "no call". Returns the uids whose lives this ends.
    pub(super) fn no_call(&mut self, answers: u32, now: Moment) -> Vec<String> {
        let quiet = |life: &Life| answers >= QUIET_ANSWERS && now.since(life.named) >= QUIET_MS;
        let ending =
            self.lives.iter_mut().filter(|(_, life)| life.ended != Ended::Yes && (life.by_verb || quiet(life)));
        let mut uids: Vec<String> = ending
            .map(|(uid, life)| {
                life.ended = Ended::Yes;
                uid.clone()
            })
            .collect();
        uids.sort();
        uids
    }

    fn forget(&mut self) {
        if self.lives.len() <= KEPT {
            return;
        }
        let gone = self.lives.iter().filter(|(_, life)| !life.on_desk);
        if let Some(oldest) = gone.min_by_key(|(_, life)| life.named.ms).map(|(uid, _)| uid.clone()) {
            self.lives.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn at(second: i64) -> Moment {
        Moment { at: Timestamp::from_second(second).unwrap(), ms: 1000 * second }
    }

    #[test]
    fn the_memory_is_bounded_and_keeps_what_is_on_the_desk() {
        let mut lives = Lives::default();
        assert!(lives.enter("here", Sighting::Poll, at(0)) && lives.pop("here"));
        for n in 0..2 * KEPT {
            let uid = n.to_string();
            lives.enter(&uid, Sighting::Poll, at(1 + n as i64));
            lives.leave(&uid, Departure::ByVerb);
        }
        assert!(lives.lives.len() <= KEPT + 1);
        assert!(lives.knows("here") && !lives.pop("here"));
        assert!(!lives.knows("0") && lives.knows(&(2 * KEPT - 1).to_string()));
    }

    #[test]
    fn what_begins_a_life() {
        for (left, sighting, begins) in [
            (Departure::ByVerb, Sighting::Poll, false),
            (Departure::Closed, Sighting::Rings, false),
            (Departure::Vanished, Sighting::Poll, false),
            (Departure::Vanished, Sighting::Up, false),
            (Departure::Vanished, Sighting::Rings, true),
            (Departure::Ended, Sighting::Poll, true),
            (Departure::Ended, Sighting::Up, true),
            (Departure::Ended, Sighting::Rings, true),
        ] {
            let mut lives = Lives::default();
            assert!(lives.enter("1.1", Sighting::Rings, at(0)) && lives.pop("1.1"));
            lives.leave("1.1", left);
            assert_eq!(lives.enter("1.1", sighting, at(2)), begins, "{left:?} {sighting:?}");
            assert_eq!(lives.pop("1.1"), begins, "{left:?} {sighting:?}");
        }
    }
}
