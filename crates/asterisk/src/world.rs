//! A simulated PBX driven by random bytes. Its reports go wrong in every possible way: events lost, doubled, late, with a line
//! missing or twice, with a stranger's lines among them. It knows the truth, so it can judge the model.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use bytes::BytesMut;
use jiff::Timestamp;
use uncall_contract::event::CallState;

use super::offline::Offline;

/// The most events of a run.
const EVENTS: usize = 2_000;
/// The most channels and bridges at a time.
const CHANNELS: usize = 12;
const BRIDGES: u8 = 4;
const PLACES: [&str; 7] = [
    "from-trunk",
    "uncall-local",
    "uncall-hold",
    "uncall-hold-agent",
    "uncall-xfer",
    "uncall-xfer-agent",
    "uncall-survey",
];
/// Strangers' caller ids. `@` stands for a unique id and `%` for a channel's name.
const STRANGERS: [&str; 12] = [
    "13421829060",
    "<unknown>",
    "李雷",
    "138\r\nEvent: Hangup\r\nUniqueid: @",
    "138\r\n\r\nEvent: Hangup\r\nUniqueid: @\r\n\r\n",
    "138\r\n\r\nX: y\r\n\r\nEvent: BridgeLeave\r\nUniqueid: @\r\n\r\n",
    "138\r\n\r\nEvent: DeviceStateChange\r\nDevice: PJSIP/801\r\nState: UNAVAILABLE\r\n\r\n",
    "138\r\n\r\nEvent: Newchannel\r\nUniqueid: 6.6\r\nChannel: %\r\nChannelState: 5\r\n\r\n",
    "138\r\n\r\nEvent: Rename\r\nUniqueid: @\r\nNewname: %\r\n\r\n",
    "138\r\n\r\nEvent: ChanSpyStart\r\nSpyerUniqueid: @\r\n\r\n",
    "138\r\n\r\nEvent: UserEvent\r\nUniqueid: @\r\nUserEvent: UncallLeg\r\nState: survey\r\n\r\n",
    "138\r\nLinkedid: @\r\nChannelState: 0",
];

#[derive(Debug, Clone)]
struct Channel {
    name: String,
    unique: String,
    linked: String,
    state: u8,
    number: String,
    connected: String,
    bridge: Option<u8>,
    context: &'static str,
}

#[derive(Debug, Default)]
struct World<'a> {
    bytes: &'a [u8],
    channels: Vec<Channel>,
    /// Events that come later than they should.
    late: Vec<String>,
    count: u32,
}

/// Runs the PBX as the bytes say. The error says what the model got wrong.
fn play(bytes: &[u8]) -> Result<(), String> {
    let mut world = World { bytes, ..World::default() };
    let mut pbx = Offline::new().map_err(|error| error.to_string())?;
    world.list(&mut pbx)?;
    for _ in 0..EVENTS {
        let Some(event) = world.happens() else { break };
        world.says(&mut pbx, event)?;
        if world.pull().is_multiple_of(24) {
            world.list(&mut pbx)?;
            world.judge(&pbx)?;
        }
    }
    world.list(&mut pbx)?;
    world.judge(&pbx)?;
    world.channels.clear();
    world.list(&mut pbx)?;
    world.judge(&pbx)?;
    if pbx.table().calls_up() > 0 { Err("calls are left where nothing is".to_owned()) } else { Ok(()) }
}

impl World<'_> {
    fn pull(&mut self) -> u8 {
        let Some((first, rest)) = self.bytes.split_first() else { return 1 };
        self.bytes = rest;
        *first
    }

    fn one(&mut self) -> Option<usize> {
        let at = usize::from(self.pull());
        at.checked_rem(self.channels.len())
    }

    /// The next event, as the PBX reports it.
    fn happens(&mut self) -> Option<String> {
        if self.bytes.is_empty() {
            return None;
        }
        let what = self.pull();
        let Some(at) = self.one().filter(|_| what % 12 > 1) else { return Some(self.begins()) };
        let more = self.pull();
        let other = self.one().and_then(|other| self.channels.get(other)).cloned();
        let channel = self.channels.get_mut(at)?;
        Some(match what % 12 {
            2 => {
                channel.state = [0, 3, 4, 5, 6, 6, 6, 7].get(usize::from(more % 8)).copied().unwrap_or(6);
                event("Newstate", channel, "")
            }
            3 | 4 => {
                let other = other?;
                let words = ["DialBegin", "DialState", "DialEnd"];
                let word = words.get(usize::from(more % 3))?;
                format!("Event: {word}\r\n{}{}DialStatus: CANCEL\r\n\r\n", shown("", channel), shown("Dest", &other))
            }
            5 | 6 => {
                channel.bridge = Some(more % BRIDGES);
                channel.state = 6;
                let technology = technology(more % BRIDGES);
                let bridge = format!("BridgeUniqueid: b{}\r\nBridgeTechnology: {technology}\r\n", more % BRIDGES);
                event("BridgeEnter", channel, &bridge)
            }
            7 => {
                let bridge = channel.bridge.take().unwrap_or_default();
                event("BridgeLeave", channel, &format!("BridgeUniqueid: b{bridge}\r\n"))
            }
            8 => {
                channel.context = PLACES.get(usize::from(more) % PLACES.len())?;
                channel.bridge = None;
                let state = channel.context.strip_prefix("uncall-").unwrap_or_default();
                event("UserEvent", channel, &format!("UserEvent: UncallLeg\r\nState: {state}\r\nHolder: 801\r\n"))
            }
            9 => {
                channel.linked = other?.linked;
                event("NewConnectedLine", channel, "")
            }
            10 => event(if more.is_multiple_of(2) { "Hold" } else { "Unhold" }, channel, ""),
            _ => {
                let channel = self.channels.remove(at);
                event("Hangup", &channel, "Cause: 16\r\n")
            }
        })
    }

    fn begins(&mut self) -> String {
        if self.channels.len() >= CHANNELS {
            self.channels.remove(0);
        }
        let (kind, call, stranger) = (self.pull(), self.one(), usize::from(self.pull()));
        let about = self.one().and_then(|about| self.channels.get(about));
        let text = STRANGERS.get(stranger % STRANGERS.len()).copied().unwrap_or_default();
        let (unique, name) = about.map_or(("1.1", "x"), |about| (about.unique.as_str(), about.name.as_str()));
        let number = text.replace('@', unique).replace('%', name);
        self.count += 1;
        let at = self.count;
        let name = match kind % 8 {
            0..=3 => format!("PJSIP/80{}-{at:08x}", 1 + kind % 4),
            4 => format!("Local/801@x-{:08x};{}", at / 2, 1 + at % 2),
            5 => format!("Surrogate/x-{at}"),
            _ => format!("PJSIP/trunk-{at:08x}"),
        };
        let unique = format!("1800000000.{at}");
        let first = call.filter(|_| kind % 3 > 0).and_then(|call| self.channels.get(call));
        let linked = first.map_or_else(|| unique.clone(), |first| first.linked.clone());
        let connected = first.map_or_else(String::new, |first| first.number.clone());
        let state = if kind % 2 == 0 { 4 } else { 0 };
        let channel = Channel { name, unique, linked, state, number, connected, bridge: None, context: "from-trunk" };
        let event = event("Newchannel", &channel, "");
        self.channels.push(channel);
        event
    }

    /// Sends the event, or what becomes of it on the way.
    fn says(&mut self, pbx: &mut Offline, event: String) -> Result<(), String> {
        let mut said = Vec::new();
        match self.pull() % 16 {
            0 => {}
            1 => said.extend([event.clone(), event]),
            2 => self.late.push(event),
            3 => {
                said.push(event);
                said.extend(self.late.pop());
            }
            fate @ (4 | 5) => {
                let mut lines: Vec<&str> = event.split_inclusive("\r\n").collect();
                let at = usize::from(self.pull()) % lines.len();
                let line = lines.remove(at);
                if fate == 5 {
                    lines.splice(at..at, [line, line]);
                }
                said.push(lines.concat());
            }
            _ => said.push(event),
        }
        for text in said {
            let mut bytes = BytesMut::from(text.as_bytes());
            pbx.read(&mut bytes, Timestamp::UNIX_EPOCH).map_err(|error| error.to_string())?;
            pbx.check()?;
        }
        Ok(())
    }

    /// Sends the PBX's list, with strangers' numbers as the adapter shows them.
    fn list(&mut self, pbx: &mut Offline) -> Result<(), String> {
        let mut text = String::new();
        for channel in &self.channels {
            let mut clean = channel.clone();
            for number in [&mut clean.number, &mut clean.connected] {
                *number = number.split("\r\n").next().unwrap_or_default().to_owned();
            }
            let bridge = channel.bridge.map(|bridge| format!("b{bridge}")).unwrap_or_default();
            let _written = write!(text, "Event: CoreShowChannel\r\n{}BridgeId: {bridge}\r\n\r\n", shown("", &clean));
        }
        let mut devices = String::new();
        for exten in 801..805 {
            let _written = write!(devices, "Event: DeviceStateChange\r\nDevice: PJSIP/{exten}\r\nState: INUSE\r\n\r\n");
        }
        let bridges: BTreeMap<String, &str> =
            (0..BRIDGES).map(|bridge| (format!("b{bridge}"), technology(bridge))).collect();
        pbx.asks();
        pbx.list(text.as_bytes(), &bridges, Some(devices.as_bytes()), Timestamp::UNIX_EPOCH)
            .map_err(|error| error.to_string())?;
        pbx.check()
    }

    /// Checks that after a list the model matches the truth, and that agents see who talks.
    fn judge(&self, pbx: &Offline) -> Result<(), String> {
        let there: BTreeSet<(String, String)> =
            self.channels.iter().map(|channel| (channel.unique.clone(), channel.name.clone())).collect();
        let known: BTreeSet<(String, String)> = pbx.legs().into_iter().collect();
        if there != known {
            return Err(format!("there is {there:?}, and known is {known:?}"));
        }
        for exten in 801..805 {
            let exten = exten.to_string();
            let own: Vec<&Channel> = self.channels.iter().filter(|channel| channel.is_of(&exten)).collect();
            let seen = pbx.table().snapshot(&exten).map(|snapshot| snapshot.calls).unwrap_or_default();
            if own.is_empty() && !seen.iter().all(|call| call.state == CallState::Held && call.channel.is_some()) {
                return Err(format!("{exten} has no leg and sees {seen:?}"));
            }
            let talks = |channel: &&Channel| {
                let together = self.channels.iter().filter(|other| other.bridge == channel.bridge);
                let others =
                    together.filter(|other| other.unique != channel.unique && other.name.starts_with("PJSIP/"));
                let bridge = channel.bridge.filter(|bridge| technology(*bridge) == "simple_bridge");
                bridge.is_some() && others.count() > 0
            };
            if let [one] = own.as_slice()
                && talks(one)
                && !seen.iter().any(|call| matches!(call.state, CallState::Talking | CallState::Held))
            {
                return Err(format!("{exten} talks on {} and sees {seen:?}", one.name));
            }
        }
        Ok(())
    }
}

impl Channel {
    fn is_of(&self, exten: &str) -> bool {
        self.name.strip_prefix("PJSIP/").is_some_and(|name| name.starts_with(exten))
    }
}

/// The last bridge is a waiting room.
const fn technology(bridge: u8) -> &'static str {
    if bridge + 1 == BRIDGES { "holding_bridge" } else { "simple_bridge" }
}

fn event(name: &str, channel: &Channel, more: &str) -> String {
    format!("Event: {name}\r\nPrivilege: call,all\r\n{}{more}\r\n", shown("", channel))
}

fn shown(prefix: &str, channel: &Channel) -> String {
    let Channel { name, unique, linked, state, number, connected, context, bridge: _ } = channel;
    let mut text = String::new();
    for (header, value) in [
        ("Channel", name.as_str()),
        ("ChannelState", &state.to_string()),
        ("CallerIDNum", number),
        ("CallerIDName", "<unknown>"),
        ("ConnectedLineNum", connected),
        ("Language", "en"),
        ("Context", context),
        ("Exten", "801"),
        ("Priority", "1"),
        ("Uniqueid", unique),
        ("Linkedid", linked),
    ] {
        let _written = write!(text, "{prefix}{header}: {value}\r\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::play;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

        /// `PROPTEST_CASES=20000` plays two million events.
        #[test]
        fn whatever_a_pbx_says_its_list_puts_it_right(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            prop_assert_eq!(play(&bytes), Ok(()));
        }
    }
}
