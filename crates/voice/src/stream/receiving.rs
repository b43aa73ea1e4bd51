//! What is heard: which packets are believed, and where they belong.

use std::{net::SocketAddr, time::Duration};

use super::{Heard, MOST_BYTES, SILENCE, Stream, source::Source};
use crate::{
    Codec,
    playout::Playout,
    reception::Reception,
    rtp::Packet,
    sequence::{Place, Sequence, continued},
};

impl Stream {
    /// Takes a packet with sound or a key. `None` if it is refused.
    pub(super) fn sound(&mut self, from: SocketAddr, bytes: &[u8], now: Duration) -> Option<()> {
        if bytes.len() > MOST_BYTES {
            return None;
        }
        let head = Packet::read(bytes)?.header;
        let codec =
            self.agreed.receive.iter().find(|(number, _)| *number == head.payload_type).map(|(_, codec)| *codec);
        if codec.is_none() && !self.agreed.keys_received.contains(&head.payload_type) {
            return None;
        }
        let heard_lately = self.last_sound.is_some_and(|last| now.saturating_sub(last) < SILENCE);
        // A sender with the key is trusted, whatever its address.
        if self.opener.is_none() && !self.peer.allows(from, heard_lately) {
            return None;
        }
        let opened = match &mut self.opener {
            Some(opener) => Some(opener.rtp(head.ssrc, bytes)?),
            None => None,
        };
        let packet = Packet::read(opened.as_deref().unwrap_or(bytes))?;
        let place = self.place(&packet, codec, heard_lately, now)?;
        self.peer.take(from);
        let silent = self.last_sound.replace(now).map(|last| now.saturating_sub(last));
        if silent.is_none_or(|silent| silent > SILENCE) {
            self.tell(Heard::Sound { silent });
        }
        match codec {
            Some(codec) => self.play(codec, place, &packet, now),
            None => {
                if let Some(key) = self.keys_heard.packet(&packet) {
                    self.tell(Heard::Key(key));
                }
            }
        }
        Some(())
    }

    /// Places a packet in its stream: its extended sequence number and timestamp. `None` if it does not belong.
    fn place(
        &mut self,
        packet: &Packet<'_>,
        codec: Option<Codec>,
        heard_lately: bool,
        now: Duration,
    ) -> Option<(i64, i64)> {
        let head = packet.header;
        let clock = codec.unwrap_or(self.playout.0).clock();
        let source = match &mut self.source {
            Some(source) if source.ssrc == head.ssrc => source,
            other => {
                if heard_lately && other.as_mut().is_some_and(|source| !source.yields(&head)) {
                    return None;
                }
                // The first sender, or one that takes over.
                let begins = other.is_none();
                let source = other.insert(Source {
                    ssrc: head.ssrc,
                    sequence: Sequence::new(head.sequence),
                    timestamp: head.timestamp.into(),
                    reception: Reception::new(head.ssrc, clock),
                    received: 0,
                    rival: None,
                });
                if !begins {
                    self.playout.1.restart();
                    self.keys_heard.reset();
                }
                source.received += 1;
                source.reception.packet(source.timestamp, codec.is_some(), now);
                return Some((source.sequence.highest(), source.timestamp));
            }
        };
        source.rival = None;
        let sequence = match source.sequence.place(head.sequence) {
            Place::Here(sequence) => sequence,
            Place::Far => return None,
            Place::Restarted(sequence) => {
                source.reception.restarted(&source.sequence);
                source.timestamp = head.timestamp.into();
                self.playout.1.restart();
                sequence
            }
        };
        let timestamp = continued(source.timestamp, head.timestamp);
        if sequence == source.sequence.highest() {
            source.timestamp = timestamp;
        }
        source.received += 1;
        source.reception.packet(timestamp, codec.is_some(), now);
        Some((sequence, timestamp))
    }

    fn play(&mut self, codec: Codec, (sequence, timestamp): (i64, i64), packet: &Packet<'_>, now: Duration) {
        if self.playout.0 != codec {
            self.playout = (codec, Playout::new(codec, self.beginning.ssrc));
        }
        self.playout.1.insert(sequence, codec.samples(timestamp), packet.payload, now);
    }

    pub(super) fn tell(&mut self, heard: Heard) {
        // Nobody collects the events: drop the oldest.
        if self.heard.len() >= 256 {
            self.heard.pop_front();
        }
        self.heard.push_back(heard);
    }
}
