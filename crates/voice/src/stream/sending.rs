//! What is sent: captured frames become packets.

use std::time::Duration;

use super::Beginning;
use crate::{
    Codec, Key,
    codec::Encoder,
    dtmf::Sender,
    rtcp::Sent,
    rtp::Header,
    sdp::{Agreed, Direction},
    srtp::Sealer,
};

/// The sending half of a stream.
#[derive(Debug)]
pub(super) struct Sending {
    encoder: (Codec, Encoder),
    sealer: Option<Sealer>,
    captured: Vec<i16>,
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    /// Whether the next packet is the first after a pause.
    marker: bool,
    keys: Sender,
    packets: u64,
    bytes: u64,
}

impl Sending {
    pub(super) fn new(agreed: &Agreed, beginning: Beginning) -> Sending {
        let codec = agreed.send.1;
        Sending {
            encoder: (codec, Encoder::new(codec)),
            sealer: agreed.crypto.as_ref().map(|(suite, ours, _)| Sealer::new(*suite, ours)),
            captured: Vec::new(),
            ssrc: beginning.ssrc,
            sequence: beginning.sequence & 0x7fff,
            timestamp: beginning.timestamp,
            marker: true,
            keys: Sender::default(),
            packets: 0,
            bytes: 0,
        }
    }

    pub(super) fn change(&mut self, before: &Agreed, after: &Agreed) {
        if before.send.1 != after.send.1 {
            self.encoder = (after.send.1, Encoder::new(after.send.1));
            self.captured.clear();
        }
        // An unchanged key keeps its rollover counter; a new key starts a new one.
        let ours = |agreed: &Agreed| agreed.crypto.as_ref().map(|(suite, ours, _)| (*suite, ours.clone()));
        if ours(before) != ours(after) {
            self.sealer = ours(after).map(|(suite, key)| Sealer::new(suite, &key));
        }
        if !before.direction.sends() {
            self.marker = true;
        }
        // Keys are for who hears them now. After a hold nobody expects them.
        if after.direction != Direction::SendRecv && after.direction != before.direction {
            self.keys.forget(!after.direction.sends());
        }
    }

    /// Samples per second of captured frames.
    pub(super) fn rate(&self) -> u32 {
        self.encoder.0.rate()
    }

    /// The next packet, once enough frames are there.
    pub(super) fn capture(&mut self, frame: &[i16], agreed: &Agreed) -> Option<Vec<u8>> {
        let (codec, encoder) = &mut self.encoder;
        let full = codec.frame() * (agreed.ptime.clamp(10, 60) / 10) as usize;
        self.captured.extend(frame.iter().take(codec.frame()));
        if self.captured.len() < full {
            return None;
        }
        let samples: Vec<i16> = self.captured.drain(..full).collect();
        let timestamp = self.timestamp;
        self.timestamp = timestamp.wrapping_add(codec.ticks(full as i64) as u32);
        let mut header = Header {
            marker: self.marker,
            payload_type: agreed.send.0,
            sequence: self.sequence,
            timestamp,
            ssrc: self.ssrc,
        };
        let mut payload = Vec::new();
        let length = Duration::from_millis(agreed.ptime.into());
        let sends = agreed.direction.sends();
        let event = agreed.keys.filter(|_| sends).and_then(|(number, clock)| {
            let event = self.keys.next(timestamp, length, clock)?;
            Some((number, event))
        });
        // The encoder gets every frame, so that its state is right after a pause.
        let encoded = encoder.encode(&samples, &mut payload);
        match event {
            Some((number, event)) => {
                header = Header { marker: event.marker, payload_type: number, timestamp: event.timestamp, ..header };
                payload = event.payload.to_vec();
                self.marker = true;
            }
            None if !encoded || !sends => {
                self.marker = true;
                return None;
            }
            None => self.marker = false,
        }
        self.sequence = self.sequence.wrapping_add(1);
        let mut bytes = Vec::with_capacity(12 + payload.len() + 10);
        header.write(&mut bytes);
        bytes.extend(&payload);
        if let Some(sealer) = &mut self.sealer {
            bytes = sealer.rtp(&bytes)?;
        }
        self.packets += 1;
        self.bytes += payload.len() as u64;
        Some(bytes)
    }

    /// Queues a key. False if the queue is full.
    pub(super) fn press(&mut self, key: Key) -> bool {
        self.keys.press(key)
    }

    /// The share of packets that the other side lost, 0 to 1.
    pub(super) fn expect_loss(&mut self, lost: f64) {
        self.encoder.1.expect_loss(lost);
    }

    /// Packets sent.
    pub(super) fn packets(&self) -> u64 {
        self.packets
    }

    /// A number that differs from call to call and from report to report.
    pub(super) fn chance(&self) -> u8 {
        self.ssrc as u8 ^ self.sequence as u8
    }

    /// What was sent until `time`, for a report.
    pub(super) fn sent(&self, time: u64) -> Option<Sent> {
        let (timestamp, packets, bytes) = (self.timestamp, self.packets as u32, self.bytes as u32);
        (self.packets > 0).then_some(Sent { time, timestamp, packets, bytes })
    }

    /// Encrypts a report, in an encrypted call.
    pub(super) fn sealed(&mut self, report: Vec<u8>) -> Option<Vec<u8>> {
        match &mut self.sealer {
            Some(sealer) => sealer.rtcp(&report),
            None => Some(report),
        }
    }
}
