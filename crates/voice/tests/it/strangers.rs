//! Who is heard, and who is not.

use std::time::Duration;

use uncall_voice::{Codec, Heard, Key, MasterKey, Statistics, Stream, Suite, sdp::Direction};

use crate::network::{address, agreed, stream};

fn at(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn loud(frame: usize) -> Vec<i16> {
    (0..frame).map(|n| if n % 20 < 10 { 8000 } else { -8000 }).collect()
}

/// The mean level the receiver plays after half a second of what `sends` sends, and its figures.
fn played(ear: &mut Stream, mut sends: impl FnMut(&mut Stream, u64)) -> (u64, Statistics) {
    let mut sum = 0;
    for n in 0..50 {
        sends(ear, n);
        let mut out = Vec::new();
        ear.frame(at(n * 10), &mut out);
        sum += out.iter().map(|sample| u64::from(sample.unsigned_abs())).sum::<u64>() / out.len() as u64;
    }
    (sum / 50, ear.statistics(at(500)))
}

#[test]
fn a_stranger_is_not_heard() {
    let (mouth_at, ear_at) = (address(4000), address(5000));
    let mut stranger = stream(Codec::Pcma, ear_at, 99);
    let mut ear = stream(Codec::Pcma, mouth_at, 1);
    let elsewhere = "198.51.100.9:4000".parse().expect("an address");
    let (level, statistics) = played(&mut ear, |ear, n| {
        if let Some(datagram) = stranger.capture(&loud(80)) {
            ear.receive(elsewhere, &datagram.bytes, at(n * 10));
        }
    });
    assert_eq!((level, statistics.received, statistics.refused), (0, 0, 25));
    assert_eq!(ear.heard().count(), 0);
}

/// An address translator may change the port. The first port that sends is accepted, any later one is a stranger.
#[test]
fn one_port_of_the_other_side_is_taken_and_kept() {
    let mut ear = stream(Codec::Pcma, address(4000), 1);
    let (mut mouth, mut stranger) = (stream(Codec::Pcma, address(5000), 2), stream(Codec::Pcma, address(5000), 99));
    let (level, statistics) = played(&mut ear, |ear, n| {
        if let Some(datagram) = mouth.capture(&[0; 80]) {
            ear.receive(address(41_000), &datagram.bytes, at(n * 10));
        }
        if let Some(datagram) = stranger.capture(&loud(80)) {
            ear.receive(address(4002), &datagram.bytes, at(n * 10));
        }
    });
    assert_eq!((level < 20, statistics.received, statistics.refused), (true, 25, 25));
    // Replies go to that port.
    let mut to = None;
    while to.is_none() {
        to = ear.capture(&[0; 80]).map(|datagram| datagram.to);
    }
    assert_eq!(to, Some(address(41_000)));
}

#[test]
fn another_sender_takes_over_only_when_it_goes_on() {
    let from = address(4000);
    let mut ear = stream(Codec::Pcma, from, 1);
    let (mut first, mut second) = (stream(Codec::Pcma, address(5000), 2), stream(Codec::Pcma, address(5000), 77));
    let (level, _) = played(&mut ear, |ear, n| {
        // Now and then a packet of another sender among those of the first.
        if let Some(datagram) = first.capture(&[0; 80]) {
            ear.receive(from, &datagram.bytes, at(n * 10));
        }
        if let Some(datagram) = second.capture(&loud(80)).filter(|_| n % 5 == 1) {
            ear.receive(from, &datagram.bytes, at(n * 10));
        }
    });
    assert!(level < 20, "{level}");
    // The PBX has changed the path: only the other one sends now.
    let mut level = 0;
    for n in 50..80 {
        if let Some(datagram) = second.capture(&loud(80)) {
            ear.receive(from, &datagram.bytes, at(n * 10));
        }
        let mut out = Vec::new();
        ear.frame(at(n * 10), &mut out);
        level = out.iter().map(|sample| u64::from(sample.unsigned_abs())).sum::<u64>() / 80;
    }
    assert!(level > 5000, "{level}");
}

#[test]
fn an_encrypted_call_is_heard_by_its_key_alone_and_survives_a_hold() {
    let (ours, theirs) = (MasterKey::new([1; 30]), MasterKey::new([2; 30]));
    let secure = |mine: &MasterKey, other: &MasterKey, port: u16| {
        let mut agreed = agreed(Codec::Pcma, address(port));
        agreed.crypto = Some((Suite::Tag80, mine.clone(), other.clone()));
        agreed
    };
    let beginning = |ssrc| uncall_voice::Beginning { ssrc, sequence: 0xffff, timestamp: u32::MAX - 1000 };
    let mut ear = Stream::new(secure(&ours, &theirs, 4000), beginning(5), "ear", at(0));
    let mut mouth = Stream::new(secure(&theirs, &ours, 5000), beginning(6), "mouth", at(0));
    let mut stranger = stream(Codec::Pcma, address(5000), 99);
    let mut received = 0;
    for n in 0..6000u64 {
        if n == 3000 {
            // The sender holds and resumes.
            let mut held = secure(&theirs, &ours, 5000);
            held.direction = Direction::Inactive;
            mouth.change(held);
        }
        if n == 3500 {
            mouth.change(secure(&theirs, &ours, 5000));
        }
        if let Some(datagram) = mouth.capture(&loud(80)) {
            // The address changes too: a sender with the key is trusted anyway.
            let from = if n < 4000 { address(4000) } else { address(4900) };
            ear.receive(from, &datagram.bytes, at(n * 10));
            received += 1;
        }
        if let Some(datagram) = stranger.capture(&loud(80)) {
            ear.receive(address(4000), &datagram.bytes, at(n * 10));
        }
        ear.frame(at(n * 10), &mut Vec::new());
    }
    let statistics = ear.statistics(at(60_000));
    assert_eq!((statistics.received, statistics.refused, statistics.lost), (received, 3000, 0));
    assert_eq!(received, 2750);
}

#[test]
fn keys_go_over_and_the_holder_hears_nothing() {
    let (mouth_at, ear_at) = (address(4000), address(5000));
    for codec in Codec::ALL {
        let (mut mouth, mut ear) = (stream(codec, ear_at, 3), stream(codec, mouth_at, 1));
        assert!("13*#".chars().filter_map(Key::new).all(|key| mouth.press(key)));
        let mut held = agreed(codec, mouth_at);
        held.direction = Direction::SendOnly;
        ear.change(held);
        let (level, _) = played(&mut ear, |ear, n| {
            // Packets arrive three times as fast as they are played.
            for _ in 0..3 * u64::from(n < 40) {
                if let Some(datagram) = mouth.capture(&loud(codec.frame())) {
                    ear.receive(mouth_at, &datagram.bytes, at(n * 10));
                }
            }
        });
        assert_eq!(level, 0);
        let heard: String =
            ear.heard().filter_map(|heard| if let Heard::Key(key) = heard { Some(key.sign()) } else { None }).collect();
        assert_eq!(heard, "13*#", "{codec:?}");
    }
}

/// Sends 10 ms from one side to the other, which gets them 30 ms later.
fn exchange(one: &mut Stream, other: &mut Stream, from: u16, now: u64) {
    let sound = one.capture(&loud(160));
    let report = one.due_report(at(now));
    for datagram in sound.into_iter().chain(report) {
        let port = from + u16::from(!datagram.sound);
        other.receive(address(port), &datagram.bytes, at(now + 30));
    }
}

#[test]
fn reports_tell_the_other_side_what_was_lost_and_how_long_the_way_is() {
    let (mouth_at, ear_at) = (address(4000), address(5000));
    let (mut mouth, mut ear) = (stream(Codec::Opus, ear_at, 3), stream(Codec::Opus, mouth_at, 1));
    for n in 0..1000u64 {
        exchange(&mut mouth, &mut ear, 4000, n * 10);
        exchange(&mut ear, &mut mouth, 5000, n * 10 + 40);
    }
    let statistics = mouth.statistics(at(10_000));
    let trip = statistics.round_trip.expect("a round trip");
    assert!((at(55)..=at(65)).contains(&trip), "{trip:?}");
    let lost = statistics.lost_there.expect("a report");
    assert!(lost < 0.01, "{lost}");
    assert_eq!(ear.bye(at(10_000)).map(|bye| bye.to), Some(address(4001)));
}
