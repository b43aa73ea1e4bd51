//! A series of arbitrary datagrams, in clear and encrypted. Each is preceded by its length and the pause before it.
#![no_main]

use std::{net::SocketAddr, time::Duration};

use libfuzzer_sys::fuzz_target;
use uncall_voice::{
    Beginning, Codec, MasterKey, Stream, Suite,
    sdp::{Agreed, Direction},
};

fuzz_target!(|bytes: &[u8]| {
    let Some(([secure], mut rest)) = bytes.split_first_chunk::<1>() else { return };
    let peer = SocketAddr::from(([10, 0, 0, 1], 4000));
    let agreed = Agreed {
        peer,
        reports: SocketAddr::from(([10, 0, 0, 1], 4001)),
        send: (107, Codec::Opus),
        receive: vec![(107, Codec::Opus), (9, Codec::G722), (8, Codec::Pcma), (0, Codec::Pcmu)],
        keys: Some((101, 48_000)),
        keys_received: vec![101],
        ptime: 20,
        direction: Direction::SendRecv,
        crypto: (secure % 4 == 3).then(|| (Suite::Tag80, MasterKey::new([1; 30]), MasterKey::new([2; 30]))),
    };
    let beginning = Beginning { ssrc: 5, sequence: 5, timestamp: 5 };
    let mut stream = Stream::new(agreed, beginning, "fuzz", Duration::ZERO);
    let mut now = Duration::ZERO;
    while let Some(([length, pause], behind)) = rest.split_first_chunk::<2>() {
        let (datagram, behind) = behind.split_at(usize::from(*length).min(behind.len()));
        now += Duration::from_millis(u64::from(pause % 32));
        stream.receive(peer, datagram, now);
        if pause & 0x80 != 0 {
            let mut out = Vec::new();
            stream.frame(now, &mut out);
            assert_eq!(out.len(), stream.playback_rate() as usize / 100);
        }
        let _ = stream.statistics(now);
        rest = behind;
    }
});
