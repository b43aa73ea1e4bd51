//! An agent whose phone speaks IAX2. A second Asterisk is that phone: it rings, and answers when it is told to.

use std::{fs, net::Ipv4Addr};

use anyhow::{Context, Result, ensure};
use uncall_asterisk::Options;
use uncall_contract::event::CallState;
use uncall_tests::{
    floor::*,
    lab::{Change, Lab, SOON, until},
};

/// The phone's own dialplan. It says "thanks" for as long as the call lasts.
const PHONE: &str = "
[from-pbx]
exten => s,1,Ringing()
 same => n(wait),GotoIf($[\"${GLOBAL(ANSWER)}\" = \"yes\"]?answer)
 same => n,Wait(0.1)
 same => n,Goto(wait)
 same => n(answer),Answer()
 same => n(talk),Playback(@RUN@/sounds/thanks)
 same => n,Goto(talk)
";

async fn speaks(lab: &Lab, peers: &str) -> Result<()> {
    let general = format!(
        "[general]\nbindaddr={}\nbindport=4569\nrequirecalltoken=no\ndisallow=all\nallow=ulaw\n{peers}",
        lab.address()
    );
    fs::write(lab.folder().join("etc/iax.conf"), general)?;
    // The console's own command for it is not for manager's users.
    let load = [("Action", "ModuleLoad"), ("Module", "chan_iax2.so"), ("LoadType", "load")];
    let answer = lab.manager("admin").await?.ask(&load).await?;
    ensure!(answer.get("Response") == "Success", "{answer:?}");
    Ok(())
}

async fn answers(phone: &Lab, answers: &str) -> Result<()> {
    let action = [("Action", "Setvar"), ("Variable", "ANSWER"), ("Value", answers)];
    phone.manager("admin").await?.ask(&action).await.map(drop)
}

async fn is_idle(phone: &Lab) -> Result<()> {
    until("the IAX phone is on the hook", SOON, async || {
        let channels = phone.manager("admin").await?.list(&[("Action", "CoreShowChannels")]).await?;
        Ok(channels.is_empty().then_some(()))
    })
    .await
}

fn peer(address: Ipv4Addr) -> String {
    format!("[895]\ntype=peer\nhost={address}\nport=4569\nqualify=no\n")
}

async fn is(floor: &Floor<Real>, state: CallState) -> Result<()> {
    floor
        .until(&format!("895 is {state:?}"), async |floor| {
            Ok(floor.snapshot("895").await?.calls.first().map(|call| call.state) == Some(state))
        })
        .await
}

#[tokio::test]
async fn an_iax_phone_is_its_agents() -> Result<()> {
    let changes: Vec<Change> =
        vec![("extensions.conf", |text| text.replace("[globals]\n", "[globals]\nUNCALL_PHONES_895=IAX2/895\n"))];
    let lab = Lab::start_changed(changes).await?;
    let changes: Vec<Change> = vec![("extensions.conf", |_| PHONE.to_owned())];
    let phone = Lab::start_changed(changes).await?;
    speaks(&lab, &peer(phone.address())).await?;
    speaks(&phone, "[guest]\ntype=user\ncontext=from-pbx\nrequirecalltoken=no\n").await?;
    let real = Real::on(lab).await?;
    let phones = toml::from_str("\"895\" = [\"IAX2/895\"]\n\"*\" = [\"PJSIP/{exten}\"]\n")?;
    let options = Options { phones, ..Real::options(&real.lab, "uncall") };
    let gateway = Real::gateway(&real.lab, options).await?;
    let floor = Floor::with(real, gateway).await?;

    floor.phones.tries(CALLER, "895").await?;
    floor.pops("895", CALLER, "895", "callin").await?;
    is(&floor, CallState::Ringing).await?;
    answers(&phone, "yes").await?;
    floor.hears(CALLER, &["thanks"]).await?;
    is(&floor, CallState::Talking).await?;
    let channel = floor.ok(hold("895")).await?;
    floor.hears(CALLER, &["music"]).await?;
    is(&floor, CallState::Held).await?;
    floor.ok(restore("895", &channel)).await?;
    floor.hears(CALLER, &["thanks"]).await?;
    let asked = floor.begin(transfer("895", "802"));
    floor.phones.answers("802").await?;
    ensure!(asked.await??.is_ok());
    floor.hears(CALLER, &["802"]).await?;
    is_idle(&phone).await.context("its leg is over")?;
    floor.ok(hang_up("802")).await?;
    floor.free(&["802"]).await?;
    floor.on_hook(&[CALLER]).await?;

    // Click-to-dial rings it.
    answers(&phone, "no").await?;
    floor.ok(dial("895", CALLER)).await?;
    floor.pops("895", "895", CALLER, "callout").await?;
    answers(&phone, "yes").await?;
    floor.phones.answers(CALLER).await?;
    floor.hears(CALLER, &["thanks"]).await?;
    floor.ok(hang_up("895")).await?;
    floor.on_hook(&[CALLER]).await?;
    is_idle(&phone).await
}
