//! Numbers as people have them, in the dial box and in the transfer's field.

use anyhow::Result;
use serde_json::json;
use uncall_tests::panel::{Look, Workplace, desktop::until};

#[tokio::test(flavor = "multi_thread")]
async fn a_number_is_explained_before_it_is_dialled() -> Result<()> {
    let desk = Workplace::open(Look::ENGLISH).await?;
    let panel = &desk.panel;
    panel.wait_text("connection", "Connected").await?;
    for (typed, words) in [
        ("010-65521234 转 9", "Will dial 010 6552 1234, then 9 (not sent)"),
        ("138§", "“§” has no place in a number"),
        ("++86", "A + belongs in front of a country code"),
        ("+44 (0)20 7946 0018", "Will dial +442079460018"),
    ] {
        panel.fill("dial-number", typed).await?;
        panel.wait_text("dial-preview", words).await?;
        assert!(!panel.shows("choice").await, "{typed}");
    }
    // Two numbers: nothing is dialled before the agent has chosen.
    panel.fill("dial-number", "010-65521234 / 13800138000").await?;
    panel.wait_text("dial-preview", "Which number?").await?;
    panel.wait_text("dial-choices", "010 6552 1234").await?;
    assert_eq!(panel.count("choice").await, 2);
    panel.press("dial-send").await?;
    panel.wait_text("dial-notice", "Which number?").await?;
    panel.press("choice").await?;
    panel.wait_text("dial-preview", "Will dial 010 6552 1234").await?;
    panel.wait_gone("choice").await?;
    panel.press("dial-send").await?;
    desk.gateway.phone_when_ready("extensions/801/answer").await?;
    desk.gateway.phone_when_ready("numbers/01065521234/answer").await?;
    panel.wait_text("call-state", "Talking").await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_lines_are_two_numbers() -> Result<()> {
    let desk = Workplace::open(Look::ENGLISH).await?;
    let panel = &desk.panel;
    panel.wait_text("connection", "Connected").await?;
    let paste = "const field = document.getElementById('dial-number');
        const data = new DataTransfer();
        data.setData('text/plain', '13800138000\\r\\n13900139000\\n');
        field.focus();
        field.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
        return field.value";
    assert_eq!(panel.script(paste).await?, json!("13800138000 / 13900139000"));
    panel.wait_text("dial-choices", "138 0013 8000\n139 0013 9000").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_is_explained_before_the_call_goes_there() -> Result<()> {
    let desk = Workplace::open(Look::ENGLISH).await?;
    let panel = &desk.panel;
    desk.talk().await?;
    panel.wait_text("call-state", "Talking").await?;
    panel.press("transfer").await?;
    panel.fill("transfer-target", "801").await?;
    panel.wait_text("transfer-preview", "That is your own extension").await?;
    panel.press("transfer-send").await?;
    panel.fill("transfer-target", "802§").await?;
    panel.wait_text("transfer-preview", "Not an extension: “§”").await?;
    panel.fill("transfer-target", "803/802").await?;
    panel.wait_text("transfer-preview", "Which number?").await?;
    let second = "document.querySelectorAll('[data-test=transfer-choices] [data-test=choice]')[1].click(); return 1";
    panel.script(second).await?;
    until("802 is in the field", async || {
        let value = panel.script("return document.getElementById('transfer-target').value").await.ok()?;
        (value == json!("802")).then_some(())
    })
    .await?;
    panel.wait_gone("transfer-preview").await?;
    panel.press("transfer-send").await?;
    panel.wait_text("call-state", "Transferring").await?;
    desk.gateway.phone_when_ready("extensions/802/answer").await?;
    panel.wait_gone("call-state").await
}
