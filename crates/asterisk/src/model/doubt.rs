//! What was said while somebody's text was taken for events. Most of it is true and some may not be, so the PBX's list decides: what it
//! contradicts was never said, and what it shows is taken from it.

use std::collections::HashMap;
use uncall_switch::calls::Fact;

use super::leg::Fresh;
use super::{Lists, Model, Touched};
use crate::message::Message;

impl Model {
    /// The events that were held back, and the lists that were asked for because of the doubt. All of it is told as one step, so that
    /// nobody sees what the list takes back.
    pub(crate) fn settle(&mut self, held: &[Message], lists: &Lists) -> Vec<Fact> {
        let mut touched = Touched::new();
        let mut facts = Vec::new();
        let fresh: HashMap<u64, Fresh> = self.legs.iter().map(|(id, leg)| (*id, leg.fresh)).collect();
        {
            let listed: HashMap<&str, &str> =
                lists.channels.iter().map(|item| (item.get("Uniqueid"), item.get("Channel"))).collect();
            for event in held.iter().filter(|event| believed(event, &listed)) {
                facts.extend(self.absorb(event, &mut touched));
            }
        }
        // The list is to decide about these too.
        for (id, leg) in &mut self.legs {
            leg.fresh = fresh.get(id).copied().unwrap_or_default();
        }
        facts.extend(self.compare(lists, &mut touched));
        facts.extend(self.changes(&touched));
        facts
    }
}

/// Whether an event is taken in before the list. Of what it says the list corrects who is there, under which name, in which state,
/// bridge and place; what no list corrects (a phone's own hold, a listener) is not taken in.
fn believed(event: &Message, listed: &HashMap<&str, &str>) -> bool {
    let named = |prefix: &str| {
        let name = event.get_of(prefix, "Channel");
        listed.get(event.get_of(prefix, "Uniqueid")).is_none_or(|listed| name.is_empty() || *listed == name)
    };
    let is_listed = |prefix: &str| listed.contains_key(event.get_of(prefix, "Uniqueid"));
    match event.event() {
        "Newchannel" => is_listed("") && named(""),
        "Hangup" => !is_listed(""),
        "Newstate" | "BridgeEnter" | "BridgeLeave" => named(""),
        "DialBegin" | "DialEnd" | "DialState" => named("") && named("Dest"),
        "OriginateResponse" => true,
        "UserEvent" => match event.get("UserEvent") {
            "UncallLeg" => named(""),
            // Who has handed his call on is gone.
            "UncallTransfer" => {
                let agent = event.get("Agent");
                named("") && !(event.get("Result") == "ANSWER" && listed.values().any(|name| *name == agent))
            }
            _ => false,
        },
        _ => false,
    }
}
