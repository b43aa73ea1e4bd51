//! Who talks with whom. Halves of a `Local` channel lead from one bridge into another, so the bridges that they join are one
//! conversation.

use std::collections::{BTreeSet, HashSet};

use super::Model;
use super::leg::{Id, Kind};

#[derive(Debug)]
pub(super) struct Bridge {
    pub(super) number: u64,
    /// A waiting room, not a conversation.
    pub(super) holding: bool,
    pub(super) legs: BTreeSet<Id>,
}

impl Model {
    pub(super) fn enter_bridge(&mut self, id: Id, unique: &str, technology: &str) {
        let already = self.legs.get(&id).and_then(|leg| leg.bridge.as_deref()) == Some(unique);
        if !already {
            self.leave_bridge(id);
        }
        self.count += 1;
        let number = self.count;
        let bridge = self.bridges.entry(unique.to_owned()).or_insert_with(|| Bridge {
            number,
            holding: false,
            legs: BTreeSet::new(),
        });
        if !technology.is_empty() {
            bridge.holding = technology == "holding_bridge";
        }
        bridge.legs.insert(id);
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.bridge = Some(unique.to_owned());
        }
    }

    pub(super) fn leave_bridge(&mut self, id: Id) {
        let Some(unique) = self.legs.get_mut(&id).and_then(|leg| leg.bridge.take()) else { return };
        if let Some(bridge) = self.bridges.get_mut(&unique) {
            bridge.legs.remove(&id);
            if bridge.legs.is_empty() {
                self.bridges.remove(&unique);
            }
        }
    }

    /// The conversation that a leg is in: its number, and the other parties in it, the oldest first.
    pub(super) fn conversation(&self, id: Id) -> Option<(u64, BTreeSet<Id>)> {
        let mut open = vec![self.legs.get(&id)?.bridge.as_deref()?];
        let mut seen: HashSet<&str> = open.iter().copied().collect();
        let mut number = u64::MAX;
        let mut others = BTreeSet::new();
        while let Some(bridge) = open.pop().and_then(|unique| self.bridges.get(unique)) {
            if bridge.holding {
                continue;
            }
            number = number.min(bridge.number);
            for member in &bridge.legs {
                let Some(leg) = self.legs.get(member) else { continue };
                if let Kind::Local(other) = &leg.kind
                    && let Some(next) = self.half(other).and_then(|half| self.legs.get(&half)?.bridge.as_deref())
                    && seen.insert(next)
                {
                    open.push(next);
                }
                if leg.is_party() && *member != id {
                    others.insert(*member);
                }
            }
        }
        (number != u64::MAX).then_some((number, others))
    }

    /// Calls whose legs are in the same conversation: usually one.
    pub(super) fn touch_conversation(&self, id: Id, touched: &mut BTreeSet<String>) {
        let others = self.conversation(id).map(|(_, others)| others).unwrap_or_default();
        touched.extend(others.iter().filter_map(|other| self.legs.get(other)).map(|leg| leg.linked.clone()));
    }

    /// A half of a `Local` channel by its name.
    pub(super) fn half(&self, name: &str) -> Option<Id> {
        self.names.get(name).copied()
    }
}
