//! The legs of a call, with indices of the ones that others ask for, so that nobody has to search them all: a group that rings
//! 400 phones is one call.

use std::collections::{BTreeSet, HashMap};

use super::leg::Id;

/// By `Linkedid`.
#[derive(Debug, Default)]
pub(super) struct Calls(HashMap<String, Call>);

#[derive(Debug, Default)]
struct Call {
    legs: BTreeSet<Id>,
    /// Legs in one of the dialplan's places.
    waiting: BTreeSet<Id>,
    /// Answered legs, with the count of legs and bridges at that moment.
    answered: BTreeSet<(u64, Id)>,
}

impl Calls {
    pub(super) fn join(&mut self, linked: &str, id: Id) {
        match self.0.get_mut(linked) {
            Some(call) => call.legs.insert(id),
            None => self.0.entry(linked.to_owned()).or_default().legs.insert(id),
        };
    }

    pub(super) fn leave(&mut self, linked: &str, id: Id) {
        let Some(call) = self.0.get_mut(linked) else { return };
        call.legs.remove(&id);
        call.waiting.remove(&id);
        call.answered.retain(|(_, who)| *who != id);
        if call.legs.is_empty() {
            self.0.remove(linked);
        }
    }

    pub(super) fn waits(&mut self, linked: &str, id: Id, waits: bool) {
        let Some(call) = self.0.get_mut(linked) else { return };
        if waits {
            call.waiting.insert(id);
        } else {
            call.waiting.remove(&id);
        }
    }

    pub(super) fn answered(&mut self, linked: &str, id: Id, count: u64) {
        if let Some(call) = self.0.get_mut(linked) {
            call.answered.insert((count, id));
        }
    }

    pub(super) fn contains(&self, linked: &str) -> bool {
        self.0.contains_key(linked)
    }

    /// The number of legs of all calls.
    pub(super) fn count(&self) -> usize {
        self.0.values().map(|call| call.legs.len()).sum()
    }

    /// The call's legs, oldest first.
    pub(super) fn legs(&self, linked: &str) -> impl Iterator<Item = Id> {
        self.0.get(linked).into_iter().flat_map(|call| call.legs.iter().copied())
    }

    /// The call's legs in a place of the dialplan, oldest first.
    pub(super) fn waiting(&self, linked: &str) -> impl Iterator<Item = Id> {
        self.0.get(linked).into_iter().flat_map(|call| call.waiting.iter().copied())
    }

    /// The call's legs that were answered after this count.
    pub(super) fn answered_after(&self, linked: &str, count: u64) -> impl Iterator<Item = Id> {
        let answered = self.0.get(linked).into_iter();
        answered.flat_map(move |call| call.answered.range((count + 1, 0)..).map(|(_, id)| *id))
    }
}
