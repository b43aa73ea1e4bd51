//! Which legs belong to a call, and those of them that others ask for, so that nobody goes through all of them: a group that rings 400
//! phones is one call.

use std::collections::{BTreeSet, HashMap};

use super::leg::Id;

/// By `Linkedid`.
#[derive(Debug, Default)]
pub(super) struct Calls(HashMap<String, Call>);

#[derive(Debug, Default)]
struct Call {
    legs: BTreeSet<Id>,
    /// In one of the dialplan's places.
    waiting: BTreeSet<Id>,
    /// With when, by the count of legs and bridges.
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

    /// Legs of all calls.
    pub(super) fn count(&self) -> usize {
        self.0.values().map(|call| call.legs.len()).sum()
    }

    /// The oldest first.
    pub(super) fn legs(&self, linked: &str) -> impl Iterator<Item = Id> {
        self.0.get(linked).into_iter().flat_map(|call| call.legs.iter().copied())
    }

    /// Those in a place of the dialplan, the oldest first.
    pub(super) fn waiting(&self, linked: &str) -> impl Iterator<Item = Id> {
        self.0.get(linked).into_iter().flat_map(|call| call.waiting.iter().copied())
    }

    /// Those that were answered after this count.
    pub(super) fn answered_after(&self, linked: &str, count: u64) -> impl Iterator<Item = Id> {
        let answered = self.0.get(linked).into_iter();
        answered.flat_map(move |call| call.answered.range((count + 1, 0)..).map(|(_, id)| *id))
    }
}
