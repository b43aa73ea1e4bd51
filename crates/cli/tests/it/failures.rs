//! Exit statuses 3, 4 and 5 and their objects.

use std::time::{Duration, Instant};

use uncall_contract::Operation;

use crate::{
    command, run,
    server::{Answer, Server, fault, healthy, http},
    uncall,
};

fn doing(answer: impl Fn() -> Answer + Send + Sync + 'static) -> Server {
    Server::start(move |seen| if seen.operation().is_some() { answer() } else { healthy(seen) })
}

#[test]
fn each_failure_has_its_word_and_status() {
    let html = "<html><body>It works!</body></html>";
    let cases: Vec<(&str, Server, &str, i32, &str)> = vec![
        ("reset, read", doing(|| Answer::Reset), "current", 3, "io"),
        ("reset, verb", doing(|| Answer::Reset), "hangup", 5, "outcome-unknown"),
        (
            "lying length",
            doing(|| Answer::Bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n<x/>".to_vec())),
            "ping",
            3,
            "io",
        ),
        ("garbage", doing(|| Answer::Bytes(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec())), "ping", 3, "io"),
        ("silence, read", doing(|| Answer::Hold), "--timeout 1.5 ping", 3, "timeout"),
        ("silence, verb", doing(|| Answer::Hold), "--timeout 1.5 dial 1", 5, "outcome-unknown"),
        ("silent WSDL, verb", Server::start(|_| Answer::Hold), "--timeout 1.5 dial 1", 3, "timeout"),
        ("404", doing(|| Answer::Bytes(http("404 Not Found", "", ""))), "ping", 4, "http"),
        ("500, read", doing(|| Answer::Bytes(http("500 Oops", "", ""))), "ping", 4, "http"),
        ("500, verb", doing(|| Answer::Bytes(http("500 Oops", "", ""))), "hangup", 5, "outcome-unknown"),
        (
            "504, verb",
            doing(move || Answer::Bytes(http("504 Gateway Timeout", "", html))),
            "dial 1",
            5,
            "outcome-unknown",
        ),
        ("403, verb", doing(move || Answer::Bytes(http("403 Forbidden", "", html))), "hangup", 4, "http"),
        ("fault", doing(|| Answer::Bytes(http("500 Oops", "", fault("no")))), "hangup", 4, "fault"),
        ("html", doing(move || Answer::Bytes(http("200 OK", "", html))), "hangup", 4, "not-understood"),
        ("large", doing(|| Answer::Bytes(http("200 OK", "", vec![b' '; 2_000_000]))), "hangup", 4, "limit"),
        ("no WSDL", Server::start(move |_| Answer::Bytes(http("200 OK", "", html))), "hangup", 4, "not-understood"),
    ];
    std::thread::scope(|scope| {
        for (name, server, words, status, error) in &cases {
            scope.spawn(move || {
                let ended = uncall(server, &format!("--json {words}"));
                assert_eq!(ended.status, *status, "{name}: {ended:?}");
                let object: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
                assert_eq!(object["ok"], false, "{name}");
                assert_eq!(object["error"], *error, "{name}");
                assert!(object["operation"].is_string() && !object["detail"].as_str().unwrap().is_empty(), "{name}");
                assert_eq!(ended.stdout.lines().count(), 1, "{name}");
                assert!(ended.stderr.starts_with("uncall: "), "{name}: {}", ended.stderr);
                assert!(server.calls(Operation::Dial) <= 1 && server.calls(Operation::HangUp) <= 1, "{name}");
            });
        }
    });
}

#[test]
fn nobody_there() {
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let ended =
        run(command().args(["--server", &format!("http://{address}/?wsdl"), "--exten", "802", "--json", "busy"]));
    assert_eq!(ended.status, 3);
    assert!(
        ended.stdout.starts_with(
            r#"{"operation":"setBuys","ok":false,"error":"unreachable","detail":"cannot reach the server: 127.0.0.1:"#
        ),
        "{}",
        ended.stdout
    );
}

#[test]
fn the_timeout_bounds_the_whole_command() {
    let server = Server::start(|seen| match seen.operation() {
        Some(_) => Answer::Bytes(http("503 Service Unavailable", "", "")),
        None => healthy(seen),
    });
    let start = Instant::now();
    let ended = uncall(&server, "--timeout 1.5 --json ping");
    assert_eq!(ended.status, 4, "the last answer decides: {ended:?}");
    assert!(start.elapsed() < Duration::from_secs(5));
    assert!(server.calls(Operation::Ping) >= 2);
}

#[test]
fn a_login_in_the_address_is_sent_and_never_printed() {
    let server = Server::start(|_| Answer::Bytes(http("404 Not Found", "", "")));
    let address = server.wsdl().as_str().replace("http://", "http://agent:topsecret@");
    let ended = run(command().env("RUST_LOG", "trace").args(["--server", &address, "--json", "ping"]));
    assert_eq!(ended.status, 4);
    assert!(ended.stderr.contains("/uncall_services_api/index.php"), "the log says what is asked: {}", ended.stderr);
    assert!(!format!("{ended:?}").contains("topsecret"));
    assert!(server.seen()[0].header("authorization").is_some_and(|value| value.starts_with("Basic ")));
}

#[test]
fn a_reader_that_has_gone_is_no_failure() {
    let server = Server::start(healthy);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = command();
    command.args(["--server", server.wsdl().as_str(), "--exten", "802", "hold"]).stdout(writer);
    let output = command.output().unwrap();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
}

#[test]
fn no_line_of_the_log_has_a_whole_number() {
    let server = Server::start(healthy);
    let wsdl = server.wsdl();
    let arguments = ["--server", wsdl.as_str(), "--exten", "802", "dial", "13421829060"];
    let ended = run(command().env("RUST_LOG", "trace").args(arguments));
    assert_eq!(ended.status, 0);
    // The body of a request is logged on several lines.
    let logged = &ended.stderr;
    assert!(logged.contains(" TRACE ") && logged.contains("060"), "something was to be hidden: {logged}");
    assert!(!logged.contains("13421829060"), "{logged}");
}
