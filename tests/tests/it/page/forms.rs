//! What is typed outlives everything but its call's end.

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

use super::keys::{ALT, ENTER};

#[tokio::test(flavor = "multi_thread")]
async fn forms() -> Result<()> {
    run(checks![
        a_second_call_leaves_what_is_typed,
        a_slow_poll_leaves_what_is_typed,
        each_call_keeps_its_own_target,
        the_end_of_the_call_ends_its_form,
        a_refused_target_can_be_mended,
        the_keypad_keeps_what_was_pressed,
        cards_that_change_places_keep_the_keyboard,
        a_link_offers_and_takes_nothing_away,
        settings_and_back_leave_what_is_typed,
        the_agent_is_asked_before_some_numbers,
        the_agent_is_asked_before_some_transfers,
        what_a_link_asks_for_waits_for_a_press,
    ])
    .await
}

/// The agent talks and is typing a target.
async fn typing(stage: &Stage) -> Result<Value> {
    let talk = call("1.1", "talking");
    stage.show(Page::Main, Look::ENGLISH, &on(std::slice::from_ref(&talk))).await?;
    stage.page().press("transfer").await?;
    stage.typed("80").await?;
    Ok(talk)
}

/// What is typed next still goes to the field, and the target is whole.
async fn goes_on(stage: &Stage, target: &str) -> Result<()> {
    ensure!(stage.focus().await? == "transfer-target", "{:?} has the focus", stage.focus().await?);
    stage.typed("b2").await?;
    ensure!(stage.value("transfer-target").await? == target, "{:?} is left", stage.value("transfer-target").await?);
    ensure!(stage.wanted().await?.is_empty(), "what was typed became a command");
    Ok(())
}

async fn a_second_call_leaves_what_is_typed(stage: &Stage) -> Result<()> {
    let talk = typing(stage).await?;
    let other = with(call("2.2", "ringing"), json!({"other": "13900000001"}));
    // Whatever the desk's order is.
    stage.change(&on(&[other.clone(), talk.clone()])).await?;
    stage.page().wait_text("call-line", "139 0000 0001").await?;
    stage.change(&on(&[talk, other])).await?;
    goes_on(stage, "80b2").await
}

async fn a_slow_poll_leaves_what_is_typed(stage: &Stage) -> Result<()> {
    let talk = typing(stage).await?;
    let late = with(
        on(&[with(talk.clone(), json!({"unconfirmed": true, "verbs": []}))]),
        json!({"connection": {"state": "offline"}}),
    );
    stage.change(&late).await?;
    stage.page().wait_text("call-state", "May be over").await?;
    ensure!(!stage.page().enabled("transfer-send").await, "it cannot be sent now");
    ensure!(stage.page().shows("transfer-send").await, "the button is grey, not gone");
    goes_on(stage, "80b2").await?;
    stage.change(&on(&[talk])).await?;
    stage.page().press("transfer-send").await?;
    let wanted = stage.wanted().await?;
    ensure!(wanted == [json!({"do": "transfer", "uid": "1.1", "target": "80b2", "sure": false})], "{wanted:?}");
    Ok(())
}

async fn each_call_keeps_its_own_target(stage: &Stage) -> Result<()> {
    let talk = typing(stage).await?;
    let held = with(call("2.2", "held"), json!({"other": "13900000001"}));
    stage.change(&on(&[talk, held])).await?;
    stage.page().press("call-line").await?;
    stage.page().wait_text("call-number", "139 0000 0001").await?;
    ensure!(!stage.page().shows("transfer-target").await, "the other call is not being transferred");
    stage.page().press("transfer").await?;
    ensure!(stage.value("transfer-target").await?.is_empty(), "{}", stage.value("transfer-target").await?);
    stage.typed("9").await?;
    stage.page().press("call-line").await?;
    stage.page().wait_text("call-number", "138 0013 8000").await?;
    ensure!(stage.value("transfer-target").await? == "80");
    stage.page().press("call-line").await?;
    stage.page().wait_text("call-number", "139 0000 0001").await?;
    ensure!(stage.value("transfer-target").await? == "9");
    stage.page().press("transfer-send").await?;
    let wanted = stage.wanted().await?;
    ensure!(wanted == [json!({"do": "transfer", "uid": "2.2", "target": "9", "sure": false})], "{wanted:?}");
    Ok(())
}

async fn the_end_of_the_call_ends_its_form(stage: &Stage) -> Result<()> {
    let talk = typing(stage).await?;
    let next = with(call("2.2", "talking"), json!({"other": "13900000001"}));
    stage.change(&on(&[next])).await?;
    stage.page().wait_gone("transfer-target").await?;
    // The keyboard has moved by itself: what was meant for the field is nothing else.
    let settings = with(uncall_tests::page::desk::settings("en"), json!({"letter_keys": true}));
    stage.tell("settings_changed", settings).await?;
    stage.typed("b").await?;
    stage.chord(&[ALT, 'h']).await?;
    ensure!(stage.wanted().await?.is_empty(), "a key acted while the focus had just moved");
    stage.pass(700, 0).await?;
    stage.chord(&[ALT, 'h']).await?;
    let wanted = stage.wanted().await?;
    ensure!(wanted == [json!({"do": "hold", "uid": "2.2"})], "{wanted:?}");
    // Its uid again is another call.
    stage.change(&on(&[talk])).await?;
    stage.page().wait_text("call-number", "138 0013 8000").await?;
    ensure!(!stage.page().shows("transfer-target").await);
    Ok(())
}

async fn a_refused_target_can_be_mended(stage: &Stage) -> Result<()> {
    let talk = typing(stage).await?;
    stage.page().press("transfer-send").await?;
    let refused = uncall_tests::page::desk::notice("transfer", Some("1.1"), "target_not_idle");
    stage.change(&with(on(&[talk]), json!({"notice": refused}))).await?;
    stage.page().wait_text("call-notice", "not idle").await?;
    stage.page().press("transfer").await?;
    ensure!(stage.value("transfer-target").await? == "80");
    stage.typed("803").await?;
    ensure!(stage.value("transfer-target").await? == "803", "the old target is selected");
    // Cancelling is the agent's own: then it is forgotten.
    stage.page().press("transfer-cancel").await?;
    stage.page().press("transfer").await?;
    ensure!(stage.value("transfer-target").await?.is_empty());
    Ok(())
}

async fn the_keypad_keeps_what_was_pressed(stage: &Stage) -> Result<()> {
    let talk = call("1.1", "talking");
    stage.show(Page::Popup, Look::CARD.sized(360, 336), &on(std::slice::from_ref(&talk))).await?;
    stage.page().press("popup-transfer").await?;
    stage.page().press("popup-key-8").await?;
    let other = call("2.2", "ringing");
    let grey = with(talk.clone(), json!({"unconfirmed": true, "verbs": []}));
    stage.change(&with(on(&[grey, other]), json!({"popups": ["2.2", "1.1"]}))).await?;
    stage.page().wait_text("popup-state", "Ringing").await?;
    stage.pass(700, 0).await?;
    ensure!(stage.page().shows("popup-transfer-send").await && !stage.page().enabled("popup-transfer-send").await);
    stage.page().press("popup-key-0").await?;
    stage.change(&with(on(&[talk]), json!({"popups": ["1.1"]}))).await?;
    stage.pass(700, 0).await?;
    stage.page().press("popup-transfer-send").await?;
    let wanted = stage.wanted().await?;
    ensure!(wanted == [json!({"do": "transfer", "uid": "1.1", "target": "80", "sure": false})], "{wanted:?}");
    // What was refused can be mended, and another number begins anew.
    stage.page().press("popup-transfer").await?;
    stage.page().press("popup-key-erase").await?;
    stage.page().press("popup-key-3").await?;
    stage.page().press("popup-transfer-send").await?;
    stage.page().press("popup-transfer").await?;
    stage.page().press("popup-key-9").await?;
    stage.page().press("popup-transfer-send").await?;
    let wanted = stage.wanted().await?;
    let targets: Vec<&str> = wanted.iter().filter_map(|intent| intent["target"].as_str()).collect();
    ensure!(targets == ["83", "9"], "{targets:?}");
    Ok(())
}

async fn cards_that_change_places_keep_the_keyboard(stage: &Stage) -> Result<()> {
    let (one, two) = (call("1.1", "talking"), call("2.2", "talking"));
    let desk = on(&[one, two]);
    stage.show(Page::Popup, Look::CARD.sized(360, 336), &with(desk.clone(), json!({"popups": ["2.2", "1.1"]}))).await?;
    stage.ask::<Value>("document.querySelectorAll('[data-test=popup-transfer]')[1].focus()").await?;
    stage.change(&with(desk, json!({"popups": ["1.1", "2.2"]}))).await?;
    let kept: String = stage.ask("return document.activeElement.closest('.card')?.dataset.key ?? 'nothing'").await?;
    ensure!(kept == "1.1", "{kept} has the focus");
    Ok(())
}

async fn a_link_offers_and_takes_nothing_away(stage: &Stage) -> Result<()> {
    stage.show(Page::Main, Look::ENGLISH, &idle()).await?;
    stage.page().press("dial-number").await?;
    stage.typed("010").await?;
    stage.answer("take_link", json!({"value": {"number": "13421829060", "problem": null}})).await?;
    stage.tell("link_came", Value::Null).await?;
    stage.page().wait_text("dial-link", "134 2182 9060").await?;
    stage.answer("take_link", json!({"value": null})).await?;
    stage.typed("5").await?;
    ensure!(stage.value("dial-number").await? == "0105");
    ensure!(stage.page().shows("dial-link").await, "the offer stays while the agent goes on typing");
    stage.change(&on(&[call("1.1", "ringing")])).await?;
    stage.typed("6").await?;
    ensure!(stage.value("dial-number").await? == "01056");
    stage.page().press("dial-link").await?;
    ensure!(stage.value("dial-number").await? == "13421829060");
    // A link moves the keyboard into the dial box: an Enter that was on its way dials nothing.
    stage.show(Page::Main, Look::ENGLISH, &idle()).await?;
    stage.answer("take_link", json!({"value": {"number": "13421829060", "problem": null}})).await?;
    stage.tell("link_came", Value::Null).await?;
    uncall_tests::panel::desktop::until("the dial box has the keyboard", async || {
        (stage.focus().await.ok()? == "dial-number").then_some(())
    })
    .await?;
    stage.chord(&[ENTER]).await?;
    ensure!(stage.wanted().await?.is_empty(), "it was dialled by itself");
    stage.pass(700, 0).await?;
    stage.chord(&[ENTER]).await?;
    let wanted = stage.wanted().await?;
    ensure!(wanted == [json!({"do": "dial", "number": "13421829060", "sure": false})], "{wanted:?}");
    Ok(())
}

async fn settings_and_back_leave_what_is_typed(stage: &Stage) -> Result<()> {
    let talk = typing(stage).await?;
    stage.page().fill("dial-number", "0105").await?;
    stage.tell("show_settings", Value::Null).await?;
    stage.page().text("settings-save").await?;
    stage.tell("settings_changed", uncall_tests::page::desk::settings("zh-CN")).await?;
    stage.change(&on(&[talk])).await?;
    stage.page().press("settings-close").await?;
    stage.page().wait_text("transfer-send", "转接").await?;
    ensure!(stage.value("transfer-target").await? == "80");
    ensure!(stage.value("dial-number").await? == "0105");
    Ok(())
}

/// What the desk says of a number for which the agent is asked first.
fn asking(dialled: &str) -> Value {
    json!({"value": {"dialled": dialled, "then": null, "left_out": null, "rules": [], "steps": ["own_area", "outside"], "ask": "400",
        "choices": [], "problem": null}})
}

async fn the_agent_is_asked_before_some_numbers(stage: &Stage) -> Result<()> {
    let problem = json!({"code": "number_ask", "detail": "400"});
    let refused = with(
        idle(),
        json!({"notice": with(uncall_tests::page::desk::notice("dial", None, "number_ask"), json!({"problem": problem}))}),
    );
    for (look, how, asked, sure) in [
        (Look::ENGLISH, "· own area, outside line, asks first", "begin with 400", "Call anyway"),
        (Look::CHINESE, "· 本地区号、外线、需确认", "400 开头", "仍然拨打"),
    ] {
        stage.show(Page::Main, look, &idle()).await?;
        stage.answer("explain_number", asking("94001234567")).await?;
        stage.page().fill("dial-number", "4001234567").await?;
        stage.page().wait_text("dial-preview", how).await?;
        ensure!(!stage.page().shows("dial-sure").await);
        stage.page().press("dial-send").await?;
        ensure!(stage.wanted().await? == [json!({"do": "dial", "number": "4001234567", "sure": false})]);
        stage.change(&refused).await?;
        stage.page().wait_text("dial-notice", asked).await?;
        stage.page().wait_text("dial-sure", sure).await?;
        // Another number was not asked about.
        stage.page().fill("dial-number", "40012345678").await?;
        stage.page().wait_gone("dial-sure").await?;
        stage.page().fill("dial-number", "4001234567").await?;
        stage.page().press("dial-sure").await?;
        ensure!(stage.wanted().await? == [json!({"do": "dial", "number": "4001234567", "sure": true})]);
        let faults = stage.illegible().await?;
        ensure!(faults.is_empty(), "{}: {faults:?}", look.language);
    }
    Ok(())
}

async fn the_agent_is_asked_before_some_transfers(stage: &Stage) -> Result<()> {
    typing(stage).await?;
    stage.answer("explain_number", asking("94001234567")).await?;
    stage.page().fill("transfer-target", "4001234567").await?;
    stage.page().wait_text("transfer-preview", "asks first").await?;
    stage.page().press("transfer-send").await?;
    stage.page().wait_text("transfer-preview", "press Transfer again").await?;
    // The second half of a double click.
    stage.page().press("transfer-send").await?;
    ensure!(stage.wanted().await?.is_empty());
    stage.pass(700, 0).await?;
    stage.page().press("transfer-send").await?;
    let wanted = stage.wanted().await?;
    ensure!(wanted == [json!({"do": "transfer", "uid": "1.1", "target": "4001234567", "sure": true})], "{wanted:?}");
    Ok(())
}

/// A link comes that asks for this.
async fn link_asks(stage: &Stage, wish: Value) -> Result<()> {
    stage.answer("take_link", json!({"value": {"number": null, "wish": wish, "problem": null}})).await?;
    stage.tell("link_came", Value::Null).await
}

async fn what_a_link_asks_for_waits_for_a_press(stage: &Stage) -> Result<()> {
    let talk = call("1.1", "talking");
    for (look, asked) in [(Look::ENGLISH, "A link asks: Hold"), (Look::CHINESE, "链接请求：保持")] {
        stage.show(Page::Main, look, &on(std::slice::from_ref(&talk))).await?;
        link_asks(stage, json!({"do": "hold"})).await?;
        stage.page().wait_text("dial-link", asked).await?;
        ensure!(stage.wanted().await?.is_empty(), "a link has held a call");
        let faults = stage.illegible().await?;
        ensure!(faults.is_empty(), "{}: {faults:?}", look.language);
        stage.page().press("dial-link").await?;
        ensure!(stage.wanted().await? == [json!({"do": "hold", "uid": "1.1"})]);
        stage.page().wait_gone("dial-link").await?;
    }
    // A wish is for the call of its time, and goes with it: the next customer is not the one that the link meant.
    stage.show(Page::Main, Look::ENGLISH, &on(std::slice::from_ref(&talk))).await?;
    link_asks(stage, json!({"do": "hang_up"})).await?;
    stage.page().wait_text("dial-link", "A link asks: Hang up").await?;
    stage.change(&on(&[with(talk.clone(), json!({"uid": "2.2"}))])).await?;
    stage.page().wait_gone("dial-link").await?;
    stage.change(&idle()).await?;
    link_asks(stage, json!({"do": "busy"})).await?;
    stage.page().wait_text("dial-link", "A link asks: Busy").await?;
    stage.page().press("dial-link").await?;
    ensure!(stage.wanted().await? == [json!({"do": "busy"})]);
    // A transfer opens its field, and goes with the press there.
    stage.change(&on(&[talk])).await?;
    stage.pass(700, 0).await?;
    link_asks(stage, json!({"do": "transfer", "target": "802"})).await?;
    stage.page().wait_text("dial-link", "Transfer to 802").await?;
    stage.page().press("dial-link").await?;
    ensure!(stage.value("transfer-target").await? == "802" && stage.wanted().await?.is_empty());
    stage.page().press("transfer-send").await?;
    let wanted = stage.wanted().await?;
    ensure!(wanted == [json!({"do": "transfer", "uid": "1.1", "target": "802", "sure": false})], "{wanted:?}");
    Ok(())
}
