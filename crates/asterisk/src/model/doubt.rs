//! Handles events received while somebody's text was taken for events. Most of them are true but some may not be, so the PBX's
//! list decides: it overrides them where they differ.

use std::collections::HashMap;
use uncall_switch::calls::Fact;

use super::leg::Fresh;
use super::{Lists, Model, Touched};
use crate::message::Message;

impl Model {
    /// Takes in the events that were held back, and the lists that were requested because of the doubt. Reports all of it as one
    /// step, so that nobody sees what the list takes back.
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
        // The list has to decide about these too.
        for (id, leg) in &mut self.legs {
            leg.fresh = fresh.get(id).copied().unwrap_or_default();
        }
        facts.extend(self.compare(lists, &mut touched));
        facts.extend(self.changes(&touched));
        facts
    }
}

/// Whether to take in an event before the list. The list corrects who is there, under which name, in which state, bridge and
/// place. Events about anything that no list corrects (a phone's own hold, a listener) are not taken in.
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
            // The transferring leg is gone.
            "UncallTransfer" => {
                let agent = event.get("Agent");
                named("") && !(event.get("Result") == "ANSWER" && listed.values().any(|name| *name == agent))
            }
            _ => false,
        },
        _ => false,
    }
}
