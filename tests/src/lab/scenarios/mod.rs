//! Calls of each kind, driven as the gateway drives them, and what the manager interface says about them, written down as
//! fixtures of the gateway's call model. `lab record [NAME…]` runs them.
//!
//! - [`Scene`]: a lab with three agents and a customer, and the actions of each operation;
//! - `plain`, `click`, `hold`, `transfer`, `moved`, `strange`, `others`: the scenarios.

mod click;
mod hold;
mod moved;
mod others;
mod plain;
mod scene;
mod strange;
mod transfer;

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, bail};

pub use scene::Scene;

/// All scenarios.
const NAMES: [&str; 61] = [
    "inbound-answered",
    "inbound-agent-hangs-up",
    "inbound-abandoned",
    "inbound-busy",
    "inbound-declined",
    "inbound-no-answer",
    "inbound-unregistered",
    "inbound-dnd",
    "extension-to-extension",
    "outgoing",
    "second-call",
    "ring-group",
    "ring-group-abandoned",
    "queue",
    "hangup",
    "hangup-held",
    "hangup-transferring",
    "phone-comes-and-goes",
    "phone-vanishes",
    "pbx-stops",
    "busy-idle-without-system",
    "click",
    "click-extension",
    "click-agent-busy",
    "click-agent-declines",
    "click-agent-no-answer",
    "click-agent-unregistered",
    "click-target-busy",
    "click-cancelled",
    "hold-restore",
    "hold-customer-hangs-up",
    "hold-agent-drops-restore",
    "hold-agent-drops-recall",
    "hold-agent-drops-recall-unanswered",
    "hold-between-extensions",
    "hold-past-recall",
    "hold-fetched-by-another",
    "transfer",
    "transfer-busy",
    "transfer-declined",
    "transfer-no-answer",
    "transfer-unregistered",
    "transfer-customer-hangs-up",
    "transfer-agent-hangs-up",
    "transfer-after-hold",
    "survey",
    "survey-unanswered",
    "listen",
    "whisper",
    "rebuild-ringing",
    "rebuild-talking",
    "rebuild-held",
    "rebuild-transferring",
    "moved-pick-up",
    "moved-refer",
    "moved-by-keys",
    "moved-program",
    "moved-menu",
    "moved-early",
    "strange-event",
    "strange-lines",
];

/// Runs the scenarios of these names, or all of them.
pub async fn record(names: &[&str]) -> Result<()> {
    let names = if names.is_empty() { NAMES.as_slice() } else { names };
    for name in names {
        let scene = Scene::start().await?;
        let record = play(name, scene).await.with_context(|| format!("in the scenario {name}"))?;
        // What moves a call is told by events alone, so no list comes to the same, and what strangers write is no event: these stand by
        // themselves.
        let folder = ["moved", "strange"].into_iter().find(|kind| name.starts_with(kind));
        let folder = folder.map_or_else(fixtures, |folder| fixtures().join(folder));
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(format!("{name}.txt")), record)?;
    }
    Ok(())
}

/// Where they are kept.
pub fn fixtures() -> PathBuf {
    crate::repository().join("crates/asterisk/fixtures/ami")
}

async fn play(name: &str, mut scene: Scene) -> Result<String> {
    let played = match name.split('-').next().unwrap_or_default() {
        "click" => click::play(name, &mut scene).await,
        "hold" => hold::play(name, &mut scene).await,
        "moved" => moved::play(name, &mut scene).await,
        "strange" => strange::play(name, &mut scene).await,
        "transfer" => transfer::play(name, &mut scene).await,
        "survey" | "listen" | "whisper" | "rebuild" => others::play(name, &mut scene).await,
        _ if NAMES.contains(&name) => plain::play(name, &mut scene).await,
        _ => bail!("there is no such scenario; there are: {}", NAMES.join(" ")),
    };
    if let Err(error) = played {
        let record = scene.manager.take_record();
        return Err(error.context(format!("so far:\n{record}")));
    }
    // A stranger's words count as ends of legs here.
    if !name.starts_with("strange-") {
        scene.over().await?;
    }
    Ok(scene.manager.take_record())
}
