//! One call through the panel's real windows: it pops up, and every button does its work on the phones.

use anyhow::Result;
use serde_json::{Value, json};
use uncall_tests::{
    page::Shapes,
    panel::{
        Look, Page, Workplace,
        desk::{CUSTOMER, CUSTOMER_READ, hears, is_up},
        desktop::until,
    },
};

#[tokio::test(flavor = "multi_thread")]
async fn a_call_pops_up_with_who_and_whom_and_never_takes_the_keyboard() -> Result<()> {
    let desk = Workplace::open(Look::ENGLISH).await?;
    desk.panel.wait_text("connection", "Connected").await?;
    // The agent is typing when the call comes in.
    desk.panel.press("dial-number").await?;
    let focused = desk.desktop.focused_window().await?;
    let uid = desk.ring().await?;

    desk.panel.turn_to(Page::Popup).await?;
    desk.panel.wait_text("popup-number", CUSTOMER_READ).await?;
    desk.panel.wait_text("popup-callee", "801").await?;
    desk.panel.wait_text("popup-uid", &uid).await?;
    desk.panel.wait_text("popup-direction", "Incoming").await?;
    assert_eq!(desk.panel.count("popup-card").await, 1);
    assert_eq!(desk.desktop.focused_window().await?, focused, "the pop-up took the keyboard");
    desk.panel.turn_to(Page::Main).await?;
    // On the desktop's own keyboard: whoever has the focus gets it.
    desk.desktop.type_text("0105").await?;
    until("what is typed goes on into the dial box", async || {
        let value = desk.panel.script("return document.querySelector('[data-test=dial-number]').value").await.ok()?;
        (value == json!("0105")).then_some(())
    })
    .await?;

    desk.panel.wait_text("call-number", CUSTOMER_READ).await?;
    desk.panel.wait_text("call-state", "Ringing").await?;
    desk.panel.wait_text("call-uid", &uid).await?;

    // What the panel answers is what the page's types say.
    let shapes = Shapes::read()?;
    for (command, shape) in [
        ("'snapshot'", "Snapshot"),
        ("'player_choice'", "PlayerChoice"),
        ("'explain_number', {typed: '0105', target: false}", "Explained"),
    ] {
        let answer = desk.panel.script(&format!("return window.__TAURI__.core.invoke({command})")).await?;
        shapes.check(shape, &answer)?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_notification_tells_of_the_call_and_goes_with_it() -> Result<()> {
    let desk = Workplace::open(Look::ENGLISH).await?;
    desk.panel.wait_text("connection", "Connected").await?;
    desk.ring().await?;
    let shown = until("a notification is shown", async || desk.desktop.notifications().into_iter().next()).await?;
    assert_eq!(shown.summary, "Incoming call");
    assert!(shown.body.contains(CUSTOMER) && shown.body.contains("801"), "{shown:?}");
    let displayed = async |count: usize| {
        until(&format!("{count} notifications are on the screen"), async || {
            (desk.desktop.notifications_displayed().await.ok()? == count).then_some(())
        })
        .await
    };
    displayed(1).await?;
    desk.gateway.phone("numbers/13421829060/hangup").await?;
    displayed(0).await?;
    assert_eq!(desk.desktop.notifications().len(), 1, "one call, one notification");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_button_of_the_window_does_its_work() -> Result<()> {
    let desk = Workplace::open(Look::ENGLISH).await?;
    let panel = &desk.panel;
    panel.wait_text("connection", "Connected").await?;
    let uid = desk.talk().await?;
    panel.wait_text("call-state", "Talking").await?;

    panel.press("hold").await?;
    panel.wait_text("call-state", "On hold").await?;
    desk.until_state("the customer hears music", |state| hears(state, CUSTOMER) == ["music"]).await?;
    panel.press("restore").await?;
    panel.wait_text("call-state", "Talking").await?;
    desk.until_state("the two hear each other", |state| {
        hears(state, CUSTOMER) == ["801"] && hears(state, "801") == [CUSTOMER]
    })
    .await?;

    panel.press("survey").await?;
    panel.wait_text("survey", "Armed").await?;
    desk.until_state("the survey is armed", |state| {
        state.pointer("/surveys/armed/0/uid").is_some_and(|armed| armed == &json!(uid))
    })
    .await?;

    panel.press("transfer").await?;
    panel.fill("transfer-target", "802").await?;
    panel.press("transfer-send").await?;
    panel.wait_text("call-state", "Transferring").await?;
    desk.gateway.phone_when_ready("extensions/802/answer").await?;
    panel.wait_gone("call-number").await?;
    panel.wait_text("recent-detail", "Transferred").await?;
    desk.until_state("802 has the customer", |state| {
        hears(state, "802") == [CUSTOMER] && hears(state, CUSTOMER) == ["802"] && hears(state, "801").is_empty()
    })
    .await?;
    desk.gateway.phone("extensions/802/hangup").await?;

    let second = desk.talk().await?;
    assert_ne!(uid, second);
    panel.wait_text("call-state", "Talking").await?;
    panel.press("hangup").await?;
    panel.wait_gone("call-number").await?;
    desk.until_state("the second call is over", |state| !is_up(state, &second)).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pop_up_holds_resumes_transfers_and_hangs_up() -> Result<()> {
    let desk = Workplace::open(Look::ENGLISH).await?;
    let panel = &desk.panel;
    panel.wait_text("connection", "Connected").await?;
    desk.ring().await?;
    panel.turn_to(Page::Popup).await?;
    panel.wait_text("popup-state", "Ringing").await?;
    assert!(!panel.enabled("popup-hold").await, "a ringing call cannot be held");
    desk.gateway.phone("extensions/801/answer").await?;
    panel.wait_text("popup-state", "Talking").await?;
    panel.press("popup-hold").await?;
    panel.wait_text("popup-state", "On hold").await?;
    panel.press("popup-hold").await?;
    panel.wait_text("popup-state", "Talking").await?;

    // No keyboard: the target is pressed.
    panel.press("popup-transfer").await?;
    for key in ["popup-key-8", "popup-key-0", "popup-key-3"] {
        panel.press(key).await?;
    }
    panel.press("popup-transfer-send").await?;
    panel.wait_text("popup-state", "Transferring").await?;
    desk.gateway.phone_when_ready("extensions/803/answer").await?;
    panel.wait_gone("popup-card").await?;
    desk.gateway.phone("extensions/803/hangup").await?;

    desk.ring().await?;
    panel.turn_to(Page::Popup).await?;
    panel.wait_text("popup-state", "Ringing").await?;
    panel.press("popup-hangup").await?;
    panel.wait_gone("popup-card").await?;
    panel.turn_to(Page::Main).await?;
    panel.wait_gone("call-number").await
}

#[tokio::test(flavor = "multi_thread")]
async fn not_now_closes_the_pop_up_and_leaves_the_call() -> Result<()> {
    let desk = Workplace::open(Look::ENGLISH).await?;
    let panel = &desk.panel;
    panel.wait_text("connection", "Connected").await?;
    desk.ring().await?;
    panel.turn_to(Page::Popup).await?;
    panel.press("popup-dismiss").await?;
    panel.wait_gone("popup-card").await?;
    panel.turn_to(Page::Main).await?;
    panel.wait_text("call-state", "Ringing").await?;
    desk.gateway.phone("extensions/801/answer").await?;
    panel.wait_text("call-state", "Talking").await?;
    panel.turn_to(Page::Popup).await?;
    assert!(!panel.shows("popup-card").await, "a dismissed call stays dismissed");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn dialling_busy_and_idle_listening_and_whispering() -> Result<()> {
    let desk = Workplace::open(Look::ENGLISH).await?;
    let panel = &desk.panel;
    panel.wait_text("connection", "Connected").await?;

    panel.fill("dial-number", "010-6552 1234").await?;
    panel.wait_text("dial-preview", "010 6552 1234").await?;
    panel.press("dial-send").await?;
    panel.wait_text("call-state", "Outgoing").await?;
    desk.gateway.phone("extensions/801/answer").await?;
    desk.gateway.phone_when_ready("numbers/01065521234/answer").await?;
    panel.wait_text("call-state", "Talking").await?;
    assert_eq!(desk.desktop.notifications(), [], "what the agent dials is no news");
    panel.press("hangup").await?;
    panel.wait_gone("call-number").await?;

    panel.press("presence-busy").await?;
    let presence = |state: &Value| state.pointer("/extensions/0/presence").cloned();
    desk.until_state("801 is busy", |state| presence(state) == Some(json!("busy"))).await?;
    until("the switch stands on busy", async || {
        let checked = "return document.querySelector('[data-test=presence-busy]').getAttribute('aria-checked')";
        (panel.script(checked).await.ok()? == json!("true")).then_some(())
    })
    .await?;
    panel.press("presence-idle").await?;
    desk.until_state("801 is idle", |state| presence(state) == Some(json!("idle"))).await?;

    panel.press("tab-supervisor").await?;
    panel.fill("listen-target", "802").await?;
    panel.press("listen").await?;
    panel.wait_text("supervisor-notice", "not in a call").await?;
    desk.gateway.ring("13900000001", "802").await?;
    desk.gateway.phone("extensions/802/answer").await?;
    panel.press("whisper").await?;
    desk.gateway.phone_when_ready("extensions/801/answer").await?;
    panel.wait_silent("supervisor-notice").await?;
    desk.until_state("the agent hears the supervisor, the customer does not", |state| {
        hears(state, "802").contains(&"801".to_owned()) && hears(state, "13900000001") == ["802"]
    })
    .await
    .map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finished_call_can_be_heard() -> Result<()> {
    let desk = Workplace::open(Look::ENGLISH).await?;
    let panel = &desk.panel;
    panel.wait_text("connection", "Connected").await?;
    desk.talk().await?;
    panel.wait_text("call-time", "00:02").await?;
    panel.press("hangup").await?;
    panel.wait_gone("call-number").await?;
    panel.press("play").await?;
    // It lasts as long as the call did, 2 s or a little more.
    panel.wait_text("player-time", "00:01 / 00:0").await
}
