use super::*;

fn side(codecs: &[Codec], key: Option<u8>) -> Side {
    Side {
        address: "192.0.2.1:4000".parse().expect("an address"),
        session: 5,
        version: 1,
        codecs: codecs.to_vec(),
        key: key.map(|byte| MasterKey::new([byte; 30])),
        secure: false,
    }
}

/// An offer of Asterisk 22.10 to an endpoint with `allow=opus,g722,ulaw` and `media_encryption=sdes`.
const ASTERISK: &str = "v=0\r\no=- 1417437216 1417437216 IN IP4 10.77.0.1\r\ns=Asterisk\r\nc=IN IP4 10.77.0.1\r\nt=0 0\r\n\
m=audio 10034 RTP/SAVP 107 9 0 101 102\r\n\
a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:RbZrMIRPHE8/W3YvQTRQy2ORQhOd5hL8Qh0Pj0Td\r\n\
a=rtpmap:107 opus/48000/2\r\na=fmtp:107 useinbandfec=1\r\na=rtpmap:9 G722/8000\r\na=rtpmap:0 PCMU/8000\r\n\
a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=rtpmap:102 telephone-event/48000\r\na=fmtp:102 0-16\r\n\
a=ptime:20\r\na=maxptime:60\r\na=sendrecv\r\n";

#[test]
fn an_offer_of_asterisk_is_answered() {
    let offer = Description::read(ASTERISK).expect("an offer");
    let (answer, agreed) = side(&Codec::ALL, Some(7)).answer(&offer, Direction::SendRecv).expect("a call");
    assert_eq!(agreed.peer, "10.77.0.1:10034".parse().expect("an address"));
    assert_eq!(agreed.reports.port(), 10_035);
    assert_eq!((agreed.send, agreed.keys), ((107, Codec::Opus), Some((102, 48_000))));
    assert_eq!(agreed.receive, [(107, Codec::Opus), (9, Codec::G722), (0, Codec::Pcmu)]);
    let (suite, ours, _) = agreed.crypto.expect("encrypted");
    assert_eq!((suite, ours), (Suite::Tag80, MasterKey::new([7; 30])));
    let text = answer.to_string();
    for line in [
        "m=audio 4000 RTP/SAVP 107 102\r\n",
        "a=rtpmap:102 telephone-event/48000\r\n",
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:BwcH",
        "a=sendrecv\r\n",
        "a=ptime:20\r\n",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    // Key events are accepted with either clock.
    assert_eq!(agreed.keys_received, [101, 102]);
}

#[test]
fn both_sides_come_to_the_same() {
    for theirs in [&Codec::ALL[..], &[Codec::Pcmu, Codec::Pcma], &[Codec::G722]] {
        for (key, other) in [(None, None), (Some(1), Some(2))] {
            let (a, b) = (side(&Codec::ALL, key), side(theirs, other));
            for direction in [Direction::SendRecv, Direction::SendOnly, Direction::RecvOnly, Direction::Inactive] {
                let offer = Description::read(&a.offer(direction).to_string()).expect("an offer");
                assert_eq!(offer, a.offer(direction));
                let (answer, of_b) = b.answer(&offer, Direction::SendRecv).expect("a call");
                let answer = Description::read(&answer.to_string()).expect("an answer");
                let of_a = a.conclude(&offer, &answer).expect("a call");
                assert_eq!(of_a.send.1, of_b.send.1);
                assert!(of_a.receive.contains(&of_b.send) && of_b.receive.contains(&of_a.send));
                assert_eq!(of_a.direction.sends(), of_b.direction.hears());
                assert_eq!(of_a.direction.hears(), of_b.direction.sends());
                assert_eq!(of_a.direction, direction);
                assert_eq!(of_a.keys.map(|(number, _)| of_b.keys_received.contains(&number)), Some(true));
                let keys = |agreed: &Agreed| agreed.crypto.clone().map(|(_, ours, theirs)| (ours, theirs));
                assert_eq!(keys(&of_a), keys(&of_b).map(|(ours, theirs)| (theirs, ours)));
            }
        }
    }
}

#[test]
fn hold_is_understood_in_all_its_forms() {
    let plain = side(&[Codec::Pcma], None).offer(Direction::SendRecv).to_string();
    let willing = Direction::SendRecv;
    let heard = |text: &str| {
        let offer = Description::read(text).expect("an offer");
        side(&Codec::ALL, None).answer(&offer, willing).expect("a call").1.direction
    };
    assert_eq!(heard(&plain), Direction::SendRecv);
    assert_eq!(heard(&plain.replace("sendrecv", "sendonly")), Direction::RecvOnly);
    assert_eq!(heard(&plain.replace("sendrecv", "inactive")), Direction::Inactive);
    // RFC 2543: no address.
    assert_eq!(heard(&plain.replace("c=IN IP4 192.0.2.1", "c=IN IP4 0.0.0.0")), Direction::RecvOnly);
    // A direction for the whole session, and one that overrides it.
    let session = plain.replace("a=sendrecv\r\n", "").replace("t=0 0\r\n", "t=0 0\r\na=inactive\r\n");
    assert_eq!(heard(&session), Direction::Inactive);
    assert_eq!(heard(&format!("{session}a=sendonly\r\n")), Direction::RecvOnly);
    // This side holds.
    let offer = Description::read(&plain).expect("an offer");
    let (answer, agreed) = side(&Codec::ALL, None).answer(&offer, Direction::SendOnly).expect("a call");
    assert_eq!(agreed.direction, Direction::SendOnly);
    assert!(answer.to_string().contains("a=sendonly"));
}

#[test]
fn other_sections_are_refused_in_their_order() {
    let text = ASTERISK
        .replace("t=0 0\r\n", "t=0 0\r\nm=video 5000 RTP/AVP 96 97\r\na=rtpmap:96 H264/90000\r\na=sendonly\r\n")
        + "m=audio 6000 RTP/AVP 0\r\nm=image 0 udptl t38\r\n";
    let offer = Description::read(&text).expect("an offer");
    let (answer, agreed) = side(&Codec::ALL, Some(7)).answer(&offer, Direction::SendRecv).expect("a call");
    assert_eq!(agreed.direction, Direction::SendRecv);
    let answer = answer.to_string();
    let lines: Vec<&str> = answer.lines().filter(|line| line.starts_with("m=")).collect();
    assert_eq!(
        lines,
        ["m=video 0 RTP/AVP 96 97", "m=audio 4000 RTP/SAVP 107 102", "m=audio 0 RTP/AVP 0", "m=image 0 udptl t38"]
    );
}

#[test]
fn there_is_no_call_in_clear_where_it_must_be_encrypted_and_none_without_a_codec() {
    let offer = |text: &str| Description::read(text).expect("an offer");
    let clear = side(&Codec::ALL, None).offer(Direction::SendRecv);
    let mut strict = side(&Codec::ALL, Some(7));
    strict.secure = true;
    let refusal = |side: &Side, offer: &Description| side.answer(offer, Direction::SendRecv).err();
    assert_eq!(refusal(&strict, &clear), Some(Disagreement::NotSecure));
    // DTLS-SRTP: encrypted, but without keys.
    let dtls = offer(&ASTERISK.replace("a=crypto:1", "a=fingerprint:SHA-256"));
    assert_eq!(refusal(&strict, &dtls), Some(Disagreement::NoCrypto));
    assert_eq!(refusal(&side(&Codec::ALL, None), &offer(ASTERISK)), Some(Disagreement::NoCrypto));
    assert_eq!(refusal(&side(&[Codec::Pcma], Some(7)), &offer(ASTERISK)), Some(Disagreement::NoCodec));
    let refused = offer(&ASTERISK.replace("m=audio 10034", "m=audio 0"));
    assert_eq!(refusal(&strict, &refused), Some(Disagreement::Refused));
    // Optional encryption: the offer has keys but does not insist. A side without a key speaks in clear.
    let optional = offer(&ASTERISK.replace("RTP/SAVP", "RTP/AVP"));
    let (_, agreed) = side(&Codec::ALL, None).answer(&optional, Direction::SendRecv).expect("a call");
    assert_eq!(agreed.crypto, None);
}

#[test]
fn what_is_no_description_is_said_to_be_none() {
    let none = |text: &str| Description::read(text).err();
    assert_eq!(none(""), Some(Malformed::Nothing));
    assert_eq!(none("o=- 1 1 IN IP4 1.2.3.4\r\n"), Some(Malformed::Nothing));
    assert_eq!(none("v=0\r\n"), Some(Malformed::NoAudio));
    assert_eq!(none("v=0\r\nm=video 1 RTP/AVP 96\r\n"), Some(Malformed::NoAudio));
    assert_eq!(none("v=0\r\nm=audio 1 RTP/AVP 0\r\n"), Some(Malformed::NoAddress));
    assert_eq!(none("v=0\r\nc=IN IP4 pbx.example\r\nm=audio 1 RTP/AVP 0\r\n"), Some(Malformed::NoAddress));
    assert_eq!(none(&format!("v=0\r\n{}", "a=x\r\n".repeat(4000))), Some(Malformed::Nothing));
}

#[test]
fn an_answer_with_other_numbers_is_followed() {
    let ours = side(&Codec::ALL, None);
    let offer = ours.offer(Direction::SendRecv);
    let answer = "v=0\nc=IN IP6 2001:db8::1\nm=audio 7000 RTP/AVP 96 97\na=rtpmap:96 opus/48000/2\na=rtpmap:97 telephone-event/48000\na=rtcp-mux\na=ptime:30\n";
    let agreed = ours.conclude(&offer, &Description::read(answer).expect("an answer")).expect("a call");
    assert_eq!((agreed.send, agreed.keys, agreed.ptime), ((96, Codec::Opus), Some((97, 48_000)), 20));
    assert_eq!(agreed.peer, agreed.reports);
    assert_eq!(agreed.peer, "[2001:db8::1]:7000".parse().expect("an address"));
    assert!(agreed.receive.contains(&(107, Codec::Opus)) && agreed.receive.contains(&(96, Codec::Opus)));
    assert_eq!(agreed.keys_received, [110, 101, 97]);
}
