//! What happens to calls that other programs may want to know, each thing once for each offer.
//!
//! It is read off the journal's lines as they are written: what is not in the journal has not happened, and what is in it from an
//! earlier program is not told again.

use std::collections::VecDeque;

use jiff::Timestamp;
use uncall_screenpop::Event;

use crate::effect::{Effect, Occasion};
use crate::journal::Entry;

use super::Desk;

/// How much of what was told is remembered: some hundred calls.
const KEPT: usize = 600;

/// What has been told, and what has to be.
#[derive(Debug, Default)]
pub(super) struct Occasions {
    /// What was told. A call that was thought to be over and is not ends once more.
    told: VecDeque<(Event, Offer)>,
    /// The call of the wrap-up that is running.
    wrapping_up: Option<String>,
    /// What this input has brought.
    out: Vec<(Event, Entry)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Offer {
    uid: String,
    began: Timestamp,
    round: u32,
}

impl Offer {
    fn of(entry: &Entry) -> Offer {
        Offer { uid: entry.uid.clone(), began: entry.began, round: entry.offers }
    }
}

impl Occasions {
    /// A line of an earlier program.
    pub(super) fn recall(&mut self, entry: &Entry) {
        self.is_first(Event::Ring, entry);
        if entry.answered.is_some() {
            self.is_first(Event::Answer, entry);
        }
        if entry.ended.is_some() {
            self.is_first(Event::End, entry);
        }
    }

    /// Whether this has not been told of the offer; from now on it has.
    fn is_first(&mut self, event: Event, entry: &Entry) -> bool {
        let told = (event, Offer::of(entry));
        if self.told.contains(&told) {
            return false;
        }
        self.told.push_back(told);
        if self.told.len() > KEPT {
            self.told.pop_front();
        }
        true
    }

    fn tell_once(&mut self, event: Event, entry: &Entry) {
        if self.is_first(event, entry) {
            self.out.push((event, entry.clone()));
        }
    }

    /// A line is about to change from `before`, or is new.
    pub(super) fn written(&mut self, before: Option<&Entry>, entry: &Entry) {
        let is_offered_anew = before.is_some_and(|before| entry.offers > before.offers);
        if (before.is_none() && entry.ended.is_none()) || is_offered_anew {
            self.tell_once(Event::Ring, entry);
        }
        if entry.answered.is_some() && before.is_none_or(|before| before.answered.is_none()) {
            self.tell_once(Event::Answer, entry);
        }
        if before.is_some_and(|before| entry.transfers.len() > before.transfers.len()) {
            self.out.push((Event::Transfer, entry.clone()));
        }
        if entry.ended.is_some() {
            self.tell_once(Event::End, entry);
        }
    }

    /// The server's uid of a call is known, and when its line began.
    pub(super) fn renamed(&mut self, was: &str, uid: &str, began: Timestamp) {
        for (_, offer) in self.told.iter_mut().filter(|(_, offer)| offer.uid == was) {
            (offer.uid, offer.began) = (uid.to_owned(), began);
        }
        self.wrapping_up.iter_mut().filter(|known| *known == was).for_each(|known| uid.clone_into(known));
        self.out.iter_mut().filter(|(_, entry)| entry.uid == was).for_each(|(_, entry)| uid.clone_into(&mut entry.uid));
    }
}

impl Desk {
    /// The agent asks for the pop of this call.
    pub(super) fn pop_by_hand(&mut self, uid: &str) {
        let entry = self.call(uid).map(|call| &call.entry).or_else(|| self.journal.last(uid)).cloned();
        if let Some(entry) = entry {
            let entry = self.with_name(entry);
            self.occasions.out.push((Event::Manual, entry));
        }
    }

    /// After each input: whether a wrap-up is over.
    pub(super) fn settle_occasions(&mut self) {
        let running = self.arbiter.wrap_up.view().map(|view| view.uid);
        if running == self.occasions.wrapping_up {
            return;
        }
        let over = std::mem::replace(&mut self.occasions.wrapping_up, running);
        if let Some(entry) = over.and_then(|uid| self.journal.last(&uid).cloned()) {
            self.occasions.out.push((Event::WrapUp, entry));
        }
    }

    /// The effects of what this input has brought. A call that was first seen connected has not rung here.
    pub(super) fn occasions(&mut self) -> Vec<Effect> {
        let out = std::mem::take(&mut self.occasions.out);
        let is_connected = |entry: &Entry| {
            out.iter().any(|(event, other)| *event == Event::Answer && Offer::of(other) == Offer::of(entry))
        };
        let told = out.iter().filter(|(event, entry)| *event != Event::Ring || !is_connected(entry));
        let occasion = |(event, entry): &(Event, Entry)| {
            let now = self.call(&entry.uid).map(|call| &call.entry).filter(|now| now.began == entry.began);
            let entry = now.filter(|_| *event == Event::Ring).unwrap_or(entry).clone();
            Effect::Told(Box::new(Occasion { event: *event, who: self.naming.known(&entry.other).to_vec(), entry }))
        };
        told.map(occasion).collect()
    }
}
