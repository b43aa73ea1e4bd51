//! A desk whose agent listens.

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};
use uncall_contract::{
    Direction,
    event::{CallEvent, CallState, EndReason, Event},
};
use uncall_tests::{
    figures::panel::gone,
    panel::{
        Desktop, Look, Page, Panel,
        desk::{CUSTOMER, EXTENSION, binary, write_config},
        desktop::until,
    },
    recorder::Recorder,
    scripted::Scripted,
};

/// A panel, its server, and the server of recordings.
pub(crate) struct Listening {
    pub(crate) server: Scripted,
    pub(crate) recorder: Recorder,
    pub(crate) desktop: Desktop,
    pub(crate) panel: Panel,
}

/// What the page knows of the recording.
#[derive(Debug, Deserialize)]
pub(crate) struct Pictured {
    pub(crate) length: f64,
    pub(crate) ready: f64,
    pub(crate) ended: bool,
    pub(crate) lanes: usize,
    pub(crate) silences: usize,
}

/// A column of the picture: how many pixels of its halves are painted, and whether silence is marked there.
#[derive(Debug, Deserialize)]
pub(crate) struct Column {
    pub(crate) upper: usize,
    pub(crate) lower: usize,
    pub(crate) marked: bool,
}

const SOUND: &str = "const audio = document.getElementById('dock-sound');";

pub(crate) fn near(one: f64, other: f64, within: f64) -> bool {
    (one - other).abs() <= within
}

impl Listening {
    pub(crate) async fn open(look: Look) -> Result<Listening> {
        let (server, recorder) = (Scripted::start(None).await?, Recorder::start().await?);
        let desktop = Desktop::start(look).await?;
        let panel = start(&desktop, &server, &recorder.template(), None).await?;
        Ok(Listening { server, recorder, desktop, panel })
    }

    /// The panel ends and starts again.
    pub(crate) async fn again(self) -> Result<Listening> {
        let Listening { server, recorder, desktop, panel } = self;
        // By its own way out; a driver that is stopped sometimes leaves it behind. The answer may be lost with the page.
        let _ = panel.script("window.__TAURI__.core.invoke('quit')").await;
        gone(&desktop).await?;
        drop(panel);
        let panel = start(&desktop, &server, &recorder.template(), None).await?;
        Ok(Listening { server, recorder, desktop, panel })
    }

    /// Plays the recording of this call, by its uid.
    pub(crate) async fn play(&self, uid: &str) -> Result<()> {
        self.panel.press("uid-open").await?;
        self.panel.fill("player-uid", uid).await?;
        self.panel.press("player-uid-play").await
    }

    /// A call of the agent's is in this state now.
    pub(crate) fn call(&self, uid: &str, state: CallState) {
        self.server.send(Event::Call(CallEvent {
            uid: uid.into(),
            calla: CUSTOMER.into(),
            callb: EXTENSION.into(),
            status: Direction::Callin,
            state,
            since: jiff::Timestamp::now(),
            channel: None,
            reason: (state == CallState::Ended).then_some(EndReason::Hangup),
        }));
    }

    /// A call that is over stands in the list.
    pub(crate) async fn past_call(&self, uid: &str) -> Result<()> {
        for state in [CallState::Ringing, CallState::Talking, CallState::Ended] {
            self.call(uid, state);
        }
        self.panel.text("play").await.map(drop)
    }

    async fn number(&self, expression: &str) -> Result<f64> {
        let value = self.panel.script(&format!("{SOUND} return {expression}")).await?;
        value.as_f64().with_context(|| format!("{expression} is {value}"))
    }

    pub(crate) async fn of_sound(&self, name: &str) -> Result<Value> {
        self.panel.script(&format!("{SOUND} return audio.{name}")).await
    }

    /// Seconds of the recording.
    pub(crate) async fn time(&self) -> Result<f64> {
        self.number("audio.currentTime").await
    }

    pub(crate) async fn until_time(&self, seconds: f64) -> Result<()> {
        let mut at = 0.0;
        let there = until(&format!("it plays at {seconds} s"), async || {
            at = self.time().await.ok()?;
            (at >= seconds).then_some(())
        })
        .await;
        there.with_context(|| format!("it is at {at} s; the panel's log:\n{}", self.panel.log()))
    }

    pub(crate) async fn until_near(&self, seconds: f64) -> Result<()> {
        let mut at = 0.0;
        let there = until(&format!("it is at {seconds} s"), async || {
            at = self.time().await.ok()?;
            near(at, seconds, 1.0).then_some(())
        })
        .await;
        there.with_context(|| format!("it is at {at} s"))
    }

    pub(crate) async fn until_paused(&self, paused: bool) -> Result<()> {
        until(&format!("paused is {paused}"), async || {
            (self.of_sound("paused").await.ok()? == json!(paused)).then_some(())
        })
        .await
    }

    /// How fast it plays by the page's clock, over a second and a half.
    pub(crate) async fn ratio(&self) -> Result<f64> {
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
    pub(crate) async fn choose(&self, name: &str, value: &str) -> Result<()> {
        let script = format!(
            "const list = document.querySelector('[data-test={name}]'); list.value = '{value}'; \
             list.dispatchEvent(new Event('change', {{ bubbles: true }})); return list.value"
        );
        ensure!(self.panel.script(&script).await? == json!(value), "{name} has no {value}");
        Ok(())
    }

    pub(crate) async fn focus(&self, name: &str) -> Result<()> {
        self.panel.script(&format!("document.querySelector('[data-test={name}]').focus()")).await.map(drop)
    }

    /// Left, top, width and height of an element, in pixels of the window.
    pub(crate) async fn place(&self, name: &str) -> Result<[i64; 4]> {
        let script = format!(
            "const r = document.querySelector('[data-test={name}]').getBoundingClientRect(); \
             return [r.x, r.y, r.width, r.height].map(Math.round)"
        );
        serde_json::from_value(self.panel.script(&script).await?).context("a place")
    }

    /// Presses the mouse on the wave at this part of its width, drags it to another, and lets it go.
    pub(crate) async fn drag_wave(&self, from: f64, to: f64) -> Result<()> {
        let script = format!(
            "const wave = document.querySelector('[data-test=player-wave]'); \
             const {{ left, top, width }} = wave.getBoundingClientRect(); \
             return [{from}, {to}].map((part) => [Math.round(left + part * width + window.screenX), Math.round(top + 24 + window.screenY)])"
        );
        let [[from_x, y], [to_x, _]]: [[i64; 2]; 2] = serde_json::from_value(self.panel.script(&script).await?)?;
        let frame = self.frame().await?;
        let at = |x: i64| [(x + frame[0]).to_string(), (y + frame[1]).to_string()];
        let [x, y] = at(from_x);
        self.desktop.run("xdotool", &["mousemove", &x, &y, "mousedown", "1"]).await?;
        if from_x != to_x {
            let [x, y] = at(to_x);
            self.desktop.run("xdotool", &["mousemove", &x, &y]).await?;
        }
        self.desktop.run("xdotool", &["mouseup", "1"]).await.map(drop)
    }

    /// Where the page begins on the screen, without what the page itself knows of it.
    async fn frame(&self) -> Result<[i64; 2]> {
        let shape = self
            .desktop
            .run("xdotool", &["search", "--onlyvisible", "--name", "^Uncall Panel$", "getwindowgeometry", "--shell"])
            .await?;
        let number = |name: &str| -> Result<i64> {
            let line = shape.lines().find_map(|line| line.strip_prefix(name)).with_context(|| shape.clone())?;
            Ok(line.parse()?)
        };
        let own = self.panel.script("return [window.screenX, window.screenY]").await?;
        let [x, y]: [i64; 2] = serde_json::from_value(own)?;
        Ok([number("X=")? - x, number("Y=")? - y])
    }

    pub(crate) async fn click_wave(&self, part: f64) -> Result<()> {
        self.drag_wave(part, part).await
    }

    /// What the page was last told.
    pub(crate) async fn picture(&self) -> Result<Pictured> {
        let script = "const { hearing } = await import('./player.js'); const { picture } = hearing(); \
                      return picture && { ...picture, lanes: picture.lanes.length, silences: picture.silences.length }";
        let value = self.panel.script(&format!("return (async () => {{ {script} }})()")).await?;
        serde_json::from_value(value.clone()).with_context(|| value.to_string())
    }

    /// What is painted at this second.
    pub(crate) async fn column(&self, second: f64) -> Result<Column> {
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

    /// Types a name into the dialog that asks for one.
    pub(crate) async fn save_as(&self, file: &std::path::Path) -> Result<()> {
        let title = "Save the recording";
        until("the dialog is open", async || {
            let found = self.desktop.run("xdotool", &["search", "--onlyvisible", "--name", title]).await.ok()?;
            self.desktop.run("xdotool", &["windowactivate", "--sync", found.lines().next()?]).await.ok()
        })
        .await?;
        let name = file.to_string_lossy().into_owned();
        self.desktop.run("xdotool", &["key", "ctrl+a"]).await?;
        self.desktop.type_text(&name).await?;
        self.desktop.run("xdotool", &["key", "Return"]).await?;
        until("the dialog is gone", async || {
            let found = self.desktop.run("xdotool", &["search", "--onlyvisible", "--name", title]).await;
            found.map_or(true, |found| found.trim().is_empty()).then_some(())
        })
        .await
    }
}

/// Starts the panel; by this program instead of its own, where one is given.
pub(crate) async fn start(
    desktop: &Desktop,
    server: &Scripted,
    template: &str,
    program: Option<&std::path::Path>,
) -> Result<Panel> {
    let config = write_config(desktop, &server.wsdl(), EXTENSION)?;
    let known = std::fs::read_to_string(&config)?;
    std::fs::write(&config, format!("recordings = \"{template}\"\n{known}"))?;
    let binary = binary().await?;
    let panel = Panel::start(desktop, program.unwrap_or(&binary), &["--config", &config]).await?;
    panel.turn_to(Page::Main).await?;
    panel.wait_text("extension", EXTENSION).await?;
    Ok(panel)
}
