//! The supervisor's view in the real window.

use anyhow::Result;
use jiff::{Timestamp, ToSpan as _};
use uncall_contract::{
    Reason, Request,
    event::{Event, Member, MemberState, Presence, Team},
};
use uncall_gateway::{Settings, access::Group};
use uncall_tests::{
    gateway::Gateway,
    panel::{
        Desktop, Look, Workplace,
        desk::{CUSTOMER, EXTENSION, hears, start_panel},
        desktop::until,
    },
    scripted::Scripted,
};

fn member(exten: &str, presence: Presence, state: MemberState) -> Member {
    Member { exten: exten.into(), presence, state, since: Timestamp::now() - 75.seconds() }
}

fn team() -> Team {
    use MemberState::{Free, Held, Ringing, Talking, Unavailable};
    use Presence::{Busy, Idle};
    let members = [
        ("802", Idle, Talking),
        ("803", Idle, Free),
        ("804", Busy, Free),
        ("805", Idle, Ringing),
        ("806", Busy, Held),
        ("807", Idle, Unavailable),
    ];
    Team { members: members.map(|(exten, presence, state)| member(exten, presence, state)).into() }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_team_stands_in_its_tab_and_a_press_listens() -> Result<()> {
    let server = Scripted::start(Some(team())).await?;
    let desktop = Desktop::start(Look::CHINESE).await?;
    let panel = start_panel(&desktop, &server.wsdl(), EXTENSION).await?;
    panel.wait_text("connection", "已连接").await?;
    panel.press("tab-supervisor").await?;
    let list = async || panel.text("members").await.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    let first = list().await?;
    for words in ["802 通话中 01:1", "803 空闲", "804 示忙", "805 响铃", "806 保持中 · 示忙", "807 离线"]
    {
        assert!(first.contains(words), "{words} in {first}");
    }
    assert_eq!(panel.count("member").await, 6);
    assert!(!panel.shows("listen-target").await, "the form is for servers that show no team");
    for (chip, count) in [("all", "6"), ("idle", "1"), ("calls", "3"), ("busy", "1"), ("offline", "1")] {
        panel.wait_text(&format!("team-{chip}"), count).await?;
    }
    assert!(panel.shows("listen-802").await && panel.shows("whisper-806").await);
    assert!(!panel.shows("listen-803").await && !panel.shows("listen-805").await, "nobody to hear");

    // Pending and done, at the row.
    let held = server.hold();
    panel.press("listen-802").await?;
    panel.wait_text("listen-802", "请求").await?;
    assert!(!panel.enabled("listen-806").await, "one phone");
    held.release(&server);
    panel.wait_text("listen-802", "监听").await?;
    let expected = Request::Listen { agent: "801".into(), target: "802".into() };
    assert_eq!(server.asked(), [expected]);

    // A refusal, at the row; the next press takes it away.
    server.refuse("806", Reason::SpyFailed);
    panel.press("whisper-806").await?;
    panel.wait_text("member-notice", "对方不在通话中").await?;
    panel.press("listen-802").await?;
    panel.wait_gone("member-notice").await?;

    // A change moves no row, and the filter follows it.
    server.send(Event::Member(member("803", Presence::Idle, MemberState::Talking)));
    panel.wait_text("team-calls", "4").await?;
    assert!(list().await?.contains("803 通话中 00:0"), "counted from when it was seen: {}", list().await?);
    panel.press("team-calls").await?;
    until("only those in a call", async || (panel.count("member").await == 4).then_some(())).await?;
    server.send(Event::Member(member("803", Presence::Idle, MemberState::Free)));
    until("803 has gone from it", async || (panel.count("member").await == 3).then_some(())).await?;
    Ok(())
}

/// With the real gateway: who is listened to is heard.
#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_hears_the_call_that_the_row_shows() -> Result<()> {
    let groups = [Group::new(&[EXTENSION], &["801-810"])?];
    let gateway = Gateway::start_with(Settings::default().with_groups(groups)).await?;
    let desktop = Desktop::start(Look::ENGLISH).await?;
    let panel = start_panel(&desktop, &gateway.wsdl(), EXTENSION).await?;
    let desk = Workplace { gateway, desktop, panel };
    let panel = &desk.panel;
    panel.wait_text("connection", "Connected").await?;
    panel.press("tab-supervisor").await?;
    panel.wait_text("team-all", "9").await?;
    desk.gateway.ring(CUSTOMER, "804").await?;
    panel.wait_text("members", "Ringing").await?;
    assert!(!panel.shows("listen-804").await);
    desk.gateway.phone("extensions/804/answer").await?;
    panel.wait_text("members", "Talking").await?;
    panel.press("listen-804").await?;
    desk.gateway.phone_when_ready("extensions/801/answer").await?;
    let heard = |state: &serde_json::Value| {
        let heard = hears(state, EXTENSION);
        heard.contains(&CUSTOMER.to_owned()) && heard.contains(&"804".to_owned())
    };
    desk.until_state("the supervisor hears both", heard).await?;
    desk.gateway.phone(&format!("numbers/{CUSTOMER}/hangup")).await?;
    panel.wait_text("team-idle", "9").await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_stay_smooth_and_can_be_searched() -> Result<()> {
    let states = [MemberState::Free, MemberState::Talking, MemberState::Ringing, MemberState::Unavailable];
    let extens: Vec<String> = (0..200).map(|n| (1000 + n).to_string()).collect();
    let members = extens.iter().zip(states.iter().cycle()).map(|(exten, state)| member(exten, Presence::Idle, *state));
    let server = Scripted::start(Some(Team { members: members.collect() })).await?;
    let desktop = Desktop::start(Look::ENGLISH).await?;
    let panel = start_panel(&desktop, &server.wsdl(), EXTENSION).await?;
    panel.wait_text("connection", "Connected").await?;
    panel.press("tab-supervisor").await?;
    panel.wait_text("team-all", "200").await?;
    // Who is on the screen stays the same element, with its focus, however much changes.
    panel
        .script("window.rows = [...document.querySelectorAll('[data-test=member]')]; window.rows[1].querySelector('button').focus()")
        .await?;
    for exten in extens.iter().cycle().take(400) {
        server.send(Event::Member(member(exten, Presence::Busy, MemberState::Free)));
    }
    for exten in &extens {
        server.send(Event::Member(member(exten, Presence::Idle, MemberState::Talking)));
    }
    panel.wait_text("team-calls", "200").await?;
    let same = panel
        .script("return window.rows.every((row, at) => document.querySelectorAll('[data-test=member]')[at] === row)")
        .await?;
    assert_eq!(same, true, "rows are kept, not made anew");
    let focused = panel.script("return document.activeElement.dataset.test").await?;
    assert_eq!(focused, "listen-1001");

    panel.fill("team-search", "1042").await?;
    until("one is found", async || (panel.count("member").await == 1).then_some(())).await?;
    panel.press("listen-1042").await?;
    until("it is listened to", async || (server.asked().len() == 1).then_some(())).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_see_nobody_has_the_form() -> Result<()> {
    let server = Scripted::start(None).await?;
    let desktop = Desktop::start(Look::ENGLISH).await?;
    let panel = start_panel(&desktop, &server.wsdl(), EXTENSION).await?;
    panel.wait_text("connection", "Connected").await?;
    panel.press("tab-supervisor").await?;
    panel.fill("listen-target", "804").await?;
    panel.press("whisper").await?;
    until("it is asked", async || (server.asked().len() == 1).then_some(())).await?;
    assert!(!panel.shows("team").await);
    // The right is given while the panel runs, and taken away again.
    server.send(Event::Team(team()));
    panel.wait_text("team-all", "6").await?;
    assert!(!panel.shows("listen-target").await);
    Ok(())
}
