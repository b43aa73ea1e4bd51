#![allow(clippy::indexing_slicing)] // Of JSON values: what is not there is null.
//! The command line `uncall` on this project's gateway, with phones that really ring: all operations, a recording, the
//! stream, and both ends of it stopped in order. The same under Wine, where both are Windows programs.

use std::{process::Stdio, time::Duration};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};
use uncall_tests::{
    gateway::Gateway,
    program::{Run, command, uncall},
    wire,
};

const CUSTOMER: &str = "13421829060";
const CALLED: &str = "10086";
/// For a line to come.
const SOON: Duration = Duration::from_secs(30);

fn field<'a>(object: &'a Value, name: &str) -> &'a Value {
    object.get(name).unwrap_or(&Value::Null)
}

/// An agent's command line.
struct Agent<'a> {
    wsdl: String,
    gateway: &'a Gateway,
}

impl<'a> Agent<'a> {
    fn of(gateway: &'a Gateway) -> Agent<'a> {
        Agent { wsdl: gateway.wsdl(), gateway }
    }

    /// Runs a verb for an extension.
    async fn run(&self, exten: &str, verb: &[&str]) -> Result<Run> {
        uncall(&[&["--server", &self.wsdl, "--exten", exten, "--json"], verb].concat()).await
    }

    /// What a verb that is done prints.
    async fn object(&self, exten: &str, verb: &[&str]) -> Result<Value> {
        let run = self.run(exten, verb).await?;
        ensure!(run.status == 0 && run.stderr.is_empty(), "{exten} {verb:?}: {run:?}");
        run.object()
    }

    /// A verb that is done with this message.
    async fn done(&self, exten: &str, verb: &[&str], message: &str) -> Result<()> {
        let object = self.object(exten, verb).await?;
        ensure!(field(&object, "ok") == &json!(true), "{exten} {verb:?}: {object}");
        ensure!(field(&object, "message") == message, "{exten} {verb:?}: {object}");
        Ok(())
    }

    /// The uid of an extension's call.
    async fn current(&self, exten: &str) -> Result<String> {
        let object = self.object(exten, &["current"]).await?;
        Ok(field(field(&object, "call"), "uid").as_str().with_context(|| format!("no call: {object}"))?.to_owned())
    }
}

#[tokio::test]
async fn all_operations_on_phones_that_ring() -> Result<()> {
    let gateway = Gateway::start().await?;
    let agent = Agent::of(&gateway);
    let echo = agent.object("801", &["ping", "你好 <&> \"é\""]).await?;
    assert_eq!(echo["response"], json!("UncallWorld:你好 <&> \"é\""));
    agent.done("804", &["busy"], "Updated database successfully").await?;
    agent.done("804", &["idle"], "Key deleted successfully").await?;

    let uid = gateway.ring(CUSTOMER, "801").await?;
    gateway.phone("extensions/801/answer").await?;
    assert_eq!(agent.current("801").await?, uid);
    let held = agent.object("801", &["hold"]).await?;
    let channel = held["message"].as_str().context("no channel")?;
    agent.done("801", &["restore", channel], "Restorepark successful").await?;
    for verb in ["listen", "whisper"] {
        agent.done("803", &[verb, "801"], "Spy or whisper success").await?;
        gateway.phone("extensions/803/answer").await?;
        gateway.phone("extensions/803/hangup").await?;
    }
    let early = agent.run("801", &["recording", &uid]).await?;
    assert_eq!((early.status, &early.object()?["message"]), (1, &json!("Recording not ready")));
    let (transferred, taken) = tokio::join!(
        agent.done("801", &["transfer", "802"], "Transfer successful"),
        agent.gateway.phone_when_ready("extensions/802/answer")
    );
    taken.and(transferred)?;
    agent.done("802", &["hangup"], "Channel Hungup success").await?;
    recorded(&agent, &uid).await?;

    let dial = agent.object("801", &["dial", "100-86", "--action-id", "客户 #7 <&>"]).await?;
    assert_eq!((&dial["actionId"], &dial["ok"]), (&json!("客户 #7 <&>"), &json!(true)));
    gateway.phone("extensions/801/answer").await?;
    gateway.phone_when_ready(&format!("numbers/{CALLED}/answer")).await?;
    agent.done("801", &["survey"], "Feedback successful").await?;
    agent.done("801", &["hangup"], "Channel Hungup success").await?;
    let none = agent.run("801", &["hangup"]).await?;
    assert_eq!((none.status, &none.object()?["message"]), (1, &json!("No Channels")));
    Ok(())
}

/// The recording arrives, as it is and converted, under a name that not every code page knows; a part of it on demand.
async fn recorded(agent: &Agent<'_>, uid: &str) -> Result<()> {
    let folder = tempfile::tempdir()?;
    for (name, more) in [("录音 é.wav", &[][..]), ("call.wav", &["--format", "wav"])] {
        let file = folder.path().join(name);
        let path = file.to_str().context("a path that is not UTF-8")?;
        let object = agent.object("801", &[&["recording", uid, "-o", path], more].concat()).await?;
        assert_eq!(field(&object, "file"), path);
        let sound = std::fs::read(&file)?;
        assert!(sound.starts_with(b"RIFF") && sound.get(8..12) == Some(b"WAVE"), "{name}: not a WAV file");
    }
    let object = agent.object("801", &["recording", uid]).await?;
    let url = field(&object, "url").as_str().context("no address")?;
    let path = url.strip_prefix(&format!("http://{}", agent.gateway.address)).context("another server's address")?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: pbx\r\nRange: bytes=4-11\r\nConnection: close\r\n\r\n");
    let part = wire::exchange(agent.gateway.address, request.as_bytes()).await?;
    assert_eq!((part.head.status, part.body.get(4..)), (206, Some(&b"WAVE"[..])), "{:?}", part.head);
    Ok(())
}

/// A `watch` that runs.
struct Watching {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Watching {
    async fn of(gateway: &Gateway, exten: &str) -> Result<Watching> {
        let mut command = command(&["--server", &gateway.wsdl(), "--exten", exten, "--json", "watch"]).await?;
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let lines = BufReader::new(process.stdout.take().context("no output")?).lines();
        let mut watching = Watching { process, lines };
        assert_eq!(field(&watching.next().await?, "means"), "push");
        assert_eq!(field(&watching.next().await?, "event"), "snapshot");
        Ok(watching)
    }

    async fn next(&mut self) -> Result<Value> {
        let line = timeout(SOON, self.lines.next_line()).await.context("nothing more comes")??;
        Ok(serde_json::from_str(&line.context("the watch has ended")?)?)
    }
}

#[tokio::test]
async fn the_stream_is_shown_until_ctrl_c() -> Result<()> {
    let gateway = Gateway::start().await?;
    let mut watching = Watching::of(&gateway, "801").await?;
    let uid = gateway.ring(CUSTOMER, "801").await?;
    let rings = watching.next().await?;
    assert_eq!((&rings["uid"], &rings["state"], &rings["calla"]), (&json!(uid), &json!("ringing"), &json!(CUSTOMER)));
    gateway.phone("extensions/801/answer").await?;
    assert_eq!(watching.next().await?["state"], json!("talking"));

    let id = watching.process.id().context("it has ended")?.to_string();
    ensure!(Command::new("kill").args(["-INT", &id]).status().await?.success());
    let status = timeout(SOON, watching.process.wait()).await.context("Ctrl-C does not end it")??;
    let mut complaints = String::new();
    watching.process.stderr.take().context("no stderr")?.read_to_string(&mut complaints).await?;
    assert_eq!((status.code(), complaints.as_str()), (Some(0), ""));
    Ok(())
}

#[tokio::test]
async fn a_gateway_that_stops_ends_its_streams() -> Result<()> {
    let gateway = Gateway::start().await?;
    let mut watching = Watching::of(&gateway, "801").await?;
    gateway.stop().await?;
    let lost = watching.next().await?;
    assert_eq!((&lost["event"], &lost["ok"]), (&json!("lost"), &json!(false)));
    Ok(())
}
