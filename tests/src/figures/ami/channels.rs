//! The channels that are up by what the events have said, for the PBX's own list of them.

use std::collections::HashMap;

/// Channels by their unique id.
#[derive(Debug, Default)]
pub struct Channels {
    up: HashMap<String, Channel>,
}

#[derive(Debug, Default)]
struct Channel {
    /// The lines from `Channel` to `Linkedid` of the newest event.
    shown: String,
    bridge: String,
}

impl Channels {
    /// Events go out.
    pub fn note(&mut self, events: &str) {
        for event in events.split_terminator("\r\n\r\n") {
            let header = |name: &str| {
                let mut lines = event.split("\r\n").filter_map(|line| line.split_once(": "));
                lines.find(|(known, _)| *known == name).map_or("", |(_, value)| value)
            };
            let unique = header("Uniqueid");
            if unique.is_empty() {
                continue;
            }
            if header("Event") == "Hangup" {
                self.up.remove(unique);
                continue;
            }
            let Some(shown) = shown(event) else { continue };
            let channel = self.up.entry(unique.to_owned()).or_default();
            channel.shown = shown;
            match header("Event") {
                "BridgeEnter" => header("BridgeUniqueid").clone_into(&mut channel.bridge),
                "BridgeLeave" => channel.bridge.clear(),
                _ => {}
            }
        }
    }

    /// The items of `CoreShowChannels`, without their first lines.
    pub fn items(&self) -> impl Iterator<Item = String> {
        let rest = "Application: Dial\r\nApplicationData: (Outgoing Line)\r\nDuration: 00:00:10\r\nBridgeId: ";
        self.up.values().map(move |channel| format!("{}{rest}{}\r\n", channel.shown, channel.bridge))
    }
}

fn shown(event: &str) -> Option<String> {
    let begin = event.find("\r\nChannel: ")? + 2;
    let behind = event.get(begin..)?;
    behind.find("\r\nChannelState: ")?;
    let linked = behind.find("\r\nLinkedid: ")? + 2;
    let end = behind.get(linked..)?.find("\r\n").map_or(behind.len(), |end| linked + end);
    Some(format!("{}\r\n", behind.get(..end)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_is_listed_where_it_is_until_it_is_gone() {
        let mut channels = Channels::default();
        let event = |name: &str| {
            format!(
                "Event: {name}\r\nBridgeUniqueid: b1\r\nChannel: PJSIP/801-1\r\nChannelState: 6\r\nUniqueid: \
                 1.1\r\nLinkedid: 1.0\r\nCause: 16\r\n\r\n"
            )
        };
        channels.note(&(event("Newchannel") + &event("BridgeEnter")));
        let items: Vec<String> = channels.items().collect();
        assert!(items[0].starts_with("Channel: PJSIP/801-1\r\nChannelState: 6\r\nUniqueid: 1.1\r\nLinkedid: 1.0\r\n"));
        assert!(items[0].ends_with("BridgeId: b1\r\n") && !items[0].contains("Cause"), "{items:?}");
        channels.note(&event("BridgeLeave"));
        assert!(channels.items().all(|item| item.ends_with("BridgeId: \r\n")));
        channels.note(&event("Hangup"));
        assert_eq!(channels.items().count(), 0);
    }
}
