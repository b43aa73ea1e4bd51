//! Keypad digits sent as named events within the audio stream (RFC 4733).

use std::{collections::VecDeque, time::Duration};

use crate::rtp::Packet;

/// A key of the keypad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key(u8);

const KEYS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'A', 'B', 'C', 'D'];

impl Key {
    /// The key with this character: a digit, `*`, `#`, or `A` to `D` in either case.
    pub fn new(sign: char) -> Option<Key> {
        let sign = sign.to_ascii_uppercase();
        KEYS.iter().position(|key| *key == sign).map(|event| Key(event as u8))
    }

    /// The key's character.
    pub fn sign(self) -> char {
        KEYS.get(usize::from(self.0)).copied().unwrap_or('?')
    }
}

/// How long a key sounds.
const TONE: Duration = Duration::from_millis(160);
const PAUSE: Duration = Duration::from_millis(80);
/// The end of an event is sent three times, because a packet may be lost.
const ENDS: u8 = 3;
/// -10 dBm0, as phones send it.
const VOLUME: u8 = 10;
/// How many keys may wait: more than anybody types ahead.
const MOST_WAITING: usize = 64;

/// Sends keys, one after another.
#[derive(Debug, Default)]
pub(crate) struct Sender {
    waiting: VecDeque<Key>,
    now: Option<Sounding>,
}

#[derive(Debug)]
struct Sounding {
    key: Key,
    timestamp: u32,
    elapsed: Duration,
    ends: u8,
    begun: bool,
}

/// A packet that replaces one with sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) marker: bool,
    pub(crate) timestamp: u32,
    pub(crate) payload: [u8; 4],
}

impl Sender {
    /// Queues a key. False if the queue is full.
    pub(crate) fn press(&mut self, key: Key) -> bool {
        let room = self.waiting.len() < MOST_WAITING;
        if room {
            self.waiting.push_back(key);
        }
        room
    }

    /// Forgets the keys that wait. The one that sounds ends as it should, unless `now`.
    pub(crate) fn forget(&mut self, now: bool) {
        self.waiting.clear();
        if now {
            self.now = None;
        }
    }

    /// The event to send in place of the sound packet with this timestamp, which covers `length`. `None` if no key sounds.
    pub(crate) fn next(&mut self, timestamp: u32, length: Duration, clock: u32) -> Option<Event> {
        let over = self.now.as_ref().is_some_and(|sounding| sounding.elapsed >= TONE + PAUSE);
        if over || self.now.is_none() {
            let next = |key| Sounding { key, timestamp, elapsed: Duration::ZERO, ends: 0, begun: false };
            self.now = self.waiting.pop_front().map(next);
        }
        let sounding = self.now.as_mut()?;
        let marker = !std::mem::replace(&mut sounding.begun, true);
        sounding.elapsed += length;
        let ended = sounding.elapsed >= TONE;
        if ended {
            sounding.ends += 1;
            if sounding.ends > ENDS {
                return None;
            }
        }
        let ticks = sounding.elapsed.min(TONE).as_millis() as u64 * u64::from(clock) / 1000;
        let [high, low] = u16::try_from(ticks).unwrap_or(u16::MAX).to_be_bytes();
        let payload = [sounding.key.0, u8::from(ended) << 7 | VOLUME, high, low];
        Some(Event { marker, timestamp: sounding.timestamp, payload })
    }
}

/// Receives keys. Each is reported once, however many of its packets arrive.
#[derive(Debug, Default)]
pub(crate) struct Receiver {
    /// Timestamp and number of the last key.
    last: Option<(u32, u8)>,
}

impl Receiver {
    /// Takes a packet with the payload type of events.
    pub(crate) fn packet(&mut self, packet: &Packet<'_>) -> Option<Key> {
        let [event, ..] = packet.payload.first_chunk::<4>()?;
        if usize::from(*event) >= KEYS.len() {
            return None;
        }
        let this = (packet.header.timestamp, *event);
        // A reordered packet of an earlier key.
        if let Some((timestamp, _)) = self.last
            && this.0.wrapping_sub(timestamp) as i32 <= 0
        {
            return None;
        }
        self.last = Some(this);
        Some(Key(*event))
    }

    /// Forgets the last key, because another sender has timestamps of its own.
    pub(crate) fn reset(&mut self) {
        self.last = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rtp::Header;

    const FRAME: Duration = Duration::from_millis(20);

    fn sent(keys: &str) -> Vec<Event> {
        let mut sender = Sender::default();
        assert!(keys.chars().filter_map(Key::new).all(|key| sender.press(key)));
        (0..40 * keys.len() as u32).filter_map(|n| sender.next(n * 160, FRAME, 8000)).collect()
    }

    /// RFC 4733, section 5 (figure 5): all packets of an event keep its timestamp while the duration grows, the first has the
    /// marker, and the end is sent three times with the same duration.
    #[test]
    fn a_key_is_sent_as_the_standard_shows() {
        let events = sent("9");
        let durations: Vec<u16> =
            events.iter().map(|event| u16::from_be_bytes([event.payload[2], event.payload[3]])).collect();
        assert_eq!(durations, [160, 320, 480, 640, 800, 960, 1120, 1280, 1280, 1280]);
        assert_eq!(events.iter().filter(|event| event.payload[1] & 0x80 != 0).count(), 3);
        assert!(
            events.iter().all(|event| event.timestamp == 0 && event.payload[0] == 9 && event.payload[1] & 0x7f == 10)
        );
        assert_eq!(events.iter().map(|event| event.marker).collect::<Vec<_>>()[..2], [true, false]);
    }

    #[test]
    fn every_key_is_heard_once_though_packets_are_lost_doubled_and_late() {
        let keys = "911*#0ABCD9";
        let mut heard = String::new();
        let mut receiver = Receiver::default();
        let events = sent(keys);
        for (n, event) in events.iter().enumerate() {
            if n % 4 == 0 {
                continue;
            }
            // Each packet twice, and the one three before it once more.
            for event in [event, event, &events[n.saturating_sub(3)]] {
                let header =
                    Header { marker: false, payload_type: 101, sequence: 0, timestamp: event.timestamp, ssrc: 1 };
                heard.extend(receiver.packet(&Packet { header, payload: &event.payload }).map(Key::sign));
            }
        }
        assert_eq!(heard, keys);
    }

    #[test]
    fn what_is_no_key_is_not_heard() {
        let header = Header { marker: true, payload_type: 101, sequence: 0, timestamp: 5, ssrc: 1 };
        for payload in [&[][..], &[1, 10, 0], &[16, 10, 0, 160], &[255, 10, 0, 160]] {
            assert_eq!(Receiver::default().packet(&Packet { header, payload }), None);
        }
        assert_eq!(Key::new('x'), None);
        assert_eq!(Key::new('d').map(Key::sign), Some('D'));
    }
}
