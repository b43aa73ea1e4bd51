//! The supervisor's view.

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use uncall_tests::{
    checks,
    page::{
        Look, Stage,
        desk::{ago, idle, with},
        run,
    },
    panel::{Page, desktop::until},
};

#[tokio::test(flavor = "multi_thread")]
async fn team() -> Result<()> {
    run(checks![
        the_team_is_in_its_tab_and_a_press_listens,
        two_hundred_stay_smooth_and_can_be_searched,
        who_may_see_nobody_has_the_form,
    ])
    .await
}

fn member(exten: &str, presence: &str, state: &str) -> Value {
    json!({"exten": exten, "presence": presence, "state": state, "since": ago(75), "pending": null, "name": null})
}

fn desk(team: &[Value]) -> Value {
    with(idle(), json!({"team": team}))
}

fn six() -> Vec<Value> {
    let six = [
        ("802", "idle", "talking"),
        ("803", "idle", "free"),
        ("804", "busy", "free"),
        ("805", "idle", "ringing"),
        ("806", "busy", "held"),
        ("807", "idle", "unavailable"),
    ];
    six.map(|(exten, presence, state)| member(exten, presence, state)).into()
}

async fn until_count(stage: &Stage, count: usize) -> Result<()> {
    until(&format!("{count} rows"), async || (stage.page().count("member").await == count).then_some(())).await
}

async fn the_team_is_in_its_tab_and_a_press_listens(stage: &Stage) -> Result<()> {
    let page = stage.page();
    stage.show(Page::Main, Look::CHINESE, &desk(&six())).await?;
    page.press("tab-supervisor").await?;
    until_count(stage, 6).await?;
    let list = page.text("members").await?.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in ["802 通话中 01:1", "803 空闲", "804 示忙", "805 响铃", "806 保持中 · 示忙", "807 离线"]
    {
        ensure!(list.contains(words), "{words} in {list}");
    }
    ensure!(!page.shows("listen-target").await, "the form is for servers that show no team");
    for (chip, count) in [("all", "6"), ("idle", "1"), ("calls", "3"), ("busy", "1"), ("offline", "1")] {
        page.wait_text(&format!("team-{chip}"), count).await?;
    }
    ensure!(page.shows("listen-802").await && page.shows("whisper-806").await);
    ensure!(!page.shows("listen-803").await && !page.shows("listen-805").await, "nobody to hear");

    page.press("listen-802").await?;
    ensure!(stage.wanted().await? == [json!({"do": "listen", "target": "802"})]);
    let mut asking = six();
    if let Some(first) = asking.first_mut() {
        *first = with(first.take(), json!({"pending": "listen"}));
    }
    stage.change(&with(desk(&asking), json!({"pending": ["listen"]}))).await?;
    page.wait_text("listen-802", "请求").await?;
    ensure!(!page.enabled("listen-806").await, "one phone");
    let refusal = json!({"verb": "whisper", "uid": null, "target": "806", "problem": {"code": "spy_failed", "detail": ""}, "at": ago(0)});
    stage.change(&with(desk(&six()), json!({"notice": refusal}))).await?;
    page.wait_text("listen-802", "监听").await?;
    page.wait_text("member-notice", "对方不在通话中").await?;
    stage.change(&desk(&six())).await?;
    page.wait_gone("member-notice").await?;

    // A change moves no row, and the filter follows it.
    let mut called = six();
    if let Some(second) = called.get_mut(1) {
        *second = member("803", "idle", "talking");
    }
    stage.change(&desk(&called)).await?;
    page.wait_text("team-calls", "4").await?;
    page.press("team-calls").await?;
    until_count(stage, 4).await?;
    stage.change(&desk(&six())).await?;
    until_count(stage, 3).await
}

async fn two_hundred_stay_smooth_and_can_be_searched(stage: &Stage) -> Result<()> {
    let page = stage.page();
    let states = ["free", "talking", "ringing", "unavailable"];
    let team = |turn: usize| {
        let states = states.iter().cycle().skip(turn);
        (0..200).zip(states).map(|(n, state)| member(&(1000 + n).to_string(), "idle", state)).collect::<Vec<Value>>()
    };
    stage.show(Page::Main, Look::ENGLISH, &desk(&team(0))).await?;
    page.press("tab-supervisor").await?;
    page.wait_text("team-all", "200").await?;
    until_count(stage, 200).await?;
    // Who is on the screen stays the same element, with its focus, however much changes.
    let keep = "window.rows = [...document.querySelectorAll('[data-test=member]')]; window.rows[1].querySelector('button').focus()";
    stage.ask::<Value>(keep).await?;
    for turn in [4, 8, 12] {
        stage.change(&desk(&team(turn))).await?;
    }
    let all: Vec<Value> = (0..200).map(|n| member(&(1000 + n).to_string(), "idle", "talking")).collect();
    stage.change(&desk(&all)).await?;
    page.wait_text("team-calls", "200").await?;
    let same = "return window.rows.every((row, at) => document.querySelectorAll('[data-test=member]')[at] === row)";
    ensure!(stage.ask::<bool>(same).await?, "rows are kept, not made anew");
    ensure!(stage.focus().await? == "listen-1001");
    page.fill("team-search", "1042").await?;
    until_count(stage, 1).await?;
    page.press("listen-1042").await?;
    ensure!(stage.wanted().await? == [json!({"do": "listen", "target": "1042"})]);
    Ok(())
}

async fn who_may_see_nobody_has_the_form(stage: &Stage) -> Result<()> {
    let page = stage.page();
    stage.show(Page::Main, Look::ENGLISH, &idle()).await?;
    page.press("tab-supervisor").await?;
    page.fill("listen-target", "804").await?;
    page.press("whisper").await?;
    ensure!(stage.wanted().await? == [json!({"do": "whisper", "target": "804"})]);
    ensure!(!page.shows("team").await);
    // The right is given while the panel runs, and taken away again; what was typed is still there.
    stage.change(&desk(&six())).await?;
    page.wait_text("team-all", "6").await?;
    ensure!(!page.shows("listen-target").await);
    stage.change(&idle()).await?;
    page.text("listen").await?;
    ensure!(stage.value("listen-target").await? == "804");
    Ok(())
}
