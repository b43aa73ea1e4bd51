//! A PBX that is told what happens by its own events, and lists what it has: `CoreShowChannels` at any point of a trace.

use std::collections::{BTreeMap, HashMap};

use super::{Lists, message};
use crate::asterisk::message::Message;

/// Headers of `CoreShowChannel` that events show as well.
const SHOWN: [&str; 8] =
    ["Channel", "ChannelState", "CallerIDNum", "CallerIDName", "ConnectedLineNum", "Context", "Exten", "Linkedid"];

#[derive(Default)]
pub(super) struct Pbx {
    channels: BTreeMap<String, BTreeMap<&'static str, String>>,
    peers: HashMap<String, String>,
    holders: HashMap<String, String>,
    bridges: HashMap<String, String>,
}

impl Pbx {
    /// What the manager sent: variables are set.
    pub(super) fn sent(&mut self, action: &Message) {
        if action.get("Action") == "Setvar" && action.get("Variable") == "UNCALL_PEER" {
            let channel = action.get("Channel");
            let unique =
                self.channels.iter().find(|(_, shown)| shown.get("Channel").is_some_and(|name| name == channel));
            if let Some((unique, _)) = unique {
                self.peers.insert(unique.clone(), action.get("Value").to_owned());
            }
        }
    }

    pub(super) fn event(&mut self, event: &Message) {
        if !event.get("BridgeTechnology").is_empty() {
            self.bridges.insert(event.get("BridgeUniqueid").to_owned(), event.get("BridgeTechnology").to_owned());
        }
        for prefix in ["", "Dest"] {
            let unique = event.get(&format!("{prefix}Uniqueid")).to_owned();
            if event.event() == "Newchannel" {
                self.channels.entry(unique.clone()).or_default();
            }
            let Some(shown) = self.channels.get_mut(&unique) else { continue };
            for name in SHOWN {
                let value = event.get(&format!("{prefix}{name}"));
                if !value.is_empty() {
                    shown.insert(name, value.to_owned());
                }
            }
            if prefix == "Dest" && event.event() == "DialBegin" {
                let application = if event.get("Channel").is_empty() { "AppDial2" } else { "AppDial" };
                shown.insert("Application", application.to_owned());
            }
        }
        let unique = event.get("Uniqueid");
        let Some(shown) = self.channels.get_mut(unique) else { return };
        match event.event() {
            "BridgeEnter" => {
                shown.remove("Arrived");
                shown.insert("BridgeId", event.get("BridgeUniqueid").to_owned());
            }
            "Hold" => {
                shown.insert("OnHold", "yes".to_owned());
            }
            "Unhold" => {
                shown.remove("OnHold");
            }
            "BridgeLeave" => {
                shown.remove("BridgeId");
            }
            "UserEvent" if event.get("UserEvent") == "UncallLeg" => {
                shown.insert("Arrived", "yes".to_owned());
                if event.get("State") == "hold" {
                    self.holders.insert(unique.to_owned(), event.get("Holder").to_owned());
                }
            }
            "Hangup" => {
                self.channels.remove(unique);
            }
            _ => {}
        }
    }

    pub(super) fn lists(&self) -> Lists {
        let channels = self.channels.iter().map(|(unique, shown)| {
            let mut headers: Vec<(&str, &str)> = shown.iter().map(|(name, value)| (*name, value.as_str())).collect();
            headers.push(("Event", "CoreShowChannel"));
            headers.push(("Uniqueid", unique));
            message(&headers)
        });
        // The gateway queries this for phones in a call.
        let has = |shown: &BTreeMap<&'static str, String>, name: &str, value: &str| {
            shown.get(name).is_some_and(|known| known.starts_with(value))
        };
        let phones = self
            .channels
            .iter()
            .filter(|(_, shown)| has(shown, "Channel", "PJSIP/80") && has(shown, "ChannelState", "6"));
        let phone_holds = phones.map(|(unique, shown)| (unique.clone(), shown.contains_key("OnHold")));
        Lists {
            channels: channels.collect(),
            peers: self.peers.clone(),
            holders: self.holders.clone(),
            bridges: self.bridges.clone(),
            devices: None,
            at: None,
            unheard: Vec::new(),
            phone_holds: phone_holds.collect(),
        }
    }
}
