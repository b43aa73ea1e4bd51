//! Whom the agent may mean while a name or a number is typed, and names where numbers stand.

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use uncall_tests::{
    checks,
    page::{
        Look, Stage,
        desk::{ago, call, idle, on, with},
        run,
    },
    panel::{Page, desktop::until},
};

use super::{
    keys::{ALT, ENTER},
    looks::picture,
};

const ESC: char = '\u{e00c}';
const UP: char = '\u{e013}';
const DOWN: char = '\u{e015}';
const SHIFT: char = '\u{e008}';

#[tokio::test(flavor = "multi_thread")]
async fn names() -> Result<()> {
    run(checks![
        arrows_choose_and_enter_takes_and_dials_nothing,
        a_number_that_is_typed_is_dialled_as_typed,
        a_name_that_is_typed_is_no_number,
        esc_closes_the_list_and_leaves_the_field,
        the_list_is_a_combobox_s,
        nothing_moves_and_the_list_is_inside_the_window,
        a_colleague_s_state_stands_beside_him,
        the_star_keeps_a_number_at_hand,
        a_transfer_finds_people_too,
        a_name_that_comes_late_moves_no_button,
        several_people_are_listed,
        a_team_has_names_and_is_searched_by_them,
        a_file_is_looked_at_before_it_is_taken,
    ])
    .await
}

fn suggestion(number: &str, name: &str, of: &str) -> Value {
    json!({"number": number, "name": name, "company": "海淀科技", "label": "work", "of": of, "favourite": of == "favourites"})
}

/// What the host finds, whatever is typed.
fn found() -> Value {
    json!({"value": [
        suggestion("13800138000", "张三", "favourites"),
        suggestion("01065521234", "李章三", "recent"),
        suggestion("802", "Zhang Wei", "team"),
        suggestion("13900139000", "", "contacts"),
    ]})
}

async fn open(stage: &Stage, look: Look, desk: &Value) -> Result<()> {
    stage.show_with(Page::Main, look, desk, json!({"suggest": found()})).await
}

/// Types into the field until the list is there.
async fn look_for(stage: &Stage, field: &str, typed: &str) -> Result<()> {
    stage.page().fill(field, typed).await?;
    stage.page().wait_text("suggestions", "张三").await?;
    // WebDriver moves the focus without a press, and keys act once it has settled.
    stage.pass(700, 0).await
}

async fn key(stage: &Stage, key: char) -> Result<()> {
    stage.chord(&[key]).await
}

/// What the screen reader is told to be chosen, and what looks like it.
async fn chosen(stage: &Stage) -> Result<Option<String>> {
    let script = "const field = document.activeElement; const own = document.getElementById(field.getAttribute('aria-activedescendant')); \
                  const all = [...document.querySelectorAll('[role=option][aria-selected=true]')]; \
                  return all.length > 1 || (all[0] ?? null) !== own ? 'torn' : own?.querySelector('.option-name').textContent ?? null";
    stage.ask(script).await
}

async fn arrows_choose_and_enter_takes_and_dials_nothing(stage: &Stage) -> Result<()> {
    open(stage, Look::CHINESE, &idle()).await?;
    look_for(stage, "dial-number", "zs").await?;
    ensure!(chosen(stage).await?.is_none(), "nobody is chosen before the agent chooses");
    for (press, name) in [
        (DOWN, Some("张三")),
        (DOWN, Some("李章三")),
        (UP, Some("张三")),
        (UP, None),
        (UP, Some("139 0013 9000")),
        (DOWN, None),
        (DOWN, Some("张三")),
        (DOWN, Some("李章三")),
    ] {
        key(stage, press).await?;
        ensure!(chosen(stage).await?.as_deref() == name, "{:?} for {name:?}", chosen(stage).await?);
        ensure!(stage.value("dial-number").await? == "zs", "what was typed stays until something is taken");
    }
    key(stage, ENTER).await?;
    ensure!(stage.value("dial-number").await? == "01065521234");
    ensure!(!stage.page().shows("suggestions").await && stage.wanted().await?.is_empty(), "Enter dials what was found");
    key(stage, ENTER).await?;
    ensure!(stage.wanted().await? == [json!({"do": "dial", "number": "01065521234", "sure": false})]);
    // With the mouse.
    look_for(stage, "dial-number", "zs").await?;
    stage.click(stage.place("suggestion").await?, 1).await?;
    ensure!(stage.value("dial-number").await? == "13800138000" && stage.focus().await? == "dial-number");
    ensure!(stage.wanted().await?.is_empty());
    Ok(())
}

async fn a_number_that_is_typed_is_dialled_as_typed(stage: &Stage) -> Result<()> {
    open(stage, Look::ENGLISH, &idle()).await?;
    look_for(stage, "dial-number", "138 0013").await?;
    key(stage, ENTER).await?;
    ensure!(stage.wanted().await? == [json!({"do": "dial", "number": "138 0013", "sure": false})]);
    ensure!(!stage.page().shows("suggestions").await);
    // What comes late comes to nobody.
    stage.pass(100, 100).await?;
    ensure!(!stage.page().shows("suggestions").await);
    Ok(())
}

async fn a_name_that_is_typed_is_no_number(stage: &Stage) -> Result<()> {
    open(stage, Look::ENGLISH, &idle()).await?;
    look_for(stage, "dial-number", "zhang").await?;
    key(stage, ENTER).await?;
    ensure!(stage.value("dial-number").await? == "13800138000", "the best one is taken");
    ensure!(stage.wanted().await?.is_empty());
    // One who is called so at the switch is meant as he is.
    let desk = json!({"suggest": {"value": [suggestion("13800138000", "front office", "contacts"), suggestion("front", "", "team")]}});
    stage.show_with(Page::Main, Look::ENGLISH, &on(&[call("1.1", "talking")]), desk).await?;
    stage.page().press("transfer").await?;
    stage.typed("front").await?;
    stage.page().wait_text("suggestions", "front office").await?;
    key(stage, ENTER).await?;
    ensure!(stage.wanted().await? == [json!({"do": "transfer", "uid": "1.1", "target": "front", "sure": false})]);
    Ok(())
}

async fn esc_closes_the_list_and_leaves_the_field(stage: &Stage) -> Result<()> {
    open(stage, Look::ENGLISH, &on(&[call("1.1", "talking")])).await?;
    look_for(stage, "dial-number", "zs").await?;
    key(stage, ESC).await?;
    ensure!(!stage.page().shows("suggestions").await);
    ensure!(stage.focus().await? == "dial-number" && stage.value("dial-number").await? == "zs");
    key(stage, DOWN).await?;
    stage.page().wait_text("suggestions", "张三").await?;
    // Whoever goes elsewhere has done with it.
    stage.chord(&[ALT, 't']).await?;
    ensure!(!stage.page().shows("suggestions").await && stage.focus().await? == "transfer-target");
    ensure!(stage.wanted().await?.is_empty());
    Ok(())
}

async fn the_list_is_a_combobox_s(stage: &Stage) -> Result<()> {
    open(stage, Look::ENGLISH, &idle()).await?;
    let said = "const field = document.querySelector('[data-test=dial-number]'); const list = document.getElementById(field.getAttribute('aria-controls')); \
                return [field.getAttribute('role'), field.getAttribute('aria-autocomplete'), field.getAttribute('aria-expanded'), \
                        list.getAttribute('role'), String(list.getAttribute('aria-label').length > 0), \
                        [...list.children].map((it) => it.getAttribute('role')).join()]";
    let closed: Vec<String> = stage.ask(said).await?;
    ensure!(closed == ["combobox", "list", "false", "listbox", "true", ""], "{closed:?}");
    look_for(stage, "dial-number", "zs").await?;
    let open: Vec<String> = stage.ask(said).await?;
    ensure!(open == ["combobox", "list", "true", "listbox", "true", "option,option,option,option"], "{open:?}");
    Ok(())
}

async fn nothing_moves_and_the_list_is_inside_the_window(stage: &Stage) -> Result<()> {
    let places = "return [...document.querySelectorAll('[data-test]')].filter((it) => it.checkVisibility() && !it.closest('#suggestions, .tip')) \
                  .map((it) => [it.dataset.test, ...Object.values(it.getBoundingClientRect().toJSON()).map(Math.round)].join())";
    let inside = "const list = document.getElementById('suggestions').getBoundingClientRect(); \
                  const [field, line] = ['#dial-number', '#dial > .line'].map((it) => document.querySelector(it).getBoundingClientRect()); \
                  const covers = (box) => list.top < box.bottom && box.top < list.bottom; \
                  return [list.top >= 0 && list.left >= 0 && list.bottom <= innerHeight && list.right <= innerWidth, covers(field) || (innerHeight > 400 && covers(line)), list.height > 60]";
    for look in [Look::CHINESE, Look::ENGLISH] {
        for (size, text) in
            [((380, 640), 100), ((340, 640), 100), ((760, 640), 100), ((380, 640), 150), ((380, 640), 200)]
        {
            let look = look.sized(size.0, size.1).text(text);
            open(stage, look, &on(&[call("1.1", "talking")])).await?;
            stage.page().fill("dial-number", "z").await?;
            stage.page().wait_text("suggestions", "张三").await?;
            stage.pass(700, 0).await?;
            key(stage, ESC).await?;
            let before: Vec<String> = stage.ask(places).await?;
            key(stage, DOWN).await?;
            stage.page().wait_text("suggestions", "张三").await?;
            let after: Vec<String> = stage.ask(places).await?;
            ensure!(before == after, "{look:?}: something moved");
            let seen: Vec<bool> = stage.ask(inside).await?;
            ensure!(seen == [true, false, true], "{look:?}: {seen:?}");
            let faults = stage.illegible().await?;
            ensure!(faults.is_empty(), "{look:?}: {faults:?}");
            key(stage, DOWN).await?;
            if size == (380, 640) && text <= 150 {
                picture(stage, "main", "suggestions", look).await?;
            }
        }
    }
    Ok(())
}

async fn a_colleague_s_state_stands_beside_him(stage: &Stage) -> Result<()> {
    let member = |state: &str| json!({"team": [{"exten": "802", "name": "Zhang Wei", "presence": "idle", "state": state, "since": ago(5), "pending": null}]});
    open(stage, Look::ENGLISH, &with(idle(), member("free"))).await?;
    look_for(stage, "dial-number", "zs").await?;
    stage.page().wait_text("suggestions", "Idle").await?;
    key(stage, DOWN).await?;
    stage.change(&with(idle(), member("talking"))).await?;
    stage.page().wait_text("suggestions", "Talking").await?;
    ensure!(chosen(stage).await?.as_deref() == Some("张三"), "what was chosen stays");
    Ok(())
}

async fn the_star_keeps_a_number_at_hand(stage: &Stage) -> Result<()> {
    open(stage, Look::ENGLISH, &idle()).await?;
    look_for(stage, "dial-number", "zs").await?;
    stage.click(stage.place("suggestion-star").await?, 1).await?;
    ensure!(stage.take("favour").await? == [json!({"number": "13800138000", "on": false})]);
    ensure!(stage.page().shows("suggestions").await && stage.value("dial-number").await? == "zs");
    key(stage, DOWN).await?;
    key(stage, DOWN).await?;
    stage.chord(&[SHIFT, ENTER]).await?;
    ensure!(stage.take("favour").await? == [json!({"number": "01065521234", "on": true})], "the keyboard can, too");
    ensure!(stage.wanted().await?.is_empty());
    Ok(())
}

async fn a_transfer_finds_people_too(stage: &Stage) -> Result<()> {
    open(stage, Look::ENGLISH, &on(&[call("1.1", "talking")])).await?;
    stage.page().press("transfer").await?;
    look_for(stage, "transfer-target", "wei").await?;
    for _ in 0..3 {
        key(stage, DOWN).await?;
    }
    key(stage, ENTER).await?;
    ensure!(stage.value("transfer-target").await? == "802" && stage.wanted().await?.is_empty());
    key(stage, ENTER).await?;
    ensure!(stage.wanted().await? == [json!({"do": "transfer", "uid": "1.1", "target": "802", "sure": false})]);
    Ok(())
}

async fn a_name_that_comes_late_moves_no_button(stage: &Stage) -> Result<()> {
    let named =
        |uid: &str| with(call(uid, "ringing"), json!({"who": [{"name": "李雷", "company": "上海某某有限公司"}]}));
    for look in [Look::CHINESE, Look::ENGLISH] {
        for text in [100, 150] {
            for (page, button, number, second) in [
                (Page::Main, "hangup", "call-number", "call-second"),
                (Page::Popup, "popup-hangup", "popup-number", "popup-second"),
            ] {
                // The page of a main window with large text scrolls as a whole.
                if page == Page::Main && text > 100 {
                    continue;
                }
                let size = if page == Page::Main { look.size } else { (360 * text / 100, 168 * text / 100) };
                let look = look.sized(size.0, size.1).text(text);
                stage.show(page, look, &on(&[call("1.1", "ringing")])).await?;
                let before = stage.place(button).await?;
                stage.change(&on(&[named("1.1")])).await?;
                stage.page().wait_text(number, "李雷").await?;
                stage.page().wait_text(second, "138 0013 8000 · 上海某某有限公司").await?;
                ensure!(stage.place(button).await? == before, "{page:?} {look:?}: the button has moved");
            }
        }
    }
    Ok(())
}

async fn several_people_are_listed(stage: &Stage) -> Result<()> {
    let who = json!({"who": [{"name": "<b>李雷</b>", "company": "A"}, {"name": "韩梅梅", "company": ""}]});
    let desk = on(&[with(call("1.1", "ringing"), who)]);
    for (page, number, second) in
        [(Page::Main, "call-number", "call-second"), (Page::Popup, "popup-number", "popup-second")]
    {
        stage.show(page, Look::CHINESE, &desk).await?;
        stage.page().wait_text(number, "<b>李雷</b> / 韩梅梅").await?;
        stage.page().wait_text(second, "138 0013 8000 · A").await?;
        ensure!(
            stage.ask::<u32>("return document.querySelectorAll('body b').length").await? == 0,
            "names are no markup"
        );
    }
    Ok(())
}

async fn a_team_has_names_and_is_searched_by_them(stage: &Stage) -> Result<()> {
    let member = |n: usize| {
        let name = match n {
            0 => json!("王芳"),
            1 => json!("Dr. Maximiliane-Charlotte von Hohenlohe-Waldenburg"),
            _ => Value::Null,
        };
        json!({"exten": (802 + n).to_string(), "name": name, "presence": "idle", "state": "talking", "since": ago(75), "pending": null})
    };
    let desk = with(idle(), json!({"name": "李雷", "team": (0..25).map(member).collect::<Vec<_>>()}));
    for look in [Look::CHINESE, Look::ENGLISH] {
        for text in [100, 150] {
            stage.show(Page::Main, look.text(text), &desk).await?;
            stage.page().press("tab-supervisor").await?;
            stage.page().wait_text("members", "王芳").await?;
            stage.page().wait_text("agent", "李雷").await?;
            let faults = stage.illegible().await?;
            ensure!(faults.is_empty(), "{look:?} {text}: {faults:?}");
            picture(stage, "main", "team-named", look.text(text)).await?;
        }
    }
    stage.page().fill("team-search", "maxi").await?;
    until("one is found", async || (stage.page().count("member").await == 1).then_some(())).await
}

async fn a_file_is_looked_at_before_it_is_taken(stage: &Stage) -> Result<()> {
    let preview = json!({
        "file": "客户.csv", "kind": "csv", "encoding": "gbk", "count": 1204, "replaces": 3,
        "columns": [{"at": 1, "heading": "姓名", "meaning": "name"}, {"at": 3, "heading": "", "meaning": "number"}],
        "first": [{"name": "<i>李雷</i>", "company": "海淀科技", "telephones": [{"number": "13800138000", "label": "手机"}, {"number": "801", "label": ""}]}],
        "skipped": [{"line": 7, "why": "no_name"}, {"line": 9, "why": "not_a_number"}], "skipped_in_all": 2,
    });
    let broken = json!({"code": "contacts_unreadable", "detail": "other.csv: No such file"});
    let files = json!([{"file": "crm.csv", "count": 12, "skipped": 2, "problem": null}, {"file": "other.csv", "count": 3, "skipped": 0, "problem": broken}]);
    let answers =
        json!({"contacts": {"value": {"count": 15, "own": 3, "files": files}}, "pick_contacts": {"value": preview}});
    for look in [Look::CHINESE, Look::ENGLISH] {
        for text in [100, 150] {
            stage.show_with(Page::Main, look.text(text), &idle(), answers.clone()).await?;
            stage.page().press("settings-open").await?;
            stage.page().wait_text("contacts-count", "15").await?;
            stage.page().wait_text("contacts-files", "other.csv: No such file").await?;
            ensure!(!stage.page().shows("contacts-preview").await);
            stage.page().press("contacts-pick").await?;
            stage.page().wait_text("preview-what", "1204").await?;
            stage.page().wait_text("preview-columns", "姓名").await?;
            stage.page().wait_text("preview-first", "<i>李雷</i> · 海淀科技 · 138 0013 8000 (手机), 801").await?;
            stage.page().wait_text("preview-lines", "7").await?;
            stage.page().wait_text("preview-replaces", "3").await?;
            let faults = stage.illegible().await?;
            ensure!(faults.is_empty(), "{look:?} {text}: {faults:?}");
            stage
                .ask::<Value>(
                    "document.querySelector('[data-test=contacts-preview]').scrollIntoView({block: 'center'})",
                )
                .await?;
            picture(stage, "settings", "contacts", look.text(text)).await?;
        }
    }
    stage.page().press("contacts-import").await?;
    stage.page().wait_gone("contacts-preview").await?;
    ensure!(stage.take("import_contacts").await?.len() == 1);
    // What cannot be used is said, and takes nothing away.
    stage.answer("pick_contacts", json!({"error": {"code": "contacts_not_text", "detail": "photo.jpg"}})).await?;
    stage.page().press("contacts-pick").await?;
    stage.page().wait_text("contacts-problem", "photo.jpg").await?;
    stage.tell("contacts_changed", json!({"count": 0, "own": 0, "files": []})).await?;
    stage.page().wait_text("contacts-count", "No contacts yet").await?;
    stage.page().wait_gone("contacts-forget").await?;
    Ok(())
}
