//! Where numbers are not for everybody's eyes: on the screen, in notification and tray, and in logs.

use anyhow::Result;
use serde_json::json;
use uncall_tests::{
    gateway::Gateway,
    panel::{
        Desktop, Look, Page, Panel, Process,
        desk::{CUSTOMER, CUSTOMER_READ, EXTENSION, binary, write_config},
        desktop::until,
    },
};

const IN_PART: &str = "134****9060";

#[tokio::test(flavor = "multi_thread")]
async fn numbers_that_are_shown_in_part_are_called_back_whole() -> Result<()> {
    let gateway = Gateway::start().await?;
    let desktop = Desktop::start(Look::ENGLISH).await?;
    let config = write_config(&desktop, &gateway.wsdl(), EXTENSION)?;
    let settings = std::fs::read_to_string(&config)?;
    std::fs::write(&config, settings + "mask_numbers = true\npopup_private = true\n")?;
    let panel = Panel::start(&desktop, &binary().await?, &["--config", &config]).await?;
    panel.turn_to(Page::Main).await?;
    gateway.until_watched().await?;
    gateway.ring(CUSTOMER, EXTENSION).await?;
    panel.wait_text("call-number", IN_PART).await?;
    let told = until("the notification", async || desktop.notifications().into_iter().next()).await?;
    assert!(told.body.contains(IN_PART) && !told.body.contains(CUSTOMER), "{told:?}");
    until("the tray names the call", async || {
        let lines = desktop.tray.menu().await.ok()?;
        lines.iter().any(|line| format!("{line:?}").contains(IN_PART)).then_some(())
    })
    .await?;
    panel.turn_to(Page::Popup).await?;
    panel.wait_text("popup-card", IN_PART).await?;
    panel.turn_to(Page::Main).await?;

    gateway.phone(&format!("numbers/{CUSTOMER}/hangup")).await?;
    panel.wait_text("recent-detail", "Missed").await?;
    let shown = panel.script("return document.body.innerText").await?.to_string();
    assert!(shown.contains(IN_PART) && !shown.contains(CUSTOMER) && !shown.contains(CUSTOMER_READ), "{shown}");

    panel.press("recent-number").await?;
    let typed = panel.script("return document.getElementById('dial-number').value").await?;
    assert_eq!(typed, json!(IN_PART));
    panel.press("dial-send").await?;
    // The agent's own phone rings first.
    gateway.phone_when_ready("extensions/801/answer").await?;
    until("the customer is called", async || gateway.state().await.ok()?.to_string().contains(CUSTOMER).then_some(()))
        .await?;
    panel.wait_text("call-number", IN_PART).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_log_has_a_whole_number_at_the_level_that_says_most() -> Result<()> {
    let gateway = Gateway::start().await?;
    let desktop = Desktop::start(Look::ENGLISH).await?;
    let config = write_config(&desktop, &gateway.wsdl(), EXTENSION)?;
    let arguments = ["--tray", "--config", &config];
    let panel = Process::start_with(&desktop, &binary().await?, "panel", &arguments, &[("RUST_LOG", "trace")])?;
    gateway.until_watched().await?;
    let uid = gateway.ring(CUSTOMER, EXTENSION).await?;
    panel.wait_log(&format!("painted in the pop-up uid=\"{uid}\"")).await?;
    // The desktop looks through all of its logs when it ends; this one has something to hide.
    panel.wait_log("********060").await?;
    panel.stop().await
}
