//! Keys: Alt with a letter, on the call that the desk says; and none that a browser would have.

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use uncall_tests::{
    checks,
    page::{
        Look, Stage,
        desk::{call, idle, on, settings, with},
        run,
    },
    panel::Page,
};

/// As WebDriver writes them.
pub(crate) const ALT: char = '\u{e00a}';
pub(crate) const ENTER: char = '\u{e007}';
const ESC: char = '\u{e00c}';
const CTRL: char = '\u{e009}';
const F5: char = '\u{e035}';

#[tokio::test(flavor = "multi_thread")]
async fn keys() -> Result<()> {
    run(checks![
        letters_alone_write_and_do_nothing,
        alt_and_a_letter_act_also_in_a_field,
        keys_mean_the_call_that_the_desk_says,
        letters_alone_where_the_agent_wants_them,
        alt_gr_and_ctrl_are_no_alt,
        the_titles_say_them,
        a_press_for_a_call_that_has_gone_does_nothing,
        space_does_not_hang_up_the_next_caller,
        esc_leaves_closes_and_dismisses,
        the_browser_s_own_keys_and_menu_are_off,
    ])
    .await
}

/// Hang up with the mouse; the next call comes; Space.
async fn space_does_not_hang_up_the_next_caller(stage: &Stage) -> Result<()> {
    stage.show(Page::Main, Look::ENGLISH, &on(&[call("1.1", "talking")])).await?;
    stage.page().press("hangup").await?;
    ensure!(stage.wanted().await? == [json!({"do": "hang_up", "uid": "1.1"})]);
    stage.change(&idle()).await?;
    stage.change(&on(&[call("2.2", "ringing")])).await?;
    stage.page().wait_text("call-state", "Ringing").await?;
    let at = "return document.activeElement === document.body";
    ensure!(stage.ask::<bool>(at).await?, "the keyboard is at the next call's button");
    Ok(())
}

async fn letters_alone_write_and_do_nothing(stage: &Stage) -> Result<()> {
    stage.show(Page::Main, Look::ENGLISH, &on(&[call("1.1", "talking")])).await?;
    stage.typed("dhtsbe").await?;
    let wanted = stage.wanted().await?;
    ensure!(wanted.is_empty(), "{wanted:?}");
    ensure!(stage.focus().await?.is_empty(), "{}", stage.focus().await?);
    Ok(())
}

async fn alt_and_a_letter_act_also_in_a_field(stage: &Stage) -> Result<()> {
    stage.show(Page::Main, Look::ENGLISH, &on(&[call("1.1", "talking")])).await?;
    stage.chord(&[ALT, 'd']).await?;
    ensure!(stage.focus().await? == "dial-number");
    for (letter, intent) in [
        ('h', json!({"do": "hold", "uid": "1.1"})),
        ('s', json!({"do": "survey", "uid": "1.1"})),
        ('b', json!({"do": "busy"})),
        ('e', json!({"do": "hang_up", "uid": "1.1"})),
    ] {
        stage.chord(&[ALT, letter]).await?;
        let wanted = stage.wanted().await?;
        ensure!(wanted == [intent.clone()], "Alt+{letter}: {wanted:?}, not {intent}");
    }
    ensure!(stage.value("dial-number").await?.is_empty(), "a chord writes nothing");
    stage.chord(&[ALT, 't']).await?;
    ensure!(stage.focus().await? == "transfer-target");
    stage.change(&with(on(&[call("1.1", "held")]), json!({"presence": {"value": "busy"}}))).await?;
    stage.pass(700, 0).await?;
    stage.chord(&[ALT, 'h']).await?;
    stage.chord(&[ALT, 'b']).await?;
    let wanted = stage.wanted().await?;
    ensure!(wanted == [json!({"do": "restore", "uid": "1.1"}), json!({"do": "idle"})], "{wanted:?}");
    Ok(())
}

async fn keys_mean_the_call_that_the_desk_says(stage: &Stage) -> Result<()> {
    // Another call is in the room than the one that is heard.
    let (talk, held) = (call("1.1", "talking"), with(call("2.2", "held"), json!({"other": "13900000001"})));
    let targets =
        json!({"targets": {"hold": "1.1", "restore": "2.2", "transfer": "1.1", "survey": "1.1", "hang_up": "1.1"}});
    let desk = with(on(&[talk, held]), targets);
    stage.show(Page::Main, Look::ENGLISH, &desk).await?;
    stage.page().press("call-line").await?;
    stage.page().wait_text("call-number", "139 0000 0001").await?;
    for letter in ['h', 's', 'e'] {
        stage.chord(&[ALT, letter]).await?;
    }
    let wanted = stage.wanted().await?;
    ensure!(wanted.iter().all(|intent| intent["uid"] == "1.1") && wanted.len() == 3, "{wanted:?}");
    stage.chord(&[ALT, 't']).await?;
    stage.page().wait_text("call-number", "138 0013 8000").await?;
    ensure!(stage.focus().await? == "transfer-target");
    // Where the desk has nobody for a verb, its key does nothing.
    let nobody = json!({"targets": {"hold": null, "restore": null, "transfer": null, "survey": null, "hang_up": null}});
    stage.change(&with(desk, nobody)).await?;
    for letter in ['h', 's', 'e'] {
        stage.chord(&[ALT, letter]).await?;
    }
    ensure!(stage.wanted().await?.is_empty());
    Ok(())
}

async fn letters_alone_where_the_agent_wants_them(stage: &Stage) -> Result<()> {
    let desk = on(&[call("1.1", "talking")]);
    let wants = json!({"settings": {"value": {"letter_keys": true}}});
    stage.show_with(Page::Main, Look::ENGLISH, &desk, wants).await?;
    stage.typed("hse").await?;
    let wanted = stage.wanted().await?;
    let expected = [json!({"do": "hold", "uid": "1.1"}), json!({"do": "survey", "uid": "1.1"})];
    ensure!(wanted == expected, "hang up has no letter of its own: {wanted:?}");
    stage.typed("dhb").await?;
    ensure!(stage.value("dial-number").await? == "hb", "in a field they are letters");
    ensure!(stage.wanted().await?.is_empty());
    stage.tell("settings_changed", settings("en")).await?;
    stage.chord(&[ESC]).await?;
    stage.typed("h").await?;
    ensure!(stage.wanted().await?.is_empty(), "it was switched off");
    Ok(())
}

/// Sends a key as a keyboard of another layout would.
async fn key(stage: &Stage, key: &str) -> Result<bool> {
    let script = format!(
        "const event = new KeyboardEvent('keydown', {{bubbles: true, cancelable: true, {key}}}); \
         return !(document.activeElement ?? document.body).dispatchEvent(event)"
    );
    stage.ask(&script).await
}

async fn alt_gr_and_ctrl_are_no_alt(stage: &Stage) -> Result<()> {
    stage.show(Page::Main, Look::ENGLISH, &on(&[call("1.1", "talking")])).await?;
    for pressed in [
        "key: 'e', code: 'KeyE', altKey: true, ctrlKey: true",
        "key: '€', code: 'KeyE', altKey: true, modifierAltGraph: true",
        "key: '€', code: 'KeyE', modifierAltGraph: true",
        "key: 'E', code: 'KeyE', altKey: true, shiftKey: true",
        "key: 'e', code: 'KeyE', ctrlKey: true",
        "key: 'e', code: 'KeyE', altKey: true, repeat: true",
        "key: 'Process', code: 'KeyE', altKey: true, isComposing: true",
    ] {
        key(stage, pressed).await?;
        let wanted = stage.wanted().await?;
        ensure!(wanted.is_empty(), "{pressed}: {wanted:?}");
    }
    // By its place where the layout has other letters.
    key(stage, "key: 'р', code: 'KeyH', altKey: true").await?;
    ensure!(stage.wanted().await? == [json!({"do": "hold", "uid": "1.1"})]);
    Ok(())
}

async fn the_titles_say_them(stage: &Stage) -> Result<()> {
    for look in [Look::ENGLISH, Look::CHINESE] {
        stage.show(Page::Main, look, &on(&[call("1.1", "talking")])).await?;
        for (name, letter) in [
            ("dial-number", 'D'),
            ("hold", 'H'),
            ("transfer", 'T'),
            ("survey", 'S'),
            ("hangup", 'E'),
            ("presence", 'B'),
        ] {
            let title: String =
                stage.ask(&format!("return document.querySelector('[data-test={name}]').dataset.tip")).await?;
            ensure!(title.contains(&format!("Alt+{letter}")), "{name}: {title}");
        }
    }
    Ok(())
}

async fn a_press_for_a_call_that_has_gone_does_nothing(stage: &Stage) -> Result<()> {
    let (one, two) = (call("1.1", "talking"), call("2.2", "talking"));
    stage.show(Page::Main, Look::ENGLISH, &on(&[one])).await?;
    stage.change(&on(&[two])).await?;
    stage.chord(&[ALT, 'e']).await?;
    stage.page().press("hangup").await?;
    ensure!(stage.wanted().await?.is_empty(), "the press was meant for the call before");
    stage.pass(700, 0).await?;
    stage.chord(&[ALT, 'e']).await?;
    ensure!(stage.wanted().await? == [json!({"do": "hang_up", "uid": "2.2"})]);
    Ok(())
}

async fn esc_leaves_closes_and_dismisses(stage: &Stage) -> Result<()> {
    stage.show(Page::Main, Look::ENGLISH, &on(&[call("1.1", "talking")])).await?;
    stage.page().press("transfer").await?;
    stage.typed("80").await?;
    stage.page().press("dial-number").await?;
    stage.chord(&[ESC]).await?;
    ensure!(stage.focus().await?.is_empty(), "it leaves the field first");
    ensure!(stage.page().shows("transfer-target").await);
    stage.chord(&[ESC]).await?;
    ensure!(!stage.page().shows("transfer-target").await, "then it closes what is open");
    ensure!(stage.wanted().await?.is_empty());
    stage.chord(&[ESC]).await?;
    ensure!(stage.wanted().await? == [json!({"do": "dismiss", "uid": "1.1"})], "then the pop-up");
    stage.page().press("transfer").await?;
    ensure!(stage.value("transfer-target").await? == "80", "what was typed is there again");
    stage.show(Page::Popup, Look::CARD, &on(&[call("1.1", "talking")])).await?;
    stage.page().press("popup-transfer").await?;
    stage.chord(&[ESC]).await?;
    ensure!(!stage.page().shows("popup-key-1").await && stage.wanted().await?.is_empty());
    stage.chord(&[ESC]).await?;
    ensure!(stage.wanted().await? == [json!({"do": "dismiss", "uid": "1.1"})]);
    Ok(())
}

async fn the_browser_s_own_keys_and_menu_are_off(stage: &Stage) -> Result<()> {
    for page in [Page::Main, Page::Popup] {
        stage.show(page, Look::ENGLISH, &idle()).await?;
        stage.ask::<Value>("window.mark = 'the same page'").await?;
        stage.chord(&[F5]).await?;
        stage.chord(&[CTRL, 'r']).await?;
        ensure!(
            stage.ask::<Value>("return window.mark ?? 'another'").await? == json!("the same page"),
            "it was loaded anew"
        );
        for pressed in [
            // Not in a field, where Ctrl+F leads.
            "key: 'Backspace'",
            "key: 'F5'",
            "key: 'r', ctrlKey: true",
            "key: 'R', ctrlKey: true, shiftKey: true",
            "key: 'p', ctrlKey: true",
            "key: 'p', metaKey: true",
            "key: 'f', ctrlKey: true",
            "key: 's', ctrlKey: true",
            "key: 'u', ctrlKey: true",
            "key: 'ArrowLeft', altKey: true",
            "key: 'ArrowRight', altKey: true",
            "key: 'BrowserBack'",
            "key: 'F3'",
            "key: 'F7'",
        ] {
            ensure!(key(stage, pressed).await?, "{pressed} is the browser's");
        }
        let menu =
            "return !document.body.dispatchEvent(new MouseEvent('contextmenu', {bubbles: true, cancelable: true}))";
        ensure!(stage.ask::<bool>(menu).await?, "the browser's menu opens");
        let back = "return !document.body.dispatchEvent(new MouseEvent('mouseup', {bubbles: true, cancelable: true, button: 3}))";
        ensure!(stage.ask::<bool>(back).await?, "the mouse goes back");
    }
    stage.show(Page::Main, Look::ENGLISH, &idle()).await?;
    let menu = "return document.getElementById('dial-number').dispatchEvent(new MouseEvent('contextmenu', {bubbles: true, cancelable: true}))";
    ensure!(stage.ask::<bool>(menu).await?, "a field keeps its menu, to paste");
    stage.page().press("dial-number").await?;
    ensure!(!key(stage, "key: 'Backspace'").await?, "a field keeps its keys");
    ensure!(!key(stage, "key: 'a', ctrlKey: true").await? && !key(stage, "key: 'v', ctrlKey: true").await?);
    Ok(())
}
