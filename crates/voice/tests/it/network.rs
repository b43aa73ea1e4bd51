//! A simulated network with a seed: loss, bursts, jitter, reordering, duplicates, clock drift.

use std::{net::SocketAddr, time::Duration};

use uncall_voice::{
    Beginning, Codec, Datagram, Stream,
    sdp::{Agreed, Direction},
};

/// What the network does to packets.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Network {
    /// Fraction lost at random.
    pub(crate) loss: f64,
    /// Fraction lost in bursts, and their mean length in packets.
    pub(crate) bursts: (f64, f64),
    /// Each packet is delayed by a random time up to this many ms.
    pub(crate) jitter: f64,
    /// Jitter does not reorder packets.
    pub(crate) ordered: bool,
    /// Fraction that comes twice.
    pub(crate) twice: f64,
    /// How much faster the sender's clock is, in parts per million.
    pub(crate) ppm: f64,
    /// Interval and length in ms of stalls, after which everything arrives at once.
    pub(crate) stalls: Option<(f64, f64)>,
}

/// Random numbers from a seed (SplitMix64).
#[derive(Debug, Clone)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// 0 to 1.
    pub(crate) fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// The result of a call.
pub(crate) struct Call {
    /// All that was played.
    pub(crate) heard: Vec<i16>,
    /// How long sound waited, in ms, at each frame.
    pub(crate) delays: Vec<f64>,
    /// The receiver's figures at the end.
    pub(crate) statistics: uncall_voice::Statistics,
}

pub(crate) fn address(port: u16) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, 1], port))
}

pub(crate) fn agreed(codec: Codec, peer: SocketAddr) -> Agreed {
    let number = match codec {
        Codec::Opus => 107,
        Codec::G722 => 9,
        Codec::Pcma => 8,
        Codec::Pcmu => 0,
    };
    Agreed {
        peer,
        reports: SocketAddr::new(peer.ip(), peer.port() + 1),
        send: (number, codec),
        receive: vec![(number, codec)],
        keys: Some((101, codec.clock())),
        keys_received: vec![101],
        ptime: 20,
        direction: Direction::SendRecv,
        crypto: None,
    }
}

pub(crate) fn stream(codec: Codec, peer: SocketAddr, seed: u32) -> Stream {
    let beginning = Beginning { ssrc: seed | 1, sequence: seed as u16, timestamp: seed.wrapping_mul(77) };
    Stream::new(agreed(codec, peer), beginning, "test", Duration::ZERO)
}

/// One side speaks, the other hears it through the network; reports go back.
pub(crate) fn call(codec: Codec, network: Network, seed: u64, speech: &[i16]) -> Call {
    let (mouth_at, ear_at) = (address(4000), address(5000));
    let mut mouth = stream(codec, ear_at, 0x1234_5671 ^ seed as u32);
    let mut ear = stream(codec, mouth_at, 0x7654_3211 ^ seed as u32);
    let mut dice = Dice(seed);
    let mut on_the_way: Vec<(f64, u64, Datagram)> = Vec::new();
    let mut back: Vec<Datagram> = Vec::new();
    let (mut bursting, mut last_arrival, mut number) = (false, 0f64, 0u64);
    let mut heard = Vec::new();
    let mut delays = Vec::new();
    let frame = codec.frame();
    let frames = speech.len() / frame + 50;
    // The receiver's frames have a random phase relative to the sender's.
    let phase = dice.roll() * 10.0;
    let mut spoken = 0;
    for tick in 0..frames {
        let now = tick as f64 * 10.0 + phase;
        // The sender's frames up to now, by its own clock.
        while (spoken as f64) * 10.0 * (1.0 - network.ppm / 1e6) <= now && spoken < frames {
            let sent_at = spoken as f64 * 10.0 * (1.0 - network.ppm / 1e6);
            let mut piece: Vec<i16> = speech.iter().skip(spoken * frame).take(frame).copied().collect();
            piece.resize(frame, 0);
            spoken += 1;
            let Some(datagram) = mouth.capture(&piece) else { continue };
            let _ = mouth.due_report(Duration::from_micros((sent_at * 1000.0) as u64));
            number += 1;
            let (rate, length) = network.bursts;
            if rate > 0.0 {
                let leave = 1.0 / length;
                let enter = rate * leave / (1.0 - rate);
                bursting = if bursting { dice.roll() >= leave } else { dice.roll() < enter };
            }
            if bursting || dice.roll() < network.loss {
                continue;
            }
            let mut arrives = sent_at + 1.0 + dice.roll() * network.jitter;
            if let Some((every, long)) = network.stalls {
                let within = sent_at % every;
                if within < long {
                    arrives = arrives.max(sent_at - within + long);
                }
            }
            if network.ordered {
                arrives = arrives.max(last_arrival);
                last_arrival = arrives;
            }
            if dice.roll() < network.twice {
                on_the_way.push((arrives + dice.roll() * 30.0, number, datagram.clone()));
            }
            on_the_way.push((arrives, number, datagram));
        }
        on_the_way.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let due = on_the_way.partition_point(|(at, ..)| *at <= now);
        for (at, _, datagram) in on_the_way.drain(..due) {
            ear.receive(mouth_at, &datagram.bytes, Duration::from_micros((at * 1000.0) as u64));
        }
        let at = Duration::from_micros((now * 1000.0) as u64);
        ear.frame(at, &mut heard);
        delays.push(ear.statistics(at).waits.as_secs_f64() * 1000.0);
        back.extend(ear.due_report(at));
        for report in back.drain(..) {
            mouth.receive(SocketAddr::new(ear_at.ip(), 5001), &report.bytes, at);
        }
    }
    let at = Duration::from_micros((frames as f64 * 10_000.0) as u64);
    Call { heard, delays, statistics: ear.statistics(at) }
}
