//! Resumes what an earlier program knew. Calls that were up when it ended stay hidden until the server says whether they still
//! are. Then they either continue without another pop-up, or end.

use jiff::{SignedDuration, Timestamp};
use uncall_contract::Direction;

use crate::journal::{Departure, Entry, Missed};
use crate::moment::Moment;

use super::Desk;

/// A call without an end that is older than this is over, whatever its entry says.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

impl Desk {
    /// Takes over an earlier program's entries, oldest first. To be called before [`Desk::start`].
    pub fn resume(&mut self, past: Vec<Entry>) {
        for entry in past {
            self.journal.put(&entry);
            self.occasions.recall(&entry);
            self.lives.recall(&entry, self.now.of_wall(entry.last_known()));
            let Some(earlier) = self.recalled.iter().position(|known| known.uid == entry.uid) else {
                self.recalled.extend(entry.ended.is_none().then_some(entry));
                continue;
            };
            let earlier = self.recalled.remove(earlier);
            self.recalled.extend(entry.ended.is_none().then_some(entry));
            self.write_ended(earlier, Departure::Vanished);
        }
        self.recall_result();
        let now = self.now.at;
        for entry in std::mem::take(&mut self.recalled) {
            if now.duration_since(entry.last_known()) > LONGEST {
                self.forget(entry, Departure::Ended);
            } else {
                self.recalled.push(entry);
            }
        }
    }

    /// The server named a uid. If that call was up when the last program ended, it continues. If it began to ring at another
    /// time, it is a new offer of the uid, and the earlier call has ended.
    pub(super) fn recognise(&mut self, uid: &str, rings_since: Option<Timestamp>) {
        let Some(at) = self.recalled.iter().position(|entry| entry.uid == uid) else { return };
        let entry = self.recalled.remove(at);
        if rings_since.is_some_and(|since| !entry.may_ring_since(since)) {
            self.forget(entry, Departure::Vanished);
        }
    }

    /// Whether this uid was up when the last program ended and has not been reported since.
    pub(super) fn recalls(&self, uid: &str) -> bool {
        self.recalled.iter().any(|entry| entry.uid == uid)
    }

    /// Ends the calls that the server has shown to be gone.
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
        // The stream reported it as ringing, and no answer is known.
        let rang = entry.direction == Direction::Callin && entry.rings_since.is_some() && entry.answered.is_none();
        entry.missed = if rang && departure == Departure::Vanished { Missed::Probably } else { Missed::No };
        self.write(&entry);
    }
}

impl super::lives::Lives {
    /// Remembers what an earlier program knew about a uid.
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
