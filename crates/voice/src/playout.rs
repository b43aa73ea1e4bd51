//! The jitter buffer: takes packets as they arrive and gives 10 ms of sound whenever asked.
//!
//! A packet is decoded when its sound is due, which is as long after the fastest packets as the network has recently been late
//! ([`delay`]). Missing sound is made up: from the next packet if that has arrived ([`conceal::bridge`], Opus' redundancy),
//! otherwise by continuing the voice and fading to background noise. The delay changes by whole pitch periods ([`stretch`]) or in
//! pauses.

mod conceal;
mod delay;
mod gaps;
mod noise;
mod pace;
mod played;
mod stretch;
mod waiting;
mod wave;

use std::{collections::BTreeMap, time::Duration};

use conceal::Continuation;
use delay::Delay;
use noise::Background;
pub use played::Played;
use waiting::Waiting;
use wave::{part, tail};

use crate::codec::{Codec, Decoder, Follower};

/// After this long without packets, in µs, the next one starts playback afresh.
const PAUSE: i64 = 400_000;
/// The longest gap that is filled from both ends, in µs.
const BRIDGED: i64 = 60_000;

/// The buffer of one stream.
#[derive(Debug)]
pub(crate) struct Playout {
    codec: Codec,
    decoder: Decoder,
    follower: Option<Follower>,
    delay: Delay,
    background: Background,
    /// By position, in samples of the sender's clock.
    waiting: BTreeMap<i64, Waiting>,
    /// Position of the next sample to decode. `None` before the first packet and after a pause.
    next: Option<i64>,
    /// Sequence number of the last packet that was decoded.
    last: Option<i64>,
    /// Length of the last packet, in samples.
    packet: i64,
    /// Samples made up at the end of `line` while no packet was there. The real ones may still come.
    ahead: i64,
    continuation: Option<Continuation>,
    /// Recently played sound, followed by sound that is ready to play. `given` is where the second part begins.
    line: Vec<f32>,
    given: usize,
    /// Packets decoded since the last gap, up to 2. No stretching right after a gap.
    calm: u8,
    /// Limits the peak after a gap with G.722: a decoder that was fed something louder than the speaker decodes far too loud
    /// until it has recovered.
    ceiling: f32,
    played: Played,
}

impl Playout {
    pub(crate) fn new(codec: Codec, seed: u32) -> Playout {
        let rate = codec.rate() as usize;
        Playout {
            codec,
            decoder: Decoder::new(codec),
            follower: (codec == Codec::G722).then(Follower::default),
            delay: Delay::new(),
            background: Background::new(rate, seed),
            waiting: BTreeMap::new(),
            next: None,
            last: None,
            packet: codec.frame() as i64 * 2,
            ahead: 0,
            continuation: None,
            line: vec![0.0; rate / 10],
            given: rate / 10,
            calm: 0,
            ceiling: f32::MAX,
            played: Played::default(),
        }
    }

    /// Drops all waiting packets because a new stream begins.
    pub(crate) fn restart(&mut self) {
        self.waiting.clear();
        self.delay = Delay::new();
        self.pause();
    }

    /// Appends the next 10 ms to `out`.
    pub(crate) fn next_frame(&mut self, now: Duration, out: &mut Vec<i16>) {
        let frame = self.codec.frame();
        // Each iteration adds sound or changes state. The bound makes sure that a mistake cannot hang the audio thread.
        for _ in 0..64 {
            if self.line.len() >= self.given + frame {
                break;
            }
            self.more(now);
        }
        let from = out.len();
        out.extend(part(&self.line, self.given, frame).iter().map(|sample| sample.round() as i16));
        out.resize(from + frame, 0);
        self.given = (self.given + frame).min(self.line.len());
        self.played.total += frame as u64;
        let keep = self.rate() as usize / 10;
        if self.given > 2 * keep {
            self.line.drain(..self.given - keep);
            self.given = keep;
        }
    }

    /// What became of the sound.
    pub(crate) fn played(&self) -> Played {
        self.played
    }

    /// The current delay of playback behind the fastest packet.
    pub(crate) fn waits(&self, now: Duration) -> Duration {
        let Some(next) = self.next else { return Duration::ZERO };
        let pending = self.line.len().saturating_sub(self.given) as i64;
        let age = micros(now) - self.micros(next + self.ahead - pending) - self.delay.base();
        Duration::from_micros(age.max(0) as u64)
    }

    /// Adds the next piece to the line.
    fn more(&mut self, now: Duration) {
        let Some(next) = self.next else { return self.begin(now) };
        self.drop_passed(next);
        let next = self.drop_old(next, now);
        let first = self.waiting.first_key_value().map(|(position, waiting)| (*position, waiting.sequence));
        match first {
            None => self.starve(),
            Some((position, _)) if position <= next => self.decode(position, now),
            Some((position, _)) if self.ahead > 0 && position < next + self.ahead => self.decode(position, now),
            Some((position, sequence)) => {
                // Sound already made up covers the beginning of the gap.
                let from = next + std::mem::take(&mut self.ahead);
                self.next = Some(from);
                if self.last.is_some_and(|last| sequence == last + 1) && position - from > self.packet {
                    self.rest(from, position, now);
                } else {
                    self.fill(from, position);
                }
            }
        }
    }

    /// Starts playback before the first packet or after a pause.
    fn begin(&mut self, now: Duration) {
        // Start at the latest packet that has waited long enough; earlier ones of the same burst are obsolete.
        let wanted = self.wanted();
        let due = self.waiting.keys().rev().find(|position| self.age(**position, now) >= wanted).copied();
        match due {
            Some(position) => {
                self.drop_passed(position);
                self.next = Some(position);
                self.last = None;
                self.ahead = 0;
            }
            _ => self.idle(self.codec.frame()),
        }
    }

    /// No packet is there. The missing one may be lost or late.
    fn starve(&mut self) {
        let frame = self.codec.frame();
        if self.ahead * 1_000_000 > PAUSE * self.rate() {
            self.pause();
            return self.idle(frame);
        }
        self.go_on(frame);
        self.ahead += frame as i64;
    }

    /// The sender has paused: plays background noise until the next packet is due.
    fn rest(&mut self, from: i64, position: i64, now: Duration) {
        if self.age(position, now) >= self.wanted() {
            self.next = Some(position);
            return;
        }
        let frame = (self.codec.frame() as i64).min(position - from);
        self.idle(frame as usize);
        self.next = Some(from + frame);
    }

    /// Decodes the packet at `position`, which is due, and joins it to what was played.
    fn decode(&mut self, position: i64, now: Duration) {
        let before = self.line.len();
        let next = self.next.unwrap_or(position);
        let made_up = std::mem::take(&mut self.ahead);
        let continuation = self.continuation.take();
        self.next = Some(position);
        self.decode_at(position);
        if made_up > 0 || continuation.is_some() {
            self.join(before, position, next, made_up, continuation, now);
        } else if position < next {
            // The packet overlaps the one before.
            let known = ((next - position).max(0) as usize).min(self.line.len() - before);
            self.line.drain(before..before + known);
        } else if self.calm >= 2 {
            self.adapt(before, now);
        } else {
            self.calm += 1;
        }
    }

    /// Appends a decoded packet to the line. A damaged packet is treated as a gap.
    fn decode_at(&mut self, position: i64) {
        let Some(packet) = self.waiting.remove(&position) else { return };
        let mut sound = Vec::new();
        let decoded = self.decoder.decode(&packet.payload, &mut sound);
        let length = packet.length.max(0) as usize;
        self.next = Some(position + packet.length);
        self.last = Some(packet.sequence);
        if !decoded || sound.len() != length {
            self.go_on(length);
            return;
        }
        if let Some(follower) = &mut self.follower {
            follower.hear(&sound);
        }
        let from = self.line.len();
        let loudest = sound.iter().map(|sample| f32::from(sample.unsigned_abs())).fold(1.0, f32::max);
        let quieter = (self.ceiling / loudest).min(1.0);
        self.ceiling *= 1.5;
        self.line.extend(sound.iter().map(|sample| f32::from(*sample) * quieter));
        for piece in self.line.get(from..).unwrap_or_default().chunks(self.codec.frame() * 2) {
            self.background.hear(piece);
        }
    }

    /// Plays background noise only.
    fn idle(&mut self, samples: usize) {
        self.continuation = None;
        let room = self.background.next(samples);
        let end = tail(&self.line, 1).first().copied().unwrap_or(0.0);
        // Fade from the last sample within 5 ms, so that there is no click.
        let steps = self.rate() as f32 / 200.0;
        self.line.extend(room.iter().enumerate().map(|(n, room)| room + end * (1.0 - n as f32 / steps).max(0.0)));
    }

    fn pause(&mut self) {
        self.next = None;
        self.last = None;
        self.ahead = 0;
    }

    fn rate(&self) -> i64 {
        self.codec.rate().into()
    }

    fn micros(&self, samples: i64) -> i64 {
        samples.saturating_mul(1_000_000) / self.rate()
    }
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}
