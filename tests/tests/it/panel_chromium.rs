//! The main window's page in Chromium, as WebView2 shows it on Windows.

use anyhow::Result;
use uncall_tests::panel::{
    Listening, Look, Panel, Twin, Workplace,
    desk::{CUSTOMER, CUSTOMER_READ, hears},
    desktop::until,
    listening::near,
    twin::{Host, faults},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_seen_held_and_ended() -> Result<()> {
    let desk = Workplace::open(Look::ENGLISH).await?;
    let twin = Twin::open(&desk.desktop, &desk.panel).await?;
    let page = &twin.page;
    page.wait_text("connection", "Connected").await?;
    desk.ring().await?;
    page.wait_text("call-state", "Ringing").await?;
    page.wait_text("call-number", CUSTOMER_READ).await?;
    desk.gateway.phone("extensions/801/answer").await?;
    page.wait_text("call-state", "Talking").await?;
    page.press("hold").await?;
    page.wait_text("call-state", "On hold").await?;
    desk.until_state("the customer hears music", |state| hears(state, CUSTOMER) == ["music"]).await?;
    page.press("restore").await?;
    page.wait_text("call-state", "Talking").await?;
    page.press("hangup").await?;
    page.wait_gone("call-state").await?;
    // Nothing is wider or higher than the window.
    let fits =
        "const it = document.documentElement; return it.scrollWidth <= innerWidth && it.scrollHeight <= innerHeight";
    assert_eq!(page.script(fits).await?, serde_json::json!(true));
    assert_eq!(faults(page).await?, Vec::<String>::new());
    Ok(())
}

/// A desk whose agent listens in Chromium, and the panel that this stands on.
async fn listening() -> Result<(Listening, (Panel, Host))> {
    let Listening { server, recorder, desktop, panel } = Listening::open(Look::ENGLISH).await?;
    let Twin { page, host } = Twin::open(&desktop, &panel).await?;
    Ok((Listening { server, recorder, desktop, panel: page }, (panel, host)))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_sounds_from_the_loopback_address_while_it_comes() -> Result<()> {
    let (desk, _panel) = listening().await?;
    desk.play_held(120, 48).await?;
    desk.until_time(1.0).await?;
    let before = desk.picture().await?;
    assert!(before.ready < 60.0 && !before.ended, "{before:?}");
    for speed in ["1", "2"] {
        desk.choose("player-speed", speed).await?;
        let (ratio, wanted) = (desk.ratio().await?, speed.parse()?);
        assert!(near(ratio, wanted, wanted * 0.08), "at {speed} times it plays {ratio} times as fast");
    }
    // It waits where there is no more (Chromium a second before that), and goes on when there is.
    desk.panel.script("document.getElementById('dock-sound').currentTime = 46").await?;
    desk.panel.wait_text("player-note", "Waiting").await?;
    assert!(desk.time().await? < 48.0, "it plays what has not come");
    desk.recorder.let_go();
    until("all of it is there", async || desk.picture().await.ok().filter(|picture| picture.ended)).await?;
    desk.until_time(50.0).await?;
    // It ends at its end, and begins anew.
    desk.panel.script("document.getElementById('dock-sound').currentTime = 118.5").await?;
    desk.until_paused(true).await?;
    desk.panel.wait_text("player-time", "02:00 / 02:00").await?;
    desk.panel.press("player-play").await?;
    desk.until_near(1.0).await?;
    desk.panel.press("player-close").await?;
    desk.panel.wait_gone("player-time").await?;
    assert_eq!(faults(&desk.panel).await?, Vec::<String>::new());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_beginning_is_said() -> Result<()> {
    let (desk, _panel) = listening().await?;
    // Chromium does not begin with six seconds.
    desk.play_held(60, 6).await?;
    desk.panel.wait_text("player-note", "Waiting for more").await?;
    desk.recorder.let_go();
    desk.until_time(1.0).await?;
    desk.panel.wait_gone("player-note").await
}
