//! Both directions of a call's sound: captured frames go out as packets, and received packets are played.

mod figures;
mod source;

use std::{collections::VecDeque, net::SocketAddr, time::Duration};

use figures::Recent;
pub use figures::Statistics;
use source::{Latch, Source};

use crate::{
    Codec, Key,
    codec::Encoder,
    dtmf::{Receiver, Sender},
    playout::Playout,
    quality,
    reception::{self, Reception, report_time},
    rtcp::{self, Report, Rtcp, Sent},
    rtp::{self, Header, Packet},
    sdp::{Agreed, Direction},
    sequence::{Place, Sequence, continued},
    srtp::{Opener, Sealer},
};

/// When the first report goes out: early, so that losses become known soon. Later ones follow RFC 3550.
const FIRST_REPORT: Duration = Duration::from_millis(1500);
const REPORTS: Duration = Duration::from_secs(5);
/// After this long without packets, another sender may take over.
const SILENCE: Duration = Duration::from_secs(2);
/// Larger than a packet with 60 ms of any codec here.
const MOST_BYTES: usize = 1500;

/// Random initial numbers, so that a stranger cannot guess them. The sequence number starts below 2^15, so that a receiver that
/// misses the first packets still counts the rollovers right (RFC 3711, section 3.3.1).
#[derive(Debug, Clone, Copy)]
pub struct Beginning {
    /// Identifies the sender in packets.
    pub ssrc: u32,
    /// The first sequence number. Its highest bit is not used.
    pub sequence: u16,
    /// The first timestamp.
    pub timestamp: u32,
}

/// A datagram to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Datagram {
    /// The destination.
    pub to: SocketAddr,
    /// True to send it from the port for sound, false from the port for reports.
    pub sound: bool,
    /// The whole datagram.
    pub bytes: Vec<u8>,
}

/// Events for the owner of the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// The first sound of this call, or the first after `silent` without any.
    Sound {
        /// How long nothing came. `None` for the first sound.
        silent: Option<Duration>,
    },
    /// The other side pressed a key.
    Key(Key),
    /// The other side has announced the end of its stream.
    Bye,
}

/// A call's media. The owner passes in datagrams as they come and, every 10 ms, a captured frame, and asks for a frame to play.
#[derive(Debug)]
pub struct Stream {
    agreed: Agreed,
    beginning: Beginning,
    name: String,
    // What is sent.
    encoder: (Codec, Encoder),
    sealer: Option<Sealer>,
    captured: Vec<i16>,
    sequence: u16,
    timestamp: u32,
    /// Whether the next packet is the first after a pause.
    marker: bool,
    keys: Sender,
    sent: (u64, u64),
    // What is heard.
    peer: Latch,
    opener: Option<Opener>,
    source: Option<Source>,
    playout: (Codec, Playout),
    keys_heard: Receiver,
    heard: VecDeque<Heard>,
    refused: u64,
    last_sound: Option<Duration>,
    begun: Duration,
    // Reports.
    next_report: Duration,
    round_trip: Option<Duration>,
    lost_there: Option<f64>,
    recent: Recent,
}

impl Stream {
    /// Starts at `now`, measured from any fixed moment. `name` is the canonical name in reports; it must not identify a person.
    pub fn new(agreed: Agreed, beginning: Beginning, name: &str, now: Duration) -> Stream {
        let codec = agreed.send.1;
        let heard = agreed.receive.first().map_or(codec, |(_, codec)| *codec);
        let crypto = agreed.crypto.clone();
        Stream {
            encoder: (codec, Encoder::new(codec)),
            sealer: crypto.as_ref().map(|(suite, ours, _)| Sealer::new(*suite, ours)),
            opener: crypto.map(|(suite, _, theirs)| Opener::new(suite, theirs)),
            captured: Vec::new(),
            sequence: beginning.sequence & 0x7fff,
            timestamp: beginning.timestamp,
            marker: true,
            keys: Sender::default(),
            sent: (0, 0),
            peer: Latch { negotiated: agreed.peer, taken: None },
            source: None,
            playout: (heard, Playout::new(heard, beginning.ssrc)),
            keys_heard: Receiver::default(),
            heard: VecDeque::new(),
            refused: 0,
            last_sound: None,
            begun: now,
            next_report: now + FIRST_REPORT,
            round_trip: None,
            lost_there: None,
            recent: Recent { since: now, ..Recent::default() },
            name: name.to_owned(),
            beginning,
            agreed,
        }
    }

    /// Applies a new agreement within the call: hold, resume, another address. Whatever did not change carries on.
    pub fn change(&mut self, agreed: Agreed) {
        let (before, after) = (&self.agreed, &agreed);
        if before.send.1 != after.send.1 {
            self.encoder = (after.send.1, Encoder::new(after.send.1));
            self.captured.clear();
        }
        if before.crypto != after.crypto {
            // An unchanged key keeps its rollover counter; a new key starts a new one.
            let ours = |agreed: &Agreed| agreed.crypto.as_ref().map(|(suite, ours, _)| (*suite, ours.clone()));
            if ours(before) != ours(after) {
                self.sealer = ours(after).map(|(suite, key)| Sealer::new(suite, &key));
            }
            let theirs = |agreed: &Agreed| agreed.crypto.as_ref().map(|(suite, _, theirs)| (*suite, theirs.clone()));
            if theirs(before) != theirs(after) {
                self.opener = theirs(after).map(|(suite, key)| Opener::new(suite, key));
            }
        }
        if before.peer != after.peer {
            self.peer = Latch { negotiated: after.peer, taken: None };
        }
        if !before.direction.sends() {
            self.marker = true;
        }
        self.agreed = agreed;
    }

    /// Who sends and who hears.
    pub fn direction(&self) -> Direction {
        self.agreed.direction
    }

    /// Samples per second of the frames passed to [`Stream::capture`].
    pub fn capture_rate(&self) -> u32 {
        self.encoder.0.rate()
    }

    /// Samples per second of the frames that [`Stream::frame`] gives. May change when the other side changes its codec.
    pub fn playback_rate(&self) -> u32 {
        self.playout.0.rate()
    }

    /// Takes a datagram that arrived on either port.
    pub fn receive(&mut self, from: SocketAddr, bytes: &[u8], now: Duration) {
        let believed = if rtp::is_rtcp(bytes) { self.report(from, bytes, now) } else { self.sound(from, bytes, now) };
        if believed.is_none() {
            self.refused += 1;
        }
    }

    /// Appends the next 10 ms to play to `out`.
    pub fn frame(&mut self, now: Duration, out: &mut Vec<i16>) {
        let (codec, playout) = &mut self.playout;
        if self.agreed.direction.hears() {
            playout.next_frame(now, out);
        } else {
            out.resize(out.len() + codec.frame(), 0);
        }
        self.recent.look(self.playout.1.played(), self.playout.0.frame() as f64 * 2.0, now);
    }

    /// Takes 10 ms of captured sound at [`Stream::capture_rate`]. Returns a packet once one is full.
    pub fn capture(&mut self, frame: &[i16]) -> Option<Datagram> {
        let (codec, encoder) = &mut self.encoder;
        let full = codec.frame() * (self.agreed.ptime.clamp(10, 60) / 10) as usize;
        self.captured.extend(frame.iter().take(codec.frame()));
        if self.captured.len() < full {
            return None;
        }
        let samples: Vec<i16> = self.captured.drain(..full).collect();
        let timestamp = self.timestamp;
        self.timestamp = timestamp.wrapping_add(codec.ticks(full as i64) as u32);
        let mut header = Header {
            marker: self.marker,
            payload_type: self.agreed.send.0,
            sequence: self.sequence,
            timestamp,
            ssrc: self.beginning.ssrc,
        };
        let mut payload = Vec::new();
        let length = Duration::from_millis(self.agreed.ptime.into());
        let event = self.agreed.keys.and_then(|(number, clock)| {
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
            None if !encoded || !self.agreed.direction.sends() => {
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
        self.sent.0 += 1;
        self.sent.1 += payload.len() as u64;
        Some(Datagram { to: self.peer.address(), sound: true, bytes })
    }

    /// Queues a key. False if the other side does not understand keys or too many are waiting.
    pub fn press(&mut self, key: Key) -> bool {
        self.agreed.keys.is_some() && self.keys.press(key)
    }

    /// The report that is due, if any. Call it after each frame.
    pub fn due_report(&mut self, now: Duration) -> Option<Datagram> {
        if now < self.next_report {
            return None;
        }
        // Spread the reports of all calls: 0.5 to 1.5 times the interval, by a number that differs from call to call.
        let spread = u32::from(self.beginning.ssrc as u8 ^ self.sequence as u8) + 128;
        self.next_report = now + REPORTS * spread / 256;
        self.written_report(now, false)
    }

    /// The last report of a call, which says goodbye.
    pub fn bye(&mut self, now: Duration) -> Option<Datagram> {
        self.written_report(now, true)
    }

    /// The events since the last time this was called.
    pub fn heard(&mut self) -> impl Iterator<Item = Heard> {
        self.heard.drain(..)
    }

    /// The call's figures.
    pub fn statistics(&self, now: Duration) -> Statistics {
        let (codec, playout) = &self.playout;
        let source = self.source.as_ref();
        let waits = playout.waits(now);
        // Half the round trip, the wait in the buffer, one packet, and 40 ms for the sound cards on both sides.
        let packet = Duration::from_millis(self.agreed.ptime.into());
        let delay = self.round_trip.unwrap_or_default() / 2 + waits + packet + Duration::from_millis(40);
        Statistics {
            codec: *codec,
            received: source.map_or(0, |source| source.received),
            lost: source.map_or(0, |source| source.reception.lost(&source.sequence) as u64),
            sent: self.sent.0,
            refused: self.refused,
            played: playout.played(),
            jitter: source.map_or(Duration::ZERO, |source| source.reception.jitter()),
            waits,
            round_trip: self.round_trip,
            lost_there: self.lost_there,
            silent: now.saturating_sub(self.last_sound.unwrap_or(self.begun)),
            opinion: quality::opinion(quality::rating(*codec, delay, self.recent.lost, self.recent.burst)),
        }
    }

    fn written_report(&mut self, now: Duration, bye: bool) -> Option<Datagram> {
        let sent = (self.sent.0 > 0).then(|| Sent {
            time: report_time(now),
            timestamp: self.timestamp,
            packets: self.sent.0 as u32,
            bytes: self.sent.1 as u32,
        });
        let heard = self.source.as_mut().map(|source| source.reception.report(&source.sequence, now));
        let mut bytes = Vec::new();
        rtcp::write(self.beginning.ssrc, sent, heard, &self.name, &mut bytes);
        if bye {
            rtcp::write_bye(self.beginning.ssrc, &mut bytes);
        }
        if let Some(sealer) = &mut self.sealer {
            bytes = sealer.rtcp(&bytes)?;
        }
        let shared = self.agreed.peer == self.agreed.reports;
        let to = if shared { self.peer.address() } else { self.agreed.reports };
        Some(Datagram { to, sound: shared, bytes })
    }

    /// Takes a packet with sound or a key. `None` if it is refused.
    fn sound(&mut self, from: SocketAddr, bytes: &[u8], now: Duration) -> Option<()> {
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

    fn report(&mut self, from: SocketAddr, bytes: &[u8], now: Duration) -> Option<()> {
        // Reports have their own port, so only the address is checked.
        if bytes.len() > MOST_BYTES || from.ip() != self.peer.address().ip() && from.ip() != self.agreed.reports.ip() {
            return None;
        }
        let opened = match &mut self.opener {
            Some(opener) => Some(opener.rtcp(bytes)?),
            None => None,
        };
        for packet in rtcp::read(opened.as_deref().unwrap_or(bytes)) {
            match packet {
                Rtcp::Reports { ssrc, sent, reports } => {
                    if let (Some(sent), Some(source)) = (sent, &mut self.source)
                        && source.ssrc == ssrc
                    {
                        source.reception.sender(&sent, now);
                    }
                    let ours = self.beginning.ssrc;
                    reports.iter().filter(|report| report.ssrc == ours).for_each(|report| self.told(report, now));
                }
                Rtcp::Bye(sources) => {
                    if self.source.as_ref().is_some_and(|source| sources.contains(&source.ssrc)) {
                        self.tell(Heard::Bye);
                    }
                }
                Rtcp::Names(_) => {}
            }
        }
        Some(())
    }

    /// Takes the other side's report about this side's packets.
    fn told(&mut self, report: &Report, now: Duration) {
        let lost = f64::from(report.fraction) / 256.0;
        self.lost_there = Some(lost);
        self.encoder.1.expect_loss(lost);
        if let Some(trip) = reception::round_trip(report, now) {
            self.round_trip = Some(trip);
        }
    }

    fn tell(&mut self, heard: Heard) {
        // Nobody collects the events: drop the oldest.
        if self.heard.len() >= 256 {
            self.heard.pop_front();
        }
        self.heard.push_back(heard);
    }
}
