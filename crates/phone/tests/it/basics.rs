//! A call in, a call out, and words for what goes wrong.

use std::net::{Ipv4Addr, SocketAddr};

use uncall_phone::{Direction, LegState, LineEvent, Refused, TroubleKind, Why};

use crate::server::{SDP, Seen, Server, description, place, registered, tag};

const THERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 9);

#[tokio::test]
async fn a_call_comes_in_is_answered_and_ends() {
    let (server, mut seen, line) = registered().await;
    let more = format!("{SDP}X-Uncall-Uid: 1372123897.17\r\nX-Uncall-Action: a-1\r\n");
    server.send(line, &server.request("INVITE", "c1", 1, (line, ""), &more, &description(THERE, "sendrecv"))).await;
    let leg = seen.leg(LegState::Ringing).await;
    assert_eq!((leg.number.as_str(), leg.name.as_deref()), ("13421829060", Some("Customer")));
    assert_eq!((leg.uid.as_deref(), leg.action.as_deref()), (Some("1372123897.17"), Some("a-1")));
    assert_eq!((leg.call_id.as_str(), leg.direction), ("c1", Direction::Incoming));
    let ringing = server.expect("SIP/2.0 180").await;
    seen.line.answer(leg.id).await.expect("answered");
    let answer = server.expect("SIP/2.0 200").await;
    assert_eq!(tag(&answer), tag(&ringing));
    assert!(answer.body().contains("m=audio ") && answer.body().contains("RTP/AVP 0 101"), "{}", answer.body());
    assert_eq!(place(&answer).port() % 2, 0);
    server.send(line, &server.request("ACK", "c1", 1, (line, &tag(&answer)), "", "")).await;
    let talking = seen.leg(LegState::Talking).await;
    assert_eq!((talking.codec, talking.encrypted), (Some("PCMU"), false));
    server.send(line, &server.request("BYE", "c1", 2, (line, &tag(&answer)), "Reason: Q.850;cause=16\r\n", "")).await;
    server.expect("SIP/2.0 200").await;
    let ended = seen.leg(LegState::Ended).await.ended.expect("how");
    assert_eq!((ended.why, ended.detail.as_str()), (Why::There, "Q.850;cause=16"));
    assert_eq!(seen.line.hang_up(leg.id).await, Err(Refused::NoSuchLeg));
}

#[tokio::test]
async fn a_caller_who_gives_up_is_told_from_a_call_that_another_phone_took() {
    let (server, mut seen, line) = registered().await;
    for (call, more, why) in [
        ("c1", "", Why::GaveUp),
        ("c2", "Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n", Why::AnsweredElsewhere),
    ] {
        let invite = server.request("INVITE", call, 1, (line, ""), SDP, &description(THERE, "sendrecv"));
        server.send(line, &invite).await;
        server.expect("SIP/2.0 180").await;
        seen.leg(LegState::Ringing).await;
        let cancel = server.request("CANCEL", call, 1, (line, ""), more, "");
        // A CANCEL has the branch of what it ends.
        server.send(line, &cancel.replace(&format!("{call}CANCEL1"), &format!("{call}INVITE1"))).await;
        server.expect("SIP/2.0 487").await;
        server.send(line, &server.request("ACK", call, 1, (line, "x"), "", "").replace("ACK1;", "INVITE1;")).await;
        assert_eq!(seen.leg(LegState::Ended).await.ended.expect("how").why, why);
    }
}

#[tokio::test]
async fn what_a_server_says_to_a_call_is_told() {
    let (server, mut seen, line) = registered().await;
    for (status, why) in [
        ("486 Busy Here", Why::Busy),
        ("603 Decline", Why::Declined),
        ("404 Not Found", Why::NoSuchNumber),
        ("480 Temporarily Unavailable", Why::NoAnswer),
        ("302 Moved Temporarily", Why::Moved),
        ("488 Not Acceptable Here", Why::NoCommonSound),
        ("503 Service Unavailable", Why::Lost),
        ("500 Server Internal Error", Why::Refused),
    ] {
        let dialled = seen.line.dial("13632510278").await.expect("dialled");
        let invite = server.expect("INVITE sip:13632510278@").await;
        server.send(line, &invite.answer("100 Trying", "", "", "")).await;
        server.send(line, &invite.answer(status, "t", "Contact: <sip:1@127.0.0.1>\r\n", "")).await;
        server.expect("ACK").await;
        let ended = seen.leg(LegState::Ended).await;
        assert_eq!((ended.id, ended.ended.expect("how").why), (dialled, why), "{status}");
    }
    assert_eq!(seen.line.dial("801@evil").await, Err(Refused::NoNumber));
}

#[tokio::test]
async fn trouble_with_the_register_has_a_kind() {
    for (status, more, kind) in [
        ("403 Forbidden", "", TroubleKind::WrongSecret),
        ("401 Unauthorized", "WWW-Authenticate: Digest realm=\"a\",nonce=\"n\"\r\n", TroubleKind::WrongSecret),
        ("404 Not Found", "", TroubleKind::UnknownUser),
        ("500 Server Internal Error", "", TroubleKind::Refused),
    ] {
        let server = Server::start().await;
        let mut seen = Seen::start(server.address(), |_| ());
        let refusing = async {
            loop {
                let register = server.expect("REGISTER").await;
                server.send(register.from, &register.answer(status, "r", more, "")).await;
            }
        };
        let told = seen.until("trouble", |event| {
            let LineEvent::Lost { why, .. } = event else { return None };
            Some(why.kind)
        });
        let told = tokio::select! {
            told = told => told,
            () = refusing => unreachable!(),
        };
        assert_eq!(told, kind, "{status}");
        assert_eq!(seen.line.dial("802").await, Err(Refused::NotRegistered));
    }
}
