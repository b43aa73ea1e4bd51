//! Which uids were here before, whether they popped, and whether their life has ended: what makes an offer pop once.

use std::collections::{HashMap, HashSet};

use crate::journal::Departure;
use crate::moment::Moment;

/// How many uids are remembered after their calls: days of one agent's work.
const KEPT: usize = 4096;
/// "No call" ends a life when this time has passed since an answer named the uid: a late answer or a flapping server
/// takes seconds, a queue that comes back takes more.
const QUIET_MS: i64 = 6_000;
/// And when that many answers in a row have said it.
const QUIET_ANSWERS: u32 = 2;

/// By what a uid comes into sight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sighting {
    /// A poll.
    Poll,
    /// The stream says that it rings.
    Rings,
    /// The stream says that it is up.
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
    /// When the server last said that it is there.
    named: Moment,
}

/// The memory of uids, bounded; a uid that is on the desk is never forgotten.
#[derive(Debug, Default)]
pub(super) struct Lives {
    lives: HashMap<String, Life>,
}

impl Lives {
    pub(super) fn knows(&self, uid: &str) -> bool {
        self.lives.contains_key(uid)
    }

    /// Whether the agent has said of this life that it is over.
    pub(super) fn closed(&self, uid: &str) -> bool {
        self.lives.get(uid).is_some_and(|life| life.closed && life.ended != Ended::Yes)
    }

    /// Whether a sighting now would begin a life, which pops.
    ///
    /// A call that was missing from a snapshot and rings again was handed back while nobody looked: a new life. One
    /// that is up again is the old one, learnt anew by a server that had restarted.
    pub(super) fn would_begin(&self, uid: &str, sighting: Sighting) -> bool {
        self.lives.get(uid).is_none_or(|life| match life.ended {
            Ended::Yes => true,
            Ended::Vanished => sighting == Sighting::Rings,
            Ended::No => false,
        })
    }

    /// A uid comes onto the desk; true when a life begins with it.
    pub(super) fn enter(&mut self, uid: &str, sighting: Sighting, now: Moment) -> bool {
        let begins = self.would_begin(uid, sighting);
        let popped = !begins && self.lives.get(uid).is_some_and(|life| life.popped);
        let life = Life { popped, ended: Ended::No, on_desk: true, by_verb: false, closed: false, named: now };
        self.lives.insert(uid.to_owned(), life);
        self.forget();
        begins
    }

    /// The server says that the uid is there.
    pub(super) fn named(&mut self, uid: &str, now: Moment) {
        if let Some(life) = self.lives.get_mut(uid) {
            life.named = now;
        }
    }

    /// True the first time in a life.
    pub(super) fn pop(&mut self, uid: &str) -> bool {
        self.lives.get_mut(uid).is_some_and(|life| !std::mem::replace(&mut life.popped, true))
    }

    /// Two calls have become one: what popped under its old uid does not pop again.
    pub(super) fn goes_on_as(&mut self, was: &str, uid: &str) {
        let popped = self.lives.get(was).is_some_and(|life| life.popped);
        if let Some(life) = self.lives.get_mut(uid).filter(|_| popped) {
            life.popped = true;
        }
    }

    /// It is not on the desk any more, for no reason yet.
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

    /// The stream reported the end of a call that is not on the desk any more.
    pub(super) fn ended(&mut self, uid: &str) {
        if let Some(life) = self.lives.get_mut(uid) {
            life.ended = Ended::Yes;
        }
    }

    /// The stream has said which calls there are: whatever had left by other means is gone for the stream, too.
    pub(super) fn only(&mut self, there: &HashSet<&str>) {
        for (uid, life) in &mut self.lives {
            if life.ended == Ended::No && !life.on_desk && !there.contains(uid.as_str()) {
                life.ended = Ended::Vanished;
            }
        }
    }

    /// The `answers`th answer in a row said "no call". Gives the uids whose lives have ended with it.
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
