//! Callers whose number holds line breaks, which this Asterisk (22.10) writes into its events as they are.

use anyhow::{Context, Result, ensure};
use uncall_tests::{
    floor::*,
    lab::{Change, Lab, Stranger},
};

/// 801 talks with the customer, and a stranger calls 802 under a number that is made for 801's leg.
async fn meets(number: impl Fn(&str) -> String) -> Result<()> {
    let changes: Vec<Change> = vec![("extensions.conf", |text| {
        text.replace("_890X,1,Gosub(uncall-clean,s,1)\n same => n,Dial", "_890X,1,Dial")
    })];
    let real = Real::on(Lab::start_changed(changes).await?).await?;
    let gateway = Real::gateway(&real.lab, Real::options(&real.lab, "uncall")).await?;
    let floor = Floor::with(real, gateway).await?;
    let uid = floor.talking().await?;
    let legs = floor.phones.lab.manager("viewer").await?.list(&[("Action", "CoreShowChannels")]).await?;
    let leg = legs.iter().find(|leg| leg.get("Channel").starts_with("PJSIP/801-")).context("801 has no leg")?;
    let number = number(leg.get("Uniqueid"));
    ensure!(number.len() < 80, "{} bytes are more than Asterisk keeps", number.len());

    let stranger = Stranger::calls(floor.phones.lab.address(), &number, "8902").await?;
    floor.tells("802", &["ringing"]).await.context("the stranger's call is no secret")?;
    floor.pops("802", "138", "802", "callin").await?;
    floor.tells("801", &["ringing", "talking"]).await.context("his call is not over")?;
    ensure!(floor.current("801").await?.context("801 has no call")?.uid == uid);
    let channel = floor.ok(hold("801")).await?;
    floor.hears(CALLER, &["music"]).await?;
    floor.ok(restore("801", &channel)).await?;
    floor.hears(CALLER, &["801"]).await?;
    let asked = floor.begin(transfer("801", "803"));
    floor.phones.answers("803").await.context("803 is there")?;
    ensure!(asked.await??.is_ok());
    floor.tells("801", &["ringing", "talking", "held", "talking", "transferring", "ended transferred"]).await?;

    // What the agent may do with any call, he may do with this one.
    floor.ok(hang_up("802")).await?;
    floor.tells("802", &["ringing", "ended hangup"]).await?;
    drop(stranger);
    let again = Stranger::calls(floor.phones.lab.address(), &number, "8904").await?;
    floor.tells("804", &["ringing"]).await?;
    again.gives_up().await?;
    floor.tells("804", &["ringing", "ended no_answer"]).await?;
    floor.tells("803", &["ringing", "talking"]).await
}

#[tokio::test]
async fn a_number_that_ends_anothers_call() -> Result<()> {
    meets(|leg| format!("138\r\n\r\nEvent: Hangup\r\nUniqueid: {leg}\r\n\r\n")).await
}

#[tokio::test]
async fn a_number_that_is_anothers_leg() -> Result<()> {
    meets(|leg| format!("138\r\nEvent: Hangup\r\nUniqueid: {leg}")).await
}

#[tokio::test]
async fn a_number_that_makes_a_phone_unavailable() -> Result<()> {
    meets(|_| "138\r\n\r\nEvent: DeviceStateChange\r\nDevice: PJSIP/803\r\nState: UNAVAILABLE\r\n\r\n".to_owned()).await
}

#[tokio::test]
async fn a_number_that_parts_a_conversation() -> Result<()> {
    meets(|leg| format!("138\r\n\r\nEvent: BridgeLeave\r\nUniqueid: {leg}\r\n\r\n")).await
}

/// The package takes the line breaks out before anybody is rung: what the gateway has then is what the PBX says.
#[tokio::test]
async fn what_comes_through_the_packages_trunk_context_holds_no_line_breaks() -> Result<()> {
    let floor = Floor::<Real>::start().await?;
    let _stranger = Stranger::calls(floor.phones.lab.address(), "138\r\nEvent: Hangup\r\nUniqueid: 1", "802").await?;
    floor.tells("802", &["ringing"]).await?;
    let legs = floor.phones.lab.manager("viewer").await?.list(&[("Action", "CoreShowChannels")]).await?;
    ensure!(legs.len() == 2 && legs.iter().all(|leg| leg.get("Uniqueid") != "1"), "{legs:?}");
    floor.pops("802", "138Event: HangupUniqueid: 1", "802", "callin").await?;
    floor.ok(hang_up("802")).await?;
    floor.tells("802", &["ringing", "ended hangup"]).await
}
