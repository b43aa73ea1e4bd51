#![allow(clippy::indexing_slicing)] // Of JSON values: what is not there is null.
//! The panel as the phone: what the page shows of it, and that it shows nothing where the phone is off.

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use uncall_tests::{
    checks,
    page::{
        Look, Stage,
        desk::{ago, call, idle, notice, on, settings, with},
        run,
    },
    panel::Page,
};

use super::{keys::ALT, looks::picture};

#[tokio::test(flavor = "multi_thread")]
async fn phone() -> Result<()> {
    run(checks![
        nothing_is_drawn_where_the_phone_is_off,
        a_call_that_rings_here_is_answered_or_declined,
        the_microphone_has_a_lamp_and_a_key,
        keys_are_pressed_and_shown,
        a_colleague_is_asked_swapped_and_joined,
        a_second_call_is_answered_from_its_line,
        a_bad_line_says_why,
        the_header_says_how_the_phone_stands,
        a_phone_alone_dials,
        devices_are_chosen,
        what_the_phone_shows_is_whole,
    ])
    .await
}

fn sound(over: Value) -> Value {
    let good = json!({
        "mos": 42, "loss": 0, "jitter": 3, "delay": 60, "nothing_arrives": false, "microphone_silent": false, "level": 40,
    });
    with(good, over)
}

fn leg(over: Value) -> Value {
    let leg = json!({
        "name": "", "muted": false, "held_by_other": false, "digits": "", "consults": null, "codec": "opus", "encrypted": true,
        "sound": sound(json!({})),
    });
    with(leg, over)
}

/// A call of the panel's own phone, with the verbs that it has then.
fn own(uid: &str, state: &str) -> Value {
    let verbs: &[&str] = match state {
        "ringing" => &["answer", "hang_up"],
        "held" => &["restore", "transfer", "hang_up"],
        _ => &["hold", "transfer", "survey", "consult", "mute", "dtmf", "hang_up"],
    };
    with(call(uid, state), json!({"phone": leg(json!({})), "verbs": verbs}))
}

fn line(state: &str, problem: Value) -> Value {
    json!({"line": {"state": state, "since": ago(100), "problem": problem, "device": null}})
}

/// A desk with these calls and a phone that is registered.
fn at_phone(calls: &[Value]) -> Value {
    let meant = |verb: &str| {
        let has = |call: &&Value| call["verbs"].as_array().is_some_and(|verbs| verbs.contains(&json!(verb)));
        calls.iter().find(has).map_or(Value::Null, |call| call["uid"].clone())
    };
    let desk = with(on(calls), line("registered", Value::Null));
    with(desk, json!({"targets": {"answer": meant("answer"), "mute": meant("mute")}}))
}

/// A colleague is asked, and the customer waits.
fn consulting() -> Value {
    let pair = ["complete", "swap", "back", "mute", "dtmf", "hang_up"];
    let colleague = with(
        own("sip:2", "talking"),
        json!({"other": "802", "callb": "802", "direction": "callout", "verbs": pair, "phone": {"consults": "1.1"}}),
    );
    let customer = with(own("1.1", "held"), json!({"verbs": ["complete", "swap", "back", "hang_up"]}));
    at_phone(&[colleague, customer])
}

const DRAWN: [&str; 9] = ["line", "phone", "answer", "mute", "keys-open", "keys", "complete", "swap", "back"];

async fn nothing_is_drawn_where_the_phone_is_off(stage: &Stage) -> Result<()> {
    for state in ["ringing", "talking", "held"] {
        stage.show(Page::Main, Look::ENGLISH, &on(&[call("1.1", state)])).await?;
        stage.page().text("hangup").await?;
        for name in DRAWN {
            ensure!(!stage.page().shows(name).await, "{name} is drawn while {state}");
        }
        stage.show(Page::Popup, Look::CARD, &on(&[call("1.1", state)])).await?;
        stage.page().text("popup-hangup").await?;
        ensure!(!stage.page().shows("popup-answer").await);
    }
    stage.show(Page::Main, Look::ENGLISH, &on(&[call("1.1", "talking")])).await?;
    stage.page().press("transfer").await?;
    stage.page().text("transfer-send").await?;
    ensure!(!stage.page().shows("consult-send").await);
    Ok(())
}

async fn a_call_that_rings_here_is_answered_or_declined(stage: &Stage) -> Result<()> {
    let desk = at_phone(&[own("1.1", "ringing")]);
    for (page, look, answer, hang_up, hold) in [
        (Page::Main, Look::ENGLISH, "answer", "hangup", "hold"),
        (Page::Popup, Look::CARD, "popup-answer", "popup-hangup", "popup-hold"),
    ] {
        stage.show(page, look, &desk).await?;
        stage.page().text(answer).await?;
        ensure!(!stage.page().shows(hold).await, "what rings cannot be held");
        stage.page().press(answer).await?;
        stage.page().press(hang_up).await?;
        let both = [json!({"do": "answer", "uid": "1.1"}), json!({"do": "hang_up", "uid": "1.1"})];
        let wanted = stage.wanted().await?;
        ensure!(wanted == both, "{wanted:?}");
    }
    stage.show(Page::Main, Look::ENGLISH, &desk).await?;
    stage.page().wait_text("hangup", "Decline").await?;
    stage.page().wait_text("answer", "Answer").await?;
    stage.chord(&[ALT, 'a']).await?;
    ensure!(stage.wanted().await? == [json!({"do": "answer", "uid": "1.1"})]);
    stage.change(&at_phone(&[own("1.1", "talking")])).await?;
    stage.pass(700, 0).await?;
    stage.page().text("hold").await?;
    ensure!(!stage.page().shows("answer").await);
    stage.page().wait_text("hangup", "Hang up").await
}

async fn the_microphone_has_a_lamp_and_a_key(stage: &Stage) -> Result<()> {
    stage.show(Page::Main, Look::ENGLISH, &at_phone(&[own("1.1", "talking")])).await?;
    stage.page().wait_text("mute", "Mute").await?;
    stage.page().press("mute").await?;
    let muted = with(own("1.1", "talking"), json!({"phone": {"muted": true}}));
    stage.change(&at_phone(&[muted])).await?;
    stage.pass(700, 0).await?;
    stage.page().wait_text("mute", "Muted").await?;
    let pressed = "return document.querySelector('[data-test=mute]').getAttribute('aria-pressed')";
    ensure!(stage.ask::<String>(pressed).await? == "true");
    stage.chord(&[ALT, 'm']).await?;
    let both = [json!({"do": "mute", "uid": "1.1", "on": true}), json!({"do": "mute", "uid": "1.1", "on": false})];
    let wanted = stage.wanted().await?;
    ensure!(wanted == both, "{wanted:?}");
    Ok(())
}

async fn keys_are_pressed_and_shown(stage: &Stage) -> Result<()> {
    stage.show(Page::Main, Look::ENGLISH, &at_phone(&[own("1.1", "talking")])).await?;
    stage.page().press("keys-open").await?;
    for key in ["key-1", "key-hash"] {
        stage.page().press(key).await?;
    }
    let both = [json!({"do": "dtmf", "uid": "1.1", "digits": "1"}), json!({"do": "dtmf", "uid": "1.1", "digits": "#"})];
    let wanted = stage.wanted().await?;
    ensure!(wanted == both, "{wanted:?}");
    stage.change(&at_phone(&[with(own("1.1", "talking"), json!({"phone": {"digits": "1#"}}))])).await?;
    stage.pass(700, 0).await?;
    stage.page().wait_text("keys-sent", "1#").await?;
    // On hold nobody hears them.
    stage.change(&at_phone(&[own("1.1", "held")])).await?;
    stage.pass(700, 0).await?;
    stage.page().wait_gone("keys").await
}

async fn a_colleague_is_asked_swapped_and_joined(stage: &Stage) -> Result<()> {
    stage.show(Page::Main, Look::ENGLISH, &at_phone(&[own("1.1", "talking")])).await?;
    stage.page().press("transfer").await?;
    stage.page().fill("transfer-target", "802").await?;
    stage.page().press("consult-send").await?;
    let wanted = stage.wanted().await?;
    ensure!(wanted == [json!({"do": "consult", "uid": "1.1", "target": "802", "sure": false})], "{wanted:?}");
    stage.change(&consulting()).await?;
    stage.pass(700, 0).await?;
    stage.page().wait_text("call-number", "802").await?;
    stage.page().wait_text("call-lines", "On hold").await?;
    for name in ["hold", "transfer", "survey", "answer"] {
        ensure!(!stage.page().shows(name).await, "{name} beside a colleague");
    }
    for name in ["swap", "complete", "back"] {
        stage.page().press(name).await?;
    }
    let verbs = ["swap", "complete", "back"].map(|verb| json!({"do": verb, "uid": "sip:2"}));
    let wanted = stage.wanted().await?;
    ensure!(wanted == verbs, "{wanted:?}");
    Ok(())
}

async fn a_second_call_is_answered_from_its_line(stage: &Stage) -> Result<()> {
    let second = with(own("2.2", "ringing"), json!({"other": "13900139000", "calla": "13900139000"}));
    stage.show(Page::Main, Look::ENGLISH, &at_phone(&[own("1.1", "talking"), second])).await?;
    stage.page().press("line-answer").await?;
    let wanted = stage.wanted().await?;
    ensure!(wanted == [json!({"do": "answer", "uid": "2.2"})], "{wanted:?}");
    Ok(())
}

async fn a_bad_line_says_why(stage: &Stage) -> Result<()> {
    stage.show(Page::Main, Look::ENGLISH, &at_phone(&[own("1.1", "talking")])).await?;
    stage.page().text("sound").await?;
    stage.page().wait_text("line", "4.2").await?;
    for (over, said) in [
        (json!({"nothing_arrives": true, "mos": 10}), "Nothing arrives from the other side"),
        (json!({"microphone_silent": true}), "Nothing comes from the microphone"),
        (json!({"loss": 12}), "12 % of the sound is lost"),
        (json!({"jitter": 80}), "unevenly (80 ms)"),
        (json!({"delay": 600}), "600 ms late"),
        (json!({"mos": 22}), "sounds bad (MOS 2.2)"),
    ] {
        let bad = with(own("1.1", "talking"), json!({"phone": {"sound": sound(over)}}));
        stage.change(&at_phone(&[bad])).await?;
        stage.pass(700, 0).await?;
        stage.page().wait_text("sound-word", said).await?;
    }
    stage.change(&at_phone(&[own("1.1", "talking")])).await?;
    stage.pass(700, 0).await?;
    stage.page().wait_silent("sound-word").await
}

async fn the_header_says_how_the_phone_stands(stage: &Stage) -> Result<()> {
    let lost = line("lost", json!({"code": "line_wrong_secret", "detail": ""}));
    stage.show(Page::Main, Look::ENGLISH, &with(idle(), lost)).await?;
    stage.page().wait_text("line", "Phone not registered").await?;
    stage.page().wait_text("connection-notice", "does not accept this user and secret").await?;
    stage.change(&with(idle(), line("registering", Value::Null))).await?;
    stage.pass(700, 0).await?;
    stage.page().wait_text("line", "Registering").await?;
    let gone = with(
        at_phone(&[own("1.1", "talking")]),
        json!({"line": {"device": {"name": "Speakers", "gone": true, "at": ago(1)}}}),
    );
    stage.change(&gone).await?;
    stage.pass(700, 0).await?;
    stage.page().wait_text("connection-notice", "goes on over Speakers").await
}

async fn a_phone_alone_dials(stage: &Stage) -> Result<()> {
    let alone = with(
        with(idle(), line("registered", Value::Null)),
        json!({"connection": {"state": "unconfigured"}, "presence": {"value": null, "since": null}}),
    );
    stage.show(Page::Main, Look::ENGLISH, &alone).await?;
    stage.page().text("line").await?;
    ensure!(!stage.page().shows("connection").await, "there is no server to tell of");
    stage.page().fill("dial-number", "802").await?;
    stage.page().press("dial-send").await?;
    let wanted = stage.wanted().await?;
    ensure!(wanted == [json!({"do": "dial", "number": "802", "sure": false})], "{wanted:?}");
    stage.change(&with(alone, json!({"notice": notice("dial", None, "callee_busy")}))).await?;
    stage.pass(700, 0).await?;
    stage.page().wait_text("dial-notice", "The line is busy").await
}

async fn devices_are_chosen(stage: &Stage) -> Result<()> {
    let known = with(
        settings("en"),
        json!({"phone": {"available": true, "enabled": true, "registrar": "sip:pbx", "input": "gone"}}),
    );
    let device =
        |name: &str, captures: bool| json!({"name": name, "description": name, "captures": captures, "default": false});
    let devices = json!([device("headset.in", true), device("headset.out", false), device("speakers", false)]);
    let answers =
        json!({"settings": {"value": known}, "sound_devices": {"value": devices}, "save_settings": {"value": null}});
    stage.show_with(Page::Main, Look::ENGLISH, &idle(), answers).await?;
    stage.page().press("settings-open").await?;
    stage.page().wait_text("settings-output", "speakers").await?;
    ensure!(stage.value("settings-input").await? == "gone", "what is not plugged in stays chosen");
    stage.page().fill("settings-registrar", "sips:pbx.example").await?;
    let choose = "const ring = document.querySelector('[data-test=settings-ring]'); ring.value = 'speakers'; \
                  ring.dispatchEvent(new Event('change', { bubbles: true })); return ring.value";
    ensure!(stage.ask::<String>(choose).await? == "speakers");
    stage.page().press("settings-save").await?;
    let saved = stage.take("save_settings").await?;
    let phone = saved.first().map(|saved| saved["wish"]["phone"].clone()).unwrap_or_default();
    let wanted = json!({
        "enabled": true, "registrar": "sips:pbx.example", "user": "", "secret": "", "input": "gone", "output": "",
        "ring_on": ["speakers"],
    });
    ensure!(phone == wanted, "{phone}");
    // Where the panel cannot be a phone, nothing offers it.
    stage.show(Page::Main, Look::ENGLISH, &idle()).await?;
    stage.page().press("settings-open").await?;
    stage.page().text("settings-save").await?;
    ensure!(!stage.page().shows("settings-phone").await);
    Ok(())
}

async fn what_the_phone_shows_is_whole(stage: &Stage) -> Result<()> {
    let talk = || own("1.1", "talking");
    let muted = json!({"phone": {"muted": true, "held_by_other": true, "sound": sound(json!({"loss": 12}))}});
    let second = with(own("2.2", "ringing"), json!({"other": "13900139000"}));
    let states = [
        ("phone-ringing", "answer", at_phone(&[own("1.1", "ringing")])),
        ("phone-muted", "mute", at_phone(&[with(talk(), muted)])),
        ("phone-two", "line-answer", at_phone(&[talk(), second])),
        ("consulting", "complete", consulting()),
        ("phone-lost", "line", with(idle(), line("lost", json!({"code": "line_wrong_secret", "detail": ""})))),
    ];
    for look in [Look::ENGLISH, Look::CHINESE] {
        for text in [100, 150] {
            let look = look.text(text);
            for (name, shows, desk) in &states {
                stage.show(Page::Main, look, desk).await?;
                stage.page().text(shows).await?;
                let faults = stage.illegible().await?;
                ensure!(faults.is_empty(), "{name}, {look:?}: {faults:?}");
                picture(stage, "main", name, look).await?;
            }
            for (name, opens, shows) in [("keypad", "keys-open", "key-5"), ("consult", "transfer", "consult-send")] {
                stage.show(Page::Main, look, &at_phone(&[talk()])).await?;
                stage.page().press(opens).await?;
                stage.page().text(shows).await?;
                let faults = stage.illegible().await?;
                ensure!(faults.is_empty(), "{name}, {look:?}: {faults:?}");
                picture(stage, "main", name, look).await?;
            }
        }
    }
    Ok(())
}
