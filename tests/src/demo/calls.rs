//! One call through every button.

use anyhow::Result;

use super::album::Album;
use crate::panel::{Page, Workplace, desk::CUSTOMER, desktop::until};

/// With the pictures of it.
pub(super) async fn play(desk: &Workplace, album: &mut Album, chinese: bool) -> Result<()> {
    let say = |zh: &'static str, en: &'static str| if chinese { zh } else { en };
    let (panel, gateway, desktop) = (&desk.panel, &desk.gateway, &desk.desktop);
    panel.wait_text("connection", say("已连接", "Connected")).await?;
    until("the window is painted", async || panel.log().contains("painted").then_some(())).await?;
    album.take(desktop, "idle").await?;

    desk.ring().await?;
    panel.turn_to(Page::Popup).await?;
    panel.text("popup-number").await?;
    album.take(desktop, "ringing").await?;
    gateway.phone("extensions/801/answer").await?;
    panel.turn_to(Page::Main).await?;
    panel.wait_text("call-state", say("通话中", "Talking")).await?;
    album.take(desktop, "talking").await?;

    panel.press("hold").await?;
    panel.wait_text("call-state", say("保持", "On hold")).await?;
    album.take(desktop, "held").await?;
    panel.press("restore").await?;
    panel.wait_text("call-state", say("通话中", "Talking")).await?;
    panel.press("survey").await?;
    panel.wait_text("survey", say("已设评价", "Armed")).await?;
    album.take(desktop, "survey").await?;

    gateway.ring("13900000001", "802").await?;
    panel.press("transfer").await?;
    panel.fill("transfer-target", "802").await?;
    album.take(desktop, "transfer-target").await?;
    panel.press("transfer-send").await?;
    panel.wait_text("call-notice", say("目标", "target")).await?;
    album.take(desktop, "transfer-refused").await?;
    panel.turn_to(Page::Popup).await?;
    panel.press("popup-transfer").await?;
    for key in ["popup-key-8", "popup-key-0", "popup-key-3"] {
        panel.press(key).await?;
    }
    album.take(desktop, "transfer-from-pop-up").await?;
    panel.press("popup-transfer-send").await?;
    panel.turn_to(Page::Main).await?;
    panel.wait_text("call-state", say("转接", "Transferring")).await?;
    album.take(desktop, "transferring").await?;
    gateway.phone_when_ready("extensions/803/answer").await?;
    panel.wait_gone("call-number").await?;
    album.take(desktop, "transferred").await?;
    gateway.phone("extensions/803/hangup").await?;

    panel.press("presence-busy").await?;
    album.take(desktop, "busy").await?;
    panel.press("presence-idle").await?;
    panel.fill("dial-number", "010-6552 1234").await?;
    panel.text("dial-preview").await?;
    album.take(desktop, "number-typed").await?;
    panel.press("dial-send").await?;
    panel.text("call-number").await?;
    gateway.phone("extensions/801/answer").await?;
    album.take(desktop, "dialling").await?;
    gateway.phone_when_ready("numbers/01065521234/answer").await?;
    panel.wait_text("call-state", say("通话中", "Talking")).await?;
    panel.press("hangup").await?;
    panel.wait_gone("call-number").await?;
    panel.press("play").await?;
    panel.text("player-time").await?;
    album.take(desktop, "recording").await?;
    panel.press("player-more").await?;
    album.take(desktop, "recording-tools").await?;

    // The player stays open below the form, and gives it room.
    panel.press("tab-supervisor").await?;
    panel.fill("listen-target", "804").await?;
    panel.press("listen").await?;
    panel.text("supervisor-notice").await?;
    album.take(desktop, "listening-refused").await?;
    panel.press("player-close").await?;
    panel.press("tab-recent").await?;

    gateway.ring(CUSTOMER, "801").await?;
    gateway.ring("02887654321", "801").await?;
    panel.turn_to(Page::Popup).await?;
    panel.text("popup-number").await?;
    album.take(desktop, "two-calls").await?;
    gateway.phone(&format!("numbers/{CUSTOMER}/hangup")).await?;
    gateway.phone("numbers/02887654321/hangup").await?;
    panel.turn_to(Page::Main).await?;
    panel.wait_gone("call-number").await?;
    album.take(desktop, "missed").await?;
    panel.press("settings-open").await?;
    panel.text("settings-server").await?;
    album.take(desktop, "settings").await
}
