//! The second click of a double click repeats the first or does nothing, whatever is under the pointer by then.

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use uncall_tests::{
    checks,
    page::{
        Look, Stage,
        desk::{call, on, with},
        run,
    },
    panel::Page,
};

use super::keys::ALT;

#[tokio::test(flavor = "multi_thread")]
async fn presses() -> Result<()> {
    run(checks![
        the_second_press_on_hold_is_no_resume,
        a_press_that_began_on_hold_is_no_resume,
        a_single_press_counts_at_once,
        a_double_click_on_transfer_opens_it,
        the_next_call_gets_nothing_of_a_double_click,
        the_same_thing_twice_counts_twice,
        a_key_that_toggles_means_what_it_meant,
    ])
    .await
}

const PAGES: [(Page, Look, &str); 2] = [(Page::Main, Look::ENGLISH, ""), (Page::Popup, Look::CARD, "popup-")];

fn talking() -> Value {
    on(&[call("1.1", "talking")])
}

fn held() -> Value {
    on(&[call("1.1", "held")])
}

/// The place of the hold and resume button.
async fn toggle(stage: &Stage, prefix: &str) -> Result<(f64, f64)> {
    stage.place(&format!("{prefix}hold")).await
}

async fn the_second_press_on_hold_is_no_resume(stage: &Stage) -> Result<()> {
    for (page, look, prefix) in PAGES {
        stage.show(page, look, &talking()).await?;
        let at = toggle(stage, prefix).await?;
        stage.click(at, 1).await?;
        ensure!(stage.wanted().await? == [json!({"do": "hold", "uid": "1.1"})]);
        stage.change(&held()).await?;
        stage.click(at, 2).await?;
        stage.click(at, 3).await?;
        ensure!(stage.wanted().await?.is_empty(), "{prefix}: a double click holds and resumes");
        stage.click(at, 1).await?;
        ensure!(stage.wanted().await? == [json!({"do": "restore", "uid": "1.1"})], "{prefix}: the next press is lost");
        stage.change(&talking()).await?;
        stage.click(at, 2).await?;
        ensure!(stage.wanted().await?.is_empty(), "{prefix}: a double click resumes and holds");
    }
    Ok(())
}

async fn a_press_that_began_on_hold_is_no_resume(stage: &Stage) -> Result<()> {
    for (page, look, prefix) in PAGES {
        stage.show(page, look, &talking()).await?;
        let at = toggle(stage, prefix).await?;
        stage.mouse_down(at, 1).await?;
        // The phone has put it on hold meanwhile.
        stage.change(&held()).await?;
        stage.mouse_up(at, 1).await?;
        ensure!(stage.wanted().await?.is_empty(), "{prefix}: it was pressed to hold, and resumes");
    }
    Ok(())
}

async fn a_single_press_counts_at_once(stage: &Stage) -> Result<()> {
    for (page, look, prefix) in PAGES {
        stage.show(page, look, &talking()).await?;
        let at = toggle(stage, prefix).await?;
        stage.change(&held()).await?;
        stage.click(at, 1).await?;
        ensure!(stage.wanted().await? == [json!({"do": "restore", "uid": "1.1"})], "{prefix}");
    }
    Ok(())
}

async fn a_double_click_on_transfer_opens_it(stage: &Stage) -> Result<()> {
    stage.show(Page::Main, Look::ENGLISH, &talking()).await?;
    let at = stage.place("transfer").await?;
    for count in 1..=2 {
        stage.click(at, count).await?;
    }
    ensure!(stage.page().shows("transfer-target").await, "the second press closes it");
    stage.click(at, 1).await?;
    ensure!(!stage.page().shows("transfer-target").await);
    // In the pop-up the keypad replaces the button.
    for look in [Look::CARD, Look { language: "zh-CN", ..Look::CARD }] {
        stage.show(Page::Popup, look, &talking()).await?;
        let at = stage.place("popup-transfer").await?;
        for count in 1..=3 {
            stage.click(at, count).await?;
        }
        ensure!(stage.page().shows("popup-transfer-target").await);
        let typed = stage.value("popup-transfer-target").await?;
        ensure!(typed.is_empty() && stage.wanted().await?.is_empty(), "{typed}");
    }
    Ok(())
}

async fn the_next_call_gets_nothing_of_a_double_click(stage: &Stage) -> Result<()> {
    let grey = |uid: &str| with(call(uid, "in_call"), json!({"unconfirmed": true, "closable": true}));
    let copied = "return document.querySelectorAll('[data-copied]').length";
    for (page, look, button) in
        [(Page::Main, Look::ENGLISH, "call-over"), (Page::Popup, Look::CARD.sized(360, 336), "popup-over")]
    {
        stage.show(page, look, &on(&[grey("1.1"), grey("2.2")])).await?;
        let at = stage.place(button).await?;
        stage.click(at, 1).await?;
        ensure!(stage.wanted().await? == [json!({"do": "over", "uid": "1.1"})], "{button}");
        stage.change(&on(&[grey("2.2")])).await?;
        stage.pass(700, 0).await?;
        stage.click(at, 2).await?;
        ensure!(stage.wanted().await?.is_empty(), "{button}: the next call is over, too");
        ensure!(stage.ask::<u32>(copied).await? == 0, "{button}: the next call's ID is copied");
    }
    Ok(())
}

async fn the_same_thing_twice_counts_twice(stage: &Stage) -> Result<()> {
    stage.show(Page::Popup, Look::CARD, &talking()).await?;
    stage.page().press("popup-transfer").await?;
    let at = stage.place("popup-key-8").await?;
    for count in 1..=3 {
        stage.click(at, count).await?;
    }
    ensure!(stage.value("popup-transfer-target").await? == "888");
    Ok(())
}

async fn a_key_that_toggles_means_what_it_meant(stage: &Stage) -> Result<()> {
    stage.show(Page::Main, Look::ENGLISH, &talking()).await?;
    for (letter, first, second, after) in [
        ('h', json!({"do": "hold", "uid": "1.1"}), json!({"do": "restore", "uid": "1.1"}), held()),
        ('b', json!({"do": "busy"}), json!({"do": "idle"}), with(held(), json!({"presence": {"value": "busy"}}))),
    ] {
        stage.chord(&[ALT, letter]).await?;
        ensure!(stage.wanted().await? == [first], "{letter}");
        stage.change(&after).await?;
        stage.chord(&[ALT, letter]).await?;
        ensure!(stage.wanted().await?.is_empty(), "{letter} pressed twice takes back what it did");
        stage.pass(700, 0).await?;
        stage.chord(&[ALT, letter]).await?;
        ensure!(stage.wanted().await? == [second], "{letter}");
    }
    // A key that is held down presses its button once.
    let held_down = "const button = document.querySelector('[data-test=survey]'); button.focus(); \
                     return button.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', repeat: true, bubbles: true, cancelable: true}))";
    ensure!(!stage.ask::<bool>(held_down).await?, "Enter goes on pressing");
    Ok(())
}
