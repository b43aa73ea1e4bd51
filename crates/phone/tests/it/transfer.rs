//! Handing a call on: asked of the other side, and told as it goes.

use std::net::{Ipv4Addr, SocketAddr};

use uncall_phone::{Answer, LegId, LegState, Refused, Why};

use crate::server::{Message, SDP, Seen, Server, description, registered, tag};

const THERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 9);

/// An incoming call that is answered: the leg and the line's tag.
async fn talking(server: &Server, seen: &mut Seen, line: SocketAddr) -> (LegId, String) {
    server.send(line, &server.request("INVITE", "c1", 1, (line, ""), SDP, &description(THERE, "sendrecv"))).await;
    let leg = seen.leg(LegState::Ringing).await.id;
    seen.line.answer(leg).await.expect("answered");
    let tag = tag(&server.expect("SIP/2.0 200").await);
    server.send(line, &server.request("ACK", "c1", 1, (line, &tag), "", "")).await;
    seen.leg(LegState::Talking).await;
    (leg, tag)
}

/// Tells the line how its REFER goes.
async fn notify(server: &Server, line: SocketAddr, (sequence, tag): (u32, &str), state: &str, status: &str) {
    let more = format!("Event: refer\r\nSubscription-State: {state}\r\nContent-Type: message/sipfrag;version=2.0\r\n");
    let body = format!("SIP/2.0 {status}\r\n");
    server.send(line, &server.request("NOTIFY", "c1", sequence, (line, tag), &more, &body)).await;
    server.expect("SIP/2.0 200").await;
}

/// Takes a REFER, and says how it went.
async fn referred(server: &Server, line: SocketAddr, tag: &str, outcome: &str) -> Message {
    let refer = server.expect("REFER").await;
    server.send(refer.from, &refer.answer("202 Accepted", "theirs", "", "")).await;
    notify(server, line, (2, tag), "active", "100 Trying").await;
    notify(server, line, (3, tag), "terminated;reason=noresource", outcome).await;
    refer
}

async fn transfer(seen: &Seen, leg: LegId) -> tokio::task::JoinHandle<Answer> {
    let line = seen.line.clone();
    tokio::spawn(async move { line.transfer(leg, "803").await })
}

#[tokio::test]
async fn a_call_is_handed_on() {
    let (server, mut seen, line) = registered().await;
    let (leg, tag) = talking(&server, &mut seen, line).await;
    let done = transfer(&seen, leg).await;
    let refer = referred(&server, line, &tag, "200 OK").await;
    assert_eq!(refer.header("Refer-To"), Some(format!("<sip:803@{}>", server.address()).as_str()));
    assert_eq!(done.await.expect("asked"), Ok(()));
    let bye = server.expect("BYE").await;
    server.send(bye.from, &bye.answer("200 OK", "", "", "")).await;
    assert_eq!(seen.leg(LegState::Ended).await.ended.expect("how").why, Why::Transferred);
}

#[tokio::test]
async fn a_transfer_that_fails_leaves_the_call() {
    let (server, mut seen, line) = registered().await;
    let (leg, tag) = talking(&server, &mut seen, line).await;
    let done = transfer(&seen, leg).await;
    let refer = server.expect("REFER").await;
    server.send(refer.from, &refer.answer("603 Decline", "theirs", "", "")).await;
    let refused = |code| Err(Refused::ByOther { code, detail: String::new() });
    assert_eq!(done.await.expect("asked"), refused(603));
    let done = transfer(&seen, leg).await;
    referred(&server, line, &tag, "486 Busy Here").await;
    assert_eq!(done.await.expect("asked"), refused(486));
    // It is still there.
    seen.line.hang_up(leg).await.expect("hung up");
    server.expect("BYE").await;
}

/// The consulted one takes the call over: what is replaced is named as its own side knows it (RFC 3891).
#[tokio::test]
async fn a_consultation_is_completed() {
    let (server, mut seen, line) = registered().await;
    let (leg, tag) = talking(&server, &mut seen, line).await;
    let asking = seen.line.clone();
    let consulting = tokio::spawn(async move { asking.consult(leg, "803").await });
    // The call goes on hold, and the colleague is called, in whatever order the messages come.
    let (mut hold, mut invite) = (None, None);
    while hold.is_none() || invite.is_none() {
        let message = server.expect("INVITE").await;
        if message.head().contains("sip:803@") { invite = Some(message) } else { hold = Some(message) }
    }
    let (hold, invite) = (hold.expect("a hold"), invite.expect("an invitation"));
    assert!(hold.body().contains("a=sendonly\r\n"), "{}", hold.body());
    let consultation = consulting.await.expect("asked").expect("dialled");
    assert_eq!(seen.line.complete(consultation).await, Err(Refused::WrongState));
    let contact = format!("Contact: <sip:x@{}>\r\n{SDP}", server.address());
    server.send(hold.from, &hold.answer("200 OK", "theirs", &contact, &description(THERE, "recvonly"))).await;
    server.send(invite.from, &invite.answer("200 OK", "colleague", &contact, &description(THERE, "sendrecv"))).await;
    seen.until("both", {
        let mut seen = (false, false);
        move |event| {
            let leg_now = crate::server::first_leg(event)?;
            seen.0 |= leg_now.id == leg && leg_now.state == LegState::Held;
            seen.1 |= leg_now.id == consultation && leg_now.state == LegState::Talking;
            (seen == (true, true)).then_some(())
        }
    })
    .await;
    let asking = seen.line.clone();
    let done = tokio::spawn(async move { asking.complete(consultation).await });
    let refer = referred(&server, line, &tag, "200 OK").await;
    let call_id = invite.header("Call-ID").expect("an id");
    let from = invite.header("From").expect("who");
    let ours = from.split("tag=").nth(1).expect("a tag");
    let wanted = format!("<sip:803@{}?Replaces={call_id}%3Bto-tag%3Dcolleague%3Bfrom-tag%3D{ours}>", server.address());
    assert_eq!(refer.header("Refer-To"), Some(wanted.as_str()));
    assert_eq!(done.await.expect("asked"), Ok(()));
    for _ in 0..2 {
        assert_eq!(seen.leg(LegState::Ended).await.ended.expect("how").why, Why::Transferred);
    }
}
