//! The binary: its command line, its port, its end.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test ends where it fails"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};

fn gateway(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_uncall-gateway"));
    for name in ["RUST_LOG", "UNCALL_AMI_ADDR", "UNCALL_AMI_USER", "UNCALL_AMI_SECRET"] {
        command.env_remove(name);
    }
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Kills what a failed test has left.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _gone_already = self.0.kill();
        let _reaped = self.0.wait();
    }
}

impl Running {
    /// Started, with the address it says on standard output.
    fn start(arguments: &[&str]) -> (Running, String) {
        let mut child = gateway(arguments).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let wsdl = line.trim().to_owned();
        let host = wsdl.strip_prefix("http://").unwrap().strip_suffix("/uncall_services_api/index.php?wsdl").unwrap();
        (Running(child), host.to_owned())
    }
}

fn get(host: &str, path: &str) -> String {
    let mut socket = TcpStream::connect(host).unwrap();
    write!(socket, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    answer
}

fn refused(arguments: &[&str]) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = gateway(arguments).output().unwrap();
    (status.code(), String::from_utf8_lossy(&stderr).into_owned())
}

#[cfg(unix)]
#[test]
fn it_says_its_port_serves_and_stops_on_a_signal() {
    for signal in ["TERM", "INT"] {
        let (mut running, host) = Running::start(&["--listen", "127.0.0.1:0", "--pbx", "simulator", "--sim-control"]);
        assert!(get(&host, "/healthz").ends_with("ok\n"));
        assert!(get(&host, "/uncall_services_api/index.php?wsdl").contains(&host));
        assert!(get(&host, "/sim/state").starts_with("HTTP/1.1 200"));
        let id = running.0.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
        assert!(running.0.wait().unwrap().success());
        let mut log = String::new();
        running.0.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        assert!(log.contains(&format!("http://{host}/uncall_services_api/index.php?wsdl")), "{log}");
        assert!(!log.contains('\u{1b}'), "no colours in a file: {log}");
    }
}

#[test]
fn a_port_that_is_taken_is_said_in_a_sentence() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, log) = refused(&["--listen", &address]);
    assert_eq!(code, Some(1));
    assert!(log.contains(&format!("cannot listen on {address}: ")), "{log}");
}

#[test]
fn a_configuration_that_is_not_right_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gateway.toml");
    std::fs::write(&path, "listen = \"127.0.0.1:0\"\ncolour = 3\n").unwrap();
    let (code, log) = refused(&["--config", path.to_str().unwrap()]);
    assert_eq!(code, Some(1));
    assert!(log.contains("gateway.toml") && log.contains("colour"), "{log}");
    let (code, log) = refused(&["--config", "no/such/file.toml"]);
    assert_eq!((code, log.contains("cannot read the configuration no/such/file.toml")), (Some(1), true), "{log}");
}

#[test]
fn the_configuration_is_read_and_flags_come_first() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gateway.toml");
    std::fs::write(&path, "listen = \"127.0.0.1:1\"\n[simulator]\ncontrol = true\nextensions = [\"601\"]\n").unwrap();
    let (_running, host) = Running::start(&["--config", path.to_str().unwrap(), "--listen", "127.0.0.1:0"]);
    let state = get(&host, "/sim/state");
    assert!(state.contains("\"exten\":\"601\"") && !state.contains("801"), "{state}");
}

#[test]
fn what_is_not_offered_is_a_usage_error() {
    for arguments in [
        &["check", "--listen", "127.0.0.1:0"][..],
        &["--sim-control", "check"],
        &["--pbx", "switch"],
        &["--listen", "8088"],
        &["--sim-traffic", "x"],
    ] {
        assert_eq!(refused(arguments).0, Some(2), "{arguments:?}");
    }
}

#[test]
fn the_check_says_what_is_missing_and_with_which_status() {
    let Output { status, stdout, .. } = gateway(&["check"]).output().unwrap();
    let said = String::from_utf8_lossy(&stdout);
    assert!(status.success() && said.starts_with("ok           the simulator needs nothing"), "{said}");

    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let mut check = gateway(&["check", "--pbx", "asterisk"]);
    check.env("UNCALL_AMI_ADDR", &nobody).env("UNCALL_AMI_USER", "uncall").env("UNCALL_AMI_SECRET", "hush hush");
    let Output { status, stdout, stderr } = check.output().unwrap();
    let said = String::from_utf8_lossy(&stdout);
    assert!(
        said.starts_with(&format!("MISSING      login: the PBX at {nobody} (user uncall) cannot be reached")),
        "{said}"
    );
    assert_eq!(status.code(), Some(1));
    assert!(!said.contains("hush") && !String::from_utf8_lossy(&stderr).contains("hush"));
}

#[test]
fn an_asterisk_without_an_address_is_said_before_anything_is_served() {
    for arguments in [&["--pbx", "asterisk", "--listen", "127.0.0.1:0"][..], &["check", "--pbx", "asterisk"]] {
        let (code, log) = refused(arguments);
        assert!(code == Some(1) && log.contains("UNCALL_AMI_ADDR"), "{log}");
    }
}
