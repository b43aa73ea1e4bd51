//! Arbitrary payloads in well-formed packets, so that the input reaches the codecs and the jitter buffer. Each is preceded by its
//! length and the jumps of its timestamp and sequence number.
#![no_main]

use std::{net::SocketAddr, time::Duration};

use libfuzzer_sys::fuzz_target;
use uncall_voice::{
    Beginning, Codec, Stream,
    rtp::Header,
    sdp::{Agreed, Direction},
};

fuzz_target!(|bytes: &[u8]| {
    let Some(([codec], mut rest)) = bytes.split_first_chunk::<1>() else { return };
    let (peer, codec) = (SocketAddr::from(([10, 0, 0, 1], 4000)), Codec::ALL[usize::from(*codec) % 4]);
    let agreed = Agreed {
        peer,
        reports: SocketAddr::from(([10, 0, 0, 1], 4001)),
        send: (107, codec),
        receive: vec![(107, codec)],
        keys: None,
        keys_received: vec![101],
        ptime: 20,
        direction: Direction::SendRecv,
        crypto: None,
    };
    let beginning = Beginning { ssrc: 5, sequence: 5, timestamp: 5 };
    let mut stream = Stream::new(agreed, beginning, "fuzz", Duration::ZERO);
    let (mut header, mut now) = (
        Header { marker: false, payload_type: 107, sequence: 65_000, timestamp: u32::MAX - 5000, ssrc: 9 },
        Duration::ZERO,
    );
    while let Some(([length, jump, step], behind)) = rest.split_first_chunk::<3>() {
        let (payload, behind) = behind.split_at(usize::from(*length).min(behind.len()));
        header.sequence = header.sequence.wrapping_add_signed((*step as i8).into());
        header.timestamp = header.timestamp.wrapping_add_signed(i32::from(*jump as i8) * 80);
        header.payload_type = if step % 16 == 15 { 101 } else { 107 };
        let mut datagram = Vec::new();
        header.write(&mut datagram);
        datagram.extend(payload);
        stream.receive(peer, &datagram, now);
        if jump & 1 == 0 {
            now += Duration::from_millis(10);
            let mut out = Vec::new();
            stream.frame(now, &mut out);
            assert_eq!(out.len(), codec.frame());
        }
        rest = behind;
    }
});
