#![allow(clippy::indexing_slicing)] // Of JSON values: what is not there is null.
//! Sentences that say what to do are whole, cover nothing, and go when they are no longer true.

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use uncall_tests::{
    checks,
    page::{
        Look, Stage,
        desk::{call, idle, notice, on, with},
        run,
    },
    panel::Page,
};

use super::looks::picture;

const LANGUAGES: [Look; 2] = [Look::ENGLISH, Look::CHINESE];
const SERVER: &str = "The IVR context uncall-survey is not loaded on this PBX, please ask the administrator to load it \
                      and then try again after some minutes have gone by";

#[tokio::test(flavor = "multi_thread")]
async fn sentences() -> Result<()> {
    run(checks![
        every_sentence_is_whole,
        the_transfer_s_hint_covers_nothing,
        a_reason_leaves_the_switch_as_wide_as_it_is,
        what_was_refused_goes_with_the_number,
        nothing_is_dialled_while_the_server_is_away,
        a_wide_window_says_what_will_be_dialled_beside_the_box,
        a_number_stays_whole_beside_its_button,
        five_buttons_are_whole_in_a_narrow_window,
        the_settings_choices_are_whole,
    ])
    .await
}

/// Whether these elements lie over each other.
async fn overlap(stage: &Stage, one: &str, other: &str) -> Result<bool> {
    stage
        .ask(&format!(
            "const [a, b] = ['{one}', '{other}'].map((name) => document.querySelector(`[data-test=${{name}}]`).getBoundingClientRect()); \
             return a.width > 0 && b.width > 0 && a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1"
        ))
        .await
}

/// A desktop whose letters are wider than this one's.
async fn with_wide_letters(stage: &Stage) -> Result<()> {
    let script = "for (const it of document.querySelectorAll('html, .verbs .word')) it.style.letterSpacing = '0.05em'";
    stage.ask::<Value>(script).await.map(drop)
}

async fn every_sentence_is_whole(stage: &Stage) -> Result<()> {
    let mut cut = Vec::new();
    for look in LANGUAGES {
        stage.show(Page::Main, look, &idle()).await?;
        for code in
            ["certificate_unknown", "certificate_date", "http", "not_understood", "outcome_unknown", "server_said"]
        {
            let problem =
                json!({"code": code, "detail": if code == "server_said" { SERVER } else { "pbx.example.com:8443" }});
            let refused = |verb: &str, uid: Option<&str>| json!({"notice": with(notice(verb, uid, code), json!({"problem": problem}))});
            let talk = on(&[call("1.1", "talking")]);
            let away = with(
                idle(),
                json!({"extension": "80112345", "connection": {"state": "offline", "problem": problem}, "mood": "offline"}),
            );
            for (name, desk) in [
                ("connection-notice", with(talk.clone(), json!({"connection": away["connection"]}))),
                ("no-call-advice", away),
                ("presence-notice", with(idle(), refused("busy", None))),
                ("call-notice", with(talk, refused("hold", Some("1.1")))),
                ("dial-notice", with(idle(), refused("dial", None))),
            ] {
                for width in [380, 340] {
                    stage.wear(look.sized(width, 640)).await?;
                    stage.change(&desk).await?;
                    ensure!(!stage.page().text(name).await?.is_empty());
                    let faults = stage.illegible().await?;
                    if !faults.is_empty() {
                        cut.push(format!("{name}, {code}, {}, {width} wide: {faults:?}", look.language));
                    }
                }
            }
        }
    }
    ensure!(cut.is_empty(), "{}", cut.join("\n"));
    Ok(())
}

async fn the_transfer_s_hint_covers_nothing(stage: &Stage) -> Result<()> {
    let bad = json!({"value": {"dialled": null, "then": null, "rules": [], "steps": [], "ask": null, "choices": [],
        "problem": {"code": "target_invalid", "detail": "U+0062 LATIN SMALL LETTER B"}}});
    let which = json!({"value": {"dialled": null, "then": null, "rules": [], "steps": [], "ask": null, "problem": {"code": "number_which", "detail": ""},
        "choices": [{"dialled": "01065521234", "then": null}, {"dialled": "13800138000", "then": "9"}]}});
    for look in LANGUAGES {
        for (text, width) in [(100, 380), (100, 340), (150, 380), (200, 380)] {
            stage.show(Page::Main, look.text(text).sized(width, 640), &on(&[call("1.1", "talking")])).await?;
            stage.page().press("transfer").await?;
            let top = "return document.querySelector('[data-test=dial-number]').getBoundingClientRect().top + scrollY";
            let before: f64 = stage.ask(top).await?;
            for answer in [&bad, &which] {
                stage.answer("explain_number", answer.clone()).await?;
                stage.page().fill("transfer-target", "65521234b").await?;
                stage.page().text("transfer-preview").await?;
                for name in ["hold", "transfer", "survey", "hangup", "transfer-target", "transfer-send", "dial-number"]
                {
                    ensure!(!overlap(stage, "transfer-preview", name).await?, "it lies on {name} at {text} %");
                }
                let faults = stage.illegible().await?;
                ensure!(faults.is_empty(), "{} at {text} %, {width} wide: {faults:?}", look.language);
                picture(stage, "main", &format!("hint-{width}"), look.text(text).sized(width, 640)).await?;
                // One line has its room before there is anything to say.
                let lines = "return document.getElementById('transfer-line').getBoundingClientRect().height";
                let grown = stage.ask::<f64>(lines).await? - 18.0;
                ensure!(stage.ask::<f64>(top).await? <= before + grown + 1.0, "the dial box jumps");
            }
        }
    }
    Ok(())
}

async fn a_reason_leaves_the_switch_as_wide_as_it_is(stage: &Stage) -> Result<()> {
    let width = "return document.querySelector('[data-test=presence]').getBoundingClientRect().width";
    for look in LANGUAGES {
        for (text, wide) in [(100, 380), (100, 340), (125, 380), (150, 380), (200, 380)] {
            stage.show(Page::Main, look.text(text).sized(wide, 640), &idle()).await?;
            let before: f64 = stage.ask(width).await?;
            for presence in [
                json!({"value": "busy", "reason": "training course with the new team, back at four"}),
                json!({"value": "busy", "reason": "午餐"}),
                json!({"value": "idle", "reason": "sales", "detail": "partly_paused"}),
                json!({"value": "idle", "detail": "partly_paused"}),
            ] {
                stage.change(&with(idle(), json!({"presence": presence}))).await?;
                let reason = stage.page().text("presence-reason").await?;
                let why = presence.get("reason").and_then(Value::as_str).unwrap_or_default();
                ensure!(reason.contains(why), "{reason}");
                let after: f64 = stage.ask(width).await?;
                ensure!((after - before).abs() < 0.5, "{before} wide, then {after}");
                ensure!(!overlap(stage, "presence-reason", "presence").await?);
                let faults = stage.illegible().await?;
                ensure!(faults.is_empty(), "{} at {text} %: {faults:?}", look.language);
            }
        }
    }
    Ok(())
}

async fn what_was_refused_goes_with_the_number(stage: &Stage) -> Result<()> {
    stage.show(Page::Main, Look::ENGLISH, &idle()).await?;
    stage.page().fill("dial-number", "1 / 2").await?;
    stage.page().press("dial-send").await?;
    stage.change(&with(idle(), json!({"notice": notice("dial", None, "number_which")}))).await?;
    stage.page().wait_text("dial-notice", "Which number?").await?;
    let empty = "const field = document.querySelector('[data-test=dial-number]'); field.value = ''; \
                 field.dispatchEvent(new Event('input', {bubbles: true}))";
    stage.ask::<Value>(empty).await?;
    ensure!(!stage.page().shows("dial-notice").await, "it is said of an empty box");
    ensure!(stage.page().text("dial-preview").await?.is_empty());
    Ok(())
}

async fn nothing_is_dialled_while_the_server_is_away(stage: &Stage) -> Result<()> {
    stage.show(Page::Main, Look::ENGLISH, &idle()).await?;
    stage.page().fill("dial-number", "802").await?;
    for (state, can) in [("offline", false), ("connecting", false), ("poll", true), ("push", true)] {
        stage.change(&with(idle(), json!({"connection": {"state": state}}))).await?;
        ensure!(stage.page().enabled("dial-send").await == can, "{state}");
    }
    ensure!(stage.value("dial-number").await? == "802");
    Ok(())
}

async fn a_wide_window_says_what_will_be_dialled_beside_the_box(stage: &Stage) -> Result<()> {
    let explained = json!({"value": {"dialled": "13800138002", "then": null, "rules": [], "steps": [], "ask": null, "choices": [], "problem": null}});
    stage.show(Page::Main, Look::ENGLISH.sized(760, 640), &on(&[call("1.1", "talking")])).await?;
    stage.answer("explain_number", explained).await?;
    stage.page().fill("dial-number", "13800138002").await?;
    stage.page().wait_text("dial-preview", "138 0013 8002").await?;
    let gap = "const [box, words] = ['dial-number', 'dial-preview'].map((name) => document.querySelector(`[data-test=${name}]`).getBoundingClientRect()); \
               return words.top - box.bottom";
    let gap: f64 = stage.ask(gap).await?;
    ensure!((0.0..10.0).contains(&gap), "{gap} px below the box");
    Ok(())
}

async fn a_number_stays_whole_beside_its_button(stage: &Stage) -> Result<()> {
    let lines = "const it = document.querySelector('[data-test=call-number]'); \
                 return Math.round(it.getBoundingClientRect().height / parseFloat(getComputedStyle(it).lineHeight))";
    for look in LANGUAGES {
        for width in [380, 340] {
            for number in ["01065521234", "13421829060", "+8613800138000", "008613421829060", "008613421829060123"] {
                let call = with(call("1.1", "ringing"), json!({"other": number, "closable": true}));
                stage.show(Page::Main, look.sized(width, 640), &on(&[call])).await?;
                with_wide_letters(stage).await?;
                ensure!(stage.ask::<u32>(lines).await? == 1, "{number}, {}, {width} wide", look.language);
                ensure!(!overlap(stage, "call-number", "call-over").await?);
            }
        }
    }
    Ok(())
}

async fn five_buttons_are_whole_in_a_narrow_window(stage: &Stage) -> Result<()> {
    for look in LANGUAGES {
        for width in [380, 340] {
            stage.show(Page::Main, look.sized(width, 640), &on(&[call("1.1", "hold_unknown")])).await?;
            with_wide_letters(stage).await?;
            let faults = stage.illegible().await?;
            ensure!(faults.is_empty(), "{}, {width} wide: {faults:?}", look.language);
            let top = |name: &str| format!("document.querySelector('[data-test={name}]').getBoundingClientRect().top");
            let one_line = format!("return {} === {}", top("hold"), top("hangup"));
            ensure!(stage.ask::<bool>(&one_line).await?, "{}, {width} wide: they are two lines", look.language);
        }
    }
    Ok(())
}

async fn the_settings_choices_are_whole(stage: &Stage) -> Result<()> {
    // As wide as its widest choice wants to be, when nothing narrows it.
    let cut = "return [...document.querySelectorAll('#settings select')].filter((it) => it.checkVisibility()).filter((it) => { \
                 const free = it.cloneNode(true); free.style.cssText = 'position: fixed; width: max-content; max-width: none; min-width: 0'; \
                 it.parentElement.append(free); const wide = free.getBoundingClientRect().width; free.remove(); \
                 return wide > it.getBoundingClientRect().width + 1; }).map((it) => it.dataset.test)";
    for look in LANGUAGES {
        for (text, width) in [(100, 380), (100, 340), (125, 380)] {
            stage.show(Page::Main, look.text(text).sized(width, 640), &idle()).await?;
            stage.page().press("settings-open").await?;
            stage.page().text("settings-save").await?;
            let cut: Vec<String> = stage.ask(cut).await?;
            ensure!(cut.is_empty(), "{}, {text} %, {width} wide: {cut:?}", look.language);
        }
    }
    Ok(())
}
