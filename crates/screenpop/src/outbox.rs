//! Webhooks that have not been taken yet. Pure: time is passed in.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::parcel::Parcel;

/// How many webhooks may wait. The oldest is dropped for a further one.
pub const MOST_KEPT: usize = 500;
/// After how long a webhook is given up.
const GIVEN_UP: SignedDuration = SignedDuration::from_hours(24);

/// Waiting webhooks, in the order of their events.
#[derive(Debug, Default)]
pub struct Outbox {
    waiting: Vec<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    parcel: Parcel,
    tries: u32,
    due: Timestamp,
    under_way: bool,
}

impl Waiting {
    /// Whether an earlier one has to be taken before this one.
    fn holds_up(&self, later: &Waiting) -> bool {
        self.parcel.rule == later.parcel.rule && self.parcel.facts.uid == later.parcel.facts.uid
    }
}

/// What becomes of a webhook that was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is tried again then.
    Later(Timestamp),
    /// It is given up.
    GivenUp,
}

impl Outbox {
    /// Adds a webhook that is due at once. Returns one that was dropped for it.
    pub fn add(&mut self, parcel: Parcel, now: Timestamp) -> Option<Parcel> {
        if self.waiting.iter().any(|waiting| waiting.parcel.id == parcel.id) {
            return None;
        }
        let full = self.waiting.len() >= MOST_KEPT;
        let oldest = self.waiting.iter().position(|waiting| !waiting.under_way).filter(|_| full);
        let dropped = oldest.map(|at| self.waiting.remove(at).parcel);
        self.waiting.push(Waiting { parcel, tries: 0, due: now, under_way: false });
        dropped
    }

    /// The webhooks to send now. Of one rule and call only one is under way, so that their order stays.
    pub fn due(&mut self, now: Timestamp, most: usize) -> Vec<Parcel> {
        let mut due = Vec::new();
        let mut under_way = self.waiting.iter().filter(|waiting| waiting.under_way).count();
        for at in 0..self.waiting.len() {
            let Some((earlier, [waiting, ..])) = self.waiting.split_at_mut_checked(at) else { break };
            let has_to_wait = earlier.iter().any(|earlier| earlier.holds_up(waiting));
            if under_way < most && !has_to_wait && !waiting.under_way && waiting.due <= now {
                waiting.under_way = true;
                under_way += 1;
                due.push(waiting.parcel.clone());
            }
        }
        due
    }

    /// A webhook was taken, or nobody wants it any more.
    pub fn remove(&mut self, id: &str) -> Option<Parcel> {
        let at = self.waiting.iter().position(|waiting| waiting.parcel.id == id)?;
        Some(self.waiting.remove(at).parcel)
    }

    /// A webhook was not taken. The pauses double from `first` to `longest`.
    pub fn failed(&mut self, id: &str, now: Timestamp, (first, longest): (Duration, Duration)) -> Fate {
        let Some(at) = self.waiting.iter().position(|waiting| waiting.parcel.id == id) else { return Fate::GivenUp };
        let Some(waiting) = self.waiting.get_mut(at) else { return Fate::GivenUp };
        // A clock that was set back makes no webhook immortal: its tries count as well.
        if now.duration_since(waiting.parcel.at) >= GIVEN_UP || waiting.tries >= 1000 {
            self.waiting.remove(at);
            return Fate::GivenUp;
        }
        let pause = first.saturating_mul(2_u32.saturating_pow(waiting.tries)).min(longest);
        waiting.tries += 1;
        waiting.under_way = false;
        waiting.due = SignedDuration::try_from(pause).ok().and_then(|pause| now.checked_add(pause).ok()).unwrap_or(now);
        Fate::Later(waiting.due)
    }

    /// When the next one is due. `None` if all are under way, or have to wait for those that are.
    pub fn next(&self) -> Option<Timestamp> {
        let mut due: Option<Timestamp> = None;
        for (at, waiting) in self.waiting.iter().enumerate() {
            let has_to_wait = self.waiting.iter().take(at).any(|earlier| earlier.holds_up(waiting));
            if !waiting.under_way && !has_to_wait {
                due = Some(due.map_or(waiting.due, |known| known.min(waiting.due)));
            }
        }
        due
    }

    /// How many wait or are under way.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}
