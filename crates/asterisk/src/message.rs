//! A message from the PBX: an event, an answer, or an item of a list.
//!
//! Asterisk writes a caller's name and number unchanged, line breaks included, so a caller can write lines of his own into a
//! message, or end it and write messages of his own. A message that cannot be whole reveals that ([`Message::is_whole`]).

use std::fmt;
use std::ops::Range;

/// `Name: value` lines.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Message {
    text: String,
    headers: Vec<Header>,
    /// Whether there is a line that is not a header, or another message's lines.
    torn: bool,
}

/// The positions of a header's name and value.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Header {
    name: Range<u32>,
    value: Range<u32>,
}

/// The most headers of a message, and the most bytes.
pub(crate) const HEADERS: usize = 512;
pub(crate) const BYTES: usize = 64 * 1024;

/// Headers that a PBX may repeat.
const REPEATED: [&str; 3] = ["Output", "Variable", "ChanVariable"];
/// How many headers most messages have; with more the list grows.
const USUAL: usize = 34;

impl Message {
    /// Reads the lines of a message, without the empty one that ends it. Only CR LF ends a line; invalid UTF-8 is replaced.
    /// `None` with more than [`HEADERS`] headers.
    pub(crate) fn read(lines: &[u8]) -> Option<Message> {
        let text = String::from_utf8_lossy(lines).into_owned();
        let mut message = Message { text, headers: Vec::with_capacity(USUAL), torn: false };
        message.index(0)?;
        Some(message)
    }

    /// A message of these headers.
    pub(crate) fn of(headers: &[(&str, &str)]) -> Message {
        let mut message = Message { text: String::new(), headers: Vec::with_capacity(headers.len()), torn: false };
        for (name, value) in headers {
            let start = message.text.len();
            message.text.push_str(name);
            let colon = message.text.len();
            message.text.push_str(": ");
            let from = message.text.len();
            message.text.push_str(value);
            let header = Header { name: range(start, colon), value: range(from, message.text.len()) };
            message.text.push_str("\r\n");
            message.headers.push(header);
        }
        message
    }

    /// Adds the headers of `rest`, which turned out to be the rest of this message.
    pub(crate) fn tear(&mut self, rest: &Message) {
        self.torn = true;
        if self.headers.len() + rest.headers.len() > HEADERS || self.text.len() + rest.text.len() > BYTES {
            return;
        }
        let from = self.text.len();
        self.text.push_str(&rest.text);
        // Both were read before, so their headers fit.
        let _fits = self.index(from);
    }

    fn index(&mut self, from: usize) -> Option<()> {
        let mut start = from;
        for line in self.text.get(from..)?.split("\r\n") {
            let end = start + line.len();
            if let Some(colon) = line.find(':') {
                if self.headers.len() >= HEADERS {
                    return None;
                }
                let (name, value) = (line.get(..colon)?, line.get(colon + 1..)?);
                let indent = name.len() - name.trim_ascii_start().len();
                let name = start + indent..start + indent + name.trim_ascii().len();
                let blank = value.len() - value.trim_ascii_start().len();
                let at = start + colon + 1 + blank;
                let value = at..at + value.trim_ascii().len();
                self.headers.push(Header { name: range(name.start, name.end), value: range(value.start, value.end) });
            } else if !line.is_empty() {
                self.torn = true;
            }
            start = end + 2;
        }
        Some(())
    }

    /// The value of a header, ignoring letter case. Empty if it is missing: the PBX writes an empty value as `Name:`, so nobody
    /// could rely on the difference.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.get_of("", name)
    }

    /// The value of the header whose name begins with `prefix`, as in `DestChannel`.
    pub(crate) fn get_of(&self, prefix: &str, name: &str) -> &str {
        let wanted = |header: &&Header| is(self.part(&header.name), prefix, name);
        self.headers.iter().find(wanted).map_or("", |header| self.part(&header.value))
    }

    /// The value of the last header of this name.
    pub(crate) fn last(&self, name: &str) -> &str {
        let wanted = |header: &&Header| is(self.part(&header.name), "", name);
        self.headers.iter().rev().find(wanted).map_or("", |header| self.part(&header.value))
    }

    /// The event's name. Empty for an answer.
    pub(crate) fn event(&self) -> &str {
        self.get("Event")
    }

    /// Whether the message is an event, item or answer as a PBX writes it. It is not if a line is missing that its kind always
    /// has, or if there is one that does not belong to it.
    pub(crate) fn is_whole(&self) -> bool {
        let Some(first) = self.headers.first().map(|header| self.part(&header.name)) else { return false };
        if first.eq_ignore_ascii_case("Response") {
            return true;
        }
        let event = first.eq_ignore_ascii_case("Event") && !self.event().is_empty();
        event && !self.is_torn() && !self.repeats() && self.shows_channels() && self.names_its_channel()
    }

    /// The headers up to `UserEvent`: those after it are the dialplan's own.
    fn own(&self) -> impl Iterator<Item = &str> {
        let names = self.headers.iter().map(|header| self.part(&header.name));
        names.take_while(|name| !name.eq_ignore_ascii_case("UserEvent"))
    }

    fn is_torn(&self) -> bool {
        self.torn && !self.event().eq_ignore_ascii_case("UserEvent")
    }

    fn repeats(&self) -> bool {
        let mut seen = 0_u64;
        for (at, name) in self.own().enumerate() {
            let bit = 1 << (fingerprint(name) % 64);
            let again = seen & bit != 0 && self.own().take(at).any(|before| before.eq_ignore_ascii_case(name));
            if again && !REPEATED.iter().any(|repeated| name.eq_ignore_ascii_case(repeated)) {
                return true;
            }
            seen |= bit;
        }
        false
    }

    /// Whether each channel has all lines from its name to its unique id.
    fn shows_channels(&self) -> bool {
        const BEGIN: &str = "ChannelState";
        let begins = |name: &'_ str| {
            let at = name.len().checked_sub(BEGIN.len())?;
            name.get(at..)?.eq_ignore_ascii_case(BEGIN).then_some(at)
        };
        self.own().all(|name| match begins(name).and_then(|at| name.get(..at)) {
            Some(prefix) => !self.get_of(prefix, "Uniqueid").is_empty(),
            None => true,
        })
    }

    fn names_its_channel(&self) -> bool {
        // Text that a caller may have written comes before its last lines.
        if self.event() == "QueueEntry" {
            return !self.get("Wait").is_empty();
        }
        let prefix = match self.event() {
            "Newchannel" | "Newstate" | "NewCallerid" | "NewConnectedLine" | "Rename" | "Hangup" | "HangupRequest"
            | "SoftHangupRequest" | "BridgeEnter" | "BridgeLeave" | "Hold" | "Unhold" | "CoreShowChannel" => "",
            "DialBegin" | "DialEnd" | "DialState" => "Dest",
            "ChanSpyStart" => "Spyer",
            _ => return true,
        };
        !self.get_of(prefix, "Uniqueid").is_empty()
    }

    fn part(&self, range: &Range<u32>) -> &str {
        self.text.get(range.start as usize..range.end as usize).unwrap_or_default()
    }
}

fn is(header: &str, prefix: &str, name: &str) -> bool {
    header.len() == prefix.len() + name.len()
        && header
            .split_at_checked(prefix.len())
            .is_some_and(|(before, after)| before.eq_ignore_ascii_case(prefix) && after.eq_ignore_ascii_case(name))
}

/// A hash that is equal for names that differ only in letter case.
fn fingerprint(name: &str) -> usize {
    let letter = |at: usize| usize::from(name.as_bytes().get(at).copied().unwrap_or_default() | 0x20);
    name.len() * 7 + letter(0) * 5 + letter(name.len() / 2) * 3 + letter(name.len().saturating_sub(1))
}

/// Messages have at most [`BYTES`] bytes, three times as many if each is replaced.
fn range(start: usize, end: usize) -> Range<u32> {
    let at = |place| u32::try_from(place).unwrap_or(u32::MAX);
    at(start)..at(end)
}

impl fmt::Debug for Message {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers = self.headers.iter().map(|header| (self.part(&header.name), self.part(&header.value)));
        formatter.debug_map().entries(headers).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Message {
        Message::read(text.replace('\n', "\r\n").as_bytes()).unwrap()
    }

    /// An event as Asterisk 22 writes it, for a caller with this number.
    fn begins(number: &str) -> String {
        format!(
            "Event: Newchannel\nPrivilege: call,all\nChannel: PJSIP/trunk-00000001\nChannelState: 4\nChannelStateDesc: Ring\n\
             CallerIDNum: {number}\nCallerIDName: <unknown>\nConnectedLineNum: <unknown>\nConnectedLineName: <unknown>\n\
             Language: en\nAccountCode: \nContext: from-trunk\nExten: 801\nPriority: 1\nUniqueid: 1795346443.0\n\
             Linkedid: 1795346443.0"
        )
    }

    #[test]
    fn headers_are_found_whatever_their_letter_case() {
        let message = read("Event: DialEnd\n DestChannel :  PJSIP/801-1 \nCause:16\nEmpty:\nTime: 10:20");
        assert_eq!((message.event(), message.get("cause"), message.get("TIME")), ("DialEnd", "16", "10:20"));
        assert_eq!((message.get_of("Dest", "Channel"), message.get("Empty")), ("PJSIP/801-1", ""));
        assert_eq!((message.get("Channel"), message.get("")), ("", ""));
        assert_eq!(Message::of(&[("Event", "Hangup"), ("Cause", "16")]).get("Cause"), "16");
    }

    #[test]
    fn what_a_caller_writes_into_a_message_gives_it_away() {
        assert!(read(&begins("13421829060")).is_whole());
        for number in [
            "138\nUniqueid: 1795346440.7",
            "138\nEvent: Hangup",
            "138\nno header",
            "138\nChannel: PJSIP/801-00000002\nX: y",
            "138\nchannelstate: 6",
        ] {
            assert!(!read(&begins(number)).is_whole(), "{number}");
        }
        // What ends the message and begins another leaves a head and a tail.
        let torn = begins("138\n\nEvent: DeviceStateChange\nDevice: PJSIP/802\nState: UNAVAILABLE\n\n");
        let parts: Vec<bool> = torn.split("\n\n").map(|part| read(part).is_whole()).collect();
        assert_eq!(parts, [false, true, false]);
        for odd in ["", "nonsense", "Event:", "Event: Hangup\nCause: 16", "DestUniqueid: 1.1"] {
            assert!(!read(odd).is_whole(), "{odd}");
        }
    }

    #[test]
    fn what_a_pbx_may_say_is_whole() {
        for whole in [
            "Response: Success\nOutput: a\nOutput: b\nnonsense",
            "Event: VarSet\nChannel: a\nChannelState: 6\nUniqueid: 1.1\nVariable: a\nVariable: b",
            "Event: UserEvent\nChannel: a\nUniqueid: 1.1\nUserEvent: Ours\nUniqueid: 1.1\nEvent: begin\nno header",
            "Event: OriginateResponse\nActionID: 7\nResponse: Failure\nChannel: PJSIP/801\nUniqueid: <null>",
            "Event: FullyBooted\nStatus: Fully Booted",
        ] {
            assert!(read(whole).is_whole(), "{whole}");
        }
    }

    #[test]
    fn a_message_and_its_rest_are_one() {
        let mut head = read("Event: CoreShowChannel\nChannel: a\nChannelState: 6\nCallerIDNum: 138");
        head.tear(&read("Event: Hangup\nBridgeId: mine"));
        head.tear(&read("Uniqueid: 1.1\nBridgeId: b"));
        assert_eq!((head.get("Channel"), head.get("BridgeId"), head.last("bridgeid")), ("a", "mine", "b"));
        assert!(!head.is_whole());
        let long = read(&"a: b\n".repeat(HEADERS));
        head.tear(&long);
        assert_eq!(head.get("Channel"), "a");
        assert_eq!(Message::read("a: b\r\n".repeat(HEADERS + 1).as_bytes()), None);
    }
}
