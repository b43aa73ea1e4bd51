//! A desk whose agent listens.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};
use uncall_contract::{
    Direction,
    event::{CallEvent, CallState, EndReason, Event},
};

use super::{
    Desktop, Look, Page, Panel,
    desk::{CUSTOMER, EXTENSION, binary, write_config},
    desktop::until,
};
use crate::{
    recorder::{Recorder, Tape, wav49},
    scripted::Scripted,
};

/// A panel, its server, and the server of recordings.
#[derive(Debug)]
pub struct Listening {
    /// Calls and their ends are the test's.
    pub server: Scripted,
    /// Recordings are, too.
    pub recorder: Recorder,
    /// The screen.
    pub desktop: Desktop,
    /// The panel.
    pub panel: Panel,
}

/// What the page knows of the recording.
#[derive(Debug, Deserialize)]
pub struct Pictured {
    /// Seconds of the whole.
    pub length: f64,
    /// Seconds that have come.
    pub ready: f64,
    /// Nothing more will come.
    pub ended: bool,
    /// Channels.
    pub lanes: usize,
    /// Stretches in which nobody speaks.
    pub silences: usize,
}

/// A column of the picture: how many pixels of its halves are painted, and whether silence is marked there.
#[derive(Debug, Deserialize)]
pub struct Column {
    /// Of the left channel, in stereo.
    pub upper: usize,
    /// Of the right one.
    pub lower: usize,
    /// Silence is marked.
    pub marked: bool,
}

/// Of the main window.
const TITLE: &str = "^Uncall Panel$";

const SOUND: &str = "const audio = document.getElementById('dock-sound');";

/// Whether two numbers are no further apart.
pub fn near(one: f64, other: f64, within: f64) -> bool {
    (one - other).abs() <= within
}

impl Listening {
    /// A connected panel with its main window open, and nothing on the shelf.
    pub async fn open(look: Look) -> Result<Listening> {
        let (server, recorder) = (Scripted::start(None).await?, Recorder::start().await?);
        let desktop = Desktop::start(look).await?;
        let panel = start(&desktop, &server, &recorder.template(), None).await?;
        Ok(Listening { server, recorder, desktop, panel })
    }

    /// The panel ends and starts again.
    pub async fn again(self) -> Result<Listening> {
        let Listening { server, recorder, desktop, panel } = self;
        panel.stop().await?;
        let panel = start(&desktop, &server, &recorder.template(), None).await?;
        Ok(Listening { server, recorder, desktop, panel })
    }

    /// Plays the recording of this call, by its uid.
    pub async fn play(&self, uid: &str) -> Result<()> {
        self.panel.press("uid-open").await?;
        self.panel.fill("player-uid", uid).await?;
        self.panel.press("player-uid-play").await
    }

    /// Plays a recording of so many seconds, as `1.1`, of which only the first come until the recorder lets go.
    pub async fn play_held(&self, seconds: u32, first: u32) -> Result<()> {
        let file = wav49(seconds).await?;
        let first = file.len() * usize::try_from(first)? / usize::try_from(seconds)?;
        self.recorder.put("1.1", Tape::Held(file, first));
        self.play("1.1").await
    }

    /// A call of the agent's with a customer is in this state now.
    pub fn call(&self, uid: &str, state: CallState) {
        self.call_of(CUSTOMER, uid, state);
    }

    /// The same with somebody else.
    pub fn call_of(&self, caller: &str, uid: &str, state: CallState) {
        self.server.send(Event::Call(CallEvent {
            uid: uid.into(),
            calla: caller.into(),
            callb: EXTENSION.into(),
            status: Direction::Callin,
            state,
            since: jiff::Timestamp::now(),
            channel: None,
            reason: (state == CallState::Ended).then_some(EndReason::Hangup),
            was: None,
            sip: None,
        }));
    }

    /// A call that is over stands in the list.
    pub async fn past_call(&self, uid: &str) -> Result<()> {
        self.past_call_of(CUSTOMER, uid).await
    }

    /// The same with somebody else.
    pub async fn past_call_of(&self, caller: &str, uid: &str) -> Result<()> {
        for state in [CallState::Ringing, CallState::Talking, CallState::Ended] {
            self.call_of(caller, uid, state);
        }
        let row = format!("return !!document.querySelector('.row[data-uid=\"{uid}\"][data-live=false]')");
        until("the call is in the list", async || (self.panel.script(&row).await.ok()? == json!(true)).then_some(()))
            .await
    }

    /// Makes the window so large.
    pub async fn resize(&self, width: u32, height: u32) -> Result<()> {
        let (wide, high) = (width.to_string(), height.to_string());
        let resize = ["search", "--onlyvisible", "--name", TITLE, "windowsize", &wide, &high];
        until("the window has its size", async || {
            // A pop-up that goes meanwhile is an error of xdotool's.
            self.desktop.run("xdotool", &resize).await.ok()?;
            let inner = self.panel.script("return [innerWidth, innerHeight]").await.ok()?;
            (inner == json!([width, height])).then_some(())
        })
        .await
    }

    /// Unfolds the player's tools in a low window.
    pub async fn unfold(&self) -> Result<()> {
        self.panel.press("player-more").await?;
        self.panel.text("player-forth").await.map(drop)
    }

    async fn number(&self, expression: &str) -> Result<f64> {
        let value = self.panel.script(&format!("{SOUND} return {expression}")).await?;
        value.as_f64().with_context(|| format!("{expression} is {value}"))
    }

    /// A property of the page's `<audio>`.
    pub async fn of_sound(&self, name: &str) -> Result<Value> {
        self.panel.script(&format!("{SOUND} return audio.{name}")).await
    }

    /// Seconds of the recording.
    pub async fn time(&self) -> Result<f64> {
        self.number("audio.currentTime").await
    }

    /// Waits until it has played so far.
    pub async fn until_time(&self, seconds: f64) -> Result<()> {
        let mut at = 0.0;
        let there = until(&format!("it plays at {seconds} s"), async || {
            at = self.time().await.ok()?;
            (at >= seconds).then_some(())
        })
        .await;
        there.with_context(|| format!("it is at {at} s; the panel's log:\n{}", self.panel.log()))
    }

    /// Waits until it is at this second, or within one of it.
    pub async fn until_near(&self, seconds: f64) -> Result<()> {
        let mut at = 0.0;
        let there = until(&format!("it is at {seconds} s"), async || {
            at = self.time().await.ok()?;
            near(at, seconds, 1.0).then_some(())
        })
        .await;
        there.with_context(|| format!("it is at {at} s"))
    }

    /// Waits until it pauses, or plays.
    pub async fn until_paused(&self, paused: bool) -> Result<()> {
        until(&format!("paused is {paused}"), async || {
            (self.of_sound("paused").await.ok()? == json!(paused)).then_some(())
        })
        .await
    }

    /// How fast it plays by the page's clock, over a second and a half.
    pub async fn ratio(&self) -> Result<f64> {
        let both = "return [audio.currentTime, performance.now() / 1000]";
        let read = async || -> Result<(f64, f64)> {
            let value = self.panel.script(&format!("{SOUND} {both}")).await?;
            serde_json::from_value(value).context("two numbers")
        };
        // What the change of speed set off has come to rest.
        let (from, _) = read().await?;
        self.until_time(from + 0.5).await?;
        let (from, began) = read().await?;
        until("a while has passed", async || (read().await.ok()?.1 > began + 1.5).then_some(())).await?;
        let (to, ended) = read().await?;
        Ok((to - from) / (ended - began))
    }

    /// Chooses from a list.
    pub async fn choose(&self, name: &str, value: &str) -> Result<()> {
        let script = format!(
            "const list = document.querySelector('[data-test={name}]'); list.value = '{value}'; \
             list.dispatchEvent(new Event('change', {{ bubbles: true }})); return list.value"
        );
        ensure!(self.panel.script(&script).await? == json!(value), "{name} has no {value}");
        Ok(())
    }

    /// Gives it the keyboard.
    pub async fn focus(&self, name: &str) -> Result<()> {
        // As a press does it: of a focus that moves by itself the page takes no key for a while.
        let script = format!(
            "const element = document.querySelector('[data-test={name}]'); \
             element.dispatchEvent(new MouseEvent('mousedown', {{bubbles: true}})); element.focus()"
        );
        self.panel.script(&script).await?;
        // A slow window manager gives the window its keyboard later than the page is there.
        until("the page has the keyboard", async || {
            (self.panel.script("return document.hasFocus()").await.ok()? == json!(true)).then_some(())
        })
        .await
    }

    /// Left, top, width and height of an element, in pixels of the window.
    pub async fn place(&self, name: &str) -> Result<[i64; 4]> {
        let script = format!(
            "const r = document.querySelector('[data-test={name}]').getBoundingClientRect(); \
             return [r.x, r.y, r.width, r.height].map(Math.round)"
        );
        serde_json::from_value(self.panel.script(&script).await?).context("a place")
    }

    /// Presses the mouse on the wave at this part of its width, drags it to another, and lets it go.
    pub async fn drag_wave(&self, from: f64, to: f64) -> Result<()> {
        let script = format!(
            "const wave = document.querySelector('[data-test=player-wave]'); \
             const {{ left, top, width, height }} = wave.getBoundingClientRect(); \
             return [{from}, {to}].map((part) => [Math.round(left + part * width), Math.round(top + height / 2)])"
        );
        let origin = self.origin().await?;
        let [[from_x, y], [to_x, _]]: [[i64; 2]; 2] = serde_json::from_value(self.panel.script(&script).await?)?;
        let at = |x: i64| [(x + origin[0]).to_string(), (y + origin[1]).to_string()];
        let [x, y] = at(from_x);
        self.desktop.run("xdotool", &["mousemove", &x, &y, "mousedown", "1"]).await?;
        if from_x != to_x {
            let [x, y] = at(to_x);
            self.desktop.run("xdotool", &["mousemove", &x, &y]).await?;
        }
        self.desktop.run("xdotool", &["mouseup", "1"]).await.map(drop)
    }

    /// Where the page begins on the screen. What it says itself is where its frame does.
    async fn origin(&self) -> Result<[i64; 2]> {
        let window = self.desktop.run("xdotool", &["search", "--onlyvisible", "--name", TITLE]).await?;
        let told = self.desktop.run("xwininfo", &["-id", window.lines().next().unwrap_or_default()]).await?;
        let number = |name: &str| -> Result<i64> {
            let line = told.lines().find_map(|line| line.trim().strip_prefix(name)).with_context(|| told.clone())?;
            Ok(line.trim().parse()?)
        };
        Ok([number("Absolute upper-left X:")?, number("Absolute upper-left Y:")?])
    }

    /// Clicks on the wave at this part of its width.
    pub async fn click_wave(&self, part: f64) -> Result<()> {
        self.drag_wave(part, part).await
    }

    /// What the page was last told.
    pub async fn picture(&self) -> Result<Pictured> {
        let script = "const { hearing } = await import('./player.js'); const { picture } = hearing(); \
                      return picture && { ...picture, lanes: picture.lanes.length, silences: picture.silences.length }";
        let value = self.panel.script(&format!("return (async () => {{ {script} }})()")).await?;
        serde_json::from_value(value.clone()).with_context(|| value.to_string())
    }

    /// What is painted at this second.
    pub async fn column(&self, second: f64) -> Result<Column> {
        let script = format!(
            "const canvas = document.querySelector('[data-test=player-wave]'); const {{ hearing }} = await import('./player.js'); \
             const x = Math.floor({second} / hearing().length * canvas.width); const half = Math.floor(canvas.height / 2); \
             const context = canvas.getContext('2d'); \
             const backdrop = context.getImageData(x, 0, 1, 1).data; \
             const count = (from, to) => {{ let most = 0; for (let at = x - 2; at <= x + 2; at += 1) {{ \
               const pixels = context.getImageData(at, from, 1, to - from).data; let painted = 0; \
               for (let p = 0; p < pixels.length; p += 4) if ([0, 1, 2, 3].some((c) => pixels[p + c] !== backdrop[c])) painted += 1; \
               most = Math.max(most, painted); }} return most; }}; \
             return {{ upper: count(0, half), lower: count(half, canvas.height), marked: backdrop[3] > 0 }}"
        );
        let value = self.panel.script(&format!("return (async () => {{ {script} }})()")).await?;
        serde_json::from_value(value.clone()).with_context(|| value.to_string())
    }

    /// The dialog that asks for a file's name, if it is open.
    pub async fn dialog(&self) -> Option<String> {
        let found = self.desktop.run("xdotool", &["search", "--onlyvisible", "--class", "uncall-panel"]).await.ok()?;
        for window in found.lines() {
            // Its title is in the agent's language.
            let name = self.desktop.run("xdotool", &["getwindowname", window]).await.ok()?;
            if name.trim() != "Uncall Panel" {
                return Some(window.to_owned());
            }
        }
        None
    }

    /// Types a name into the dialog that asks for one.
    pub async fn save_as(&self, file: &Path) -> Result<()> {
        until("the dialog is open", async || {
            let dialog = self.dialog().await?;
            self.desktop.run("xdotool", &["windowactivate", "--sync", &dialog]).await.ok()
        })
        .await?;
        let name = file.to_string_lossy().into_owned();
        self.desktop.run("xdotool", &["key", "ctrl+a"]).await?;
        self.desktop.type_text(&name).await?;
        self.desktop.run("xdotool", &["key", "Return"]).await?;
        until("the dialog is gone", async || self.dialog().await.is_none().then_some(())).await
    }
}

/// The same on a machine on which a plug-in of GStreamer's "good" ones is not installed: the one that reads WAV.
pub async fn without_wav(look: Look) -> Result<Listening> {
    let (server, recorder) = (Scripted::start(None).await?, Recorder::start().await?);
    let desktop = Desktop::start(look).await?;
    let poor = desktop.home().join("plugins");
    std::fs::create_dir(&poor)?;
    for plugin in std::fs::read_dir("/usr/lib/x86_64-linux-gnu/gstreamer-1.0")? {
        let plugin = plugin?.path();
        let name = plugin.file_name().context("a name")?;
        if name != "libgstwavparse.so" {
            std::os::unix::fs::symlink(&plugin, poor.join(name))?;
        }
    }
    let program = desktop.home().join("panel");
    let words = format!(
        "#!/bin/sh\nexport GST_PLUGIN_SYSTEM_PATH_1_0='{}' GST_REGISTRY_1_0='{}'\nexec '{}' \"$@\"\n",
        poor.display(),
        desktop.home().join("registry").display(),
        binary().await?.display()
    );
    std::fs::write(&program, words)?;
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    let panel = start(&desktop, &server, &recorder.template(), Some(&program)).await?;
    Ok(Listening { server, recorder, desktop, panel })
}

/// Starts the panel; by this program instead of its own, where one is given.
async fn start(desktop: &Desktop, server: &Scripted, template: &str, program: Option<&Path>) -> Result<Panel> {
    let config = write_config(desktop, &server.wsdl(), EXTENSION)?;
    let known = std::fs::read_to_string(&config)?;
    std::fs::write(&config, format!("recordings = \"{template}\"\n{known}"))?;
    let binary = binary().await?;
    let panel = Panel::start(desktop, program.unwrap_or(&binary), &["--config", &config]).await?;
    panel.turn_to(Page::Main).await?;
    panel.wait_text("extension", EXTENSION).await?;
    Ok(panel)
}
