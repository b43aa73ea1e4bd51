//! `watch`: lines as they come, and Ctrl-C.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::{Child, Command, Stdio},
    sync::{Mutex, mpsc},
};

use uncall_contract::Operation;

use crate::{
    command,
    server::{Answer, Server, description, healthy, soap, success},
};

fn spawn(server: &Server, words: &[&str]) -> Child {
    command()
        .args(["--server", server.wsdl().as_str(), "--exten", "802", "watch"])
        .args(words)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Ends the watch as Ctrl-C does. Gives whether it ended well, and its stderr. A process on Windows cannot press keys for one
/// that it started: there it is killed.
fn interrupt(mut child: Child) -> (bool, String) {
    if cfg!(unix) {
        assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    } else {
        child.kill().unwrap();
    }
    let ended = child.wait().unwrap();
    let status = ended.code() == Some(if cfg!(unix) { 0 } else { 1 });
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    (status, stderr)
}

#[test]
fn pushed_events_are_printed_as_they_come() {
    const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
    let (feed, pieces) = mpsc::channel();
    let pieces = Mutex::new(Some(pieces));
    let server = Server::start(move |seen| match seen.target.contains("/events") {
        true => pieces.lock().unwrap().take().map_or(Answer::Close, Answer::Stream),
        false => description(seen, "Link: </uncall_services_api/events>; rel=\"uncall-events\"\r\n"),
    });
    let snapshot = r#"{"exten":"802","presence":"idle","calls":[]}"#;
    let call = r#"{"uid":"1372123897.17","calla":"13421829060","callb":"802","status":"callin","state":"ringing","since":"2026-11-22T07:00:00Z"}"#;
    feed.send(HEAD.to_vec()).unwrap();
    feed.send(format!("id: 1\nevent: snapshot\ndata: {snapshot}\n\n").into_bytes()).unwrap();
    let mut child = spawn(&server, &["--json"]);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut next = || lines.next().unwrap();
    assert_eq!(next(), r#"{"operation":"watch","ok":true,"event":"connected","means":"push"}"#);
    assert_eq!(next(), format!(r#"{{"operation":"watch","ok":true,"event":"snapshot",{}"#, &snapshot[1..]));
    feed.send(format!("id: 2\nevent: call\ndata: {call}\n\n").into_bytes()).unwrap();
    assert_eq!(next(), format!(r#"{{"operation":"watch","ok":true,"event":"call",{}"#, &call[1..]));
    let member = r#"{"exten":"803","presence":"busy","state":"talking","since":"2026-11-22T07:00:00Z"}"#;
    feed.send(
        format!("event: team\ndata: {{\"members\":[{member}]}}\n\nevent: member\ndata: {member}\n\n").into_bytes(),
    )
    .unwrap();
    assert_eq!(next(), format!(r#"{{"operation":"watch","ok":true,"event":"team","members":[{member}]}}"#));
    assert_eq!(next(), format!(r#"{{"operation":"watch","ok":true,"event":"member",{}"#, &member[1..]));
    assert_eq!(interrupt(child), (true, String::new()));
}

#[test]
fn polled_answers_are_printed_when_they_change() {
    let polls = Mutex::new(0);
    let server = Server::start(move |seen| match seen.operation() {
        Some(operation) => {
            let mut polls = polls.lock().unwrap();
            *polls += 1;
            let none = "<uncall><result>0</result></uncall>".to_owned();
            Answer::Bytes(soap(operation, &if *polls < 3 { none } else { success(operation) }))
        }
        None => healthy(seen),
    });
    let mut child = spawn(&server, &[]);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert_eq!(lines.next().unwrap(), "no call");
    assert_eq!(lines.next().unwrap(), "callin 13421829060 -> 802, uid 1372123897.17");
    assert!(server.calls(Operation::Current) >= 3);
    assert_eq!(interrupt(child), (true, "connected (poll)\n".into()));
}

#[test]
fn a_lost_server_is_told_and_a_reader_that_has_gone_ends_the_watch() {
    let server = Server::start(|_| Answer::Close);
    let mut child = spawn(&server, &["--json", "--timeout", "1"]);
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    assert!(line.starts_with(r#"{"operation":"watch","ok":false,"event":"lost","error":"io","detail":""#), "{line}");
    assert!(interrupt(child).0);

    let server = Server::start(healthy);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = command();
    command.args(["--server", server.wsdl().as_str(), "--exten", "802", "--json", "watch"]).stdout(writer);
    assert_eq!(command.status().unwrap().code(), Some(0));
}
