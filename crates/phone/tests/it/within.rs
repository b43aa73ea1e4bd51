//! What other sides ask for within a call.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::UdpSocket;
use uncall_headset::FRAME;
use uncall_phone::{LegId, LegState, LineEvent, Refused};

use crate::server::{Message, SDP, Seen, Server, description, place, registered, tag};

const THERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 9);

/// An answered call: the leg, the line's answer and its tag.
async fn talking(
    (server, seen, line): (&Server, &mut Seen, SocketAddr),
    more: &str,
    body: &str,
) -> (LegId, Message, String) {
    server.send(line, &server.request("INVITE", "c1", 1, (line, ""), more, body)).await;
    let leg = seen.leg(LegState::Ringing).await.id;
    seen.line.answer(leg).await.expect("answered");
    let answer = server.expect("SIP/2.0 200").await;
    let tag = tag(&answer);
    (leg, answer, tag)
}

async fn acknowledge(server: &Server, line: SocketAddr, (sequence, tag): (u32, &str), body: &str) {
    let more = if body.is_empty() { "" } else { SDP };
    server.send(line, &server.request("ACK", "c1", sequence, (line, tag), more, body)).await;
}

#[tokio::test]
async fn the_other_side_holds_and_resumes() {
    let (server, mut seen, line) = registered().await;
    let parts = (&server, &mut seen, line);
    let (_, _, tag) = talking(parts, SDP, &description(THERE, "sendrecv")).await;
    acknowledge(&server, line, (1, &tag), "").await;
    for (sequence, direction, ours, held) in
        [(2, "sendonly", "recvonly", true), (3, "sendrecv", "sendrecv", false), (4, "inactive", "inactive", true)]
    {
        let offer = description(THERE, direction);
        server.send(line, &server.request("INVITE", "c1", sequence, (line, &tag), SDP, &offer)).await;
        let answer = server.expect("SIP/2.0 200").await;
        assert!(answer.body().contains(&format!("a={ours}\r\n")), "{}", answer.body());
        acknowledge(&server, line, (sequence, &tag), "").await;
        seen.until("hold", |event| {
            let LineEvent::Leg(leg) = event else { return None };
            (leg.held_by_other == held && leg.state == LegState::Talking).then_some(())
        })
        .await;
    }
}

/// Asterisk sends music to who is on hold; keys would reach nobody.
#[tokio::test]
async fn a_key_on_hold_is_refused_in_words() {
    let (server, mut seen, line) = registered().await;
    let (leg, _, tag) = talking((&server, &mut seen, line), SDP, &description(THERE, "sendrecv")).await;
    acknowledge(&server, line, (1, &tag), "").await;
    assert_eq!(seen.line.press(leg, "1").await, Ok(()));
    for (sequence, direction, pressed) in
        [(2, "sendonly", Err(Refused::OnHold)), (3, "inactive", Err(Refused::OnHold)), (4, "sendrecv", Ok(()))]
    {
        let offer = description(THERE, direction);
        server.send(line, &server.request("INVITE", "c1", sequence, (line, &tag), SDP, &offer)).await;
        server.expect("SIP/2.0 200").await;
        acknowledge(&server, line, (sequence, &tag), "").await;
        assert_eq!(seen.line.press(leg, "2").await, pressed, "{direction}");
    }
    // On hold by this side: from the moment it was asked for, and after the other side has agreed.
    let held = tokio::spawn({
        let line = seen.line.clone();
        async move { line.hold(leg).await }
    });
    let offer = server.expect("INVITE").await;
    assert_eq!(seen.line.press(leg, "3").await, Err(Refused::OnHold));
    let answer = description(THERE, "recvonly");
    server
        .send(line, &offer.answer("200 OK", "", &format!("{SDP}Contact: <sip:1@{}>\r\n", server.address()), &answer))
        .await;
    assert_eq!(held.await.expect("asked"), Ok(()));
    assert_eq!(seen.line.press(leg, "3").await, Err(Refused::OnHold));
    assert_eq!(Refused::OnHold.to_string(), "the call is on hold");
    seen.line.mute(leg, true).await.expect("muted");
    let muted = |event| crate::server::first_leg(event).filter(|leg| leg.muted);
    assert_eq!(seen.until("muted", muted).await.sent, "12", "what was refused was not sent");
}

/// The server makes no offer: this side does, in its answer, and the server's comes with the acknowledgement.
#[tokio::test]
async fn an_invitation_without_an_offer_is_answered_with_one() {
    let (server, mut seen, line) = registered().await;
    let (_, answer, tag) = talking((&server, &mut seen, line), "", "").await;
    for format in ["opus/48000/2", "G722/8000", "PCMA/8000", "PCMU/8000", "telephone-event/8000"] {
        assert!(answer.body().contains(format), "{}", answer.body());
    }
    acknowledge(&server, line, (1, &tag), &description(THERE, "sendrecv")).await;
    let agreed = |event| {
        let LineEvent::Leg(leg) = event else { return None };
        leg.codec
    };
    assert_eq!(seen.until("a codec", agreed).await, "PCMU");
    // And once more within the call.
    server.send(line, &server.request("INVITE", "c1", 2, (line, &tag), "", "")).await;
    let answer = server.expect("SIP/2.0 200").await;
    assert!(answer.body().contains("a=sendrecv\r\n"), "{}", answer.body());
    acknowledge(&server, line, (2, &tag), &description(THERE, "sendonly")).await;
    seen.until("hold", |event| {
        let LineEvent::Leg(leg) = event else { return None };
        leg.held_by_other.then_some(())
    })
    .await;
}

#[tokio::test]
async fn questions_within_a_call_are_answered() {
    let (server, mut seen, line) = registered().await;
    let (_, _, tag) = talking((&server, &mut seen, line), SDP, &description(THERE, "sendrecv")).await;
    acknowledge(&server, line, (1, &tag), "").await;
    let offer = description(THERE, "sendrecv");
    for (sequence, method, more, body, status) in [
        (2, "OPTIONS", "", "", 200),
        (3, "INFO", "Content-Type: application/dtmf-relay\r\n", "Signal=5\r\n", 200),
        (4, "NOTIFY", "Event: talk\r\nSubscription-State: active\r\n", "", 200),
        (5, "UPDATE", "", "", 200),
        (6, "UPDATE", SDP, offer.as_str(), 200),
        (7, "UPDATE", SDP, "v=0\r\nno description\r\n", 488),
        (8, "MESSAGE", "Content-Type: text/plain\r\n", "hello", 405),
        (9, "REFER", "Refer-To: <sip:evil@evil>\r\n", "", 603),
    ] {
        server.send(line, &server.request(method, "c1", sequence, (line, &tag), more, body)).await;
        let answer = server.expect("SIP/2.0 ").await;
        assert!(answer.head().contains(&format!(" {status} ")), "{method}: {}", answer.head());
        assert_eq!(answer.header("CSeq"), Some(format!("{sequence} {method}").as_str()));
    }
    // After a transfer somebody else is there.
    let more = "P-Asserted-Identity: \"Zhou\" <sip:803@pbx>\r\n";
    server.send(line, &server.request("UPDATE", "c1", 10, (line, &tag), more, "")).await;
    let number = seen.until("another number", |event| {
        let LineEvent::Leg(leg) = event else { return None };
        (leg.number != "13421829060").then_some((leg.number, leg.name))
    });
    assert_eq!(number.await, ("803".to_owned(), Some("Zhou".to_owned())));
}

/// Asterisk sends the NOTIFYs of a transfer within milliseconds.
#[tokio::test(flavor = "multi_thread")]
async fn requests_that_come_together_are_all_answered() {
    let (server, mut seen, line) = registered().await;
    let (_, _, tag) = talking((&server, &mut seen, line), SDP, &description(THERE, "sendrecv")).await;
    acknowledge(&server, line, (1, &tag), "").await;
    let more = "Event: talk\r\nSubscription-State: active\r\n";
    for round in 0..20 {
        let sequences = (2..6).map(|number| round * 4 + number).collect::<Vec<_>>();
        for sequence in &sequences {
            server.send(line, &server.request("NOTIFY", "c1", *sequence, (line, &tag), more, "")).await;
        }
        let mut answered = Vec::new();
        for _ in &sequences {
            let answer = server.expect("SIP/2.0 200").await;
            answered.push(answer.header("CSeq").map(str::to_owned));
        }
        for sequence in sequences {
            assert!(answered.contains(&Some(format!("{sequence} NOTIFY"))), "{answered:?}");
        }
    }
}

/// RFC 4028: the server insists; it says the word itself, unless it leaves that to this side.
#[tokio::test]
async fn a_server_that_insists_on_a_session_timer_gets_one() {
    let (server, mut seen, line) = registered().await;
    let more = format!("{SDP}Require: timer\r\nSupported: timer\r\nSession-Expires: 1800;refresher=uac\r\n");
    let (_, answer, _) = talking((&server, &mut seen, line), &more, &description(THERE, "sendrecv")).await;
    assert_eq!(answer.header("Session-Expires"), Some("1800;refresher=uac"));
    assert_eq!(answer.header("Require"), Some("timer"));
}

/// RFC 3262: a provisional answer that has to arrive is acknowledged; what sounds before the answer is told.
#[tokio::test]
async fn early_sound_is_taken_reliably() {
    let (server, mut seen, _) = registered().await;
    seen.line.dial("13632510278").await.expect("dialled");
    let invite = server.expect("INVITE").await;
    assert!(invite.text.contains("100rel"), "{}", invite.text);
    let own = server.address();
    let more = format!("Contact: <sip:gateway@{own}>\r\nRequire: 100rel\r\nRSeq: 7\r\n{SDP}");
    let progress = invite.answer("183 Session Progress", "t", &more, &description(THERE, "sendrecv"));
    server.send(invite.from, &progress).await;
    let prack = server.expect("PRACK").await;
    assert_eq!(prack.header("RAck").map(|value| value.starts_with("7 ")), Some(true), "{}", prack.text);
    server.send(prack.from, &prack.answer("200 OK", "t", "", "")).await;
    assert_eq!(seen.leg(LegState::Early).await.codec, Some("PCMU"));
    let more = format!("Contact: <sip:gateway@{own}>\r\n");
    server.send(invite.from, &invite.answer("200 OK", "t", &more, "")).await;
    server.expect("ACK").await;
    seen.leg(LegState::Talking).await;
}

/// 20 ms of a loud tone, µ-law.
fn loud(number: u16) -> Vec<u8> {
    let mut packet = vec![0x80, 0];
    packet.extend(number.to_be_bytes());
    packet.extend((u32::from(number) * 160).to_be_bytes());
    packet.extend([1, 2, 3, 4]);
    packet.extend((0..160).map(|n| if n % 8 < 4 { 0x8f } else { 0x0f }));
    packet
}

/// A sender and the line's card, which both go by the clock: a machine that is busy makes neither slow.
struct Pace {
    begun: std::time::Instant,
    packets: u16,
    frames: usize,
}

impl Pace {
    fn new() -> Pace {
        Pace { begun: std::time::Instant::now(), packets: 0, frames: 0 }
    }

    /// Sends and plays what is due.
    async fn pass(&mut self, sender: &UdpSocket, here: SocketAddr, seen: &Seen) {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        let frames = self.begun.elapsed().as_millis() as usize / 10;
        while usize::from(self.packets) < frames / 2 {
            self.packets += 1;
            sender.send_to(&loud(self.packets), here).await.expect("sent");
        }
        while self.frames < frames {
            self.frames += 1;
            seen.card.advance();
        }
    }
}

/// Sound goes both ways between a card and the network, keys are sent as events, and a stranger's sound is not heard.
#[tokio::test]
async fn sound_goes_to_the_one_that_was_agreed_on() {
    let (server, mut seen, line) = registered().await;
    let there = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    let stranger = UdpSocket::bind((Ipv4Addr::new(127, 0, 0, 3), 0)).await.expect("a port");
    let offer = description(there.local_addr().expect("bound"), "sendrecv");
    let (leg, answer, tag) = talking((&server, &mut seen, line), SDP, &offer).await;
    acknowledge(&server, line, (1, &tag), "").await;
    let here = place(&answer);
    seen.line.press(leg, "5").await.expect("pressed");
    let (mut keys, mut heard, mut pace) = (false, false, Pace::new());
    let mut packet = [0; 2_000];
    let deadline = tokio::time::Instant::now() + crate::server::SOON;
    while !(keys && heard) {
        assert!(tokio::time::Instant::now() < deadline, "keys {keys}, heard {heard}");
        pace.pass(&there, here, &seen).await;
        while let Ok((length, _)) = there.try_recv_from(&mut packet) {
            keys |= length == 16 && packet[1] & 0x7f == 101 && packet[12] == 5;
        }
        let played = seen.card.played();
        heard = played.iter().rev().take(10 * FRAME).any(|sample| sample.abs() > 0.2);
    }
    // The one that was agreed on falls silent, and a stranger goes on in its name.
    let before = seen.card.played().len();
    while seen.card.played().len() < before + 200 * FRAME {
        pace.pass(&stranger, here, &seen).await;
    }
    let played = seen.card.played();
    // What was on its way is played, and concealed for a while.
    let after = &played[before + 60 * FRAME..];
    let loudest = after.iter().fold(0f32, |most, sample| most.max(sample.abs()));
    assert!(loudest < 0.05, "a stranger is heard: {loudest}");
}
