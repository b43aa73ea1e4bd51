use super::*;
use crate::rtp::{Header, Packet};

fn packet(sequence: u16, ssrc: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    Header { marker: false, payload_type: 8, sequence, timestamp: u32::from(sequence) * 160, ssrc }.write(&mut bytes);
    bytes.extend([0x55; 160]);
    bytes
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        text.bytes().filter_map(|byte| (byte as char).to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// Packet, key and result come from libSRTP's own validation (test/srtp_driver.c, `srtp_validate`). Its session keys are those of
/// RFC 3711, appendix B.3.
#[test]
fn a_packet_is_sealed_as_the_reference_does() {
    let key = hex("e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6");
    let plain = hex("800f1234decafbadcafebabe abababababababababababababababab");
    let sealed = hex("800f1234decafbadcafebabe 4e55dc4ce79978d88ca4d215949d2402 b78d6acc99ea179b8dbb");
    let key = MasterKey::new(key.try_into().expect("30 bytes"));
    assert_eq!(Sealer::new(Suite::Tag80, &key).rtp(&plain), Some(sealed.clone()));
    assert_eq!(Opener::new(Suite::Tag80, key).rtp(0xcafe_babe, &sealed), Some(plain));
}

#[test]
fn the_wraps_are_counted_over_a_hold_and_through_losses() {
    for suite in [Suite::Tag80, Suite::Tag32] {
        let key = MasterKey::new([7; 30]);
        let (mut sealer, mut opener) = (Sealer::new(suite, &key), Opener::new(suite, key));
        // Most packets are lost on the way, and nothing is sent during a hold.
        for n in (30_000..230_000u32).step_by(97).filter(|n| !(70_000..75_000).contains(n)) {
            let plain = packet(n as u16, 9);
            let sealed = sealer.rtp(&plain).expect("sealed");
            assert_eq!(opener.rtp(9, &sealed).as_deref(), Some(&plain[..]), "{n}");
        }
    }
}

#[test]
fn what_was_changed_comes_twice_or_is_of_another_key_is_not_opened() {
    let key = MasterKey::new([7; 30]);
    let mut sealer = Sealer::new(Suite::Tag80, &key);
    let mut opener = Opener::new(Suite::Tag80, key);
    let sealed = sealer.rtp(&packet(1, 9)).expect("sealed");
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        let ssrc = Packet::read(&changed).map_or(0, |packet| packet.header.ssrc);
        assert_eq!(opener.rtp(ssrc, &changed), None, "byte {at}");
    }
    assert!(opener.rtp(9, &sealed).is_some());
    assert_eq!(opener.rtp(9, &sealed), None);
    assert_eq!(Opener::new(Suite::Tag80, MasterKey::new([8; 30])).rtp(9, &sealed), None);
    for length in 0..sealed.len() {
        assert_eq!(opener.rtp(9, &sealed[..length]), None);
        assert_eq!(opener.rtcp(&sealed[..length]), None);
    }
}

#[test]
fn reports_are_sealed_too() {
    let key = MasterKey::new([7; 30]);
    let mut report = Vec::new();
    crate::rtcp::write(9, None, None, "desk", &mut report);
    let mut sealer = Sealer::new(Suite::Tag32, &key);
    let sealed = sealer.rtcp(&report).expect("sealed");
    // RTCP adds an index of 4 bytes and always the long tag.
    assert_eq!(sealed.len(), report.len() + 14);
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 0x80;
        assert_eq!(Opener::new(Suite::Tag32, key.clone()).rtcp(&changed), None, "byte {at}");
    }
    assert_eq!(Opener::new(Suite::Tag32, key).rtcp(&sealed), Some(report));
}

#[test]
fn keys_are_read_as_other_phones_write_them() {
    let key = MasterKey::new([0xfb; 30]);
    let inline = key.inline();
    assert_eq!(MasterKey::from_inline(&inline), Some(key.clone()));
    assert_eq!(MasterKey::from_inline(&format!("{inline}|2^31")), Some(key));
    for bad in ["", "inline:", "inline:AAAA", &format!("{inline}|2^20|1:4"), &inline[7..]] {
        assert_eq!(MasterKey::from_inline(bad), None, "{bad}");
    }
}
