#![allow(clippy::indexing_slicing)] // Of JSON values: what is not there is null.
//! The journal on the page: search, notes and dispositions, missed calls.

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use uncall_tests::{
    checks,
    page::{
        Look, Stage,
        desk::{call, entry, idle, on, with},
        run,
    },
    panel::{Page, desktop::until},
};

use super::looks::picture;

const LANGUAGES: [Look; 2] = [Look::ENGLISH, Look::CHINESE];

#[tokio::test(flavor = "multi_thread")]
async fn journal() -> Result<()> {
    run(checks![
        what_is_looked_for_is_asked_of_the_journal,
        a_note_is_kept_as_it_is_typed_and_nothing_else_changes_it,
        what_came_of_a_call_has_a_second_level,
        what_was_missed_is_seen_when_the_agent_does_something,
        older_calls_come_when_they_are_asked_for,
        a_call_says_who_calls_and_leads_to_its_note,
        what_is_wrong_is_told,
        everything_can_be_read_at_every_size,
    ])
    .await
}

/// A desk whose journal has a missed call, a noted one and one with a result.
fn said() -> Value {
    let missed = json!({"answered": null, "talked_seconds": null, "reason": "no_answer", "missed": "yes", "seen": false, "owed": true});
    with(
        idle(),
        json!({"recent": [
            with(entry("3.1", 20), missed),
            with(entry("2.1", 60), json!({"note": "客户要求退款，稍后回电 wants a refund and will call again about the second delivery of the week"})),
            with(entry("1.1", 90), json!({"disposition": "Complaint", "second": "Quality", "note": "x"})),
        ]}),
    )
}

/// The filters of the page's queries since the last time.
async fn filters(stage: &Stage) -> Result<Vec<Value>> {
    Ok(stage.take("recent").await?.into_iter().filter_map(|asked| asked.get("filter").cloned()).collect())
}

/// Selects an option as a person would.
async fn choose(stage: &Stage, name: &str, value: &str) -> Result<()> {
    let script = format!(
        "const list = [...document.querySelectorAll('[data-test={name}]')].find((it) => it.checkVisibility()); \
         list.value = '{value}'; list.dispatchEvent(new Event('change', {{ bubbles: true }})); return list.value"
    );
    let chosen: String = stage.ask(&script).await?;
    ensure!(chosen == value, "{name} has no {value}: {chosen}");
    Ok(())
}

async fn what_is_looked_for_is_asked_of_the_journal(stage: &Stage) -> Result<()> {
    stage.show(Page::Main, Look::ENGLISH, &said()).await?;
    filters(stage).await?;
    stage.page().press("recent-find").await?;
    stage.page().fill("recent-search", "138").await?;
    choose(stage, "recent-kind", "owed").await?;
    choose(stage, "recent-day", "yesterday").await?;
    let asked = filters(stage).await?;
    let last = asked.last().cloned().unwrap_or_default();
    ensure!(last["text"] == "138" && last["kind"] == "owed" && last["disposition"].is_null(), "{last}");
    let time = |key: &str| last[key].as_str().unwrap_or_default().parse::<jiff::Timestamp>();
    let hours = time("to")?.duration_since(time("from")?).as_hours();
    ensure!((23..=25).contains(&hours), "a day of {hours} hours");
    choose(stage, "recent-kind", "=Complaint").await?;
    let asked = filters(stage).await?;
    ensure!(
        asked.last().is_some_and(|filter| filter["disposition"] == "Complaint" && filter["kind"].is_null()),
        "{asked:?}"
    );
    stage.answer("recent", json!({"value": {"rows": [], "more": false}})).await?;
    choose(stage, "recent-day", "").await?;
    stage.page().wait_text("recent-none", "No such calls").await
}

async fn a_note_is_kept_as_it_is_typed_and_nothing_else_changes_it(stage: &Stage) -> Result<()> {
    stage.show(Page::Main, Look::ENGLISH, &said()).await?;
    stage.page().press("recent-note").await?;
    ensure!(stage.focus().await? == "note");
    stage.typed("ab").await?;
    let notes = stage.take("note_call").await?;
    let texts: Vec<&str> = notes.iter().filter_map(|note| note["text"].as_str()).collect();
    ensure!(texts == ["a", "ab"], "{texts:?}");
    ensure!(notes.iter().all(|note| note["id"] == said()["recent"][0]["id"]));
    // The saved note lags one letter behind, and the desk has changed meanwhile.
    let behind = with(said(), json!({}));
    stage.change(&behind).await?;
    ensure!(stage.value("note").await? == "ab" && stage.focus().await? == "note");
    // A letter that is also a command goes into the note.
    ensure!(stage.wanted().await?.is_empty());
    stage.page().press("call-back").await?;
    ensure!(stage.wanted().await? == [json!({"do": "dial", "number": "13800138000", "sure": false})]);
    Ok(())
}

async fn what_came_of_a_call_has_a_second_level(stage: &Stage) -> Result<()> {
    stage.show(Page::Main, Look::ENGLISH, &said()).await?;
    stage.page().press("recent-note").await?;
    choose(stage, "disposition", "Complaint").await?;
    let id = said()["recent"][0]["id"].clone();
    ensure!(stage.take("dispose_call").await? == [json!({"id": id, "first": "Complaint", "second": null})]);
    let mut kept = said();
    kept["recent"][0]["disposition"] = json!("Complaint");
    stage.change(&kept).await?;
    until("the second level shows", async || stage.page().shows("disposition-second").await.then_some(())).await?;
    choose(stage, "disposition-second", "Quality").await?;
    ensure!(stage.take("dispose_call").await? == [json!({"id": id, "first": "Complaint", "second": "Quality"})]);
    choose(stage, "disposition", "").await?;
    ensure!(stage.take("dispose_call").await? == [json!({"id": id, "first": null, "second": null})]);
    Ok(())
}

async fn what_was_missed_is_seen_when_the_agent_does_something(stage: &Stage) -> Result<()> {
    stage.show(Page::Main, Look::ENGLISH, &said()).await?;
    stage.page().wait_text("missed-count", "1 missed").await?;
    ensure!(stage.take("see_missed").await?.is_empty(), "nobody was there");
    stage.page().press("recent-number").await?;
    let seen = stage.take("see_missed").await?;
    ensure!(seen.iter().all(|seen| seen["through"] == said()["recent"][0]["id"]) && !seen.is_empty(), "{seen:?}");
    // Under another tab it is not.
    stage.show(Page::Main, Look::ENGLISH, &said()).await?;
    stage.page().press("tab-supervisor").await?;
    stage.take("see_missed").await?;
    stage.page().press("listen-target").await?;
    ensure!(stage.take("see_missed").await?.is_empty());
    Ok(())
}

async fn older_calls_come_when_they_are_asked_for(stage: &Stage) -> Result<()> {
    stage.show(Page::Main, Look::ENGLISH, &idle()).await?;
    let line = |id: i64| with(entry(&format!("{id}.1"), 1000 - id), json!({"id": id}));
    let some = |ids: std::ops::RangeInclusive<i64>| ids.rev().map(line).collect::<Vec<Value>>();
    stage.answer("recent", json!({"value": {"rows": some(51..=100), "more": true}})).await?;
    stage.tell("journal_changed", json!({"unseen": 0, "last": null, "problem": null, "dispositions": []})).await?;
    until("there are more", async || stage.page().shows("recent-more").await.then_some(())).await?;
    filters(stage).await?;
    stage.answer("recent", json!({"value": {"rows": some(1..=50), "more": false}})).await?;
    stage.page().press("recent-more").await?;
    ensure!(filters(stage).await?.iter().all(|filter| filter["before"] == 51));
    let count = "return document.querySelectorAll('[data-test=recent-row]').length";
    until("all are there", async || (stage.ask::<u32>(count).await.ok()? == 100).then_some(())).await?;
    // New calls appear above them, and they stay.
    stage.answer("recent", json!({"value": {"rows": some(52..=101), "more": true}})).await?;
    stage.tell("journal_changed", json!({"unseen": 0, "last": null, "problem": null, "dispositions": []})).await?;
    until("one more", async || (stage.ask::<u32>(count).await.ok()? == 101).then_some(())).await?;
    ensure!(!stage.page().shows("recent-more").await);
    Ok(())
}

/// What the journal knows about a caller.
fn caller() -> Value {
    let noted = with(entry("2.1", 4000), json!({"note": "wants a refund"}));
    json!({"this": with(entry("1.1", 0), json!({"ended": null})), "today": 2, "earlier": [noted], "noted": noted})
}

async fn a_call_says_who_calls_and_leads_to_its_note(stage: &Stage) -> Result<()> {
    let live = with(entry("1.1", 0), json!({"ended": null, "talked_seconds": null, "reason": null, "departure": null}));
    let desk = with(on(&[call("1.1", "ringing")]), json!({"recent": [live]}));
    let answers = json!({"caller": {"value": caller()}});
    stage.show_with(Page::Main, Look::ENGLISH, &desk, answers.clone()).await?;
    stage.page().wait_text("call-history", "Call 3 today · last note: wants a refund").await?;
    ensure!(stage.take("caller").await?.iter().all(|asked| *asked == json!({"uid": "1.1", "other": "13800138000"})));
    stage.page().press("tab-supervisor").await?;
    stage.page().press("call-history").await?;
    until("its note opens", async || (stage.focus().await.ok()? == "note").then_some(())).await?;
    stage.show_with(Page::Popup, Look::CARD, &on(&[call("1.1", "ringing")]), answers).await?;
    stage.page().wait_text("popup-history", "Call 3 today · last note: wants a refund").await?;
    // A refusal is more important.
    let refused = uncall_tests::page::desk::notice("hang_up", Some("1.1"), "nothing_to_hang_up");
    stage.change(&with(on(&[call("1.1", "ringing")]), json!({"notice": refused}))).await?;
    ensure!(!stage.page().shows("popup-history").await);
    Ok(())
}

async fn what_is_wrong_is_told(stage: &Stage) -> Result<()> {
    for look in LANGUAGES {
        stage.show(Page::Main, look, &said()).await?;
        for code in ["journal_newer", "journal_damaged", "journal_full", "journal_lost", "journal_unwritable"] {
            let problem = json!({"code": code, "detail": "journal.damaged-1.db"});
            stage
                .tell("journal_changed", json!({"unseen": 0, "last": null, "problem": problem, "dispositions": []}))
                .await?;
            let told = stage.page().text("journal-problem").await?;
            ensure!(!told.contains("problem."), "{told}");
            let faults = stage.illegible().await?;
            ensure!(faults.is_empty(), "{code}: {faults:?}");
        }
    }
    Ok(())
}

async fn everything_can_be_read_at_every_size(stage: &Stage) -> Result<()> {
    let live = with(entry("9.1", 0), json!({"ended": null, "talked_seconds": null, "reason": null, "departure": null}));
    let mut desk = with(said(), on(&[call("9.1", "talking")]));
    let lines = desk["recent"].as_array().cloned().unwrap_or_default();
    desk["recent"] = json!([vec![live, with(entry("0.1", 90_000), json!({"name": "王小明"}))], lines].concat());
    let answers = json!({"caller": {"value": caller()}});
    let mut cut = Vec::new();
    for language in LANGUAGES {
        stage.show_with(Page::Main, language, &desk, answers.clone()).await?;
        stage.page().press("recent-note").await?;
        for text in [100, 125, 150, 200] {
            for width in [380, 340, 900] {
                let look = language.text(text).sized(width, 640);
                stage.wear(look).await?;
                let faults = stage.illegible().await?;
                if !faults.is_empty() {
                    cut.push(format!("{}, {text} %, {width} wide: {faults:?}", language.language));
                }
                if width != 340 && matches!(text, 100 | 150) {
                    picture(stage, &format!("journal-{width}"), "open", look).await?;
                }
            }
        }
        stage.show_with(Page::Popup, language.sized(360, 168), &on(&[call("9.1", "ringing")]), answers.clone()).await?;
        stage.page().text("popup-history").await?;
        for text in [100, 150] {
            let look = language.text(text).sized(360 * text / 100, 190 * text / 100);
            stage.wear(look).await?;
            let faults = stage.illegible().await?;
            if !faults.is_empty() {
                cut.push(format!("pop-up, {}, {text} %: {faults:?}", language.language));
            }
            picture(stage, "popup", "known", look).await?;
        }
    }
    ensure!(cut.is_empty(), "{}", cut.join("\n"));
    Ok(())
}
