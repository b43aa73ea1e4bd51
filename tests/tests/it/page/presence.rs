#![allow(clippy::indexing_slicing)] // Of JSON values: what is not there is null.
//! Idle, busy for a reason, busy after this call, and the time after a call.

use anyhow::{Result, ensure};
use serde_json::json;
use uncall_tests::{
    checks,
    page::{
        Look, Stage,
        desk::{call, idle, on, with, wrapping_up},
        run,
    },
    panel::Page,
};

use super::looks::picture;

#[tokio::test(flavor = "multi_thread")]
async fn presence() -> Result<()> {
    run(checks![
        a_reason_is_chosen_by_mouse_or_by_keys,
        own_reasons_take_the_place_of_the_usual_ones,
        busy_after_this_call_is_for_a_call_and_can_be_taken_back,
        escape_closes_the_reasons_and_nothing_else,
        the_wrap_up_shows_the_call_and_keeps_what_is_typed,
        a_call_takes_the_wrap_ups_room,
        the_menu_and_the_wrap_up_can_be_read_at_every_size,
    ])
    .await
}

const DOWN: char = '\u{e015}';
const ENTER: char = '\u{e007}';
const ESCAPE: char = '\u{e00c}';

async fn visible(stage: &Stage, name: &str) -> Result<bool> {
    stage.ask(&format!("return document.querySelector('[data-test={name}]').checkVisibility()")).await
}

async fn a_reason_is_chosen_by_mouse_or_by_keys(stage: &Stage) -> Result<()> {
    stage.show(Page::Main, Look::ENGLISH, &idle()).await?;
    stage.page().press("presence-more").await?;
    stage.page().press("presence-reason-item").await?;
    ensure!(stage.wanted().await? == [json!({"do": "busy", "reason": "Break"})]);
    ensure!(!visible(stage, "presence-menu").await?, "it closes");
    stage.page().press("presence-more").await?;
    stage.chord(&[DOWN]).await?;
    stage.chord(&[ENTER]).await?;
    ensure!(stage.wanted().await? == [json!({"do": "busy", "reason": "Lunch"})]);
    // The server has taken it: the menu says which one.
    let lunch = json!({"presence": {"value": "busy", "reason": "Lunch"}});
    stage.change(&with(idle(), lunch)).await?;
    stage.page().press("presence-more").await?;
    let checked: Vec<String> = stage
        .ask("return [...document.querySelectorAll('#presence-menu [aria-checked=true]')].map((it) => it.textContent)")
        .await?;
    ensure!(checked == ["Lunch"], "{checked:?}");
    Ok(())
}

async fn own_reasons_take_the_place_of_the_usual_ones(stage: &Stage) -> Result<()> {
    let own = json!({"presence": {"reasons": ["小休", "<b>VIP</b>"]}});
    stage.show(Page::Main, Look::CHINESE, &with(idle(), own)).await?;
    stage.page().press("presence-more").await?;
    let offered: Vec<String> = stage
        .ask("return [...document.querySelectorAll('[data-test=presence-reason-item]')].map((it) => it.textContent)")
        .await?;
    ensure!(offered == ["小休", "<b>VIP</b>"], "{offered:?}");
    Ok(())
}

async fn busy_after_this_call_is_for_a_call_and_can_be_taken_back(stage: &Stage) -> Result<()> {
    stage.show(Page::Main, Look::ENGLISH, &idle()).await?;
    stage.page().press("presence-more").await?;
    let disabled: bool = stage.ask("return document.getElementById('presence-after').disabled").await?;
    ensure!(disabled, "without a call there is nothing to wait for");
    let talking = on(&[call("1.1", "talking")]);
    stage.show(Page::Main, Look::ENGLISH, &talking).await?;
    stage.page().press("presence-more").await?;
    stage.page().press("presence-after").await?;
    ensure!(stage.wanted().await? == [json!({"do": "busy_after", "on": true})]);
    stage.change(&with(talking, json!({"presence": {"after_call": true}}))).await?;
    stage.page().wait_text("presence-reason", "Busy after this call").await?;
    stage.page().press("presence-more").await?;
    stage.page().press("presence-after").await?;
    ensure!(stage.wanted().await? == [json!({"do": "busy_after", "on": false})]);
    Ok(())
}

async fn escape_closes_the_reasons_and_nothing_else(stage: &Stage) -> Result<()> {
    stage.show(Page::Main, Look::ENGLISH, &on(&[call("1.1", "ringing")])).await?;
    stage.page().press("presence-more").await?;
    stage.chord(&[ESCAPE]).await?;
    ensure!(!visible(stage, "presence-menu").await? && stage.focus().await? == "presence-more");
    ensure!(stage.wanted().await?.is_empty(), "the pop-up stays");
    Ok(())
}

async fn the_wrap_up_shows_the_call_and_keeps_what_is_typed(stage: &Stage) -> Result<()> {
    let desk = wrapping_up();
    stage.show(Page::Main, Look::ENGLISH, &desk).await?;
    stage.page().wait_text("wrap-up-number", "138 0013 8000").await?;
    ensure!(stage.page().text("wrap-up-time").await? == "24");
    stage.page().press("wrap-up-note").await?;
    stage.typed("b1").await?;
    let notes = stage.take("note_call").await?;
    let texts: Vec<&str> = notes.iter().filter_map(|note| note["text"].as_str()).collect();
    ensure!(texts == ["b", "b1"] && notes.iter().all(|note| note["id"] == desk["recent"][0]["id"]), "{notes:?}");
    ensure!(stage.wanted().await?.is_empty(), "a letter is a letter");
    stage.page().press("wrap-up-more").await?;
    stage.page().press("wrap-up-done").await?;
    ensure!(stage.wanted().await? == [json!({"do": "wrap_up_more"}), json!({"do": "wrap_up_done"})]);
    Ok(())
}

async fn a_call_takes_the_wrap_ups_room(stage: &Stage) -> Result<()> {
    stage.show(Page::Main, Look::ENGLISH, &wrapping_up()).await?;
    let height = "return document.getElementById('room').getBoundingClientRect().height";
    let (wrapping, dial): (f64, f64) = (stage.ask(height).await?, stage.ask(DIAL).await?);
    stage.change(&with(wrapping_up(), on(&[call("2.2", "ringing")]))).await?;
    ensure!(!visible(stage, "wrap-up").await?);
    let (ringing, below): (f64, f64) = (stage.ask(height).await?, stage.ask(DIAL).await?);
    ensure!((wrapping - ringing).abs() < 1.0 && (dial - below).abs() < 1.0, "{wrapping} {ringing}: nothing jumps");
    Ok(())
}

/// Where the dial box is.
const DIAL: &str = "return document.getElementById('dial').getBoundingClientRect().top";

async fn the_menu_and_the_wrap_up_can_be_read_at_every_size(stage: &Stage) -> Result<()> {
    for look in [Look::ENGLISH, Look::CHINESE] {
        stage.show(Page::Main, look, &with(wrapping_up(), json!({"presence": {"value": "busy"}}))).await?;
        stage.page().press("presence-more").await?;
        for text in [100, 125, 150, 200] {
            let look = look.text(text).sized(380, 640);
            stage.wear(look).await?;
            let faults = stage.illegible().await?;
            ensure!(faults.is_empty(), "{}, {text} %: {faults:?}", look.language);
            if matches!(text, 100 | 150) {
                picture(stage, "main", "reasons", look).await?;
            }
        }
    }
    Ok(())
}
