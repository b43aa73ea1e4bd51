//! Keys in a call that goes on hold and comes back.

use std::time::Duration;

use uncall_voice::{Codec, Heard, Key, Stream, rtp::Packet, sdp::Direction};

use crate::network::{address, agreed, stream};

/// Speaks for this long. Gives the payload types on the wire.
fn speak(mouth: &mut Stream, ear: &mut Stream, from: &mut u64, frames: u64) -> Vec<u8> {
    let mut types = Vec::new();
    for _ in 0..frames {
        *from += 1;
        let now = Duration::from_millis(*from * 10);
        let Some(datagram) = mouth.capture(&[1000; 80]) else { continue };
        types.push(Packet::read(&datagram.bytes).expect("a packet").header.payload_type);
        ear.receive(address(4000), &datagram.bytes, now);
    }
    types
}

fn keys(ear: &mut Stream) -> String {
    let key = |heard| if let Heard::Key(key) = heard { Some(key.sign()) } else { None };
    ear.heard().filter_map(key).collect()
}

fn press(mouth: &mut Stream, keys: &str) -> Vec<bool> {
    keys.chars().filter_map(Key::new).map(|key| mouth.press(key)).collect()
}

#[test]
fn no_key_leaves_a_call_on_hold_then_or_later() {
    for held in [Direction::RecvOnly, Direction::Inactive, Direction::SendOnly] {
        let (mut mouth, mut ear) = (stream(Codec::Pcma, address(5000), 1), stream(Codec::Pcma, address(4000), 2));
        let mut agreed = agreed(Codec::Pcma, address(5000));
        let mut at = 0;
        assert_eq!(press(&mut mouth, "12"), [true, true]);
        speak(&mut mouth, &mut ear, &mut at, 100);
        assert_eq!(keys(&mut ear), "12");
        // The hold comes while the first of these sounds.
        assert_eq!(press(&mut mouth, "345"), [true, true, true]);
        speak(&mut mouth, &mut ear, &mut at, 8);
        agreed.direction = held;
        mouth.change(agreed.clone());
        if !held.sends() {
            assert_eq!(press(&mut mouth, "6"), [false]);
            assert_eq!(speak(&mut mouth, &mut ear, &mut at, 200), [], "{held:?}");
        } else {
            // The other side hears the end of the one that sounds, then only sound.
            let types = speak(&mut mouth, &mut ear, &mut at, 200);
            assert!(types.iter().rev().take(80).all(|number| *number == 8), "{types:?}");
        }
        assert_eq!(keys(&mut ear), "3", "{held:?}");
        agreed.direction = Direction::SendRecv;
        mouth.change(agreed.clone());
        assert!(speak(&mut mouth, &mut ear, &mut at, 200).iter().all(|number| *number == 8), "{held:?}");
        assert_eq!(keys(&mut ear), "", "{held:?}");
        assert_eq!(press(&mut mouth, "7"), [true]);
        speak(&mut mouth, &mut ear, &mut at, 100);
        assert_eq!(keys(&mut ear), "7", "{held:?}");
    }
}
