//! Unique ids of legs that have ended.

use std::collections::{HashSet, VecDeque};

/// As many are kept; ten minutes of a busy PBX would be more than enough.
const KEPT: usize = 4096;

/// The newest of them, so that a late event does not bring a leg back.
#[derive(Debug, Default)]
pub(super) struct Gone {
    known: HashSet<String>,
    /// The oldest first.
    order: VecDeque<String>,
}

impl Gone {
    pub(super) fn add(&mut self, unique: String) {
        if !self.known.insert(unique.clone()) {
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
        self.known.contains(unique)
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
}
