//! An agent in the middle of the PBX's own attended transfer (`*2`), as a list shows it.
//!
//! Events tell of it by `Hold`: the PBX puts the agent's party on hold for him, takes his leg to another bridge, and calls the
//! colleague from there. A list only has the bridges. In it the party sits in a bridge where nobody else is, and the agent's leg
//! is in another one: with a leg that is newer than both, or with a `Local` channel that is still calling the colleague.

use super::leg::{Id, Kind, Leg};
use super::{Model, Touched};

impl Model {
    /// Takes the hold of such agents from a list that was just taken in.
    pub(super) fn consulting(&mut self, touched: &mut Touched) {
        let changed: Vec<(Id, Option<Id>)> = self
            .legs
            .iter()
            .filter(|(_, leg)| leg.phone().is_some() && !leg.fresh.phone_hold && !leg.fresh.bridge)
            .map(|(id, leg)| (*id, self.asks_for(*id, leg)))
            .filter(|(id, now)| self.legs.get(id).is_some_and(|leg| leg.asks_for != *now || now.is_some()))
            .collect();
        for (id, now) in changed {
            let Some(leg) = self.legs.get_mut(&id) else { continue };
            leg.asks_for = now;
            // Where it is over, the list is the first to say so: the phone itself holds nothing.
            leg.on_hold = now.is_some();
            touched.insert(id);
        }
    }

    /// For whom an agent's leg asks somebody else.
    fn asks_for(&self, id: Id, leg: &Leg) -> Option<Id> {
        let bridge = self.bridges.get(leg.bridge.as_deref()?).filter(|bridge| !bridge.holding)?;
        let age = |id: Id| self.legs.get(&id).and_then(|leg| age(&leg.unique));
        let others: Vec<Id> = self.conversation(id)?.others(id).collect();
        let asked = match others.as_slice() {
            [] => bridge.legs.iter().copied().find(|half| self.is_half(*half)),
            [other] => Some(*other),
            [_, _, ..] => None,
        };
        let asked = age(asked?).filter(|asked| Some(*asked) > age(id))?;
        // Whoever is being called may be alone in a bridge for a moment too, and is newer.
        let waits =
            |other: &Id| *other != id && self.is_left_alone(*other) && age(*other).is_some_and(|age| age < asked);
        let mut behind = self.calls.legs(&leg.linked).filter(waits);
        behind.next().filter(|_| behind.next().is_none())
    }

    /// Whether somebody's end of a call is in a bridge that nobody else is in.
    fn is_left_alone(&self, id: Id) -> bool {
        let Some(leg) = self.legs.get(&id).filter(|leg| leg.is_party()) else { return false };
        let bridge = leg.bridge.as_deref().and_then(|bridge| self.bridges.get(bridge));
        bridge.is_some_and(|bridge| !bridge.holding && bridge.legs.len() == 1)
    }

    fn is_half(&self, id: Id) -> bool {
        self.legs.get(&id).is_some_and(|leg| matches!(leg.kind, Kind::Local(_)))
    }
}

/// Unique ids begin with the second and count on; those of a PBX with a system name have that in front.
fn age(unique: &str) -> Option<(u64, u64)> {
    let (second, count) = unique.rsplit('-').next()?.split_once('.')?;
    Some((second.parse().ok()?, count.parse().ok()?))
}
