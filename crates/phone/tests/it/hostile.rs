//! Strangers, floods and broken messages: nothing rings, nothing grows, and the line goes on.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use tokio::net::UdpSocket;
use uncall_phone::{LegState, Refused};

use crate::server::{SDP, Seen, Server, description, registered};

const THERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 9);

/// The line still takes a call, and nothing has been told of others before.
async fn takes_a_call(server: &Server, seen: &mut Seen, line: SocketAddr, call: &str) {
    server.send(line, &server.request("INVITE", call, 1, (line, ""), SDP, &description(THERE, "sendrecv"))).await;
    let leg = seen.until("the call", crate::server::first_leg).await;
    assert_eq!((leg.call_id.as_str(), leg.state), (call, LegState::Ringing));
    seen.line.decline(leg.id, true).await.expect("declined");
    let busy = server.expect("SIP/2.0 486").await;
    assert_eq!(busy.header("Call-ID"), Some(call));
    seen.leg(LegState::Ended).await;
}

/// The line answers a question: again and again it is asked, as a server does that hears nothing.
async fn lives(server: &Server, line: SocketAddr, call: &str) {
    let question = server.request("OPTIONS", call, 1, (line, ""), "", "");
    let asking = async {
        loop {
            server.send(line, &question).await;
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    };
    let answered = async { while server.expect("SIP/2.0 200").await.header("Call-ID") != Some(call) {} };
    tokio::select! {
        () = answered => {}
        () = asking => unreachable!(),
    }
}

/// A machine that is not the registrar's calls two thousand times.
#[tokio::test]
async fn a_stranger_is_not_heard() {
    let (server, mut seen, line) = registered().await;
    let stranger = UdpSocket::bind((Ipv4Addr::new(127, 0, 0, 2), 0)).await.expect("a second loopback address");
    for n in 0..2_000 {
        let invite = server.request("INVITE", &format!("s{n}"), 1, (line, ""), SDP, &description(THERE, "sendrecv"));
        stranger.send_to(invite.as_bytes(), line).await.expect("sent");
    }
    takes_a_call(&server, &mut seen, line, "c1").await;
    let mut answer = [0; 100];
    assert!(stranger.try_recv(&mut answer).is_err(), "a stranger was answered");
}

/// Whoever forges the registrar's address gets eight calls to ring, and no more.
#[tokio::test]
async fn a_flood_from_the_registrar_is_bounded() {
    let (server, mut seen, line) = registered().await;
    for n in 0..40 {
        let invite = server.request("INVITE", &format!("f{n}"), 1, (line, ""), SDP, &description(THERE, "sendrecv"));
        server.send(line, &invite).await;
    }
    let mut busy = 0;
    while busy < 32 {
        let answer = server.expect("SIP/2.0 ").await;
        busy += usize::from(answer.head().contains(" 486 "));
    }
    let legs = seen.legs();
    assert_eq!(legs.iter().filter(|leg| leg.state == LegState::Ringing).count(), 8);
    assert_eq!(seen.line.dial("801").await, Err(Refused::TooMany));
}

/// After RFC 4475: what is broken in ways that its authors had seen, and what was thought of besides. Some of it is answered, some is
/// not; a call that is understood may ring.
#[tokio::test]
async fn broken_messages_leave_the_line_as_it_is() {
    let (server, mut seen, line) = registered().await;
    let good = server.request("INVITE", "t", 1, (line, ""), SDP, &description(THERE, "sendrecv"));
    let with = |from: &str, to: &str| good.replacen(from, to, 1);
    let messages = [
        String::new(),
        "\r\n\r\n\r\n".to_owned(),
        "\0\0\0\0".to_owned(),
        "SIP/2.0".to_owned(),
        "INVITE".to_owned(),
        "INVITE sip:801 SIP/2.0\r\n\r\n".to_owned(),
        // 3.1.2.1: extraneous separators; 3.1.2.2 and 3.1.2.3: a length too large, and a negative one.
        with("From:", "From: , ; =,;"),
        with("Content-Length: ", "Content-Length: 99999"),
        with("Content-Length: ", "Content-Length: -"),
        // 3.1.2.4: numbers that do not fit; 3.1.2.7, 3.1.2.8: a start line with spaces, and with a tail.
        with("CSeq: 1 ", "CSeq: 36893488147419103232 "),
        with("Max-Forwards: 70", "Max-Forwards: 300"),
        with("INVITE sip", "INVITE   sip"),
        with(" SIP/2.0\r\n", " SIP/2.0 tail\r\n"),
        // 3.1.2.13, 3.1.2.16: an unknown version, and a method that does not fit.
        with("SIP/2.0\r\n", "SIP/7.0\r\n"),
        with("1 INVITE", "1 OPTIONS"),
        // 3.1.2.5: a date before there were any; 3.1.2.6: an address with angle brackets; 3.1.2.12: a name unquoted.
        with("Max-Forwards", "Date: Fri, 01 Jan 2010 16:00:00 EST\r\nMax-Forwards"),
        with("sip:801@", "<sip:801@"),
        with("\"Customer\"", "Bell, Alexander"),
        with("\"Customer\"", "\"Customer"),
        with("<sip:13421829060@", "<<<sip:%00%ff@@"),
        with(";tag=theirs", ";tag=;tag=;;;tag"),
        with("Via: SIP/2.0/UDP ", "Via: SIP/2.0/UDP [::::::]:99999999"),
        with("Via: ", "Via: ,,,"),
        with("Via", "X"),
        with("Call-ID", "X"),
        with("CSeq", "X"),
        with("From", "X"),
        with("To", "X"),
        with("Contact", "X"),
        with("Contact: ", "Contact: *, "),
        // Bodies that are none.
        with("v=0", "v=1"),
        with("c=IN IP4", "c=IN IP6"),
        with("m=audio ", "m=audio 99999999"),
        with("RTP/AVP 0 101", "RTP/AVP 999 -1 x"),
        with("RTP/AVP 0", "RTP/SAVP 0"),
        with("m=audio", "m=video"),
        with("application/sdp", "multipart/mixed;boundary=\""),
        with("Max-Forwards", "Require: magic, and, more\r\nMax-Forwards"),
        with("Max-Forwards", &format!("X: {}\r\nMax-Forwards", "y".repeat(60_000))),
        with("Max-Forwards", &format!("{}Max-Forwards", "Route: <sip:a;lr>\r\n".repeat(2_000))),
        // Answers that nobody asked for, and requests within calls that there are none of.
        "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKx\r\nCSeq: 1 INVITE\r\n\r\n".to_owned(),
        "SIP/2.0 99999 \r\n\r\n".to_owned(),
        server.request("BYE", "none", 2, (line, "nobody"), "", ""),
        server.request("ACK", "none", 2, (line, "nobody"), "", ""),
        server.request("UPDATE", "none", 2, (line, "nobody"), "", ""),
        server.request("CANCEL", "none", 2, (line, ""), "", ""),
        server.request("REFER", "none", 2, (line, ""), "Refer-To: <sip:evil@evil>\r\n", ""),
        server.request("PRACK", "none", 2, (line, ""), "RAck: x\r\n", ""),
        server.request("SUBSCRIBE", "none", 2, (line, ""), "Event: dialog\r\n", ""),
    ];
    for (n, message) in messages.iter().enumerate() {
        // Each in a transaction and a call of its own.
        let message =
            message.replace("z9hG4bKt", &format!("z9hG4bKt{n}")).replace("Call-ID: t\r", &format!("Call-ID: t{n}\r"));
        server.send(line, &message).await;
        for cut in [message.len() / 3, message.len() / 2] {
            server.send(line, message.get(..cut).unwrap_or_default()).await;
        }
        lives(&server, line, &format!("o{n}")).await;
        // What of it can be understood rings, and is cleared away. The one or other is over by itself.
        for leg in seen.legs().iter().filter(|leg| leg.state == LegState::Ringing) {
            let _ = seen.line.decline(leg.id, false).await;
        }
    }
    lives(&server, line, "last-question").await;
    seen.legs();
    takes_a_call(&server, &mut seen, line, "last").await;
}
