//! The player in every state, for whoever changes how it looks. Pictures are of its window alone.

use std::path::{Path, PathBuf};

use anyhow::Result;
use uncall_contract::{Reason, event::CallState};

use super::album::Album;
use crate::{
    panel::{Listening, Look, desktop::until, listening},
    recorder::{Tape, speech, wav49},
};

const TITLE: &str = "^Uncall Panel$";
/// Who called, the last one first.
const CALLERS: [&str; 8] = [
    "13421829060",
    "01065521234",
    "02887654321",
    "13900000001",
    "4008001234",
    "862155667788",
    "13511112222",
    "057188889999",
];
const NOT_READY: &[u8] = include_bytes!("../../../crates/sound/tests/fixtures/not-ready.WAV");
const FLAC: &[u8] = include_bytes!("../../../crates/sound/tests/fixtures/tone.flac");

/// Leaves a numbered picture of each state in this folder, in place of those that are there. Gives their names.
///
/// # Errors
/// What did not come about, and behind which picture.
pub async fn run(look: Look, folder: &Path) -> Result<Vec<PathBuf>> {
    Album::fill(folder, async |album| all(look, album).await).await
}

async fn all(look: Look, album: &mut Album) -> Result<()> {
    let look = Look { screen: (1280, 1000), ..look };
    let mut desk = Listening::open(look).await?;
    let mut scenes = Scenes { desk: &desk, album };
    scenes.callers().await?;
    scenes.plain().await?;
    scenes.tools().await?;
    scenes.saving().await?;
    scenes.ends().await?;
    scenes.beside_others().await?;
    scenes.sizes().await?;
    scenes.refusals().await?;
    scenes.half_heard().await?;
    drop(desk);
    for text in [125, 150] {
        desk = Listening::open(Look { text, ..look }).await?;
        let mut scenes = Scenes { desk: &desk, album };
        scenes.callers().await?;
        scenes.large(text).await?;
    }
    desk = listening::without_wav(look).await?;
    desk.recorder.put("1.1", Tape::Whole(speech(5, 1)));
    let mut scenes = Scenes { desk: &desk, album };
    scenes.fails("1.1").await
}

struct Scenes<'a> {
    desk: &'a Listening,
    album: &'a mut Album,
}

impl Scenes<'_> {
    async fn shot(&mut self, name: &str) -> Result<()> {
        self.album.take_window(&self.desk.desktop, TITLE, name).await
    }

    /// The list has more calls than there is room for.
    async fn callers(&mut self) -> Result<()> {
        for (place, caller) in CALLERS.iter().rev().enumerate() {
            self.desk.past_call_of(caller, &format!("1372123897.{}", 17 + place)).await?;
        }
        self.desk.recorder.put("1372123897.24", Tape::Whole(speech(300, 1)));
        self.desk.recorder.put("stereo", Tape::Whole(speech(60, 2)));
        self.shot("list").await
    }

    async fn close(&self) -> Result<()> {
        self.desk.panel.press("player-close").await?;
        self.desk.panel.wait_gone("player").await
    }

    /// Plays the first call of the list.
    async fn first(&self) -> Result<()> {
        self.desk.panel.press("play").await?;
        self.desk.panel.wait_text("player-time", "/ 05:00").await?;
        self.whole().await
    }

    /// Waits until all of it has come, so that the picture is always the same.
    async fn whole(&self) -> Result<()> {
        until("all of it is there", async || self.desk.picture().await.ok().filter(|picture| picture.ended)).await?;
        self.desk.until_paused(false).await
    }

    async fn plain(&mut self) -> Result<()> {
        self.desk.recorder.put("loading", Tape::Held(wav49(300).await?, 0));
        self.desk.play("loading").await?;
        self.shot("loading").await?;
        self.close().await?;
        self.first().await?;
        self.desk.click_wave(0.35).await?;
        self.desk.until_near(105.0).await?;
        self.shot("playing").await?;
        self.desk.unfold().await?;
        self.shot("playing-tools").await?;
        self.desk.panel.press("player-play").await?;
        self.desk.until_paused(true).await?;
        self.shot("paused").await?;
        self.desk.panel.press("player-play").await?;
        self.desk.until_paused(false).await?;
        self.desk.call("1.1", CallState::Ringing);
        self.desk.panel.text("player-note").await?;
        self.shot("paused-by-call").await?;
        self.desk.panel.press("player-more").await?;
        self.shot("paused-by-call-bar").await?;
        self.desk.call("1.1", CallState::Ended);
        self.desk.panel.wait_gone("call-number").await?;
        self.desk.focus("player-wave").await?;
        self.desk.desktop.run("xdotool", &["key", "Right"]).await?;
        self.shot("keyboard-on-the-wave").await?;
        self.close().await
    }

    async fn tools(&mut self) -> Result<()> {
        self.desk.play("stereo").await?;
        self.whole().await?;
        self.desk.click_wave(0.4).await?;
        self.shot("stereo").await?;
        self.desk.unfold().await?;
        self.shot("stereo-tools").await?;
        self.desk.drag_wave(0.5, 0.7).await?;
        self.shot("loop").await?;
        self.desk.panel.press("player-skip").await?;
        self.shot("loop-and-skip").await?;
        self.desk.panel.press("player-loop").await?;
        self.desk.panel.press("player-skip").await?;
        for speed in ["0.75", "1.25", "1.5", "2", "1"] {
            self.desk.choose("player-speed", speed).await?;
            self.shot(&format!("speed-{speed}")).await?;
        }
        self.loudness("0").await?;
        self.shot("volume-0").await?;
        self.loudness("1").await
    }

    async fn loudness(&self, to: &str) -> Result<()> {
        let script = format!(
            "const range = document.querySelector('[data-test=player-volume]'); range.value = {to}; \
             range.dispatchEvent(new Event('input', {{ bubbles: true }}))"
        );
        self.desk.panel.script(&script).await.map(drop)
    }

    async fn saving(&mut self) -> Result<()> {
        let panel = &self.desk.panel;
        panel.press("player-save").await?;
        self.shot("save-choice").await?;
        panel.press("player-save-wav").await?;
        until("the dialog is open", async || self.desk.dialog().await).await?;
        self.album.take(&self.desk.desktop, "saving").await?;
        self.desk.save_as(&self.desk.desktop.home().join("808-136-20130625-1372123897.17.wav")).await?;
        panel.wait_text("player-note", ".wav").await?;
        self.shot("saved").await?;
        panel.press("player-save").await?;
        panel.press("player-save-original").await?;
        self.desk.save_as(Path::new("/proc/call.WAV")).await?;
        until("it says so", async || {
            panel
                .script("return document.querySelector('#dock-note[data-bad=true]')?.textContent")
                .await
                .ok()?
                .as_str()
                .map(drop)
        })
        .await?;
        self.shot("save-failed").await?;
        self.close().await
    }

    async fn ends(&mut self) -> Result<()> {
        self.first().await?;
        self.desk.focus("player-wave").await?;
        self.desk.desktop.run("xdotool", &["key", "End"]).await?;
        self.desk.until_paused(true).await?;
        self.shot("end").await?;
        self.desk.click_wave(0.6).await?;
        self.desk.until_near(180.0).await?;
        self.close().await?;
        self.first().await?;
        self.desk.until_near(180.0).await?;
        self.shot("resumed").await?;
        self.desk.panel.press("uid-open").await?;
        self.shot("uid").await?;
        self.desk.panel.press("player-uid-close").await
    }

    async fn beside_others(&mut self) -> Result<()> {
        self.shot("tools-kept").await?;
        self.desk.panel.press("tab-supervisor").await?;
        self.shot("supervisor").await?;
        self.desk.panel.press("tab-recent").await?;
        self.desk.call("2.2", CallState::Talking);
        self.desk.panel.text("call-number").await?;
        self.shot("in-a-call").await?;
        self.desk.call("2.2", CallState::Ended);
        self.desk.panel.wait_gone("call-number").await
    }

    async fn sizes(&mut self) -> Result<()> {
        for (width, height) in [(340, 640), (340, 480), (380, 800), (720, 600), (1000, 700)] {
            self.desk.resize(width, height).await?;
            self.shot(&format!("{width}x{height}")).await?;
        }
        self.desk.resize(340, 640).await?;
        self.desk.unfold().await?;
        self.shot("narrow-tools").await?;
        self.desk.panel.press("player-save").await?;
        self.shot("narrow-save").await?;
        self.desk.panel.press("player-more").await?;
        self.desk.resize(380, 640).await?;
        self.close().await
    }

    async fn refusals(&mut self) -> Result<()> {
        let Listening { server, recorder, .. } = self.desk;
        server.refuse("not-ready", Reason::RecordingNotReady);
        for (uid, tape) in [
            ("only-head", Tape::Whole(NOT_READY.to_vec())),
            ("login", Tape::Page(401, "<p>who?")),
            ("denied", Tape::Page(403, "no")),
            ("page", Tape::Page(200, "<!doctype html><p>Log in")),
            ("broken-server", Tape::Page(500, "gone mad")),
            ("large", Tape::Whole([speech(1, 1), vec![0; 64 << 20]].concat())),
            ("flac", Tape::Whole(FLAC.to_vec())),
            ("garbage", Tape::Whole(vec![0xA7; 9000])),
        ] {
            recorder.put(uid, tape);
        }
        for uid in
            ["not-ready", "only-head", "gone", "login", "denied", "page", "broken-server", "large", "flac", "garbage"]
        {
            self.fails(uid).await?;
        }
        Ok(())
    }

    async fn fails(&mut self, uid: &str) -> Result<()> {
        self.desk.play(uid).await?;
        self.failed().await?;
        self.shot(&format!("failed-{uid}")).await?;
        self.close().await
    }

    async fn half_heard(&mut self) -> Result<()> {
        let mut file = wav49(60).await?;
        let first = file.len() / 2;
        self.desk.recorder.put("held", Tape::Held(file.clone(), first));
        file.truncate(60 + 65 * 25 * 8);
        self.desk.recorder.put("cut", Tape::Whole(file));
        let bad = "return document.querySelector('#dock-note[data-bad=true]')?.textContent";
        let says_so = async || self.desk.panel.script(bad).await.ok()?.as_str().map(drop);
        self.desk.play("cut").await?;
        until("it says so", says_so).await?;
        self.shot("damaged").await?;
        self.desk.play("held").await?;
        self.desk.until_time(0.5).await?;
        self.desk.click_wave(0.6).await?;
        self.shot("waiting").await?;
        self.desk.recorder.vanish();
        // It is tried again for as long as a network may need.
        tokio::time::sleep(std::time::Duration::from_secs(10)).await;
        until("it says so", says_so).await?;
        self.shot("broke-off").await?;
        self.desk.unfold().await?;
        self.shot("broke-off-tools").await?;
        self.desk.panel.press("player-more").await?;
        self.close().await?;
        self.fails("no-server").await
    }

    /// With large text the driver's presses miss, so the page presses by itself.
    async fn large(&mut self, text: u32) -> Result<()> {
        self.desk.recorder.put("1372123897.23", Tape::Page(200, "<!doctype html><p>Log in"));
        self.click("play").await?;
        self.whole().await?;
        self.shot(&format!("text-{text}")).await?;
        self.click("player-more").await?;
        self.shot(&format!("text-{text}-tools")).await?;
        self.click("tab-supervisor").await?;
        self.shot(&format!("text-{text}-supervisor")).await?;
        self.desk.panel.script("scrollTo(0, 9999)").await?;
        self.shot(&format!("text-{text}-supervisor-below")).await?;
        self.click("tab-recent").await?;
        self.desk.panel.script("document.querySelectorAll('[data-test=play]')[1].click()").await?;
        self.failed().await?;
        self.shot(&format!("text-{text}-failed")).await
    }

    async fn click(&self, name: &str) -> Result<()> {
        let script = format!("document.querySelector('[data-test={name}]').click()");
        self.desk.panel.script(&script).await.map(drop)
    }

    async fn failed(&self) -> Result<()> {
        let failed = "return document.querySelector('#dock[data-hearing=failed]') !== null";
        until("it has failed", async || self.desk.panel.script(failed).await.ok()?.as_bool()?.then_some(())).await
    }
}
