//! Every state in both languages, at every size of text: nothing is cut, and everything can be reached.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use uncall_tests::{
    checks,
    page::{
        Look, Stage,
        desk::{ago, call, entry, idle, notice, on, with, wrapping_up},
        run,
    },
    panel::Page,
};

const LANGUAGES: [Look; 2] = [Look::ENGLISH, Look::CHINESE];
const SIZES: [u32; 4] = [100, 125, 150, 200];
const LONG: &str = r#"王先生 <VIP> & "老客户" 上海某某有限公司"#;

#[tokio::test(flavor = "multi_thread")]
async fn looks() -> Result<()> {
    run(checks![
        nothing_is_cut_at_any_size_of_text,
        the_pop_up_asks_for_the_room_that_its_cards_need,
        what_has_no_room_in_the_pop_up_can_be_reached,
        every_button_can_be_pressed_at_twice_the_size,
        the_player_s_bar_shows_without_scrolling,
        what_a_server_sends_is_never_markup,
        the_tab_that_was_open_opens_again,
    ])
    .await
}

/// Every state of a desk, by name.
fn states() -> Vec<(&'static str, Value)> {
    let missed = json!({"answered": null, "talked_seconds": null, "reason": "no_answer"});
    let recent = json!([
        entry("1.1", 10),
        with(entry("2.2", 60), json!({"end_seen": false})),
        with(with(entry("3.3", 120), missed.clone()), json!({"missed": "probably"})),
        with(with(entry("4.4", 180), missed), json!({"missed": "yes", "other": "01065521234", "offers": 3})),
        with(entry("6.6", 220), json!({"name": "李雷 / 韩梅梅"})),
        with(entry("5.5", 250), json!({"reason": "answered_elsewhere", "direction": "callout"})),
    ]);
    let talk = || call("1.1", "talking");
    let ring = with(call("2.2", "ringing"), json!({"other": "13900000001"}));
    let named = json!({"who": [{"name": "李雷", "company": "上海某某有限公司"}]});
    let long = "Dr. Maximiliane-Charlotte von und zu Hohenlohe-Waldenburg-Schillingsfürst, geb. Sachsen-Altenburg";
    let several = json!({"who": [{"name": long, "company": long}, {"name": "韩梅梅", "company": "海淀科技"}]});
    let polled =
        json!({"connection": {"state": "poll", "poll_seconds": 3}, "presence": {"value": null, "since": null}});
    let offline = |code: &str| json!({"connection": {"state": "offline", "problem": {"code": code, "detail": "pbx.example.com:8443"}}, "mood": "offline"});
    let states = [
        ("idle", idle()),
        ("ringing", on(&[call("1.1", "ringing")])),
        ("talking", on(&[talk()])),
        ("two", on(&[talk(), ring.clone()])),
        ("named", with(on(&[with(call("1.1", "ringing"), named.clone())]), json!({"name": "王芳"}))),
        ("named-two", on(&[with(talk(), several.clone()), with(call("2.2", "ringing"), named)])),
        ("named-long", on(&[with(talk(), several)])),
        ("three", on(&[talk(), ring.clone(), call("3.3", "held")])),
        ("five", on(&[talk(), ring, call("3.3", "held"), call("4.4", "held"), call("5.5", "ringing")])),
        (
            "held",
            with(on(&[with(call("1.1", "held"), json!({"survey": true}))]), json!({"presence": {"value": "busy"}})),
        ),
        ("hold-unknown", with(on(&[call("1.1", "hold_unknown")]), polled.clone())),
        ("over", with(on(&[with(call("1.1", "in_call"), json!({"unconfirmed": true, "closable": true}))]), polled)),
        ("refused", with(on(&[talk()]), json!({"notice": notice("transfer", Some("1.1"), "target_not_idle")}))),
        (
            "pending",
            with(
                on(&[with(talk(), json!({"pending": "transfer", "verbs": ["hang_up"], "other": LONG}))]),
                json!({"presence": {"pending": "busy"}, "pending": ["busy"]}),
            ),
        ),
        ("offline", with(idle(), offline("io"))),
        ("denied", with(idle(), offline("login_wrong"))),
        ("certificate", with(with(idle(), offline("certificate_date")), json!({"extension": "80112345"}))),
        (
            "busy",
            with(
                on(&[talk()]),
                json!({"presence": {"value": "busy", "reason": "training course with the new team"}, "mood": "busy"}),
            ),
        ),
        ("held-long", on(&[with(call("1.1", "held"), json!({"held_long": true, "since": ago(130)}))])),
        ("elsewhere", with(idle(), json!({"presence": {"value": "busy", "elsewhere": true}, "mood": "busy"}))),
        ("wrap-up", wrapping_up()),
        ("countdown", with(idle(), json!({"countdown": {"dialled": "13421829060", "until": ago(-3)}}))),
        ("partly-paused", with(idle(), json!({"presence": {"reason": "午餐 12:00", "detail": "partly_paused"}}))),
    ];
    states.into_iter().map(|(name, desk)| (name, with(json!({"recent": recent}), desk))).collect()
}

/// Pictures for people go where `UNCALL_PICTURES` says.
pub(super) async fn picture(stage: &Stage, page: &str, state: &str, look: Look) -> Result<()> {
    let Ok(folder) = std::env::var("UNCALL_PICTURES") else { return Ok(()) };
    std::fs::create_dir_all(&folder)?;
    for dark in [false, true] {
        stage.wear(Look { dark, ..look }).await?;
        let theme = if dark { "dark" } else { "light" };
        let name = format!("{page}-{state}-{}-{theme}-{}.png", look.language, look.text);
        std::fs::write(Path::new(&folder).join(name), stage.picture().await?)?;
    }
    stage.wear(look).await
}

async fn nothing_is_cut_at_any_size_of_text(stage: &Stage) -> Result<()> {
    let mut cut = Vec::new();
    for look in LANGUAGES {
        stage.show(Page::Main, look, &idle()).await?;
        for (state, desk) in states() {
            stage.change(&desk).await?;
            for text in SIZES {
                for width in [380, 340] {
                    let look = look.text(text).sized(width, 640);
                    stage.wear(look).await?;
                    let faults = stage.illegible().await?;
                    if !faults.is_empty() {
                        cut.push(format!("{state}, {}, {text} %, {width} wide: {faults:?}", look.language));
                    }
                    if width == 380 && matches!(text, 100 | 150) {
                        picture(stage, "main", state, look).await?;
                    }
                }
            }
        }
    }
    ensure!(cut.is_empty(), "{}", cut.join("\n"));
    Ok(())
}

/// What the page has asked for last.
async fn wished(stage: &Stage) -> Result<(u32, u32)> {
    let script = "const asked = window.__host.asked.filter(([name]) => name === 'popup_size'); \
                  const last = asked[asked.length - 1]?.[1]; return last ? [last.width, last.height] : [0, 0]";
    stage.ask(script).await
}

/// A window of the size that the page wants, where a pixel of its own is as large as the text's size makes it.
fn granted(look: Look, text: u32, (width, height): (u32, u32)) -> Look {
    look.text(text).sized((width * text).div_ceil(100), (height * text).div_ceil(100))
}

async fn the_pop_up_asks_for_the_room_that_its_cards_need(stage: &Stage) -> Result<()> {
    for language in LANGUAGES {
        for (state, desk) in states() {
            if desk.get("calls").and_then(Value::as_array).is_none_or(Vec::is_empty) {
                continue;
            }
            for text in SIZES {
                // The window as it is made, whatever the size of text.
                let small = Look { size: Look::CARD.size, ..language }.text(text);
                stage.show(Page::Popup, small, &desk).await?;
                let wish = wished(stage).await?;
                let least = 168 * u32::try_from(desk.get("popups").and_then(Value::as_array).map_or(0, Vec::len))?;
                ensure!(wish.0 == 360 && wish.1 >= least && wish.1 < least + 30, "{state} at {text} %: {wish:?}");
                let look = granted(language, text, wish);
                stage.wear(look).await?;
                let faults = stage.illegible().await?;
                ensure!(faults.is_empty(), "{state} at {text} %: {faults:?}");
                let fits =
                    "const it = document.body; return it.scrollHeight <= innerHeight && it.scrollWidth <= innerWidth";
                ensure!(stage.ask::<bool>(fits).await?, "{state} at {text} % scrolls in {wish:?}");
                ensure!(wished(stage).await? == wish, "it wants another size in the one that it wanted");
                if matches!(text, 100 | 150) {
                    picture(stage, "popup", state, look).await?;
                }
            }
        }
    }
    // More calls, more room; fewer, less.
    let (one, two) = (call("1.1", "talking"), call("2.2", "ringing"));
    stage.show(Page::Popup, Look::CARD, &on(std::slice::from_ref(&one))).await?;
    ensure!(wished(stage).await? == (360, 168));
    for (calls, height) in [(vec![one.clone(), two], 336), (vec![one], 168)] {
        stage.change(&on(&calls)).await?;
        uncall_tests::panel::desktop::until("it asks for its room", async || {
            (wished(stage).await.ok()? == (360, height)).then_some(())
        })
        .await?;
    }
    Ok(())
}

async fn what_has_no_room_in_the_pop_up_can_be_reached(stage: &Stage) -> Result<()> {
    let calls: Vec<Value> = (0..12).map(|n| call(&format!("{n}.1"), "ringing")).collect();
    for look in [Look::CARD.sized(360, 672), Look::CARD, Look::CARD.text(200)] {
        stage.show(Page::Popup, look, &on(&calls)).await?;
        for n in [11, 0, 6] {
            stage
                .ask::<Value>(&format!("document.querySelectorAll('[data-test=popup-hangup]')[{n}].scrollIntoView()"))
                .await?;
            let hit = format!(
                "const button = document.querySelectorAll('[data-test=popup-hangup]')[{n}]; \
                 const box = button.getBoundingClientRect(); \
                 const hit = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2); \
                 if (button.contains(hit)) button.click(); return button.contains(hit)"
            );
            ensure!(stage.ask::<bool>(&hit).await?, "call {n} of 12 is out of reach in {look:?}");
            ensure!(stage.wanted().await? == [json!({"do": "hang_up", "uid": format!("{n}.1")})]);
        }
    }
    Ok(())
}

async fn every_button_can_be_pressed_at_twice_the_size(stage: &Stage) -> Result<()> {
    let member = |exten: &str, state: &str| json!({"exten": exten, "presence": "idle", "state": state, "since": ago(75), "pending": null, "name": null});
    let team = json!({"team": [member("802", "talking"), member("803", "free"), member("804", "held")]});
    let talk = with(call("1.1", "talking"), json!({"closable": true}));
    let desk = with(on(&[talk, call("2.2", "ringing")]), with(team, json!({"recent": [entry("3.3", 5)]})));
    let small = Look::ENGLISH.text(200).sized(340, 640);
    stage.show(Page::Main, small, &desk).await?;
    stage.answer("open_player", json!({"error": {"code": "no_recording", "detail": ""}})).await?;
    // With the player at the window's end.
    stage.page().press("play").await?;
    stage.page().wait_text("player-problem", "no recording").await?;
    for name in ["presence-busy", "hold", "survey", "call-over", "hangup"] {
        stage.page().press(name).await?;
    }
    stage.page().press("tab-supervisor").await?;
    stage.page().press("listen-802").await?;
    stage.page().press("whisper-804").await?;
    let wanted = stage.wanted().await?;
    let done: Vec<&str> = wanted.iter().filter_map(|intent| intent["do"].as_str()).collect();
    ensure!(done == ["busy", "hold", "survey", "over", "hang_up", "listen", "whisper"], "{done:?}");
    stage.page().press("transfer").await?;
    stage.page().fill("transfer-target", "803").await?;
    stage.page().press("transfer-send").await?;
    stage.page().fill("dial-number", "802").await?;
    stage.page().press("dial-send").await?;
    stage.page().press("call-line").await?;
    stage.page().press("player-close").await?;
    stage.page().press("settings-open").await?;
    stage.page().press("settings-test").await?;
    ensure!(stage.wanted().await?.len() == 2);
    Ok(())
}

async fn the_player_s_bar_shows_without_scrolling(stage: &Stage) -> Result<()> {
    let desk =
        with(idle(), json!({"recent": (0..20).map(|n| entry(&format!("{n}.1"), 5 + n)).collect::<Vec<Value>>()}));
    for text in SIZES {
        for look in LANGUAGES {
            stage.show(Page::Main, look.text(text), &desk).await?;
            stage.answer("open_player", json!({"error": {"code": "no_recording", "detail": ""}})).await?;
            stage.page().press("play").await?;
            stage.page().text("player-problem").await?;
            let place = "scrollTo(0, 0); const dock = document.querySelector('[data-test=player]').getBoundingClientRect(); \
                         return [dock.top, dock.bottom, innerHeight]";
            let [top, bottom, height]: [f64; 3] = stage.ask(place).await?;
            ensure!(
                top > 0.0 && bottom <= height + 0.5 && bottom >= height - 1.0,
                "at {text} %: {top} to {bottom} of {height}"
            );
            if text == 200 {
                stage.ask::<Value>("document.querySelector('[data-test=player-more]').click()").await?;
                picture(stage, "main", "player", look.text(text)).await?;
            }
            // What is behind it comes out from under it.
            stage.page().press("tab-supervisor").await.context("under the player")?;
        }
    }
    Ok(())
}

async fn what_a_server_sends_is_never_markup(stage: &Stage) -> Result<()> {
    let desk = on(&[with(call("<i>1.1</i>", "talking"), json!({"other": LONG, "calla": LONG, "callb": "<b>801</b>"}))]);
    for (page, number, callee) in
        [(Page::Main, "call-number", "call-callee"), (Page::Popup, "popup-number", "popup-callee")]
    {
        stage.show(page, Look::CHINESE, &desk).await?;
        stage.page().wait_text(number, LONG).await?;
        stage.page().wait_text(callee, "<b>801</b>").await?;
        ensure!(stage.ask::<u32>("return document.querySelectorAll('body i, body b').length").await? == 0);
    }
    Ok(())
}

async fn the_tab_that_was_open_opens_again(stage: &Stage) -> Result<()> {
    stage.show(Page::Main, Look::ENGLISH, &idle()).await?;
    ensure!(stage.page().shows("recent-none").await && !stage.page().shows("listen-target").await);
    stage.page().press("tab-supervisor").await?;
    ensure!(stage.take("keep_tab").await? == [json!({"tab": "tab-supervisor"})]);
    for (tab, supervises) in [("tab-supervisor", true), ("tab-recent", false), ("desk", false)] {
        stage.show_with(Page::Main, Look::ENGLISH, &idle(), json!({"tab": {"value": tab}})).await?;
        ensure!(stage.page().shows("listen-target").await == supervises, "{tab}");
        ensure!(stage.take("keep_tab").await?.is_empty(), "nobody chose it");
    }
    Ok(())
}
