//! A phone on the command line, to try the line by hand and to measure it:
//!
//! `line REGISTRAR USER SECRET [name=value]…`
//!
//! | name | value |
//! |---|---|
//! | `card` | `pulse` (Linux), or `tone:HERTZ`, or `file:IN.wav` (48 kHz, 16 bits, mono): a card of its own clock |
//! | `record` | a WAV file for what such a card plays |
//! | `input`, `output`, `ring` | devices of `pulse` |
//! | `trust` | certificates (PEM) of the registrar |
//! | `srtp` | `off`, `tls`, `always` |
//! | `codecs` | `opus,g722,pcma,pcmu` |
//!
//! Prints logs as `RUST_LOG` says, with `rsipstack=info` every message. Prints each event and answer as a line of JSON, and takes commands by lines: `answer LEG`, `decline LEG`, `busy LEG`, `hangup LEG`,
//! `hold LEG`, `resume LEG`, `mute LEG`, `unmute LEG`, `press LEG KEYS`, `dial NUMBER`, `transfer LEG NUMBER`, `consult LEG NUMBER`,
//! `complete LEG`, `swap LEG`, `back LEG`, `refresh`, `devices INPUT OUTPUT`, `end`. `LEG` may be left out where there is one.
#![allow(clippy::print_stdout, clippy::expect_used, missing_docs, reason = "a tool of the developers")]

use std::{collections::HashMap, env, path::Path, sync::Arc};

use rustls::{ClientConfig, RootCertStore, pki_types::CertificateDer, pki_types::pem::PemObject as _};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use uncall_headset::Card;
use uncall_phone::{Devices, LegId, LegState, Line, LineEvent, LineHandle, LineSettings, Refused, Secret, Srtp};
use uncall_voice::Codec;

#[path = "line/files.rs"]
mod files;

#[tokio::main]
async fn main() {
    let filter = tracing_subscriber::EnvFilter::from_default_env();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false).init();
    let mut arguments = env::args().skip(1);
    let mut next = |what: &str| arguments.next().expect(what);
    let registrar = next("a registrar").parse().expect("sip:HOST[:PORT][;transport=…]");
    let mut settings = LineSettings::new(registrar, next("a user"), Secret::new(next("a secret")));
    let options: HashMap<String, String> = arguments
        .filter_map(|one| one.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())))
        .collect();
    let option = |name: &str| options.get(name).map(String::as_str);
    settings.devices = Devices {
        input: options.get("input").cloned(),
        output: options.get("output").cloned(),
        ring_on: option("ring").map(|names| names.split(',').map(str::to_owned).collect()).unwrap_or_default(),
        ..settings.devices
    };
    settings.srtp = match option("srtp") {
        Some("off") => Srtp::Off,
        Some("always") => Srtp::Always,
        _ => Srtp::WithTls,
    };
    if let Some(names) = option("codecs") {
        settings.codecs = names.split(',').filter_map(codec).collect();
    }
    settings.trust = option("trust").map(|file| trust(Path::new(file)));
    let card: Box<dyn Card> = match option("card") {
        #[cfg(target_os = "linux")]
        None | Some("pulse") => Box::new(uncall_headset::Pulse),
        other => Box::new(files::Files::new(other.unwrap_or("tone:440"), option("record"))),
    };
    let devices = settings.devices.clone();
    let (line, mut events) = Line::start(settings, card).expect("a thread");
    let mut commands = BufReader::new(tokio::io::stdin()).lines();
    let mut legs: Vec<LegId> = Vec::new();
    loop {
        tokio::select! {
            event = events.recv() => {
                let Some(event) = event else { break };
                if let LineEvent::Leg(leg) = &event {
                    legs.retain(|known| *known != leg.id);
                    if leg.state != LegState::Ended {
                        legs.push(leg.id);
                    }
                }
                println!("{}", serde_json::to_string(&event).expect("json"));
            }
            command = commands.next_line() => {
                let Ok(Some(command)) = command else { break };
                let (line, legs, devices) = (line.clone(), legs.clone(), devices.clone());
                tokio::spawn(async move {
                    let done = carry_out(&line, &legs, &command, devices).await;
                    let answer = match done {
                        Ok(leg) => serde_json::json!({"did": command, "leg": leg.map(|leg| leg.0)}),
                        Err(refused) => serde_json::json!({"did": command, "refused": refused}),
                    };
                    println!("{answer}");
                });
            }
        }
    }
    // It may have ended by itself.
    let _ = line.end().await;
    // What waits for a line of input cannot be called off.
    std::process::exit(0);
}

async fn carry_out(
    line: &LineHandle,
    legs: &[LegId],
    command: &str,
    devices: Devices,
) -> Result<Option<LegId>, Refused> {
    let mut words: Vec<&str> = command.split_whitespace().collect();
    let verb = if words.is_empty() { "" } else { words.remove(0) };
    let numbered = !matches!(verb, "dial" | "refresh" | "devices" | "end");
    let named =
        words.first().and_then(|word| word.parse().ok()).map(LegId).filter(|leg| numbered && legs.contains(leg));
    if named.is_some() {
        words.remove(0);
    }
    let leg = || named.or(legs.last().copied()).ok_or(Refused::NoSuchLeg);
    let word = || words.first().copied().unwrap_or_default().to_owned();
    match verb {
        "answer" => line.answer(leg()?).await?,
        "decline" => line.decline(leg()?, false).await?,
        "busy" => line.decline(leg()?, true).await?,
        "hangup" => line.hang_up(leg()?).await?,
        "hold" => line.hold(leg()?).await?,
        "resume" => line.resume(leg()?).await?,
        "mute" => line.mute(leg()?, true).await?,
        "unmute" => line.mute(leg()?, false).await?,
        "press" => line.press(leg()?, word()).await?,
        "dial" => return line.dial(word()).await.map(Some),
        "transfer" => line.transfer(leg()?, word()).await?,
        "consult" => return line.consult(leg()?, word()).await.map(Some),
        "complete" => line.complete(leg()?).await?,
        "swap" => line.swap(leg()?).await?,
        "back" => line.back(leg()?).await?,
        "refresh" => line.refresh().await?,
        "devices" => {
            let output = words.get(1).map(|name| (*name).to_owned());
            line.devices(Devices { input: Some(word()), output, ..devices }).await?;
        }
        "end" => line.end().await?,
        _ => return Err(Refused::System(format!("what is {verb:?}?"))),
    }
    Ok(None)
}

fn codec(name: &str) -> Option<Codec> {
    Codec::ALL.into_iter().find(|codec| codec.name().eq_ignore_ascii_case(name))
}

fn trust(file: &Path) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    let certificates: Vec<_> = CertificateDer::pem_file_iter(file).expect("a file").filter_map(Result::ok).collect();
    roots.add_parsable_certificates(certificates);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("TLS");
    Arc::new(builder.with_root_certificates(roots).with_no_client_auth())
}
