//! Checks the model's consistency, which must hold whatever a PBX has said.

use super::leg::Place;
use super::{Model, ids};

impl Model {
    /// Unique id and name of every leg, oldest first.
    pub(crate) fn every_leg(&self) -> Vec<(String, String)> {
        self.legs.values().map(|leg| (leg.unique.clone(), leg.name.clone())).collect()
    }

    /// Checks that legs, indices, bridges and reported state are consistent.
    pub(crate) fn check(&self) -> Result<(), String> {
        let ensure = |holds: bool, what: &dyn Fn() -> String| if holds { Ok(()) } else { Err(what()) };
        ensure(self.ids.len() == self.legs.len(), &|| "a unique id without a leg".to_owned())?;
        for (id, leg) in &self.legs {
            let unique = &leg.unique;
            ensure(self.ids.get(unique) == Some(id), &|| format!("{unique} is not found by its id"))?;
            ensure(self.calls.legs(&leg.linked).any(|other| other == *id), &|| format!("{unique} is not in its call"))?;
            let waits = self.calls.waiting(&leg.linked).any(|other| other == *id);
            ensure(waits == (leg.place != Place::Nowhere), &|| {
                format!("{unique} waits unseen, or is seen and does not")
            })?;
            let bridge = leg.bridge.as_ref().map(|bridge| self.bridges.get(bridge));
            let inside = bridge.is_none_or(|bridge| bridge.is_some_and(|bridge| bridge.legs.contains(id)));
            ensure(inside, &|| format!("{unique} is in a bridge that does not have it"))?;
        }
        for (unique, bridge) in &self.bridges {
            let here = |id| self.legs.get(id).is_some_and(|leg| leg.bridge.as_ref() == Some(unique));
            ensure(!bridge.legs.is_empty() && bridge.legs.iter().all(here), &|| {
                format!("the bridge {unique} is wrong")
            })?;
        }
        let known = self.names.values().all(|id| self.legs.contains_key(id));
        ensure(known && self.calls.count() == self.legs.len(), &|| "a name or a call without a leg".to_owned())?;
        for (id, told) in &self.told {
            let leg = self.legs.get(id).ok_or("a leg was told of that is not there")?;
            let uid = ids::call_of(&leg.linked);
            ensure(uid.as_ref() == Some(&told.uid), &|| format!("{} was told as {}'s", leg.unique, told.uid))?;
        }
        Ok(())
    }
}
