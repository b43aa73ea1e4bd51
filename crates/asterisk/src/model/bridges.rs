//! Works out who talks with whom. Halves of a `Local` channel lead from one bridge into another, so the bridges that they join
//! are one conversation.

use std::collections::BTreeSet;

use super::leg::{Id, Kind};
use super::{Model, Touched};

#[derive(Debug)]
pub(super) struct Bridge {
    pub(super) number: u64,
    /// A waiting room, not a conversation.
    pub(super) holding: bool,
    pub(super) legs: BTreeSet<Id>,
}

/// The parties of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Conversation {
    /// The lowest of its bridges' numbers.
    pub(super) number: u64,
    /// The oldest first.
    pub(super) parties: Vec<Id>,
}

impl Conversation {
    /// Everybody else in it.
    pub(super) fn others(&self, id: Id) -> impl Iterator<Item = Id> {
        self.parties.iter().copied().filter(move |party| *party != id)
    }

    pub(super) fn has(&self, id: Id) -> bool {
        self.parties.binary_search(&id).is_ok()
    }
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

    /// The conversation that a leg is in.
    pub(super) fn conversation(&self, id: Id) -> Option<Conversation> {
        let first = self.legs.get(&id)?.bridge.as_deref()?;
        let mut conversation = Conversation { number: u64::MAX, parties: Vec::new() };
        // Nearly always it is just this bridge, so allocate nothing for a further search.
        let (mut open, mut seen) = (Vec::new(), Vec::new());
        let mut next = Some(first);
        while let Some(unique) = next {
            if let Some(bridge) = self.bridges.get(unique).filter(|bridge| !bridge.holding) {
                conversation.number = conversation.number.min(bridge.number);
                conversation.parties.reserve(bridge.legs.len());
                for member in &bridge.legs {
                    let Some(leg) = self.legs.get(member) else { continue };
                    if leg.is_party() {
                        conversation.parties.push(*member);
                    }
                    if let Kind::Local(other) = &leg.kind
                        && let Some(behind) = self.half(other).and_then(|half| self.legs.get(&half)?.bridge.as_deref())
                        && behind != first
                        && !seen.contains(&behind)
                    {
                        seen.push(behind);
                        open.push(behind);
                    }
                }
            }
            next = open.pop();
        }
        conversation.parties.sort_unstable();
        (conversation.number != u64::MAX).then_some(conversation)
    }

    /// Marks the legs of the same conversation, which this one's coming or going changes.
    pub(super) fn touch_conversation(&self, id: Id, touched: &mut Touched) {
        touched.extend(self.conversation(id).into_iter().flat_map(|conversation| conversation.parties));
    }

    /// A half of a `Local` channel by its name.
    pub(super) fn half(&self, name: &str) -> Option<Id> {
        self.names.get(name).copied()
    }
}
