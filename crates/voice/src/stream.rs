//! Both directions of a call's sound: captured frames go out as packets, and received packets are played.

mod figures;
mod receiving;
mod reports;
mod sending;
mod source;

use std::{collections::VecDeque, net::SocketAddr, time::Duration};

use figures::Recent;
pub use figures::Statistics;
use sending::Sending;
use source::{Latch, Source};

use crate::{
    Codec, Key,
    dtmf::Receiver,
    playout::Playout,
    quality, rtp,
    sdp::{Agreed, Direction},
    srtp::Opener,
};

/// When the first report goes out: early, so that losses become known soon. Later ones follow RFC 3550.
const FIRST_REPORT: Duration = Duration::from_millis(1500);
/// After this long without packets, another sender may take over.
const SILENCE: Duration = Duration::from_secs(2);
/// What the sound cards of both sides add.
const CARDS: Duration = Duration::from_millis(40);
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
    sending: Sending,
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
        let heard = agreed.receive.first().map_or(agreed.send.1, |(_, codec)| *codec);
        Stream {
            sending: Sending::new(&agreed, beginning),
            opener: agreed.crypto.clone().map(|(suite, _, theirs)| Opener::new(suite, theirs)),
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
        self.sending.change(before, after);
        // As for this side's key.
        let theirs = |agreed: &Agreed| agreed.crypto.as_ref().map(|(suite, _, theirs)| (*suite, theirs.clone()));
        if theirs(before) != theirs(after) {
            self.opener = theirs(after).map(|(suite, key)| Opener::new(suite, key));
        }
        if before.peer != after.peer {
            self.peer = Latch { negotiated: after.peer, taken: None };
        }
        self.agreed = agreed;
    }

    /// Who sends and who hears.
    pub fn direction(&self) -> Direction {
        self.agreed.direction
    }

    /// Samples per second of the frames passed to [`Stream::capture`].
    pub fn capture_rate(&self) -> u32 {
        self.sending.rate()
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
        let bytes = self.sending.capture(frame, &self.agreed)?;
        Some(Datagram { to: self.peer.address(), sound: true, bytes })
    }

    /// Queues a key. False if the other side does not understand keys, this side does not send (hold), or too many are waiting.
    pub fn press(&mut self, key: Key) -> bool {
        self.agreed.keys.is_some() && self.agreed.direction.sends() && self.sending.press(key)
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
        let packet = Duration::from_millis(self.agreed.ptime.into());
        let delay = self.round_trip.unwrap_or_default() / 2 + waits + packet + CARDS;
        Statistics {
            // Until something comes, the one that both sides agreed on.
            codec: if source.is_some() { *codec } else { self.agreed.send.1 },
            received: source.map_or(0, |source| source.received),
            lost: source.map_or(0, |source| source.reception.lost(&source.sequence) as u64),
            sent: self.sending.packets(),
            refused: self.refused,
            played: playout.played(),
            jitter: source.map_or(Duration::ZERO, |source| source.reception.jitter()),
            waits,
            delay,
            round_trip: self.round_trip,
            lost_there: self.lost_there,
            silent: now.saturating_sub(self.last_sound.unwrap_or(self.begun)),
            opinion: quality::opinion(quality::rating(*codec, delay, self.recent.lost, self.recent.burst)),
        }
    }
}
