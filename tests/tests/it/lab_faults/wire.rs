//! The connection between gateway and PBX, cut in the middle of each operation, and out of reach for a while.

use anyhow::{Result, ensure};
use uncall_contract::Reply;
use uncall_tests::{floor::*, lab::Lab};

/// A floor whose wire to the PBX can be cut.
async fn floor() -> Result<(Floor<Real>, Cutter)> {
    let real = Real::on(Lab::start().await?).await?;
    let cutter = Cutter::to((real.lab.address(), 5038).into()).await?;
    let mut options = Real::options(&real.lab, "uncall");
    options.address = cutter.address.to_string();
    let gateway = Real::gateway(&real.lab, options).await?;
    Ok((Floor::with(real, gateway).await?, cutter))
}

pub(super) const LOST: &str = "Connection Failed";

#[tokio::test]
async fn hold_and_restore_with_the_connection_cut() -> Result<()> {
    let (floor, wire) = floor().await?;
    floor.talking().await?;
    for action in ["Setvar", "Redirect"] {
        wire.cut(action, Moment::Before);
        floor.refused(hold("801"), LOST).await?;
        floor.connected().await?;
        floor.hears(CALLER, &["801"]).await?;
    }
    wire.cut("Redirect", Moment::After);
    let channel = floor.ok(hold("801")).await?;
    floor.hears(CALLER, &["music"]).await?;
    floor.tells("801", &["ringing", "talking", "held"]).await?;
    wire.cut("Bridge", Moment::Before);
    floor.refused(restore("801", &channel), LOST).await?;
    floor.hears(CALLER, &["music"]).await?;
    wire.cut("Bridge", Moment::After);
    ensure!(floor.ok(restore("801", &channel)).await? == "Restorepark successful");
    floor.hears(CALLER, &["801"]).await?;
    floor.hears("801", &[CALLER]).await?;
    floor.tells("801", &["ringing", "talking", "held", "talking"]).await?;
    ensure!(wire.cuts() == 5, "{}", wire.cuts());
    // The mark that ties the agent's leg to the customer's is gone, although its connection was lost as well.
    floor.ok(survey("801")).await?;
    floor.ok(hang_up("801")).await?;
    floor.hears(CALLER, &["survey"]).await
}

#[tokio::test]
async fn a_transfer_with_the_connection_cut() -> Result<()> {
    let (floor, wire) = floor().await?;
    floor.talking().await?;
    wire.cut("Redirect", Moment::Before);
    floor.refused(transfer("801", "802"), LOST).await?;
    floor.hears(CALLER, &["801"]).await?;
    wire.cut("Redirect", Moment::After);
    let asked = floor.begin(transfer("801", "802"));
    floor.tells("801", &["ringing", "talking", "transferring"]).await?;
    floor.phones.declines("802").await?;
    ensure!(asked.await??.is_err_and(|refusal| refusal.message == "Exten is not idle"));
    floor.hears(CALLER, &["801"]).await?;
    wire.cut("Redirect", Moment::After);
    let asked = floor.begin(transfer("801", "802"));
    floor.phones.answers("802").await?;
    ensure!(asked.await?? == Ok(Reply::Done { message: "Transfer successful".into() }));
    floor.hears(CALLER, &["802"]).await?;
    floor.on_hook(&["801"]).await?;
    ensure!(wire.cuts() == 3);
    Ok(())
}

#[tokio::test]
async fn phones_that_are_rung_with_the_connection_cut() -> Result<()> {
    let (floor, wire) = floor().await?;
    wire.cut("Originate", Moment::Before);
    floor.refused(dial("801", CALLER), LOST).await?;
    ensure!(floor.phones.is_on_hook("801").await?);
    wire.cut("Originate", Moment::After);
    floor.ok(dial("801", CALLER)).await?;
    floor.phones.answers("801").await?;
    floor.phones.answers(CALLER).await?;
    floor.tells("801", &["ringing", "talking"]).await?;
    floor.pops("801", "801", CALLER, "callout").await?;
    wire.cut("Originate", Moment::Before);
    floor.refused(listen("803", "801"), LOST).await?;
    wire.cut("Originate", Moment::After);
    floor.ok(listen("803", "801")).await?;
    floor.phones.answers("803").await?;
    floor.hears("803", &["801", CALLER]).await?;
    ensure!(floor.current("803").await?.is_none() && floor.told("803").is_empty());
    ensure!(wire.cuts() == 4);
    Ok(())
}

#[tokio::test]
async fn ends_and_marks_with_the_connection_cut() -> Result<()> {
    let (floor, wire) = floor().await?;
    floor.talking().await?;
    wire.cut("Setvar", Moment::Before);
    floor.refused(survey("801"), LOST).await?;
    wire.cut("Setvar", Moment::After);
    floor.ok(survey("801")).await?;
    wire.cut("Hangup", Moment::Before);
    floor.refused(hang_up("801"), LOST).await?;
    floor.hears(CALLER, &["801"]).await?;
    wire.cut("Hangup", Moment::After);
    ensure!(floor.ok(hang_up("801")).await? == "Channel Hungup success");
    floor.hears(CALLER, &["survey"]).await?;
    floor.tells("801", &["ringing", "talking", "ended hangup"]).await?;
    ensure!(wire.cuts() == 4);
    Ok(())
}

#[tokio::test]
async fn busy_and_idle_with_the_connection_cut() -> Result<()> {
    let (floor, wire) = floor().await?;
    for (request, action) in [(busy("801"), "DBPut"), (idle("801"), "DBDel")] {
        wire.cut(action, Moment::Before);
        floor.refused(request.clone(), LOST).await?;
        wire.cut(action, Moment::After);
        floor.ok(request).await?;
    }
    floor.tells("801", &["busy", "idle"]).await?;
    ensure!(wire.cuts() == 4);
    Ok(())
}

/// The PBX has said "accepted", and the events that say "done" were lost.
#[tokio::test]
async fn every_operation_whose_events_are_lost() -> Result<()> {
    let (floor, wire) = floor().await?;
    let lost = Moment::Answered;
    wire.cut("Originate", lost);
    floor.ok(dial("801", CALLER)).await?;
    floor.phones.answers("801").await?;
    floor.phones.answers(CALLER).await?;
    floor.tells("801", &["ringing", "talking"]).await?;
    floor.hears(CALLER, &["801"]).await?;
    wire.cut("Redirect", lost);
    let channel = floor.ok(hold("801")).await?;
    floor.hears(CALLER, &["music"]).await?;
    wire.cut("Bridge", lost);
    floor.ok(restore("801", &channel)).await?;
    floor.hears(CALLER, &["801"]).await?;
    wire.cut("Originate", lost);
    floor.ok(listen("803", "801")).await?;
    floor.phones.answers("803").await?;
    floor.hears("803", &["801", CALLER]).await?;
    ensure!(floor.told("803").is_empty(), "{:?}", floor.told("803"));
    floor.ok(hang_up("803")).await?;
    wire.cut("Redirect", lost);
    let asked = floor.begin(transfer("801", "802"));
    floor.phones.declines("802").await?;
    ensure!(asked.await??.is_err_and(|refusal| refusal.message == "Exten is not idle"));
    floor.hears(CALLER, &["801"]).await?;
    let told = ["ringing", "talking", "held", "talking", "transferring", "talking"];
    floor
        .until("it talks again", async |floor| Ok(floor.told("801").last().is_some_and(|last| last == "talking")))
        .await?;
    // Of a transfer that was over before the connection was back, the stream may not tell.
    ensure!([&told[..], &told[..4]].contains(&&words(&floor.told("801"))[..]), "{:?}", floor.told("801"));
    wire.cut("Setvar", lost);
    // For these two the answer is the outcome: they come back before the gateway is connected again.
    floor.ok(survey("801")).await?;
    whole(&floor, &wire).await?;
    wire.cut("Hangup", lost);
    floor.ok(hang_up("801")).await?;
    floor.hears(CALLER, &["survey"]).await?;
    whole(&floor, &wire).await?;
    // What was done, was done once.
    let legs = floor.phones.lab.manager("viewer").await?.list(&[("Action", "CoreShowChannels")]).await?;
    ensure!(legs.len() == 1, "the customer in the survey: {legs:?}");
    for (request, action) in [(busy("802"), "DBPut"), (idle("802"), "DBDel")] {
        wire.cut(action, lost);
        floor.ok(request).await?;
        whole(&floor, &wire).await?;
    }
    floor.until("802 is idle", async |floor| Ok(floor.told("802").last().is_some_and(|last| last == "idle"))).await?;
    ensure!(floor.told("801").last().is_some_and(|last| last == "ended hangup"), "{:?}", floor.told("801"));
    ensure!(wire.cuts() == 9, "{}", wire.cuts());
    Ok(())
}

async fn whole(floor: &Floor<Real>, wire: &Cutter) -> Result<()> {
    floor.until("the wire is whole", async |_| Ok(wire.is_whole())).await?;
    floor.connected().await
}

fn words(told: &[String]) -> Vec<&str> {
    told.iter().map(String::as_str).collect()
}

#[tokio::test]
async fn what_happens_while_the_pbx_is_out_of_reach_is_known_afterwards() -> Result<()> {
    let (floor, wire) = floor().await?;
    let uid = floor.talking().await?;
    wire.down(true);
    floor.refused(hold("801"), LOST).await?;
    for request in [dial("802", CALLER), transfer("801", "802"), survey("801"), listen("803", "801"), hang_up("801")] {
        floor.refused(request, LOST).await?;
    }
    ensure!(floor.pops("801", CALLER, "801", "callin").await? == uid, "what was known last");
    floor.phones.calls("802", "803").await?;
    wire.down(false);
    floor.tells("803", &["ringing"]).await?;
    floor.tells("801", &["ringing", "talking"]).await?;
    ensure!(floor.pops("801", CALLER, "801", "callin").await? == uid);
    floor.connected().await?;
    wire.down(true);
    floor.refused(hold("801"), LOST).await?;
    floor.phones.hangs_up(CALLER).await?;
    floor.on_hook(&["801"]).await?;
    wire.down(false);
    floor.tells("801", &["ringing", "talking", "ended hangup"]).await?;
    ensure!(floor.current("801").await?.is_none());
    floor.phones.answers("803").await?;
    floor.tells("803", &["ringing", "talking"]).await
}
