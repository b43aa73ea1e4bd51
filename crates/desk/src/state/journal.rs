//! The last calls, newest first, as far as the desk needs them: one entry for each life of a uid. A caller who is offered in
//! rounds and missed each time has a single entry.

use jiff::Timestamp;
use uncall_contract::event::EndReason;

use crate::journal::{Departure, Entry, Missed};

const KEPT: usize = 50;

#[derive(Debug, Default)]
pub(super) struct Journal {
    entries: Vec<Entry>,
}

impl Journal {
    /// Adds an entry, or replaces that of the same life.
    pub(super) fn put(&mut self, entry: &Entry) {
        match self.entries.iter_mut().find(|e| e.uid == entry.uid && e.began == entry.began) {
            Some(line) => *line = entry.clone(),
            None => {
                self.entries.insert(0, entry.clone());
                self.entries.truncate(KEPT);
            }
        }
    }

    /// The entry of this life.
    pub(super) fn line(&self, uid: &str, began: Timestamp) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.uid == uid && entry.began == began)
    }

    /// The newest entry of a uid.
    pub(super) fn last(&self, uid: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.uid == uid)
    }

    /// The newest line of a uid goes on under another one, or, where that is a call which is up, is no line any more.
    pub(super) fn rename(&mut self, was: &str, uid: &str) -> Option<Entry> {
        let at = self.entries.iter().position(|entry| entry.uid == was)?;
        if self.entries.iter().any(|entry| entry.uid == uid && entry.ended.is_none()) {
            return Some(self.entries.remove(at));
        }
        let line = self.entries.get_mut(at)?;
        uid.clone_into(&mut line.uid);
        Some(line.clone())
    }

    /// All that are remembered, newest first.
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

/// The entry of a call of which only the end was reported.
pub(super) fn only_ended(mut entry: Entry, reason: Option<EndReason>, now: Timestamp) -> Entry {
    entry.ended = Some(now);
    entry.reason = reason;
    entry.departure = Some(Departure::Ended);
    let missed = entry.direction == uncall_contract::Direction::Callin && reason == Some(EndReason::NoAnswer);
    entry.missed = if missed { Missed::Yes } else { Missed::No };
    entry
}
