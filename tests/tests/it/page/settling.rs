//! A press, and what is typed, go where the agent meant them: not to what has come in their place.

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use uncall_tests::{
    checks,
    page::{
        Look, Stage,
        desk::{call, idle, on, with},
        run,
    },
    panel::Page,
};

use super::{keys::ALT, looks::picture};

#[tokio::test(flavor = "multi_thread")]
async fn settling() -> Result<()> {
    run(checks![
        a_key_is_shown_only_on_the_button_that_it_presses,
        nothing_that_was_said_of_one_call_stays_for_the_next,
        a_pop_up_takes_no_press_when_it_has_just_come,
        what_is_hidden_has_no_keyboard_and_keeps_no_text,
        the_keypad_says_whose_call_it_is_and_hangs_up,
        a_sentence_that_moves_the_buttons_takes_no_press,
    ])
    .await
}

/// What is said of this button.
async fn tip(stage: &Stage, name: &str) -> Result<String> {
    stage.ask(&format!("return document.querySelector('[data-test={name}]').dataset.tip ?? ''")).await
}

async fn a_key_is_shown_only_on_the_button_that_it_presses(stage: &Stage) -> Result<()> {
    let (talk, ring) = (call("1.1", "talking"), with(call("2.2", "hold_unknown"), json!({"other": "13900000001"})));
    let targets =
        json!({"targets": {"hold": "1.1", "restore": "2.2", "transfer": "1.1", "survey": "1.1", "hang_up": "1.1"}});
    let desk = with(on(&[talk.clone(), ring]), targets);
    for look in [Look::ENGLISH, Look::CHINESE] {
        stage.show(Page::Main, look, &desk).await?;
        for (name, letter) in [("hold", 'H'), ("transfer", 'T'), ("survey", 'S'), ("hangup", 'E')] {
            ensure!(tip(stage, name).await?.contains(&format!("Alt+{letter}")), "{name}: {}", tip(stage, name).await?);
        }
        stage.page().press("call-line").await?;
        stage.page().wait_text("call-number", "139 0000 0001").await?;
        // Alt+E ends the other: this button does not say it.
        for name in ["hold", "restore", "transfer", "survey", "hangup"] {
            let said = tip(stage, name).await?;
            ensure!(!said.is_empty() && !said.contains("Alt+"), "{name}: {said}");
        }
    }
    // It is shown where the keyboard is, too, in the page and over nothing that can be pressed.
    stage.change(&on(&[talk])).await?;
    stage.pass(700, 0).await?;
    stage.chord(&[ALT, 'd']).await?;
    stage.chord(&['\u{e008}', '\u{e004}']).await?;
    ensure!(stage.focus().await? == "hangup", "{}", stage.focus().await?);
    stage.page().wait_text("tip", "Alt+E").await?;
    picture(stage, "main", "tip", Look::CHINESE).await?;
    // One key holds and resumes: with nobody to hold it resumes.
    let nobody = json!({"targets": {"hold": null}});
    stage.change(&with(desk, nobody)).await?;
    stage.page().press("call-line").await?;
    stage.page().wait_text("call-number", "139 0000 0001").await?;
    ensure!(tip(stage, "restore").await?.contains("Alt+H") && !tip(stage, "hold").await?.contains("Alt+H"));
    stage.pass(700, 0).await?;
    stage.chord(&[ALT, 'h']).await?;
    ensure!(stage.wanted().await? == [json!({"do": "restore", "uid": "2.2"})]);
    Ok(())
}

async fn nothing_that_was_said_of_one_call_stays_for_the_next(stage: &Stage) -> Result<()> {
    let (one, two) = (with(call("1.1", "in_call"), json!({"closable": true})), call("2.2", "talking"));
    stage.show(Page::Main, Look::ENGLISH, &on(&[one, two])).await?;
    // A browser's tooltip stays on the screen though what is under the pointer is another call's.
    let native = "return [...document.querySelectorAll('[title]')].map((it) => it.outerHTML)";
    ensure!(stage.ask::<Vec<String>>(native).await?.is_empty(), "{:?}", stage.ask::<Vec<String>>(native).await?);
    ensure!(tip(stage, "call-uid").await?.contains("1.1"));
    stage.page().press("call-line").await?;
    ensure!(tip(stage, "call-uid").await?.contains("2.2"));
    Ok(())
}

async fn a_pop_up_takes_no_press_when_it_has_just_come(stage: &Stage) -> Result<()> {
    stage.show(Page::Popup, Look::CARD, &idle()).await?;
    let press = "document.querySelector('[data-test=popup-hangup]').click(); \
                 document.querySelector('[data-test=popup-dismiss]').click()";
    for (calls, others) in [(vec!["1.1"], false), (vec!["2.2", "1.1"], true)] {
        let calls: Vec<Value> = calls.into_iter().map(|uid| call(uid, "ringing")).collect();
        stage.change(&on(&calls)).await?;
        stage.pass(500, 0).await?;
        stage.ask::<Value>(press).await?;
        ensure!(stage.wanted().await?.is_empty(), "the press was meant for what lay there (others: {others})");
        let hit = "const box = document.querySelector('[data-test=popup-hangup]').getBoundingClientRect(); \
                   return document.elementFromPoint(box.x + 5, box.y + 5).tagName";
        ensure!(stage.ask::<String>(hit).await? != "BUTTON", "it looks as if it could be pressed");
        stage.pass(200, 0).await?;
        stage.page().press("popup-hangup").await?;
        ensure!(stage.wanted().await? == [json!({"do": "hang_up", "uid": calls.first().map(|call| &call["uid"])})]);
    }
    Ok(())
}

async fn what_is_hidden_has_no_keyboard_and_keeps_no_text(stage: &Stage) -> Result<()> {
    let (talk, next) = (call("1.1", "talking"), call("2.2", "talking"));
    stage.show(Page::Main, Look::ENGLISH, &on(std::slice::from_ref(&talk))).await?;
    stage.page().press("transfer").await?;
    stage.typed("80").await?;
    // Some engines leave the keyboard with what is hidden, and what is typed goes there.
    let tell = |desk: &Value| {
        format!(
            "const field = document.querySelector('[data-test=transfer-target]'); \
             window.__host.tell('desk_changed', {desk}); const left = document.activeElement === field; \
             field.value += '3'; field.dispatchEvent(new Event('input', {{bubbles: true}})); return left"
        )
    };
    ensure!(!stage.ask::<bool>(&tell(&idle())).await?, "a hidden field has the keyboard");
    stage.change(&on(&[next])).await?;
    stage.pass(700, 0).await?;
    stage.page().press("transfer").await?;
    ensure!(stage.value("transfer-target").await?.is_empty(), "{} is left", stage.value("transfer-target").await?);
    // The pop-up's, the same.
    stage.show(Page::Popup, Look::CARD, &on(std::slice::from_ref(&talk))).await?;
    stage.page().press("popup-transfer").await?;
    let ended = with(idle(), json!({"popups": ["1.1"], "recent": [uncall_tests::page::desk::entry("1.1", 0)]}));
    let left =
        format!("window.__host.tell('desk_changed', {ended}); return document.activeElement.dataset.test ?? 'nothing'");
    ensure!(stage.ask::<String>(&left).await? == "nothing");
    Ok(())
}

async fn the_keypad_says_whose_call_it_is_and_hangs_up(stage: &Stage) -> Result<()> {
    let (talk, ring) = (call("1.1", "talking"), with(call("2.2", "ringing"), json!({"other": "13900000001"})));
    for look in [Look::ENGLISH, Look::CHINESE] {
        stage.show(Page::Popup, look.sized(360, 336), &on(&[talk.clone(), ring.clone()])).await?;
        stage.page().press("popup-transfer").await?;
        stage.page().wait_text("popup-keypad-number", "138 0013 8000").await?;
        let faults = stage.illegible().await?;
        ensure!(faults.is_empty(), "{faults:?}");
        let height = "return document.querySelector('.card').getBoundingClientRect().height";
        ensure!(stage.ask::<f64>(height).await? <= 170.0, "the other card jumps");
        picture(stage, "popup", "keypad", look.sized(360, 336)).await?;
        stage.page().press("popup-keypad-hangup").await?;
        ensure!(stage.wanted().await? == [json!({"do": "hang_up", "uid": "1.1"})]);
    }
    Ok(())
}

async fn a_sentence_that_moves_the_buttons_takes_no_press(stage: &Stage) -> Result<()> {
    let talk = on(&[call("1.1", "talking")]);
    stage.show(Page::Main, Look::ENGLISH, &talk).await?;
    let long = json!({"connection": {"state": "offline", "problem": {"code": "certificate_date", "detail": "pbx.example.com"}}});
    stage.change(&with(talk, long)).await?;
    stage.page().press("hangup").await?;
    ensure!(stage.wanted().await?.is_empty(), "the button was elsewhere when it was aimed at");
    stage.pass(700, 0).await?;
    stage.page().press("hangup").await?;
    ensure!(stage.wanted().await? == [json!({"do": "hang_up", "uid": "1.1"})]);
    Ok(())
}
