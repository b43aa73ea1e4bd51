//! What an earlier program knew. Calls that were up when it ended wait here, out of sight, until the server says whether they still
//! are: then they go on as they were, without popping up again, or end.

use jiff::{SignedDuration, Timestamp};
use uncall_contract::Direction;

use crate::journal::{Departure, Entry, Missed};
use crate::moment::Moment;

use super::Desk;

/// A call that nobody has closed for longer than this is over, whatever the line says.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

impl Desk {
    /// Takes over what an earlier program wrote down, oldest first. Before [`Desk::start`].
    pub fn resume(&mut self, past: Vec<Entry>) {
        for entry in past {
            self.journal.put(&entry);
            self.lives.recall(&entry, self.now.of_wall(entry.last_known()));
            let Some(earlier) = self.recalled.iter().position(|known| known.uid == entry.uid) else {
                self.recalled.extend(entry.ended.is_none().then_some(entry));
                continue;
            };
            let earlier = self.recalled.remove(earlier);
            self.recalled.extend(entry.ended.is_none().then_some(entry));
            self.write_ended(earlier, Departure::Vanished);
        }
        let now = self.now.at;
        for entry in std::mem::take(&mut self.recalled) {
            if now.duration_since(entry.last_known()) > LONGEST {
                self.forget(entry, Departure::Ended);
            } else {
                self.recalled.push(entry);
            }
        }
    }

    /// The server names a uid. If it was up when the last program ended, it is that call, and goes on; one that rings since another time
    /// is the uid's next offer, and the call of then has ended.
    pub(super) fn recognise(&mut self, uid: &str, rings_since: Option<Timestamp>) {
        let Some(at) = self.recalled.iter().position(|entry| entry.uid == uid) else { return };
        let entry = self.recalled.remove(at);
        if rings_since.is_some_and(|since| !entry.may_ring_since(since)) {
            self.forget(entry, Departure::Vanished);
        }
    }

    /// Whether this uid was up when the last program ended, and nothing has been heard of it since.
    pub(super) fn recalls(&self, uid: &str) -> bool {
        self.recalled.iter().any(|entry| entry.uid == uid)
    }

    /// The server has said of all these that they are not there.
    pub(super) fn forget_recalled(&mut self, gone: impl Fn(&str) -> bool, departure: Departure) {
        for entry in std::mem::take(&mut self.recalled) {
            if gone(&entry.uid) {
                self.forget(entry, departure);
            } else {
                self.recalled.push(entry);
            }
        }
    }

    fn forget(&mut self, entry: Entry, departure: Departure) {
        self.lives.leave(&entry.uid, departure, self.now);
        self.write_ended(entry, departure);
    }

    fn write_ended(&mut self, mut entry: Entry, departure: Departure) {
        let last = entry.last_known();
        entry.holds(false, last);
        entry.ended = Some(last);
        entry.end_seen = false;
        entry.departure = Some(departure);
        // The stream had said that it rang, and nobody is known to have answered.
        let rang = entry.direction == Direction::Callin && entry.rings_since.is_some() && entry.answered.is_none();
        entry.missed = if rang && departure == Departure::Vanished { Missed::Probably } else { Missed::No };
        self.write(&entry);
    }
}

impl super::lives::Lives {
    /// What an earlier program knew of a uid.
    pub(super) fn recall(&mut self, entry: &Entry, named: Moment) {
        self.enter(&entry.uid, super::lives::Sighting::Poll, named);
        if entry.popped {
            self.pop(&entry.uid);
        }
        self.leave_desk(&entry.uid);
        if let Some(departure) = entry.departure {
            self.leave(&entry.uid, departure, named);
        }
    }
}
