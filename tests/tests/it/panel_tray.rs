//! The panel without its window: the tray's picture and menu, and the core that lives on.

use anyhow::Result;
use uncall_tests::{
    gateway::Gateway,
    panel::{
        Desktop, Look, Page, Process, Workplace,
        desk::{CUSTOMER, CUSTOMER_READ, binary, write_config},
        desktop::until,
    },
};

/// Waits until the tray shows the picture of this state; compared pixel by pixel.
async fn tray_shows(desktop: &Desktop, state: &str) -> Result<()> {
    let wanted = std::fs::read(format!("{}/../icons/tray/{state}.png", env!("CARGO_MANIFEST_DIR")))?;
    let wanted = uncall_tests::panel::tray::pixels(&wanted)?;
    until(&format!("the tray shows {state}"), async || {
        let shown = uncall_tests::panel::tray::pixels(&desktop.tray.picture().await.ok()?).ok()?;
        (shown == wanted).then_some(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tray_shows_every_state_and_its_menu_acts() -> Result<()> {
    let desk = Workplace::open(Look::ENGLISH).await?;
    let tray = &desk.desktop.tray;
    desk.panel.wait_text("connection", "Connected").await?;
    tray_shows(&desk.desktop, "idle").await?;
    tray.press("Busy").await?;
    tray_shows(&desk.desktop, "busy").await?;
    tray.press("Idle").await?;
    tray_shows(&desk.desktop, "idle").await?;

    desk.ring().await?;
    tray_shows(&desk.desktop, "ringing").await?;
    desk.gateway.phone("extensions/801/answer").await?;
    tray_shows(&desk.desktop, "talking").await?;
    tray.press("Hold").await?;
    tray_shows(&desk.desktop, "held").await?;
    tray.press("Resume").await?;
    tray_shows(&desk.desktop, "talking").await?;
    let lines = tray.menu().await?;
    let state = lines.first().map(|line| (line.label.clone(), line.enabled));
    assert_eq!(state, Some(("801 · Talking · 13421829060".into(), false)));
    tray.press("Hang up").await?;
    tray_shows(&desk.desktop, "idle").await?;

    desk.gateway.stop().await?;
    tray_shows(&desk.desktop, "offline").await
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_the_window_ends_nothing_and_the_tray_brings_it_back() -> Result<()> {
    let desk = Workplace::open(Look::ENGLISH).await?;
    desk.panel.wait_text("connection", "Connected").await?;
    // A first call, so that the driver keeps a window to look at: the pop-up.
    desk.ring().await?;
    desk.panel.turn_to(Page::Popup).await?;
    desk.panel.wait_text("popup-number", CUSTOMER_READ).await?;
    desk.desktop.run("xdotool", &["search", "--name", "Uncall Panel", "getwindowname"]).await?;
    desk.desktop.close_window("Uncall Panel", 380).await?;
    until("the main window is gone", async || (!desk.panel.has(Page::Main).await).then_some(())).await?;

    desk.gateway.phone("extensions/801/answer").await?;
    desk.panel.turn_to(Page::Popup).await?;
    desk.panel.wait_text("popup-state", "Talking").await?;
    tray_shows(&desk.desktop, "talking").await?;

    desk.desktop.tray.press("Show the panel").await?;
    desk.panel.turn_to(Page::Main).await?;
    desk.panel.wait_text("call-number", CUSTOMER_READ).await?;
    desk.panel.wait_text("call-state", "Talking").await
}

#[tokio::test(flavor = "multi_thread")]
async fn pressing_the_notification_opens_the_window() -> Result<()> {
    let desk = Workplace::open(Look::ENGLISH).await?;
    desk.panel.wait_text("connection", "Connected").await?;
    desk.ring().await?;
    desk.panel.turn_to(Page::Popup).await?;
    desk.desktop.close_window("Uncall Panel", 380).await?;
    until("the main window is gone", async || (!desk.panel.has(Page::Main).await).then_some(())).await?;
    until("the notification is shown", async || {
        (desk.desktop.notifications_displayed().await.ok()? == 1).then_some(())
    })
    .await?;
    desk.desktop.run("dunstctl", &["action", "0"]).await?;
    desk.panel.turn_to(Page::Main).await?;
    desk.panel.wait_text("call-number", CUSTOMER_READ).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tray_opens_the_settings_and_quits() -> Result<()> {
    let gateway = Gateway::start().await?;
    let desktop = Desktop::start(Look::CHINESE).await?;
    let config = write_config(&desktop, &gateway.wsdl(), "801")?;
    let mut panel = Process::start(&desktop, &binary().await?, "panel", &["--tray", "--config", &config])?;
    tray_shows(&desktop, "idle").await?;
    assert!(!panel.log().contains("painted"), "a window opened: {}", panel.log());
    desktop.tray.press("设置…").await?;
    panel.wait_log("painted window=\"main\"").await?;
    gateway.ring(CUSTOMER, "801").await?;
    let displayed = async |count: usize| {
        until(&format!("{count} notifications are on the screen"), async || {
            (desktop.notifications_displayed().await.ok()? == count).then_some(())
        })
        .await
    };
    displayed(1).await?;
    desktop.tray.press("退出").await?;
    displayed(0).await?;
    assert!(panel.wait_end().await?, "{}", panel.log());
    Ok(())
}
