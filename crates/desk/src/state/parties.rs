//! The parties of a call, from this extension's point of view and safe to show.

use jiff::Timestamp;
use uncall_contract::{Direction, event};

use crate::journal::{Entry, Missed};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parties {
    pub(super) uid: String,
    pub(super) calla: String,
    pub(super) callb: String,
    pub(super) direction: Direction,
}

impl Parties {
    pub(super) fn of_event(event: &event::CallEvent) -> Parties {
        Parties {
            uid: event.uid.clone(),
            calla: plain(&event.calla),
            callb: plain(&event.callb),
            direction: event.status,
        }
    }

    pub(super) fn of_poll(call: uncall_contract::Call) -> Parties {
        Parties { uid: call.uid, calla: plain(&call.calla), callb: plain(&call.callb), direction: call.status }
    }

    /// As the panel's own phone knows them.
    pub(super) fn of_phone(uid: &str, direction: Direction, other: &str, own: &str) -> Parties {
        let (other, own) = (plain(other), own.to_owned());
        let (calla, callb) = match direction {
            Direction::Callin => (other, own),
            Direction::Callout => (own, other),
        };
        Parties { uid: uid.to_owned(), calla, callb, direction }
    }

    pub(super) fn other(&self) -> &str {
        match self.direction {
            Direction::Callin => &self.calla,
            Direction::Callout => &self.callb,
        }
    }

    /// A journal entry for a call that begins with these parties.
    pub(super) fn entry(&self, began: Timestamp) -> Entry {
        Entry {
            uid: self.uid.clone(),
            calla: self.calla.clone(),
            callb: self.callb.clone(),
            other: self.other().to_owned(),
            name: None,
            direction: self.direction,
            began,
            rings_since: None,
            answered: None,
            holds: Vec::new(),
            transfers: Vec::new(),
            survey: false,
            ended: None,
            end_seen: true,
            departure: None,
            talked_seconds: None,
            reason: None,
            missed: Missed::No,
            offers: 1,
            popped: false,
            disposed: false,
        }
    }

    /// Updates an entry. True if something changed.
    pub(super) fn write_into(&self, entry: &mut Entry) -> bool {
        if entry.calla == self.calla && entry.callb == self.callb && entry.direction == self.direction {
            return false;
        }
        entry.calla.clone_from(&self.calla);
        entry.callb.clone_from(&self.callb);
        entry.direction = self.direction;
        if entry.other != self.other() {
            entry.name = None;
        }
        self.other().clone_into(&mut entry.other);
        true
    }
}

/// Makes a party's text safe to show by turning invisible characters into spaces. A NUL makes some toolkits end the program, and
/// characters that change the writing direction make a number look like another one.
fn plain(text: &str) -> String {
    let unseen = |c: char| {
        c.is_control()
            || matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}')
            || matches!(c, '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    let words: Vec<&str> = text.split(unseen).map(str::trim).filter(|word| !word.is_empty()).collect();
    words.join(" ")
}
