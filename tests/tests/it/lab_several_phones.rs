//! Agents who have several phones, and phones that are not named as their extension.

use anyhow::{Context, Result, ensure};
use serde_json::json;
use uncall_asterisk::Options;
use uncall_tests::{
    floor::*,
    lab::{Heard, Lab, Phone, Stage, Tone},
    wire,
};

/// 801 has a second phone, 99801. 895 has no phone of that name, but `desk-895`, which is registered from two places.
struct Desk {
    floor: Floor<Real>,
    second: Phone,
    desk: [Phone; 2],
}

const PHONES: &str = r#"
"895" = ["PJSIP/desk-895"]
"*" = ["PJSIP/{exten}", "PJSIP/99{exten}"]
"#;

fn options(lab: &Lab) -> Result<Options> {
    Ok(Options { phones: toml::from_str(PHONES)?, ..Real::options(lab, "uncall") })
}

async fn desk() -> Result<Desk> {
    let lab = Lab::start().await?;
    lab.endpoint("99801", 1).await?;
    lab.endpoint("desk-895", 2).await?;
    let globals = "UNCALL_PHONES=PJSIP/{exten}&PJSIP/99{exten}\nUNCALL_PHONES_895=PJSIP/desk-895\n";
    let more = |text: String| text.replace("UNCALL_RECALL_RING=5\n", &format!("UNCALL_RECALL_RING=5\n{globals}"));
    lab.configure("extensions.conf", more, "dialplan reload").await?;
    let second = lab.phone_of("99801", 1, Tone::SecondPhone).await?;
    let desk =
        [lab.phone_of("desk-895", 2, Tone::SecondPhone).await?, lab.phone_of("desk-895", 3, Tone::ThirdPhone).await?];
    let real = Real::on(lab).await?;
    let gateway = Real::gateway(&real.lab, options(&real.lab)?).await?;
    let floor = Floor::with(real, gateway).await?;
    Real::settled().await;
    Ok(Desk { floor, second, desk })
}

async fn hears(phone: &Phone, tones: &[Tone]) -> Result<()> {
    phone.until_hears(&Heard::Tones(tones.iter().copied().collect())).await
}

#[tokio::test]
async fn whichever_phone_an_agent_answers_on_the_call_is_his() -> Result<()> {
    let Desk { floor, second, .. } = desk().await?;
    floor.phones.calls(CALLER, "801").await?;
    second.at(Stage::Ringing).await.context("both ring")?;
    let uid = floor.pops("801", CALLER, "801", "callin").await?;
    second.answer().await?;
    floor.tells("801", &["ringing", "talking"]).await?;
    hears(&second, &[Tone::Customer]).await?;
    floor.on_hook(&["801"]).await?;

    let channel = floor.ok(hold("801")).await?;
    floor.hears(CALLER, &["music"]).await?;
    floor.ok(restore("801", &channel)).await?;
    floor.hears(CALLER, &["second phone"]).await?;
    let asked = floor.begin(transfer("801", "802"));
    floor.phones.answers("802").await?;
    ensure!(asked.await??.is_ok());
    second.idle().await?;
    floor.hears(CALLER, &["802"]).await?;
    floor.tells("801", &["ringing", "talking", "held", "talking", "transferring", "ended transferred"]).await?;

    // Back to 801, who may take it on either; he hangs up while it is held, and both phones are rung to fetch it.
    let asked = floor.begin(transfer("802", "801"));
    second.at(Stage::Ringing).await?;
    floor.phones.answers("801").await?;
    ensure!(asked.await??.is_ok());
    second.idle().await?;
    floor.hears(CALLER, &["801"]).await?;
    ensure!(floor.pops("801", CALLER, "801", "callin").await? == uid);
    let channel = floor.ok(hold("801")).await?;
    floor.phones.hangs_up("801").await?;
    floor.on_hook(&["801"]).await?;
    floor.ok(restore("801", &channel)).await?;
    second.at(Stage::Ringing).await?;
    second.answer().await?;
    floor.hears(CALLER, &["second phone"]).await?;
    floor.on_hook(&["801"]).await?;
    floor.ok(hang_up("801")).await?;
    second.idle().await?;
    floor.on_hook(&[CALLER]).await
}

#[tokio::test]
async fn click_to_dial_rings_every_phone_and_the_first_to_answer_dials() -> Result<()> {
    let Desk { floor, second, desk } = desk().await?;
    floor.ok(dial("801", CALLER)).await?;
    second.at(Stage::Ringing).await?;
    floor.phones.phone("801")?.at(Stage::Ringing).await?;
    let uid = floor.pops("801", "801", CALLER, "callout").await?;
    floor.tells("801", &["ringing"]).await?;
    second.answer().await?;
    floor.on_hook(&["801"]).await?;
    floor.phones.answers(CALLER).await?;
    floor.hears(CALLER, &["second phone"]).await?;
    floor.tells("801", &["ringing", "talking"]).await?;
    ensure!(floor.pops("801", "801", CALLER, "callout").await? == uid);
    let channel = floor.ok(hold("801")).await?;
    floor.hears(CALLER, &["music"]).await?;
    floor.ok(restore("801", &channel)).await?;
    floor.hears(CALLER, &["second phone"]).await?;
    floor.ok(hang_up("801")).await?;
    floor.tells("801", &["ringing", "talking", "held", "talking", "ended hangup"]).await?;
    floor.on_hook(&[CALLER]).await?;
    second.idle().await?;
    floor.free(&["801"]).await?;

    // Nobody is called when the agent declines on both, or when the call is hung up before he answers.
    floor.ok(dial("801", CALLER)).await?;
    floor.phones.declines("801").await?;
    second.busy().await?;
    floor.free(&["801"]).await?;
    floor.on_hook(&[CALLER]).await?;
    floor.ok(dial("801", "802")).await?;
    second.at(Stage::Ringing).await?;
    floor.ok(hang_up("801")).await?;
    second.idle().await?;
    floor.free(&["801", "802"]).await?;

    // A phone that is registered twice rings in both places.
    floor.ok(dial("895", "802")).await?;
    for phone in &desk {
        phone.at(Stage::Ringing).await?;
    }
    desk[1].answer().await?;
    desk[0].idle().await?;
    floor.phones.answers("802").await?;
    hears(&desk[1], &[Tone::Phone802]).await?;
    floor.pops("895", "895", "802", "callout").await?;
    floor.pops("802", "895", "802", "callin").await.map(drop)
}

#[tokio::test]
async fn an_endpoint_named_otherwise_is_its_agents_and_a_trunk_named_by_a_number_is_nobodys() -> Result<()> {
    let Desk { floor, desk, .. } = desk().await?;
    floor.phones.tries(CALLER, "895").await?;
    for phone in &desk {
        phone.at(Stage::Ringing).await?;
    }
    floor.pops("895", CALLER, "895", "callin").await?;
    desk[0].answer().await?;
    desk[1].idle().await?;
    let channel = floor.ok(hold("895")).await?;
    ensure!(channel.starts_with("PJSIP/trunk-"), "{channel}");
    floor.hears(CALLER, &["music"]).await?;
    floor.ok(restore("895", &channel)).await?;
    floor.hears(CALLER, &["second phone"]).await?;
    // A supervisor with two phones listens on one of them.
    floor.ok(listen("801", "895")).await?;
    floor.phones.answers("801").await?;
    floor.hears("801", &["second phone", CALLER]).await?;
    ensure!(floor.current("801").await?.is_none(), "listening is no call");
    floor.ok(hang_up("801")).await?;
    floor.on_hook(&["801"]).await?;
    floor.ok(hang_up("895")).await?;
    desk[0].idle().await?;
    for nobody in ["99801", "desk-895", "trunk"] {
        floor.refused(hold(nobody), "Agent not in use").await?;
        floor.refused(busy(nobody), "Failed to update entry").await?;
    }
    Ok(())
}

/// By the member that a login makes; and the PBX itself says how long the caller has waited.
#[tokio::test]
async fn a_queue_rings_nobody_who_talks_on_his_second_phone() -> Result<()> {
    let Desk { floor, second, .. } = desk().await?;
    let body = json!({"exten": "801", "queue": "dynamic", "do": "login"}).to_string();
    let json = "Content-Type: application/json\r\n";
    let said = wire::post(floor.gateway.address, "/uncall_services_api/queues", json, body.as_bytes()).await?;
    ensure!(said.text()?.contains("true"), "{:?}", said.text());
    second.call("802").await?;
    floor.phones.answers("802").await?;
    hears(&second, &[Tone::Phone802]).await?;
    let mut admin = floor.phones.lab.manager("admin").await?;
    let from = admin.here();
    floor.phones.tries(CALLER, "882").await?;
    let waits = async |admin: &mut uncall_tests::lab::Manager, seconds: u32| -> Result<bool> {
        let items = admin.list(&[("Action", "QueueStatus"), ("Queue", "dynamic")]).await?;
        Ok(items.iter().any(|item| item.get("Wait").parse().is_ok_and(|waited: u32| waited >= seconds)))
    };
    let deadline = tokio::time::Instant::now() + SOON;
    while !waits(&mut admin, 4).await? {
        ensure!(tokio::time::Instant::now() < deadline, "the caller is not in the queue");
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    let rung = |message: &uncall_tests::lab::Message| {
        message.get("Event") == "Newchannel" && message.get("Channel").starts_with("PJSIP/801-")
    };
    ensure!(!admin.since(from).iter().any(rung), "801 was rung while he talks");
    second.hang_up().await?;
    floor.phones.answers("801").await?;
    floor.hears("801", &[CALLER]).await
}
