//! Transfers beyond the extensions, on a real Asterisk: to a queue, and outside.

use std::sync::Arc;

use anyhow::{Result, ensure};
use tokio::task::JoinHandle;
use uncall_asterisk::Asterisk;
use uncall_client::{Client, Credentials, Secret, Settings};
use uncall_contract::{Outcome, Reply};
use uncall_gateway::access::{Group, secret};
use uncall_tests::{
    floor::*,
    gateway::Gateway,
    lab::{BUSY_NUMBER, Heard, Lab, OTHER_CUSTOMER, Phone, SILENT_NUMBER, Stage, Tone},
};

/// The queue of the lab's dialplan.
const QUEUE: &str = "892";

/// 801 may transfer to the queue and to mobile numbers, 803 to nothing; both have logins. The customer calls from the phone that is
/// no outside number's, and talks with 801.
async fn talking() -> Result<(Floor<Real>, Phone, String)> {
    let real = Real::on(Lab::start().await?).await?;
    let other = real.lab.other_customer().await?;
    let groups = [
        Group::new(&[], &["801"])?.transfers_to(&[QUEUE, "1\\d{10}"])?,
        Group::new(&[], &["803"])?.transfers_to(&["600"])?,
    ];
    let mut settings = uncall_gateway::Settings::default().with_groups(groups);
    let agent = |exten: &str| {
        format!("a{exten} = {{ extension = \"{exten}\", token_sha256 = \"{}\" }}\n", secret::digest(exten))
    };
    settings.access.roster.agents = toml::from_str(&(agent("801") + &agent("803")))?;
    // The floor asks without a login; with logins in the list this machine is open only where it is said.
    settings.access.open = Some(vec!["127.0.0.0/8".parse()?]);
    let pbx = Asterisk::start(Real::options(&real.lab, "uncall"), None);
    let gateway = Gateway::start_on_with(pbx as Arc<_>, settings).await?;
    let floor = Floor::with(real, gateway).await?;
    floor.settled().await;
    other.call("801").await?;
    floor.phones.answers("801").await?;
    floor.tells("801", &["ringing", "talking"]).await?;
    let uid = floor.pops("801", OTHER_CUSTOMER, "801", "callin").await?;
    Ok((floor, other, uid))
}

/// The agent's own client, with his login.
fn client(floor: &Floor<Real>, exten: &str) -> Result<Client> {
    let mut settings = Settings::new(floor.gateway.wsdl().parse()?);
    settings.login = Some(Credentials::bearer(Secret::new(exten))?);
    Ok(Client::new(settings)?)
}

fn begin(floor: &Floor<Real>, target: &str) -> Result<JoinHandle<Result<Outcome>>> {
    let (client, request) = (client(floor, "801")?, transfer("801", target));
    Ok(tokio::spawn(async move { Ok(client.call(&request).await?) }))
}

fn refused(outcome: &Outcome, message: &str) -> bool {
    outcome.as_ref().is_err_and(|refusal| refusal.message == message)
}

#[tokio::test]
async fn a_queue_takes_the_caller_and_an_agent_of_it_answers() -> Result<()> {
    let (floor, customer, uid) = talking().await?;
    floor.ok(busy("801")).await?;
    let done = begin(&floor, QUEUE)?.await??;
    ensure!(done == Ok(Reply::Done { message: "Transfer successful".into() }), "{done:?}");
    floor.on_hook(&["801"]).await?;
    floor.tells("801", &["ringing", "talking", "busy", "transferring", "ended transferred"]).await?;
    floor.phones.answers("802").await?;
    customer.until_hears(&Heard::tones([Tone::Phone802])).await?;
    floor.hears("802", &["other customer"]).await?;
    ensure!(floor.pops("802", OTHER_CUSTOMER, "802", "callin").await? == uid, "the same call");
    // What comes after is as ever: hold, and back.
    let channel = floor.ok(hold("802")).await?;
    customer.until_hears(&Heard::tones([Tone::Music])).await?;
    floor.ok(restore("802", &channel)).await?;
    customer.until_hears(&Heard::tones([Tone::Phone802])).await?;
    customer.hang_up().await?;
    floor.on_hook(&["802"]).await
}

#[tokio::test]
async fn somebody_outside_answers() -> Result<()> {
    let (floor, customer, uid) = talking().await?;
    let asked = begin(&floor, CALLER)?;
    customer.until_hears(&Heard::tones([Tone::Music])).await?;
    floor.hears("801", &["transferring"]).await?;
    floor.phones.answers(CALLER).await?;
    ensure!(asked.await??.is_ok());
    floor.on_hook(&["801"]).await?;
    customer.until_hears(&Heard::tones([Tone::Customer])).await?;
    floor.hears(CALLER, &["other customer"]).await?;
    floor.tells("801", &["ringing", "talking", "transferring", "ended transferred"]).await?;
    ensure!(floor.current("801").await?.is_none(), "{uid} is no call of 801's any more");
    floor.phones.hangs_up(CALLER).await?;
    customer.idle().await
}

#[tokio::test]
async fn outside_is_busy_or_does_not_answer_and_the_agent_has_the_caller_back() -> Result<()> {
    let (floor, customer, uid) = talking().await?;
    let back = async |floor: &Floor<Real>| {
        customer.until_hears(&Heard::tones([Tone::Phone801])).await?;
        floor.hears("801", &["other customer"]).await?;
        ensure!(floor.pops("801", OTHER_CUSTOMER, "801", "callin").await? == uid);
        anyhow::Ok(())
    };
    for target in [BUSY_NUMBER, SILENT_NUMBER] {
        let said = begin(&floor, target)?.await??;
        ensure!(refused(&said, "Exten is not idle"), "{target}: {said:?}");
        back(&floor).await?;
    }
    // hangUp ends a transfer that rings outside, all of it.
    let asked = begin(&floor, SILENT_NUMBER)?;
    floor.phones.phone(CALLER)?.at(Stage::Ringing).await?;
    floor.ok(hang_up("801")).await?;
    ensure!(asked.await??.is_err());
    customer.idle().await?;
    floor.on_hook(&["801", CALLER]).await
}

#[tokio::test]
async fn who_may_not_is_told_so_and_nothing_rings() -> Result<()> {
    let (floor, customer, _uid) = talking().await?;
    floor.phones.calls("803", "804").await?;
    floor.phones.answers("804").await?;
    floor.hears("803", &["804"]).await?;
    let from = floor.phones.lab.manager("admin").await?;
    for (who, agent, target) in [
        (Some("801"), "801", "891"),
        (Some("801"), "801", "138001380001"),
        (Some("801"), "801", "1380013800"),
        (Some("803"), "803", QUEUE),
        (Some("803"), "803", CALLER),
        (None, "801", QUEUE),
        (None, "801", CALLER),
    ] {
        let request = transfer(agent, target);
        let outcome = match who {
            Some(login) => client(&floor, login)?.call(&request).await?,
            None => floor.ask(request).await?,
        };
        ensure!(refused(&outcome, "Transfer not allowed"), "{who:?} {target}: {outcome:?}");
    }
    ensure!(!from.since(0).iter().any(|message| message.get("Event") == "Newchannel"));
    customer.until_hears(&Heard::tones([Tone::Phone801])).await?;
    floor.hears("803", &["804"]).await
}
