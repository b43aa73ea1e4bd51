//! What the panel's log has of a registration and a call when everything is logged.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use tracing_subscriber::{EnvFilter, Layer, Registry, filter::LevelFilter, fmt, layer::SubscriberExt as _};
use uncall_log::discreet;
use uncall_phone::{LineEvent, Srtp};

use crate::server::{Seen, Server};

const NUMBER: &str = "13421829060";
/// What the user sets to see everything, and more than that.
const EVERYTHING: &str = "trace,rsipstack=trace,rsipstack::transport::udp=trace,rsipstack::transaction[{}]=trace";

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("kept").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A registration with a challenge, and an encrypted call. Returns the log, and what went over the wire.
async fn logged(cap: impl Layer<Layered> + Send + Sync + 'static) -> (String, String) {
    let kept = Kept::default();
    let place = kept.clone();
    // Not even masked, as the panel has it: a digest with seven digits in a row would look like a number.
    let lines = move || place.clone();
    let lines = Registry::default().with(EnvFilter::new(EVERYTHING)).with(cap).with(fmt::layer().with_writer(lines));
    // The line's tasks run on this thread.
    let guard = tracing::subscriber::set_default(lines);
    let server = Server::start().await;
    let mut seen = Seen::start(server.address(), |settings| settings.srtp = Srtp::Always);
    let register = server.expect("REGISTER").await;
    let challenge = "WWW-Authenticate: Digest realm=\"asterisk\",nonce=\"n0nce\",algorithm=MD5\r\n";
    server.send(register.from, &register.answer("401 Unauthorized", "r", challenge, "")).await;
    let register = server.expect("REGISTER").await;
    let proof = register.header("Authorization").expect("a proof").to_owned();
    server.grant(&register).await;
    seen.until("registered", |event| (event == LineEvent::Registered).then_some(())).await;
    seen.line.dial(NUMBER).await.expect("dialled");
    let invite = server.expect("INVITE").await;
    server.send(invite.from, &invite.answer("486 Busy Here", "t", "", "")).await;
    server.expect("ACK").await;
    seen.line.end().await.expect("ended");
    drop(guard);
    let text = String::from_utf8(kept.0.lock().expect("kept").clone()).expect("text");
    (text, proof + &invite.text)
}

type Layered = tracing_subscriber::layer::Layered<EnvFilter, Registry>;

/// A quoted value, or a key.
fn after<'a>(text: &'a str, name: &str) -> &'a str {
    let rest = text.split(name).nth(1).unwrap_or_else(|| panic!("no {name} in {text}"));
    rest.split(['"', '|', '\r', ' ']).next().expect("a value")
}

/// Which events a program logs is kept for the whole process, so that other tests' threads would have a say.
fn in_a_process_of_its_own() {
    let mut test = std::process::Command::new(std::env::current_exe().expect("this program"));
    test.args(["--exact", "logs::no_setting_brings_numbers_or_secrets_into_the_log", "--nocapture"]);
    assert!(test.env("UNCALL_ALONE", "1").status().expect("the test").success());
}

#[tokio::test]
async fn no_setting_brings_numbers_or_secrets_into_the_log() {
    if std::env::var_os("UNCALL_ALONE").is_none() {
        return in_a_process_of_its_own();
    }
    // Without the cap the stack says it all, or this test would show nothing.
    let (log, wire) = logged(LevelFilter::TRACE).await;
    for secret in [after(&wire, "response=\""), after(&wire, "inline:"), "SIP/2.0"] {
        assert!(log.contains(secret), "{secret}: {log}");
    }
    let (log, wire) = logged(discreet()).await;
    for secret in ["pw801", NUMBER, after(&wire, "response=\""), after(&wire, "inline:"), "SIP/2.0", "rsipstack"] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
    assert!(wire.contains(NUMBER));
}
