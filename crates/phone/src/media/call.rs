//! One call's sound between the network and the ring buffers.

use std::{collections::VecDeque, net::SocketAddr, time::Duration};

use uncall_headset::{Converter, FRAME, RATE};
use uncall_voice::{Beginning, Datagram, Key, Statistics, Stream, sdp::Agreed};

use super::ports::Ports;
use crate::LegId;

/// Datagrams read per port and tick. A flood beyond that overflows in the kernel.
const MOST: usize = 64;
/// The RTCP canonical name. It identifies nobody.
const NAME: &str = "line";

/// A call's streams, sockets and converters.
pub(super) struct Call {
    pub(super) leg: LegId,
    stream: Stream,
    ports: Ports,
    peer: SocketAddr,
    to_codec: Option<(u32, Converter)>,
    to_card: Option<(u32, Converter)>,
    captured: VecDeque<i16>,
    ready: VecDeque<f32>,
    samples: Vec<i16>,
    /// Since when sound is expected.
    expected: Duration,
    /// When the last packet arrived.
    heard: Duration,
    pub(super) muted: bool,
    /// The loudest sample of the other side since it was last asked for.
    loudest: f32,
}

impl Call {
    pub(super) fn new(leg: LegId, ports: Ports, agreed: Agreed, now: Duration) -> Call {
        let beginning = Beginning { ssrc: chance(), sequence: chance() as u16, timestamp: chance() };
        Call {
            leg,
            peer: agreed.peer,
            stream: Stream::new(agreed, beginning, NAME, now),
            ports,
            to_codec: None,
            to_card: None,
            captured: VecDeque::new(),
            ready: VecDeque::new(),
            samples: Vec::new(),
            expected: now,
            heard: now,
            muted: false,
            loudest: 0.0,
        }
    }

    pub(super) fn change(&mut self, agreed: Agreed, ports: Option<Ports>, now: Duration) {
        if agreed.direction.hears() && !self.stream.direction().hears() || agreed.peer != self.peer {
            self.expected = now;
        }
        if let Some(ports) = ports {
            self.ports = ports;
            self.expected = now;
        }
        self.peer = agreed.peer;
        self.stream.change(agreed);
    }

    pub(super) fn press(&mut self, keys: &str) {
        for key in keys.chars().filter_map(Key::new) {
            self.stream.press(key);
        }
    }

    /// Reads all waiting packets.
    pub(super) fn receive(&mut self, now: Duration, buffer: &mut [u8]) {
        for socket in [&self.ports.sound, &self.ports.reports] {
            for _ in 0..MOST {
                // Empty, or an ICMP error for an earlier packet.
                let Ok((length, from)) = socket.recv_from(buffer) else { break };
                if from.ip() == self.peer.ip() {
                    self.heard = now;
                }
                self.stream.receive(from, buffer.get(..length).unwrap_or_default(), now);
            }
        }
        // Nobody uses the keys of the other side.
        self.stream.heard().for_each(drop);
    }

    /// Sends 10 ms of sound. None sends silence.
    pub(super) fn capture(&mut self, frame: Option<&[f32; FRAME]>) {
        let rate = self.stream.capture_rate();
        let wanted = rate as usize / 100;
        match frame {
            Some(frame) => {
                if self.to_codec.as_ref().is_none_or(|(of, _)| *of != rate) {
                    self.to_codec = Converter::new(RATE, rate).map(|converter| (rate, converter));
                    self.captured.clear();
                }
                let Some((_, converter)) = &mut self.to_codec else { return };
                self.captured.extend(converter.convert(frame).iter().map(|sample| whole(*sample)));
            }
            None => {
                self.captured.clear();
                self.captured.resize(wanted, 0);
            }
        }
        while self.captured.len() >= wanted {
            self.samples.clear();
            self.samples.extend(self.captured.drain(..wanted));
            if let Some(datagram) = self.stream.capture(&self.samples) {
                self.send(&datagram);
            }
        }
    }

    /// Adds the next 10 ms to `out`.
    pub(super) fn play(&mut self, now: Duration, volume: f32, out: &mut [f32; FRAME]) {
        // The converter's output varies by a sample and starts late.
        for _ in 0..3 {
            if self.ready.len() >= FRAME {
                break;
            }
            let rate = self.stream.playback_rate();
            self.samples.clear();
            self.stream.frame(now, &mut self.samples);
            if self.to_card.as_ref().is_none_or(|(of, _)| *of != rate) {
                self.to_card = Converter::new(rate, RATE).map(|converter| (rate, converter));
            }
            let Some((_, converter)) = &mut self.to_card else { return };
            let frame: Vec<f32> = self.samples.iter().map(|sample| f32::from(*sample) / 32_768.0).collect();
            self.loudest = frame.iter().fold(self.loudest, |most, sample| most.max(sample.abs()));
            self.ready.extend(converter.convert(&frame));
        }
        for sample in out {
            *sample += (self.ready.pop_front().unwrap_or(0.0) * volume).clamp(-1.0, 1.0);
        }
    }

    /// The loudest sample of the other side since the last call, 0 to 1.
    pub(super) fn take_loudest(&mut self) -> f32 {
        std::mem::take(&mut self.loudest)
    }

    /// Consumes 10 ms without playing them.
    pub(super) fn skip(&mut self, now: Duration) {
        self.samples.clear();
        self.stream.frame(now, &mut self.samples);
        self.ready.clear();
    }

    /// Sends an RTCP report if one is due.
    pub(super) fn report(&mut self, now: Duration) {
        if let Some(datagram) = self.stream.due_report(now) {
            self.send(&datagram);
        }
    }

    pub(super) fn bye(&mut self, now: Duration) {
        if let Some(datagram) = self.stream.bye(now) {
            self.send(&datagram);
        }
    }

    pub(super) fn statistics(&self, now: Duration) -> Statistics {
        self.stream.statistics(now)
    }

    /// How long expected sound has been missing, and any packet at all.
    pub(super) fn silent(&self, now: Duration) -> (Duration, Duration) {
        if !self.stream.direction().hears() {
            return (Duration::ZERO, Duration::ZERO);
        }
        let expected = now.saturating_sub(self.expected);
        (self.statistics(now).silent.min(expected), now.saturating_sub(self.heard).min(expected))
    }

    fn send(&self, datagram: &Datagram) {
        let socket = if datagram.sound { &self.ports.sound } else { &self.ports.reports };
        // A send error counts as packet loss.
        let _ = socket.send_to(&datagram.bytes, datagram.to);
    }
}

fn whole(sample: f32) -> i16 {
    (sample * 32_768.0).clamp(-32_768.0, 32_767.0) as i16
}

/// An unpredictable number if the system has randomness.
fn chance() -> u32 {
    getrandom::u32().unwrap_or_else(|_| fastrand::u32(..))
}
