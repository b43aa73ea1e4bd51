//! Changes of queues that the gateway itself has asked for and that no event has told yet.
//!
//! The PBX answers an action before it sends the event of it. When two changes follow each other closely, the event of the first
//! comes after the answer to the second, and would undo it here for a moment.

use std::collections::{BTreeMap, VecDeque};

/// A queue's name, and the interface of a member or the unique id of a caller.
pub(super) type Key = (String, String);

/// What a change is told as: `QueueMemberAdded`, `QueueMemberPause` or `QueueMemberRemoved`.
type Kind = &'static str;

#[derive(Debug, Default)]
pub(super) struct OwnChanges(BTreeMap<Key, VecDeque<Kind>>);

impl OwnChanges {
    pub(super) fn begins(&mut self, key: Key, kind: Kind) {
        self.0.entry(key).or_default().push_back(kind);
    }

    /// Forgets the newest change of this kind: the PBX refused it, or nothing had to change.
    pub(super) fn fails(&mut self, key: &Key, kind: Kind) {
        if let Some(expected) = self.0.get_mut(key)
            && let Some(newest) = expected.iter().rposition(|known| *known == kind)
        {
            expected.remove(newest);
        }
    }

    /// Takes in an event, and says whether a later change of our own has overtaken it.
    pub(super) fn overtakes(&mut self, key: &Key, kind: &str) -> bool {
        let Some(expected) = self.0.get_mut(key) else { return false };
        if expected.front().is_some_and(|oldest| *oldest == kind) {
            expected.pop_front();
            return !expected.is_empty();
        }
        false
    }

    /// Forgets all: a list of what is true now is about to be requested.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
