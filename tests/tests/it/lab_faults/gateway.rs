//! The gateway's process is killed with calls up, and started again. What goes on meanwhile is the PBX's alone.

use anyhow::{Context, Result, ensure};
use uncall_client::{Client, Observation, Settings};
use uncall_contract::{
    Extension,
    event::{CallState, Event, Presence, Snapshot},
};
use uncall_tests::{
    floor::*,
    lab::{Lab, SILENT_NUMBER, SOON, until},
};

/// What a stream that is opened now begins with.
async fn snapshot(process: &Process, exten: &str) -> Result<Snapshot> {
    let mut watch = Client::new(Settings::new(process.gateway().wsdl().parse()?))?.watch(Extension::parse(exten)?);
    loop {
        if let Observation::Pushed(Event::Snapshot(snapshot)) = watch.next().await.context("the watch has ended")? {
            return Ok(snapshot);
        }
    }
}

/// The one call of an extension, by popEvent and by a fresh stream alike.
async fn has(floor: &Floor<Real>, process: &Process, exten: &str, uid: &str, state: CallState) -> Result<()> {
    let call = floor.current(exten).await?.with_context(|| format!("popEvent({exten}) has no call"))?;
    ensure!(call.uid == uid, "{exten}: {call:?}");
    let calls = snapshot(process, exten).await?.calls;
    let seen: Vec<_> = calls.iter().map(|call| (call.uid.as_str(), call.state)).collect();
    ensure!(seen == [(uid, state)], "{exten}: {seen:?}");
    Ok(())
}

/// What the stream, which connects again by itself, has told of calls.
async fn tells(floor: &Floor<Real>, exten: &str, words: &[&str]) -> Result<()> {
    let told = || floor.told(exten).into_iter().filter(|word| word != "snapshot").collect::<Vec<_>>();
    let same = floor.until(&format!("{exten} is told {words:?}"), async |_| Ok(told() == words)).await;
    same.with_context(|| format!("{exten} was told {:?}", floor.told(exten)))
}

/// A new process has answered the stream.
async fn connects(floor: &Floor<Real>, exten: &str, times: usize) -> Result<()> {
    let snapshots = || floor.told(exten).iter().filter(|word| *word == "snapshot").count();
    floor.until(&format!("the stream of {exten} is back"), async |_| Ok(snapshots() >= times)).await
}

async fn uid(floor: &Floor<Real>, exten: &str) -> Result<String> {
    Ok(floor.current(exten).await?.with_context(|| format!("{exten} has no call"))?.uid)
}

#[tokio::test]
async fn calls_that_ring_talk_and_are_held_are_the_same_afterwards() -> Result<()> {
    let real = Real::on(Lab::start().await?).await?;
    let other = real.lab.other_customer().await?;
    let mut process = Process::start(&real.lab).await?;
    let floor = Floor::with(real, process.gateway()).await?;
    let talks = floor.talking().await?;
    other.call("803").await?;
    floor.phones.answers("803").await?;
    floor.tells("803", &["ringing", "talking"]).await?;
    let held = uid(&floor, "803").await?;
    let channel = floor.ok(hold("803")).await?;
    floor.ok(busy("803")).await?;
    floor.phones.tries("804", SILENT_NUMBER).await?;
    floor.tells("804", &["ringing"]).await?;
    let rings = uid(&floor, "804").await?;

    process.kill().await?;
    process.again().await?;
    has(&floor, &process, "801", &talks, CallState::Talking).await?;
    has(&floor, &process, "803", &held, CallState::Held).await?;
    has(&floor, &process, "804", &rings, CallState::Ringing).await?;
    floor.pops("803", uncall_tests::lab::OTHER_CUSTOMER, "803", "callin").await?;
    floor.pops("804", "804", SILENT_NUMBER, "callout").await?;
    ensure!(snapshot(&process, "803").await?.presence == Presence::Busy);
    ensure!(floor.current("802").await?.is_none());
    for exten in AGENTS {
        connects(&floor, exten, 1).await?;
    }
    // Every verb goes on where it was.
    floor.ok(restore("803", &channel)).await?;
    floor.ok(hold("803")).await?;
    floor.ok(hold("801")).await?;
    floor.hears(CALLER, &["music"]).await?;
    floor.ok(hang_up("804")).await?;
    tells(&floor, "804", &["ringing", "ended hangup"]).await?;

    // While nobody watches, one held caller goes and one agent drops his.
    process.kill().await?;
    other.hang_up().await?;
    floor.on_hook(&["803"]).await?;
    floor.phones.hangs_up("801").await?;
    floor.on_hook(&["801"]).await?;
    floor.hears(CALLER, &["music"]).await?;
    process.again().await?;
    has(&floor, &process, "801", &talks, CallState::Held).await?;
    ensure!(floor.current("803").await?.is_none() && snapshot(&process, "803").await?.calls.is_empty());
    let channel = floor.phones.channel(CALLER).await?;
    floor.ok(restore("801", &channel)).await?;
    floor.phones.answers("801").await?;
    floor.hears(CALLER, &["801"]).await?;
    ensure!(uid(&floor, "801").await? == talks);
    floor.phones.hangs_up(CALLER).await?;
    floor.on_hook(&["801", CALLER]).await?;
    floor.until("the call is over", async |floor| Ok(floor.current("801").await?.is_none())).await
}

#[tokio::test]
async fn a_transfer_and_a_survey_end_well_without_it() -> Result<()> {
    let real = Real::on(Lab::start().await?).await?;
    let mut process = Process::start(&real.lab).await?;
    let floor = Floor::with(real, process.gateway()).await?;
    let call = floor.talking().await?;

    // The way back.
    let asked = floor.begin(transfer("801", "802"));
    floor.tells("802", &["ringing"]).await?;
    process.kill().await?;
    asked.abort();
    floor.phones.declines("802").await?;
    floor.hears(CALLER, &["801"]).await?;
    floor.hears("801", &[CALLER]).await?;
    process.again().await?;
    has(&floor, &process, "801", &call, CallState::Talking).await?;
    ensure!(floor.current("802").await?.is_none());
    for exten in ["801", "802"] {
        connects(&floor, exten, 1).await?;
    }

    // The way on, which a second gateway finds in the middle.
    let asked = floor.begin(transfer("801", "802"));
    tells(&floor, "802", &["ringing", "ringing"]).await?;
    process.kill().await?;
    asked.abort();
    process.again().await?;
    has(&floor, &process, "801", &call, CallState::Transferring).await?;
    has(&floor, &process, "802", &call, CallState::Ringing).await?;
    connects(&floor, "801", 2).await?;
    floor.refused(hold("801"), "Agent not in use").await?;
    floor.phones.answers("802").await?;
    floor.hears(CALLER, &["802"]).await?;
    floor.on_hook(&["801"]).await?;
    has(&floor, &process, "802", &call, CallState::Talking).await?;
    floor.until("801 has no call", async |floor| Ok(floor.current("801").await?.is_none())).await?;
    ensure!(floor.told("801").last().is_some_and(|last| last == "ended transferred"), "{:?}", floor.told("801"));

    // The survey.
    floor.ok(survey("802")).await?;
    process.kill().await?;
    floor.phones.hangs_up("802").await?;
    floor.hears(CALLER, &["survey"]).await?;
    floor.phones.phone(CALLER)?.press('4').await?;
    floor.on_hook(&[CALLER]).await?;
    let mut admin = floor.phones.lab.manager("admin").await?;
    let answers = admin.list(&[("Action", "DBGet"), ("Family", "UNCALL_SURVEY"), ("Key", &call)]).await?;
    ensure!(answers.first().is_some_and(|answer| answer.get("Val") == "802:4"), "{answers:?}");
    process.again().await?;
    ensure!(floor.current("802").await?.is_none());
    until("its recording is found", SOON, async || Ok(floor.ask(recording(&call)).await?.ok())).await.map(drop)
}

#[tokio::test]
async fn a_gateway_that_starts_anew_knows_the_calls() -> Result<()> {
    let floor = Floor::<Real>::start().await?;
    let uid = floor.talking().await?;
    let channel = floor.ok(hold("801")).await?;
    floor.phones.hangs_up("801").await?;
    floor.on_hook(&["801"]).await?;
    floor.phones.calls("802", "803").await?;
    floor.phones.answers("803").await?;
    let second = Real::gateway(&floor.phones.lab, Real::options(&floor.phones.lab, "uncall")).await?;
    let floor = floor.anew(second).await?;
    ensure!(floor.pops("801", CALLER, "801", "callin").await.context("the second gateway")? == uid);
    floor.pops("802", "802", "803", "callout").await?;
    floor.pops("803", "802", "803", "callin").await?;
    floor.ok(restore("801", &channel)).await?;
    floor.phones.answers("801").await?;
    floor.hears(CALLER, &["801"]).await?;
    floor.tells("801", &["ringing", "talking"]).await?;
    let asked = floor.begin(transfer("801", "804"));
    floor.tells("804", &["ringing"]).await?;
    let third = Real::gateway(&floor.phones.lab, Real::options(&floor.phones.lab, "uncall")).await?;
    let floor = floor.anew(third).await?;
    asked.abort();
    ensure!(floor.pops("804", CALLER, "804", "callin").await? == uid);
    floor.pops("801", CALLER, "801", "callin").await.context("the third gateway")?;
    floor.phones.answers("804").await?;
    floor.tells("801", &["ended transferred"]).await?;
    floor.hears(CALLER, &["804"]).await?;
    floor.ok(hang_up("804")).await?;
    floor.on_hook(&["801", "804", CALLER]).await
}
