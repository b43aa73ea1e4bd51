//! What the page says of calls: their states, times, refusals, ends.

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use uncall_tests::{
    checks,
    page::{
        Look, Stage,
        desk::{ago, call, entry, idle, notice, on, with},
        run,
    },
    panel::Page,
};

#[tokio::test(flavor = "multi_thread")]
async fn calls() -> Result<()> {
    run(checks![
        a_clock_that_jumps_changes_no_running_time,
        an_unconfirmed_call_may_be_over_and_can_be_closed,
        what_may_be_on_hold_can_be_held_and_resumed,
        the_toggle_offers_what_the_desk_says,
        a_second_call_is_a_line_and_one_click_swaps,
        hang_up_is_offered_only_where_it_ends_that_call,
        a_refusal_is_told_beside_its_call_and_goes_with_it,
        the_journal_says_probably_missed_and_seen_until,
        polling_says_how_late_calls_show,
    ])
    .await
}

async fn a_clock_that_jumps_changes_no_running_time(stage: &Stage) -> Result<()> {
    let talk = call("1.1", "talking");
    // What the wall says of its beginning is wrong by an hour.
    let wrong = json!({"answered": {"at": "2020-01-01T00:00:00Z", "ms": ago(83).get("ms")}});
    let desk = with(
        on(&[with(talk, wrong)]),
        json!({"recent": [with(entry("1.1", 0), json!({"ended": null, "talked_seconds": null, "reason": null}))]}),
    );
    for (page, look, times) in [
        (Page::Main, Look::ENGLISH, &["call-time", "recent-detail"][..]),
        (Page::Popup, Look::CARD, &["popup-time"][..]),
    ] {
        stage.show(page, look, &desk).await?;
        for name in times {
            stage.page().wait_text(name, "01:2").await?;
        }
        stage.pass(0, 3_600_000).await?;
        for name in times {
            stage.page().wait_text(name, "01:2").await?;
        }
        stage.pass(60_000, -7_200_000).await?;
        for name in times {
            stage.page().wait_text(name, "02:2").await?;
        }
    }
    stage.show(Page::Main, Look::ENGLISH, &desk).await?;
    stage.page().wait_text("presence-time", "01:1").await?;
    stage.pass(60_000, 0).await?;
    stage.page().wait_text("presence-time", "02:1").await
}

async fn an_unconfirmed_call_may_be_over_and_can_be_closed(stage: &Stage) -> Result<()> {
    let grey = with(call("1.1", "in_call"), json!({"unconfirmed": true, "closable": true}));
    stage.show(Page::Main, Look::ENGLISH, &with(on(std::slice::from_ref(&grey)), json!({"popups": []}))).await?;
    stage.page().wait_text("call-state", "May be over").await?;
    stage.page().press("call-over").await?;
    ensure!(stage.wanted().await? == [json!({"do": "over", "uid": "1.1"})]);
    stage.change(&on(&[with(grey, json!({"unconfirmed": false, "closable": false}))])).await?;
    stage.page().wait_text("call-state", "In a call").await?;
    ensure!(!stage.page().shows("call-over").await, "a call that is named is not over");
    Ok(())
}

async fn what_may_be_on_hold_can_be_held_and_resumed(stage: &Stage) -> Result<()> {
    let unknown = on(&[call("1.1", "hold_unknown")]);
    stage.show(Page::Main, Look::ENGLISH, &unknown).await?;
    stage.page().wait_text("call-state", "May be on hold").await?;
    stage.page().press("hold").await?;
    stage.page().press("restore").await?;
    let both = [json!({"do": "hold", "uid": "1.1"}), json!({"do": "restore", "uid": "1.1"})];
    ensure!(stage.wanted().await? == both);
    stage.show(Page::Popup, Look::CARD, &unknown).await?;
    stage.page().wait_text("popup-state", "May be on hold").await?;
    stage.page().press("popup-hold").await?;
    stage.page().press("popup-restore").await?;
    ensure!(stage.wanted().await? == both);
    Ok(())
}

async fn the_toggle_offers_what_the_desk_says(stage: &Stage) -> Result<()> {
    for (verbs, pending, word) in [
        (json!(["hold"]), Value::Null, "Hold"),
        (json!(["restore"]), Value::Null, "Resume"),
        (json!(["restore"]), json!("restore"), "Resuming"),
        (json!([]), json!("hold"), "Holding"),
        (json!([]), Value::Null, "Hold"),
    ] {
        // Whatever the state's name is: the verbs decide.
        let desk = on(&[with(call("1.1", "in_call"), json!({"verbs": verbs, "pending": pending}))]);
        stage.show(Page::Main, Look::ENGLISH, &desk).await?;
        let (shown, other) = if word.starts_with("Hold") { ("hold", "restore") } else { ("restore", "hold") };
        stage.page().wait_text(shown, word).await?;
        ensure!(!stage.page().shows(other).await, "one toggle");
        stage.show(Page::Popup, Look::CARD, &desk).await?;
        stage.page().wait_text("popup-hold", word).await?;
        ensure!(!stage.page().shows("popup-restore").await, "one toggle");
    }
    Ok(())
}

async fn a_second_call_is_a_line_and_one_click_swaps(stage: &Stage) -> Result<()> {
    let (talk, ring) = (call("1.1", "talking"), with(call("2.2", "ringing"), json!({"other": "13900000001"})));
    stage.show(Page::Main, Look::ENGLISH, &on(std::slice::from_ref(&talk))).await?;
    ensure!(!stage.page().shows("call-line").await);
    stage.change(&on(&[talk.clone(), ring.clone()])).await?;
    stage.page().wait_text("call-number", "138 0013 8000").await?;
    stage.page().wait_text("call-line", "Ringing").await?;
    stage.page().wait_text("call-line", "139 0000 0001").await?;
    stage.page().wait_text("call-line", "01:35").await?;
    let above = "const line = document.querySelector('[data-test=call-line]').getBoundingClientRect(); \
                 return line.bottom <= document.querySelector('[data-test=call-number]').getBoundingClientRect().top";
    ensure!(stage.ask::<bool>(above).await?, "the line is above the call");
    stage.page().press("call-line").await?;
    stage.page().wait_text("call-number", "139 0000 0001").await?;
    stage.page().wait_text("call-line", "Talking").await?;
    // The agent's choice stays while the desk's order does.
    stage.change(&on(&[with(talk, json!({"survey": true})), ring.clone()])).await?;
    stage.page().wait_text("call-number", "139 0000 0001").await?;
    stage.change(&on(&[ring])).await?;
    stage.page().wait_gone("call-line").await
}

async fn hang_up_is_offered_only_where_it_ends_that_call(stage: &Stage) -> Result<()> {
    // A server that takes no uid would end the talking one.
    let talk = call("1.1", "talking");
    let ring = with(call("2.2", "ringing"), json!({"other": "13900000001", "verbs": []}));
    let desk = on(&[talk, ring]);
    stage.show(Page::Main, Look::ENGLISH, &desk).await?;
    stage.page().press("hangup").await?;
    ensure!(stage.wanted().await? == [json!({"do": "hang_up", "uid": "1.1"})]);
    stage.page().press("call-line").await?;
    stage.page().wait_text("call-number", "139 0000 0001").await?;
    ensure!(!stage.page().enabled("hangup").await, "it would end the other");
    stage.show(Page::Popup, Look::CARD.sized(360, 336), &with(desk, json!({"popups": ["2.2"]}))).await?;
    ensure!(stage.page().shows("popup-hangup").await && !stage.page().enabled("popup-hangup").await);
    Ok(())
}

async fn a_refusal_is_told_beside_its_call_and_goes_with_it(stage: &Stage) -> Result<()> {
    let (talk, ring) = (call("1.1", "talking"), with(call("2.2", "ringing"), json!({"other": "13900000001"})));
    let refused = json!({"notice": notice("hold", Some("1.1"), "channel_not_exist")});
    stage.show(Page::Main, Look::ENGLISH, &with(on(std::slice::from_ref(&talk)), refused.clone())).await?;
    stage.page().wait_text("call-notice", "held call is gone").await?;
    stage.change(&with(on(&[talk.clone(), ring.clone()]), refused.clone())).await?;
    stage.page().press("call-line").await?;
    stage.page().wait_silent("call-notice").await?;
    stage.page().wait_text("line-notice", "held call is gone").await?;
    // The desk drops it; until then it is not the next call's.
    stage.change(&with(on(&[ring]), refused.clone())).await?;
    stage.page().wait_silent("call-notice").await?;
    stage.change(&with(idle(), refused)).await?;
    stage.page().wait_silent("call-notice").await?;
    stage.change(&with(on(&[talk]), json!({"notice": null}))).await?;
    stage.page().wait_silent("call-notice").await
}

async fn the_journal_says_probably_missed_and_seen_until(stage: &Stage) -> Result<()> {
    let missed = json!({"answered": null, "talked_seconds": null, "reason": "no_answer"});
    let recent = [
        entry("1.1", 10),
        with(entry("2.2", 60), json!({"end_seen": false, "talked_seconds": 54_000})),
        with(with(entry("3.3", 120), missed.clone()), json!({"missed": "probably"})),
        with(with(entry("4.4", 180), missed), json!({"missed": "yes", "offers": 3})),
    ];
    stage.show(Page::Main, Look::ENGLISH, &with(idle(), json!({"recent": recent}))).await?;
    let details: Vec<String> = stage
        .ask("return [...document.querySelectorAll('[data-test=recent-detail]')].map((it) => it.innerText)")
        .await?;
    let until = details.get(1).is_some_and(|words| words.starts_with("seen until "));
    let says = |at: usize, words: &str| details.get(at).is_some_and(|said| said == words);
    ensure!(until && says(0, "01:05") && says(2, "Probably missed") && says(3, "Missed ×3"), "{details:?}");
    stage.page().wait_text("missed-count", "2 missed").await?;
    stage.page().wait_text("last-call", "01:05").await
}

async fn polling_says_how_late_calls_show(stage: &Stage) -> Result<()> {
    let polled = with(idle(), json!({"connection": {"state": "poll", "poll_seconds": 3}}));
    stage.show(Page::Main, Look::ENGLISH, &polled).await?;
    stage.page().wait_text("connection-notice", "Calls show up to 3 s late").await?;
    stage.change(&with(polled, json!({"connection": {"poll_seconds": 1}}))).await?;
    stage.page().wait_text("connection-notice", "up to 1 s late").await?;
    stage.change(&idle()).await?;
    stage.page().wait_silent("connection-notice").await
}
