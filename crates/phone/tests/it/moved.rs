//! Another local address during a call: the line registers again, and the call goes on from there.

use std::{
    env,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    process::Command,
};

use tokio::{net::UdpSocket, time::timeout};
use uncall_phone::{LegState, Why};

use crate::server::{SDP, SOON, Seen, Server, description, register_at, tag};

/// Set in the process that has a network of its own.
const ALONE: &str = "UNCALL_OWN_NETWORK";
const SERVER: Ipv4Addr = Ipv4Addr::new(10, 9, 0, 1);
const BEFORE: Ipv4Addr = Ipv4Addr::new(10, 9, 0, 5);
const AFTER: Ipv4Addr = Ipv4Addr::new(10, 9, 0, 6);

fn ip(arguments: &str) {
    let status = Command::new("ip").args(arguments.split(' ')).status().expect("ip");
    assert!(status.success(), "ip {arguments}");
}

/// The address from which the server is reached from now on.
fn reach_from(address: Ipv4Addr) {
    ip(&format!("route replace local {SERVER} dev lo table local proto kernel scope host src {address}"));
}

/// Runs itself once more in a network namespace, where addresses can be changed.
#[test]
fn a_call_goes_on_from_another_address() {
    if env::var_os(ALONE).is_some() {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
        return runtime.block_on(moved());
    }
    let may = Command::new("unshare").args(["--net", "true"]).output().is_ok_and(|output| output.status.success());
    let mut again = Command::new("unshare");
    again.args(if may { &["--net"][..] } else { &["--net", "--map-root-user"][..] });
    again.arg(env::current_exe().expect("this program"));
    again.args(["--exact", "moved::a_call_goes_on_from_another_address", "--nocapture"]).env(ALONE, "yes");
    let output = again.output().expect("unshare");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}\n{}", text(&output.stdout), text(&output.stderr));
}

/// Waits for a packet of sound from this address.
async fn sound_from(socket: &UdpSocket, address: Ipv4Addr) {
    let mut packet = [0; 2_000];
    let heard = timeout(SOON, async {
        while socket.recv_from(&mut packet).await.expect("received").1.ip() != IpAddr::V4(address) {}
    });
    heard.await.unwrap_or_else(|_| panic!("no sound comes from {address}"));
}

async fn moved() {
    ip("link set lo up");
    for address in [SERVER, BEFORE, AFTER] {
        ip(&format!("addr add {address}/32 dev lo"));
    }
    reach_from(BEFORE);
    let there = UdpSocket::bind((SERVER, 0)).await.expect("a port");
    let offer = description(there.local_addr().expect("bound"), "sendrecv");
    let server = Server::start_at(SERVER).await;
    let mut seen = Seen::start(server.address(), |settings| settings.rings = false);
    let line = register_at(&server, &mut seen).await;
    assert_eq!(line.ip(), IpAddr::V4(BEFORE));

    server.send(line, &server.request("INVITE", "c1", 1, (line, ""), SDP, &offer)).await;
    let leg = seen.leg(LegState::Ringing).await.id;
    seen.line.answer(leg).await.expect("answered");
    let tag = tag(&server.expect("SIP/2.0 200").await);
    server.send(line, &server.request("ACK", "c1", 1, (line, &tag), "", "")).await;
    sound_from(&there, BEFORE).await;

    reach_from(AFTER);
    // The REGISTER from the new address is granted on the way.
    let invite = server.expect("INVITE").await;
    assert_eq!(invite.from.ip(), IpAddr::V4(AFTER));
    assert!(invite.body().contains(&format!("c=IN IP4 {AFTER}\r\n")), "{}", invite.body());
    let contact = format!("Contact: <sip:x@{}>\r\n{SDP}", server.address());
    server.send(invite.from, &invite.answer("200 OK", "theirs", &contact, &offer)).await;
    server.expect("ACK").await;
    sound_from(&there, AFTER).await;

    let line: SocketAddr = invite.from;
    server.send(line, &server.request("BYE", "c1", 2, (line, &tag), "", "")).await;
    assert_eq!(seen.leg(LegState::Ended).await.ended.expect("how").why, Why::There);
}
