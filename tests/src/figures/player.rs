//! The player: from the click to the first sound, and the memory that an hour takes.

use std::time::Duration;

use anyhow::{Context, Result};

use super::{memory, sample::Sample, table::Table};
use crate::{
    panel::{
        Desktop, Look, Page, Panel,
        desk::{EXTENSION, write_config},
        desktop::until,
    },
    recorder::{Recorder, Tape, wav49},
    scripted::Scripted,
};

const TIMES: usize = 20;
const AIM: Duration = Duration::from_millis(300);
/// Megabytes above what it weighs without a recording.
const HOUR_AIM: f64 = 30.0;
/// Until a page has come to rest.
const REST: Duration = Duration::from_secs(5);

/// Measures both.
pub async fn measure(table: &mut Table) -> Result<()> {
    let (server, recorder) = (Scripted::start(None).await?, Recorder::start().await?);
    let desktop = Desktop::start(Look::ENGLISH).await?;
    let config = write_config(&desktop, &server.wsdl(), EXTENSION)?;
    let known = std::fs::read_to_string(&config)?;
    std::fs::write(&config, format!("recordings = \"{}\"\n{known}", recorder.template()))?;
    let program = super::program::release("uncall-panel")?;
    let panel = Panel::start(&desktop, &program, &["--config", &config]).await?;
    panel.turn_to(Page::Main).await?;
    panel.wait_text("extension", EXTENSION).await?;
    first_sound(table, &panel, &recorder).await?;
    hour(table, &panel, &recorder).await
}

async fn first_sound(table: &mut Table, panel: &Panel, recorder: &Recorder) -> Result<()> {
    let file = wav49(300).await?;
    let mut took = Vec::new();
    for time in 0..=TIMES {
        let uid = format!("figure.{time}");
        recorder.put(&uid, Tape::Whole(file.clone()));
        click(panel, &uid).await?;
        let sounded = until("it sounds", async || panel.script("return window.figure").await.ok()?.as_f64()).await?;
        // The first one loads GStreamer's plug-ins.
        took.push(Duration::from_secs_f64(sounded / 1e3));
        panel.press("player-close").await?;
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    let first = took.remove(0);
    let sample: Sample = took.into_iter().collect();
    let said = format!("{}; the first one of all {} ms", sample.said(), first.as_millis());
    table.aimed("click to first sound, 5 minutes of WAV49", "p95 ≤ 300 ms", said, sample.quantile(95) <= AIM);
    Ok(())
}

/// Clicks, and lets the page note when it sounds: at the player's `playing`, and no sooner than its clock runs.
async fn click(panel: &Panel, uid: &str) -> Result<()> {
    let script = format!(
        "window.figure = null; const audio = document.getElementById('dock-sound'); const began = performance.now(); \
         audio.addEventListener('playing', () => {{ window.figure = performance.now() - began; }}, {{ once: true }}); \
         import('./render/player-hands.js').then(({{ start }}) => start('{uid}', '{uid}')); "
    );
    panel.script(&script).await.map(drop)
}

async fn hour(table: &mut Table, panel: &Panel, recorder: &Recorder) -> Result<()> {
    tokio::time::sleep(REST).await;
    let process = panel.driver().context("the panel has ended")?;
    let idle = memory::of_tree(process)?;
    recorder.put("hour", Tape::Whole(wav49(3600).await?));
    click(panel, "hour").await?;
    panel.wait_text("player-time", "/ 1:00:00").await?;
    until("it sounds", async || panel.script("return window.figure").await.ok()?.as_f64()).await?;
    let mut most = 0.0f64;
    for part in ["0.2", "0.5", "0.9"] {
        for _ in 0..10 {
            tokio::time::sleep(Duration::from_millis(500)).await;
            most = most.max(memory::of_tree(process)?);
        }
        let seek = format!("document.getElementById('dock-sound').currentTime = 3600 * {part}");
        panel.script(&seek).await?;
    }
    let now = memory::of_tree(process)?;
    let said = format!("{:.0} MB at most, {:.0} MB after 15 s (idle {idle:.0} MB)", most - idle, now - idle);
    table.aimed("panel memory above idle, an hour of WAV49 playing", "< 30 MB", said, most - idle < HOUR_AIM);
    Ok(())
}
