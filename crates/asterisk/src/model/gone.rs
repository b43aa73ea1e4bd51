//! Unique ids of legs that have ended.

use std::collections::{HashMap, VecDeque};

/// How many to keep; those of ten minutes on a busy PBX would be more than enough.
const KEPT: usize = 4096;

/// The most recent ones, so that a late event does not bring a leg back.
#[derive(Debug, Default)]
pub(super) struct Gone {
    /// Each with the count of ends at that moment.
    known: HashMap<String, u64>,
    /// The oldest first.
    order: VecDeque<String>,
    count: u64,
    /// The count when the last list was asked for.
    asked: u64,
}

impl Gone {
    pub(super) fn add(&mut self, unique: String) {
        self.count += 1;
        if self.known.insert(unique.clone(), self.count).is_some() {
            return;
        }
        self.order.push_back(unique);
        if self.order.len() > KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }

    pub(super) fn contains(&self, unique: &str) -> bool {
        self.known.contains_key(unique)
    }

    /// Notes that a list is about to be requested.
    pub(super) const fn list_asked(&mut self) {
        self.asked = self.count;
    }

    /// For a leg in the list: true if it has ended since the list was requested. If not, the leg exists, whatever was reported
    /// before.
    pub(super) fn since_asked(&mut self, unique: &str) -> bool {
        let ended_since = self.known.get(unique).is_some_and(|end| *end > self.asked);
        if !ended_since && self.known.remove(unique).is_some() {
            self.order.retain(|known| known != unique);
        }
        ended_since
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_known() {
        let mut gone = Gone::default();
        for unique in [0].into_iter().chain(0..=KEPT) {
            gone.add(unique.to_string());
        }
        assert!(!gone.contains("0") && gone.contains("1") && gone.contains(&KEPT.to_string()));
        assert_eq!((gone.known.len(), gone.order.len()), (KEPT, KEPT));
    }

    #[test]
    fn a_list_is_believed_unless_the_end_came_while_it_was_on_its_way() {
        let mut gone = Gone::default();
        gone.add("1.1".to_owned());
        gone.list_asked();
        gone.add("1.2".to_owned());
        assert!(!gone.since_asked("1.1") && gone.since_asked("1.2") && !gone.since_asked("1.3"));
        assert!(!gone.contains("1.1") && gone.contains("1.2"));
        assert_eq!(gone.order.len(), 1);
    }
}
