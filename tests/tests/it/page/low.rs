//! Large text on a small screen: the page is longer than the window, and what counts is in sight.

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use uncall_tests::{
    checks,
    page::{
        Look, Stage,
        desk::{call, entry, idle, on, with},
        run,
    },
    panel::Page,
};

use super::looks::picture;

const LANGUAGES: [Look; 2] = [Look::ENGLISH, Look::CHINESE];

/// Windows on a screen of 1024 × 600: sizes of text, and what the window has then.
const LOW: [(u32, (u32, u32)); 3] = [(125, (475, 560)), (150, (570, 560)), (200, (380, 560))];

#[tokio::test(flavor = "multi_thread")]
async fn low() -> Result<()> {
    run(checks![
        without_a_call_the_lists_are_in_sight,
        idle_and_busy_stay_in_reach,
        a_new_call_comes_into_sight,
        the_pop_up_shows_that_there_is_more,
    ])
    .await
}

/// The window's height, and where these are in it: top and bottom.
async fn places(stage: &Stage, names: &[&str]) -> Result<(f64, Vec<(f64, f64)>)> {
    let script = format!(
        "return [innerHeight, {}.map((name) => document.querySelector(`[data-test=${{name}}]`).getBoundingClientRect()).map(({{top, bottom}}) => [top, bottom])]",
        json!(names)
    );
    stage.ask(&script).await
}

async fn in_sight(stage: &Stage, names: &[&str]) -> Result<()> {
    let (height, all) = places(stage, names).await?;
    for (name, (top, bottom)) in names.iter().zip(&all) {
        ensure!(*top >= -0.5 && *bottom <= height + 0.5, "{name} is at {top} to {bottom} of {height}");
    }
    Ok(())
}

async fn without_a_call_the_lists_are_in_sight(stage: &Stage) -> Result<()> {
    let desk = with(idle(), json!({"recent": [entry("1.1", 10)], "connection": {"state": "poll", "poll_seconds": 3}}));
    for look in LANGUAGES {
        for (text, (width, height)) in &LOW[..2] {
            stage.show(Page::Main, look.text(*text).sized(*width, *height), &desk).await?;
            in_sight(stage, &["presence", "no-call", "dial-number", "tab-recent"]).await?;
            picture(stage, "low", "idle", look.text(*text).sized(*width, *height)).await?;
        }
    }
    Ok(())
}

async fn idle_and_busy_stay_in_reach(stage: &Stage) -> Result<()> {
    let recent: Vec<Value> = (0..30).map(|n| entry(&format!("{n}.1"), 5 + n)).collect();
    let desk = with(on(&[call("1.1", "talking")]), json!({"recent": recent}));
    for look in LANGUAGES {
        for (text, (width, height)) in LOW {
            stage.show(Page::Main, look.text(text).sized(width, height), &desk).await?;
            for script in ["scrollTo(0, 200)", "scrollTo(0, 100000)"] {
                stage.ask::<Value>(script).await?;
                in_sight(stage, &["presence-idle", "presence-busy"]).await?;
                let hit = "const box = document.querySelector('[data-test=presence-busy]').getBoundingClientRect(); \
                           return document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2).closest('button')?.dataset.test ?? ''";
                ensure!(stage.ask::<String>(hit).await? == "presence-busy", "it is behind something at {text} %");
            }
        }
    }
    Ok(())
}

async fn a_new_call_comes_into_sight(stage: &Stage) -> Result<()> {
    let recent = json!({"recent": (0..30).map(|n| entry(&format!("{n}.9"), 5 + n)).collect::<Vec<Value>>()});
    let (one, two) = (call("1.1", "ringing"), with(call("2.2", "ringing"), json!({"other": "13900000001"})));
    for look in LANGUAGES {
        for (text, (width, height)) in LOW {
            stage.show(Page::Main, look.text(text).sized(width, height), &with(idle(), recent.clone())).await?;
            stage.ask::<Value>("scrollTo(0, 100000)").await?;
            stage.change(&with(on(std::slice::from_ref(&one)), recent.clone())).await?;
            in_sight(stage, &["call-state", "call-time", "call-number"]).await?;
            let free = "return document.querySelector('[data-test=call-state]').getBoundingClientRect().top - \
                        document.querySelector('.presence-line').getBoundingClientRect().bottom";
            let free: f64 = stage.ask(free).await?;
            ensure!(free >= 0.0, "the switch lies on the call at {text} %: {free}");
            picture(stage, "low", "call", look.text(text).sized(width, height)).await?;
            // What is pressed now was aimed at something else.
            stage.ask::<Value>("document.querySelector('[data-test=hangup]').click()").await?;
            ensure!(stage.wanted().await?.is_empty());
            // The agent scrolls on; only what is new scrolls back.
            stage.ask::<Value>("scrollTo(0, 100000)").await?;
            let at: f64 = stage.ask("return scrollY").await?;
            stage.change(&with(on(std::slice::from_ref(&one)), recent.clone())).await?;
            ensure!((stage.ask::<f64>("return scrollY").await? - at).abs() < 1.0, "the same call scrolls");
            stage.change(&with(on(&[one.clone(), two.clone()]), recent.clone())).await?;
            in_sight(stage, &["call-line"]).await?;
        }
    }
    Ok(())
}

async fn the_pop_up_shows_that_there_is_more(stage: &Stage) -> Result<()> {
    let (one, two) = (call("1.1", "talking"), call("2.2", "ringing"));
    stage.show(Page::Popup, Look::CARD, &on(std::slice::from_ref(&one))).await?;
    ensure!(!stage.page().shows("more-below").await && !stage.page().shows("more-above").await);
    stage.change(&on(&[two, one])).await?;
    stage.page().text("more-below").await?;
    picture(stage, "popup", "more", Look::CARD).await?;
    ensure!(!stage.page().shows("more-above").await);
    stage.ask::<Value>("document.querySelectorAll('.card')[1].scrollIntoView({block: 'end'})").await?;
    stage.page().text("more-above").await?;
    stage.page().wait_gone("more-below").await?;
    stage.wear(Look::CARD.sized(360, 336)).await?;
    stage.page().wait_gone("more-above").await
}
