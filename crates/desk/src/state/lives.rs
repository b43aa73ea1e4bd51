//! Remembers which uids were here before, whether they popped, and whether their lives have ended, so that each offer pops once.

use std::collections::{HashMap, HashSet};

use crate::journal::Departure;
use crate::moment::Moment;
use crate::snapshot::CallViewState;

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
    /// A leg of the panel's own phone: an INVITE is always an offer.
    Leg,
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
    /// The panel's own phone had a leg in it.
    has_leg: bool,
    /// When it left the desk.
    left: Option<Moment>,
    /// Its leg is over.
    off_line: Option<OffLine>,
}

impl Life {
    /// The server has said the end of a call whose leg is over, too. It may be late, and tell of the next one's beginning when that is
    /// over as well.
    fn said_at_last(&mut self, now: Moment) {
        if let Some(off) = &mut self.off_line {
            off.until = Some(now.ms.saturating_add(OLD_MS));
        }
    }
}

/// The leg is over, and the server has not said so, or has just: what it says of the call is old.
#[derive(Debug, Clone, Copy)]
struct OffLine {
    /// The leg had been answered.
    talked: bool,
    /// Until then, where the server has said its end.
    until: Option<i64>,
}

/// What a server says of a call whose leg is over is old for so long after it has said the end.
const OLD_MS: i64 = 10_000;
/// A leg of which the phone tells this long after the call's end was that call's.
const TOGETHER_MS: i64 = 3_000;

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
    pub(super) fn would_begin(&self, uid: &str, sighting: Sighting, now: Moment) -> bool {
        if sighting == Sighting::Leg {
            return !self.just_ended_without_leg(uid, now) && self.lives.get(uid).is_none_or(|life| !life.on_desk);
        }
        self.lives.get(uid).is_none_or(|life| match life.ended {
            Ended::Yes => true,
            Ended::Vanished => sighting == Sighting::Rings,
            Ended::No => false,
        })
    }

    /// A uid comes onto the desk. True if this begins a life.
    pub(super) fn enter(&mut self, uid: &str, sighting: Sighting, now: Moment) -> bool {
        let begins = self.would_begin(uid, sighting, now);
        let popped = !begins && self.lives.get(uid).is_some_and(|life| life.popped);
        let life = Life {
            popped,
            ended: Ended::No,
            on_desk: true,
            by_verb: false,
            closed: false,
            named: now,
            has_leg: false,
            left: None,
            off_line: None,
        };
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

    /// The panel's own phone has a leg in it.
    pub(super) fn has_leg(&mut self, uid: &str, now: Moment) {
        if let Some(life) = self.lives.get_mut(uid) {
            (life.has_leg, life.named) = (true, now);
        }
    }

    /// Whether its end has just been told, and nobody had heard of a leg.
    pub(super) fn just_ended_without_leg(&self, uid: &str, now: Moment) -> bool {
        let just = |life: &Life| life.left.is_some_and(|left| now.since(left) <= TOGETHER_MS);
        self.lives.get(uid).is_some_and(|life| !life.on_desk && !life.has_leg && just(life))
    }

    /// The leg of a call is over, and the call with it. `said`: the server had said so before.
    pub(super) fn left_line(&mut self, uid: &str, talked: bool, said: bool, now: Moment) {
        let Some(life) = self.lives.get_mut(uid) else { return };
        life.off_line = Some(OffLine { talked, until: said.then(|| now.ms.saturating_add(OLD_MS)) });
        (life.on_desk, life.has_leg, life.named) = (false, true, now);
        life.left.get_or_insert(now);
        if !said {
            life.ended = Ended::No;
        }
    }

    /// Whether what the server says of it is old: its leg is over. That it is on hold can be true all the same, and, where the leg had
    /// not been answered, that another phone has it.
    pub(super) fn is_old(&self, uid: &str, state: Option<CallViewState>, now: Moment) -> bool {
        let Some(life) = self.lives.get(uid) else { return false };
        let Some(off) = life.off_line.filter(|off| off.until.is_none_or(|until| now.ms < until)) else { return false };
        !life.on_desk
            && match state {
                Some(CallViewState::Held | CallViewState::HoldUnknown) => off.until.is_some(),
                Some(CallViewState::Talking | CallViewState::InCall | CallViewState::Transferring) => {
                    off.talked || off.until.is_some()
                }
                Some(CallViewState::Ringing) | None => true,
            }
    }

    /// The server's uid of a call is known: its life goes on under that.
    pub(super) fn goes_on_under(&mut self, was: &str, uid: &str, now: Moment) {
        let Some(life) = self.lives.remove(was) else { return };
        match self.lives.get_mut(uid).filter(|known| known.on_desk) {
            Some(known) => {
                known.popped |= life.popped;
                known.has_leg = true;
            }
            None => {
                self.lives.insert(uid.to_owned(), Life { named: now, ..life });
            }
        }
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

    pub(super) fn leave(&mut self, uid: &str, departure: Departure, now: Moment) {
        let Some(life) = self.lives.get_mut(uid) else { return };
        life.on_desk = false;
        life.left = Some(now);
        match departure {
            Departure::Ended => life.ended = Ended::Yes,
            Departure::Vanished => life.ended = Ended::Vanished,
            Departure::ByVerb | Departure::Disproved => life.by_verb = true,
            Departure::Closed => life.closed = true,
        }
    }

    /// The stream reported the end of a call that has already left the desk.
    pub(super) fn ended(&mut self, uid: &str, now: Moment) {
        if let Some(life) = self.lives.get_mut(uid) {
            life.ended = Ended::Yes;
            life.said_at_last(now);
        }
    }

    /// The stream has listed its calls: others that had already left are gone for the stream as well.
    pub(super) fn only(&mut self, there: &HashSet<&str>) {
        for (uid, life) in &mut self.lives {
            if life.ended == Ended::No && !life.on_desk && !there.contains(uid.as_str()) {
                (life.ended, life.off_line) = (Ended::Vanished, None);
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
                life.said_at_last(now);
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
            lives.leave(&uid, Departure::ByVerb, at(1 + n as i64));
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
            lives.leave("1.1", left, at(1));
            assert_eq!(lives.enter("1.1", sighting, at(2)), begins, "{left:?} {sighting:?}");
            assert_eq!(lives.pop("1.1"), begins, "{left:?} {sighting:?}");
        }
    }
}
