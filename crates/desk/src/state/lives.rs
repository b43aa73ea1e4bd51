//! Which uids were here before, and whether they popped: what makes one uid pop once.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

/// How many uids are remembered after their calls: days of one agent's work.
const KEPT: usize = 4096;

/// How a call left the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gone {
    /// It did not: it is on the desk.
    No,
    /// Polls, a verb or the agent put it away: the stream has not said that it ended.
    Unseen,
    /// It was missing from the stream's snapshot.
    Vanished,
    /// The stream reported its end.
    Ended,
}

/// By what a uid comes into sight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sight {
    /// A poll.
    Poll,
    /// The stream says that it rings.
    Rings,
    /// The stream says that it is up.
    Up,
}

#[derive(Debug)]
struct Mark {
    popped: bool,
    gone: Gone,
    /// How many polls had shown it when it left.
    sightings: u32,
    touched: Timestamp,
}

/// The memory of uids, bounded; a uid that is on the desk is never forgotten.
#[derive(Debug, Default)]
pub(super) struct Lives {
    marks: HashMap<String, Mark>,
}

impl Lives {
    pub(super) fn knows(&self, uid: &str) -> bool {
        self.marks.contains_key(uid)
    }

    /// A uid comes into sight that is not on the desk. `None` when this is a life of its own, which pops; else the same
    /// life goes on, and this many polls had shown it.
    ///
    /// A call that was missing from a snapshot and rings again was handed back while nobody looked: a new life. One
    /// that is up again is the old one, learnt anew by a server that had restarted.
    pub(super) fn enter(&mut self, uid: &str, sight: Sight, now: Timestamp) -> Option<u32> {
        let before = self.marks.get(uid).filter(|mark| match mark.gone {
            Gone::Ended => false,
            Gone::Vanished => sight != Sight::Rings,
            Gone::No | Gone::Unseen => true,
        });
        let sightings = before.map(|mark| mark.sightings);
        let popped = before.is_some_and(|mark| mark.popped);
        let mark = Mark { popped, gone: Gone::No, sightings: sightings.unwrap_or_default(), touched: now };
        self.marks.insert(uid.to_owned(), mark);
        self.forget();
        sightings
    }

    /// True the first time in a life.
    pub(super) fn pop(&mut self, uid: &str) -> bool {
        self.marks.get_mut(uid).is_some_and(|mark| !std::mem::replace(&mut mark.popped, true))
    }

    pub(super) fn leave(&mut self, uid: &str, gone: Gone, sightings: u32, now: Timestamp) {
        if let Some(mark) = self.marks.get_mut(uid) {
            (mark.gone, mark.sightings, mark.touched) = (gone, sightings, now);
        }
    }

    /// The stream reported the end of a call that is not on the desk any more.
    pub(super) fn ended(&mut self, uid: &str) {
        if let Some(mark) = self.marks.get_mut(uid) {
            mark.gone = Gone::Ended;
        }
    }

    /// The stream has said which calls there are: whatever had left by other means is gone for the stream, too.
    pub(super) fn only(&mut self, there: &HashSet<&str>) {
        for (uid, mark) in &mut self.marks {
            if mark.gone == Gone::Unseen && !there.contains(uid.as_str()) {
                mark.gone = Gone::Vanished;
            }
        }
    }

    fn forget(&mut self) {
        if self.marks.len() <= KEPT {
            return;
        }
        let gone = self.marks.iter().filter(|(_, mark)| mark.gone != Gone::No);
        if let Some(oldest) = gone.min_by_key(|(_, mark)| mark.touched).map(|(uid, _)| uid.clone()) {
            self.marks.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_memory_is_bounded_and_keeps_what_is_on_the_desk() {
        let mut lives = Lives::default();
        assert_eq!(lives.enter("here", Sight::Poll, at(0)), None);
        assert!(lives.pop("here"));
        for n in 0..2 * KEPT {
            let uid = n.to_string();
            lives.enter(&uid, Sight::Poll, at(1 + n as i64));
            lives.leave(&uid, Gone::Unseen, 1, at(1 + n as i64));
        }
        assert!(lives.marks.len() <= KEPT + 1);
        assert!(lives.knows("here") && !lives.pop("here"));
        assert!(!lives.knows("0") && lives.knows(&(2 * KEPT - 1).to_string()));
    }

    #[test]
    fn what_is_a_life_of_its_own() {
        for (gone, sight, fresh) in [
            (Gone::Unseen, Sight::Poll, false),
            (Gone::Unseen, Sight::Rings, false),
            (Gone::Vanished, Sight::Poll, false),
            (Gone::Vanished, Sight::Up, false),
            (Gone::Vanished, Sight::Rings, true),
            (Gone::Ended, Sight::Poll, true),
            (Gone::Ended, Sight::Up, true),
            (Gone::Ended, Sight::Rings, true),
        ] {
            let mut lives = Lives::default();
            assert!(lives.enter("1.1", Sight::Rings, at(0)).is_none() && lives.pop("1.1"));
            lives.leave("1.1", gone, 2, at(1));
            assert_eq!(lives.enter("1.1", sight, at(2)), (!fresh).then_some(2), "{gone:?} {sight:?}");
            assert_eq!(lives.pop("1.1"), fresh, "{gone:?} {sight:?}");
        }
    }
}
