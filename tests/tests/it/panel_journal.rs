//! The journal of a real panel: a kill, a restart, what was missed, notes, a search, the export.

use anyhow::{Result, ensure};
use tokio::process::Command;
use uncall_tests::{
    gateway::Gateway,
    panel::{
        Desktop, Look, Page, Process,
        desk::{CUSTOMER, CUSTOMER_READ, EXTENSION, binary, start_panel, write_config},
        desktop::until,
    },
};

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_panel_goes_on_with_its_call_and_knows_what_was_missed() -> Result<()> {
    let gateway = Gateway::start().await?;
    let desktop = Desktop::start(Look::ENGLISH).await?;
    let config = write_config(&desktop, &gateway.wsdl(), EXTENSION)?;
    let panel = Process::start(&desktop, &binary().await?, "first", &["--tray", "--config", &config])?;
    gateway.until_watched().await?;
    let uid = gateway.ring(CUSTOMER, EXTENSION).await?;
    panel.wait_log(&format!("painted in the pop-up uid=\"{uid}\"")).await?;
    panel.kill().await?;

    let panel = start_panel(&desktop, &gateway.wsdl(), EXTENSION).await?;
    panel.wait_text("call-number", CUSTOMER_READ).await?;
    ensure!(!panel.log().contains("pops up"), "a second pop-up: {}", panel.log());
    gateway.phone(&format!("numbers/{CUSTOMER}/hangup")).await?;
    panel.wait_text("recent-detail", "Missed").await?;
    panel.wait_text("missed-count", "1 missed").await?;
    until("the tray counts it", async || {
        let lines = desktop.tray.menu().await.ok()?;
        lines.first()?.label.contains("1 missed").then_some(())
    })
    .await?;
    panel.stop().await?;

    let panel = start_panel(&desktop, &gateway.wsdl(), EXTENSION).await?;
    panel.wait_text("connection", "Connected").await?;
    panel.wait_text("recent-detail", "Missed").await?;
    // Whoever opens its line has seen it.
    panel.press("recent-note").await?;
    panel.wait_silent("missed-count").await?;
    panel.fill("note", "wants a refund").await?;
    panel.press("recent-note").await?;
    panel.wait_text("recent-said", "wants a refund").await?;
    panel.press("recent-find").await?;
    panel.fill("recent-search", "refu").await?;
    panel.wait_text("recent-number", CUSTOMER_READ).await?;
    panel.fill("recent-search", "nobody").await?;
    panel.text("recent-none").await?;

    // The same caller: what was noted last is said in the room and in the pop-up.
    gateway.ring(CUSTOMER, EXTENSION).await?;
    panel.wait_text("call-history", "wants a refund").await?;
    panel.turn_to(Page::Popup).await?;
    panel.wait_text("popup-history", "wants a refund").await?;

    // Without a window, beside the panel that runs.
    let table = desktop.home().join("calls.csv");
    let mut export = Command::new(binary().await?);
    export.arg("--export").arg(&table).args(["--config", &config]).envs(desktop.environment().iter().cloned());
    let done = export.env_remove("DISPLAY").output().await?;
    ensure!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let text = std::fs::read_to_string(&table)?;
    ensure!(
        text.starts_with('\u{feff}') && text.contains("wants a refund") && text.matches(CUSTOMER).count() >= 2,
        "{text}"
    );
    Ok(())
}
