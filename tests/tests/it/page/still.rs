#![allow(clippy::indexing_slicing)] // Of JSON values: what is not there is null.
//! Nothing jumps: controls stay in place when a message appears or a second call comes.

use std::collections::BTreeMap;

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

#[tokio::test(flavor = "multi_thread")]
async fn still() -> Result<()> {
    run(checks![what_is_pressed_stays_in_its_place, a_hint_under_the_dial_box_moves_nothing]).await
}

const LONG: &str = "Dr. Maximiliane-Charlotte von und zu Hohenlohe-Waldenburg-Schillingsfürst, geb. Sachsen-Altenburg";
const SIZES: [(u32, u32); 3] = [(380, 640), (380, 760), (900, 640)];

/// The positions of the page's controls by name, rounded to pixels.
async fn places(stage: &Stage) -> Result<BTreeMap<String, i64>> {
    let script = "const names = ['presence-busy', 'hold', 'transfer', 'hangup', 'dial-number', 'dial-send', 'tab-recent']; \
                  const all = names.map((name) => [name, document.querySelector(`[data-test=${name}]`)]); \
                  const seen = all.filter(([, it]) => it?.checkVisibility()); \
                  return Object.fromEntries(seen.map(([name, it]) => [name, Math.round(it.getBoundingClientRect().top)]))";
    stage.ask(script).await
}

async fn what_is_pressed_stays_in_its_place(stage: &Stage) -> Result<()> {
    let talk = || call("1.1", "talking");
    let ring = with(call("2.2", "ringing"), json!({"other": "13900000001"}));
    let held = |uid: &str| with(call(uid, "held"), json!({"other": "01065521234"}));
    let two = || on(&[talk(), ring.clone()]);
    let three = || on(&[talk(), ring.clone(), held("3.3")]);
    let named = |call: Value| with(call, json!({"who": [{"name": LONG, "company": LONG}]}));
    let offline = |code: &str| json!({"connection": {"state": "offline", "problem": {"code": code, "detail": "pbx.example.com"}}, "mood": "offline"});
    let busy = json!({"presence": {"value": "busy", "reason": "training course with the new te…"}, "mood": "busy"});
    let polled = json!({"connection": {"state": "poll", "poll_seconds": 3}});
    let refused = |verb: &str, code: &str| json!({"notice": notice(verb, Some("1.1"), code)});
    let mut moved = Vec::new();
    for language in [Look::ENGLISH, Look::CHINESE] {
        for (width, height) in SIZES {
            let look = language.sized(width, height);
            for (from, to) in [
                (on(&[talk()]), two()),
                (two(), three()),
                (on(&[talk()]), three()),
                (three(), on(&[talk(), ring.clone(), held("3.3"), held("4.4"), call("5.5", "ringing")])),
                (on(&[talk()]), on(&[named(talk())])),
                (on(&[talk()]), on(&[named(talk()), named(ring.clone())])),
                (two(), on(&[named(talk()), named(ring.clone()), named(held("3.3"))])),
                (two(), with(two(), json!({"notice": notice("hang_up", Some("2.2"), "nothing_to_hang_up")}))),
                (on(&[talk()]), with(on(&[talk()]), refused("transfer", "transfer_not_allowed"))),
                (on(&[talk()]), with(on(&[talk()]), refused("hold", "outcome_unknown"))),
                (on(&[talk()]), with(on(&[talk()]), busy.clone())),
                (on(&[talk()]), with(on(&[talk()]), polled.clone())),
                (on(&[talk()]), with(on(&[talk()]), offline("io"))),
                (idle(), on(&[talk()])),
                (idle(), with(idle(), busy.clone())),
                (idle(), with(idle(), polled.clone())),
                (idle(), with(idle(), offline("certificate_date"))),
                (idle(), with(idle(), offline("login_wrong"))),
            ] {
                stage.show(Page::Main, look, &from).await?;
                let before = places(stage).await?;
                stage.change(&to).await?;
                let after = places(stage).await?;
                let other = after.iter().filter(|(name, at)| before.get(*name).is_some_and(|was| was != *at));
                let jumps: Vec<_> = other.map(|(name, at)| format!("{name} from {} to {at}", before[name])).collect();
                if !jumps.is_empty() {
                    let state =
                        (&to["notice"]["problem"], &to["connection"]["state"], to["calls"].as_array().map(Vec::len));
                    moved.push(format!("{} {width} × {height} {state:?}: {jumps:?}", look.language));
                }
            }
        }
    }
    ensure!(moved.is_empty(), "{}", moved.join("\n"));
    Ok(())
}

async fn a_hint_under_the_dial_box_moves_nothing(stage: &Stage) -> Result<()> {
    let left_out = json!({"value": {"dialled": "01065521234", "then": "9", "left_out": "办公室 李雷 上海某某有限公司", "rules": [], "steps": [], "ask": null, "choices": [], "problem": null}});
    for language in [Look::ENGLISH, Look::CHINESE] {
        for (width, height) in SIZES {
            stage.show(Page::Main, language.sized(width, height), &idle()).await?;
            let before = places(stage).await?;
            stage.answer("explain_number", left_out.clone()).await?;
            stage.page().press("dial-number").await?;
            stage.typed("1").await?;
            stage.page().wait_text("dial-preview", "010 6552 1234").await?;
            let after = places(stage).await?;
            ensure!(before == after, "{} {width}: {before:?}, then {after:?}", language.language);
            let faults = stage.illegible().await?;
            ensure!(faults.is_empty(), "{faults:?}");
            let covered = "const box = document.querySelector('[data-test=dial-preview]').getBoundingClientRect(); \
                           const top = document.elementFromPoint(box.x + 20, box.bottom - 6); \
                           return top.closest('.dial') !== null";
            ensure!(stage.ask::<bool>(covered).await?, "the hint lies under something");
            stage.ask::<Value>("document.querySelector('[data-test=dial-number]').value = ''").await?;
        }
    }
    Ok(())
}
