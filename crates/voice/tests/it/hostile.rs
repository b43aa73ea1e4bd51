//! Bytes that are not packets, and texts that are not descriptions.

use std::time::Duration;

use proptest::{collection::vec, prelude::*};
use uncall_voice::{
    Codec, MasterKey, Stream, Suite, rtcp, rtp,
    sdp::{Description, Direction, Side},
};

use crate::network::{address, agreed, stream};

fn side() -> Side {
    let key = Some(MasterKey::new([3; 30]));
    Side { address: address(4000), session: 1, version: 1, codecs: Codec::ALL.to_vec(), key, secure: false }
}

/// Lines of descriptions, combined in ways that nobody would write.
fn lines() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        Just("v=0".to_owned()),
        Just("o=- 1 18446744073709551616 IN IP4 1.2.3.4".to_owned()),
        Just("c=IN IP4 1.2.3.4/127".to_owned()),
        Just("c=IN IP6 ::".to_owned()),
        Just("m=audio 65535 RTP/AVP 0 8 9 13 96 97 101".to_owned()),
        Just("m=audio 1/2 RTP/SAVPF 255 127 -1".to_owned()),
        Just("m=video 0 RTP/AVP 31".to_owned()),
        Just("m=".to_owned()),
        Just("a=rtcp:70000 IN IP4 1.2.3.4".to_owned()),
        Just("a=rtcp-mux".to_owned()),
        (0..130u8, 0..100_000u32, 0..3u8)
            .prop_map(|(n, clock, channels)| format!("a=rtpmap:{n} opus/{clock}/{channels}")),
        (0..130u8, 0..100_000u32).prop_map(|(n, clock)| format!("a=rtpmap:{n} telephone-event/{clock}")),
        (any::<u32>()).prop_map(|ptime| format!("a=ptime:{ptime}")),
        (any::<u32>(), "[A-Za-z0-9+/=]{0,60}")
            .prop_map(|(tag, key)| format!("a=crypto:{tag} AES_CM_128_HMAC_SHA1_80 inline:{key}")),
        "[a-z]=[ -~]{0,40}",
        "a=[a-z]{0,10}:[ -~]{0,30}",
        any::<String>(),
    ];
    vec(line, 0..30).prop_map(|lines| format!("v=0\n{}", lines.join("\r\n")))
}

proptest! {
    #[test]
    fn any_bytes_as_packets(bytes in vec(any::<u8>(), 0..300), secure: bool) {
        let _ = rtp::Packet::read(&bytes);
        let _ = rtcp::read(&bytes);
        let mut agreed = agreed(Codec::Opus, address(4000));
        if secure {
            agreed.crypto = Some((Suite::Tag80, MasterKey::new([1; 30]), MasterKey::new([2; 30])));
        }
        let beginning = uncall_voice::Beginning { ssrc: 1, sequence: 1, timestamp: 1 };
        let mut stream = Stream::new(agreed, beginning, "x", Duration::ZERO);
        stream.receive(address(4000), &bytes, Duration::from_millis(20));
        stream.receive(address(4001), &bytes, Duration::from_millis(20));
        stream.frame(Duration::from_millis(50), &mut Vec::new());
    }

    #[test]
    fn any_payload_of_any_codec(payloads in vec(vec(any::<u8>(), 0..200), 1..20), codec in 0..4usize) {
        let codec = Codec::ALL[codec];
        let mut ear = stream(codec, address(4000), 1);
        let number = agreed(codec, address(4000)).send.0;
        for (n, payload) in payloads.iter().enumerate() {
            let header = rtp::Header { marker: false, payload_type: number, sequence: n as u16, timestamp: n as u32 * 960, ssrc: 7 };
            let mut bytes = Vec::new();
            header.write(&mut bytes);
            bytes.extend(payload);
            ear.receive(address(4000), &bytes, Duration::from_millis(20 * n as u64));
            ear.frame(Duration::from_millis(20 * n as u64 + 15), &mut Vec::new());
        }
        for n in 0..100 {
            let mut out = Vec::new();
            ear.frame(Duration::from_millis(20 * payloads.len() as u64 + 10 * n), &mut out);
            prop_assert_eq!(out.len(), codec.frame());
        }
    }

    #[test]
    fn any_text_as_a_description(text in prop_oneof![lines(), any::<String>()]) {
        if let Ok(description) = Description::read(&text) {
            // Whatever could be read can be written and read again.
            let again = Description::read(&description.to_string());
            prop_assert_eq!(again.as_ref().ok().and_then(Description::audio).is_some(), true);
            if let Ok((answer, agreed)) = side().answer(&description, Direction::SendRecv) {
                prop_assert!(Description::read(&answer.to_string()).is_ok());
                prop_assert_eq!(answer.sections.len(), description.sections.len());
                let beginning = uncall_voice::Beginning { ssrc: 1, sequence: 1, timestamp: 1 };
                let mut stream = Stream::new(agreed, beginning, "x", Duration::ZERO);
                for _ in 0..20 {
                    let frame = vec![0; stream.capture_rate() as usize / 100];
                    let _ = stream.capture(&frame);
                }
            }
            let offer = side().offer(Direction::SendRecv);
            let _ = side().conclude(&offer, &description);
        }
    }
}
