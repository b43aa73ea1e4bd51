#![allow(clippy::indexing_slicing)] // Of JSON values: what is not there is null.
//! The panel is the phone: a real Asterisk, a colleague's phone, a sound server with null sinks as the headset. Who hears whom is
//! measured in tones at both ends.

use std::{path::PathBuf, process::Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;
use tokio::{
    io::AsyncReadExt as _,
    process::{Child, Command},
};
use uncall_tests::{
    floor,
    lab::{Heard, Lab, Phone, Tone},
    panel::{Desktop, Look, Page, Panel, Process, desk::binary, desktop::until},
};

const HEADSET: &str = "module-null-sink sink_name=ears rate=48000";
const SPEAKERS: &str = "module-null-sink sink_name=speakers rate=48000";
/// So many times the panel's ears are asked before they have not heard it.
const PATIENCE: usize = 60;

/// A desk whose panel is the phone 801.
struct Desk {
    desktop: Desktop,
    config: String,
    _sound: Child,
}

impl Desk {
    /// `server` is a line of the settings, or nothing for a phone alone.
    async fn furnish(lab: &Lab, server: &str) -> Result<Desk> {
        let mut desktop = Desktop::start(Look::ENGLISH).await?;
        let folder = desktop.home().join("pulse");
        std::fs::create_dir(&folder)?;
        let socket = folder.join("socket");
        let address = format!("unix:{}", socket.display());
        desktop.set("PULSE_SERVER", &address);
        desktop.set("PULSE_RUNTIME_PATH", &folder.to_string_lossy());
        desktop.set("UNCALL_PHONE_SECRET", "pw801");
        let microphone = format!("module-sine-source source_name=mouth frequency={}", Tone::Phone801.frequency());
        let protocol = format!("module-native-protocol-unix auth-anonymous=1 socket={}", socket.display());
        let loads = [HEADSET, SPEAKERS, &microphone, &protocol].map(|module| format!("--load={module}"));
        let mut args = vec!["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm=yes"];
        args.extend(loads.iter().map(String::as_str));
        let sound = desktop.start_program("pulseaudio", &args)?;
        until("the sound server is there", async || socket.exists().then_some(())).await?;
        let config = desktop.home().join("panel.toml");
        let phone = format!(
            "[phone]\nenabled = true\nregistrar = \"sip:{}\"\nuser = \"801\"\ninput = \"mouth\"\noutput = \"ears\"\n",
            lab.address()
        );
        std::fs::write(&config, format!("{server}extension = \"801\"\n{phone}"))?;
        Ok(Desk { desktop, config: config.to_string_lossy().into_owned(), _sound: sound })
    }

    /// The panel, without a window.
    async fn start_panel(&self) -> Result<Process> {
        let args = ["--tray", "--config", &self.config];
        let panel = Process::start(&self.desktop, &binary().await?, "panel", &args)?;
        self.until_shown("the phone is registered", |shown| shown["line"]["state"] == "registered")
            .await
            .with_context(|| panel.log())?;
        Ok(panel)
    }

    async fn second(&self, args: &[&str]) -> Result<std::process::Output> {
        let mut command = Command::new(binary().await?);
        command.envs(self.desktop.environment().iter().cloned()).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
        command.args(["--config", &self.config]).args(args).kill_on_drop(true);
        Ok(command.output().await?)
    }

    async fn done(&self, order: &str) -> Result<()> {
        let ended = self.second(&["--do", order]).await?;
        ensure!(ended.status.success(), "{order}: {}", String::from_utf8_lossy(&ended.stderr));
        Ok(())
    }

    async fn shown(&self) -> Result<Value> {
        let ended = self.second(&["--state"]).await?;
        ensure!(ended.status.success());
        Ok(serde_json::from_slice(&ended.stdout)?)
    }

    async fn until_shown(&self, what: &str, is: impl Fn(&Value) -> bool) -> Result<Value> {
        let mut last = Value::Null;
        let seen = until(what, async || {
            last = self.shown().await.ok()?;
            is(&last).then(|| last.clone())
        })
        .await;
        seen.with_context(|| format!("it shows {last}"))
    }

    /// Waits until the only call is in this state, and at the phone.
    async fn until_call(&self, state: &str) -> Result<Value> {
        let is = |shown: &Value| {
            let calls = shown["calls"].as_array().map(Vec::as_slice).unwrap_or_default();
            calls.len() == 1 && calls[0]["state"] == state && calls[0]["phone"].is_object()
        };
        self.until_shown(&format!("the call is {state}"), is).await
    }

    /// Waits until the verb can be asked for.
    async fn until_can(&self, verb: &str) -> Result<()> {
        let can = |shown: &Value| {
            let calls = shown["calls"].as_array().map(Vec::as_slice).unwrap_or_default();
            calls.iter().any(|call| call["verbs"].as_array().is_some_and(|verbs| verbs.contains(&verb.into())))
        };
        self.until_shown(&format!("{verb} is possible"), can).await.map(drop)
    }

    /// What sounds in the agent's headset.
    async fn hears(&self) -> Result<Heard> {
        self.sounds_on("ears").await
    }

    /// What sounds on this device.
    async fn sounds_on(&self, sink: &str) -> Result<Heard> {
        let mut command = Command::new("parec");
        command.arg(format!("--device={sink}.monitor"));
        command.args(["--format=s16le", "--rate=8000", "--channels=1", "--latency-msec=50"]);
        command.envs(self.desktop.environment().iter().cloned()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut recorder = command.spawn()?;
        let mut sound = vec![0; 8000];
        recorder.stdout.as_mut().context("a pipe")?.read_exact(&mut sound).await?;
        recorder.kill().await?;
        // The first of it may be from before the recorder had begun.
        let samples = sound.as_chunks::<2>().0.iter().skip(1000).map(|sample| i16::from_le_bytes(*sample));
        Ok(Heard::in_samples(&samples.collect::<Vec<i16>>()))
    }

    async fn until_hears(&self, wanted: &Heard) -> Result<()> {
        let mut last = Heard::Nothing;
        for _ in 0..PATIENCE {
            last = self.hears().await?;
            if last == *wanted {
                return Ok(());
            }
        }
        bail!("the agent was to hear {wanted:?} and hears {last:?}")
    }

    async fn both_hear(&self, other: &Phone, tone: Tone) -> Result<()> {
        other.until_hears(&Heard::tones([Tone::Phone801])).await?;
        self.until_hears(&Heard::tones([tone])).await
    }

    /// The log, and how often it says that a call popped up.
    fn pops(&self) -> Result<usize> {
        let log: PathBuf = self.desktop.home().join("panel.log");
        Ok(std::fs::read_to_string(log)?.matches("pops up").count())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_answered_held_resumed_and_ended_on_this_computer() -> Result<()> {
    let lab = Lab::start().await?;
    let colleague = lab.phone("802").await?;
    let gateway = floor::Process::start(&lab).await?;
    let desk = Desk::furnish(&lab, &format!("server = \"{}\"\n", gateway.gateway().wsdl())).await?;
    let panel = desk.start_panel().await?;
    desk.until_shown("the server is there", |shown| shown["connection"]["state"] == "push").await?;

    colleague.call("801").await?;
    desk.until_can("answer").await.with_context(|| panel.log())?;
    desk.done("answer").await?;
    let shown = desk.until_call("talking").await?;
    desk.both_hear(&colleague, Tone::Phone802).await.with_context(|| panel.log())?;

    // The server knows it by now, as one call.
    let known = |shown: &Value| {
        let uid = shown["calls"][0]["uid"].as_str().unwrap_or("sip:");
        !uid.starts_with("sip:") && shown["calls"].as_array().is_some_and(|calls| calls.len() == 1)
    };
    desk.until_shown("server and phone speak of one call", known).await.with_context(|| format!("{shown}"))?;
    desk.done("mute").await?;
    colleague.until_hears(&Heard::Silence).await?;
    desk.done("unmute").await?;
    desk.both_hear(&colleague, Tone::Phone802).await?;

    desk.until_can("hold").await?;
    desk.done("hold").await?;
    desk.until_call("held").await?;
    colleague.until_hears(&Heard::tones([Tone::Music])).await?;
    desk.until_can("restore").await?;
    desk.done("restore").await?;
    desk.until_call("talking").await?;
    desk.both_hear(&colleague, Tone::Phone802).await?;

    desk.done("hangup").await?;
    colleague.idle().await?;
    desk.until_shown("the call is over", |shown| shown["calls"].as_array().is_some_and(Vec::is_empty)).await?;
    ensure!(desk.pops()? == 1, "one call pops up once:\n{}", panel.log());
    // None where the pop-up would cover it.
    ensure!(desk.desktop.notifications().len() <= 1, "{:?}", desk.desktop.notifications());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_alone_asks_a_colleague_and_hands_the_caller_over() -> Result<()> {
    let lab = Lab::start().await?;
    let (colleague, customer) = tokio::try_join!(lab.phone("802"), lab.customer())?;
    let desk = Desk::furnish(&lab, "").await?;
    let panel = desk.start_panel().await?;
    customer.call("801").await?;
    desk.until_can("answer").await.with_context(|| panel.log())?;
    desk.done("answer").await?;
    desk.both_hear(&customer, Tone::Customer).await.with_context(|| panel.log())?;
    // By the phone itself: there is no server.
    desk.until_can("hold").await?;
    desk.done("hold").await?;
    desk.until_call("held").await?;
    desk.until_can("restore").await?;
    desk.done("restore").await?;
    desk.both_hear(&customer, Tone::Customer).await?;

    desk.until_can("consult").await?;
    desk.done("consult:802").await?;
    colleague.answer().await?;
    desk.until_can("complete").await?;
    desk.both_hear(&colleague, Tone::Phone802).await?;
    desk.done("swap").await?;
    desk.both_hear(&customer, Tone::Customer).await?;
    desk.until_can("complete").await?;
    desk.done("complete").await?;
    customer.until_hears(&Heard::tones([Tone::Phone802])).await?;
    colleague.until_hears(&Heard::tones([Tone::Customer])).await?;
    desk.until_shown("the agent is free", |shown| shown["calls"].as_array().is_some_and(Vec::is_empty)).await?;
    ensure!(desk.pops()? == 1, "one call pops up once:\n{}", panel.log());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_and_quitting_end_no_call_by_surprise() -> Result<()> {
    let lab = Lab::start().await?;
    let colleague = lab.phone("802").await?;
    let gateway = floor::Process::start(&lab).await?;
    let desk = Desk::furnish(&lab, &format!("server = \"{}\"\n", gateway.gateway().wsdl())).await?;
    let panel = Panel::start(&desk.desktop, &binary().await?, &["--config", &desk.config]).await?;
    panel.turn_to(Page::Main).await?;
    desk.until_shown("the phone is registered", |shown| shown["line"]["state"] == "registered").await?;
    colleague.call("801").await?;
    desk.until_can("answer").await.with_context(|| panel.log())?;
    desk.done("answer").await?;
    desk.both_hear(&colleague, Tone::Phone802).await.with_context(|| panel.log())?;

    // The headset's battery is low: the loudspeakers are taken in the call.
    panel.press("settings-open").await?;
    let mut listed = Value::Null;
    until("the devices are listed", async || {
        let choose = "const list = document.querySelector('[data-test=settings-output]'); list.value = 'speakers'; \
                      list.dispatchEvent(new Event('change', { bubbles: true })); \
                      return [list.value, ...[...list.options].map((option) => option.value)]";
        listed = panel.script(choose).await.ok()?;
        (listed[0] == "speakers").then_some(())
    })
    .await
    .with_context(|| format!("{listed}"))?;
    panel.press("settings-save").await?;
    let mut last = Heard::Nothing;
    for _ in 0..PATIENCE {
        last = desk.sounds_on("speakers").await?;
        if last == Heard::tones([Tone::Phone802]) {
            break;
        }
    }
    ensure!(last == Heard::tones([Tone::Phone802]), "from the speakers comes {last:?}:\n{}", panel.log());
    colleague.until_hears(&Heard::tones([Tone::Phone801])).await?;
    desk.until_call("talking").await?;

    // Another user is for after the call.
    panel.press("settings-open").await?;
    panel.fill("settings-phone-user", "nobody").await?;
    panel.press("settings-save").await?;
    until("the log says so", async || panel.log().contains("take effect after the call").then_some(())).await?;
    desk.until_call("talking").await?;
    colleague.until_hears(&Heard::tones([Tone::Phone801])).await?;

    // Quitting asks, and Escape is no.
    for key in ["Escape", "Return"] {
        panel.script("window.__TAURI_INTERNALS__.invoke('quit')").await?;
        let question = until("the question", async || question(&desk.desktop).await).await?;
        desk.desktop.run("xdotool", &["windowactivate", "--sync", &question]).await?;
        desk.until_call("talking").await?;
        colleague.until_hears(&Heard::tones([Tone::Phone801])).await?;
        desk.desktop.run("xdotool", &["key", key]).await?;
        until("it is answered", async || question_gone(&desk.desktop, &question).await.then_some(())).await?;
        if key == "Escape" {
            desk.until_call("talking").await?;
        }
    }
    colleague.idle().await
}

/// The window that asks.
async fn question(desktop: &Desktop) -> Option<String> {
    let found = desktop.run("xdotool", &["search", "--onlyvisible", "--class", "uncall-panel"]).await.ok()?;
    let mut asks = None;
    for window in found.split_whitespace() {
        let kind = desktop.run("xprop", &["-id", window, "_NET_WM_WINDOW_TYPE"]).await.ok()?;
        if kind.contains("_NET_WM_WINDOW_TYPE_DIALOG") {
            asks = Some(window.to_owned());
        }
    }
    asks
}

async fn question_gone(desktop: &Desktop, window: &str) -> bool {
    question(desktop).await.is_none_or(|asks| asks != window)
}
