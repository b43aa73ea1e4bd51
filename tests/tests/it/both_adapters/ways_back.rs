//! Who comes back, who does not, and who is not there.

use anyhow::{Result, ensure};
use uncall_contract::Reply;
use uncall_tests::floor::*;

super::on_both! {
    a_transfer_that_nobody_answers_comes_back,
    a_target_that_is_not_registered,
    a_target_that_hangs_up_declines,
    the_agent_goes_and_the_target_answers,
    the_agent_goes_and_nobody_answers,
    a_held_call_is_restored_by_either_channel_and_by_its_agent_alone,
    a_phone_that_is_away_cannot_be_rung_back,
    the_customer_is_asked_when_the_agent_puts_the_receiver_down,
    a_customer_who_goes_first_is_not_asked,
    a_listener_goes_with_the_call,
    who_listens_has_to_be_there_and_so_has_the_call,
}

async fn back<P: Phones>(floor: &Floor<P>) -> Result<()> {
    floor.hears(CALLER, &["801"]).await?;
    floor.hears("801", &[CALLER]).await?;
    floor.tells("801", &["ringing", "talking", "transferring", "talking"]).await
}

async fn a_transfer_that_nobody_answers_comes_back<P: Phones>(floor: Floor<P>) -> Result<()> {
    floor.talking().await?;
    let asked = floor.begin(transfer("801", "802"));
    floor.tells("802", &["ringing"]).await?;
    ensure!(asked.await??.is_err_and(|refusal| refusal.message == "Exten is not idle"));
    back(&floor).await?;
    floor.tells("802", &["ringing", "ended no_answer"]).await?;
    floor.on_hook(&["802"]).await?;
    floor.phones.hangs_up(CALLER).await?;
    floor.on_hook(&["801"]).await
}

async fn a_target_that_is_not_registered<P: Phones>(floor: Floor<P>) -> Result<()> {
    floor.phones.unregisters("802").await?;
    floor.talking().await?;
    floor.until("802 is away", async |floor| Ok(floor.no(dial("802", CALLER)).await? == "Busy")).await?;
    floor.refused(transfer("801", "802"), "Exten is not idle").await?;
    floor.hears(CALLER, &["801"]).await?;
    floor.tells("801", &["ringing", "talking"]).await
}

async fn a_target_that_hangs_up_declines<P: Phones>(floor: Floor<P>) -> Result<()> {
    floor.talking().await?;
    let asked = floor.begin(transfer("801", "802"));
    floor.tells("802", &["ringing"]).await?;
    floor.ok(hang_up("802")).await?;
    ensure!(asked.await??.is_err_and(|refusal| refusal.message == "Exten is not idle"));
    floor.tells("802", &["ringing", "ended hangup"]).await?;
    back(&floor).await
}

async fn the_agent_goes_and_the_target_answers<P: Phones>(floor: Floor<P>) -> Result<()> {
    let uid = floor.talking().await?;
    let asked = floor.begin(transfer("801", "802"));
    floor.tells("802", &["ringing"]).await?;
    floor.tells("801", &["ringing", "talking", "transferring"]).await?;
    floor.phones.hangs_up("801").await?;
    floor.on_hook(&["801"]).await?;
    floor.until("801 has no call", async |floor| Ok(floor.current("801").await?.is_none())).await?;
    floor.phones.answers("802").await?;
    ensure!(asked.await?? == Ok(Reply::Done { message: "Transfer successful".into() }));
    floor.hears(CALLER, &["802"]).await?;
    ensure!(floor.pops("802", CALLER, "802", "callin").await? == uid);
    floor.ok(hang_up("802")).await?;
    floor.on_hook(&["802", CALLER]).await
}

async fn the_agent_goes_and_nobody_answers<P: Phones>(floor: Floor<P>) -> Result<()> {
    floor.talking().await?;
    let asked = floor.begin(transfer("801", "802"));
    floor.tells("802", &["ringing"]).await?;
    floor.phones.hangs_up("801").await?;
    ensure!(asked.await??.is_err_and(|refusal| refusal.message == "Exten is not idle"));
    floor.on_hook(&["801", "802", CALLER]).await?;
    floor.tells("802", &["ringing", "ended no_answer"]).await
}

async fn a_held_call_is_restored_by_either_channel_and_by_its_agent_alone<P: Phones>(floor: Floor<P>) -> Result<()> {
    floor.talking().await?;
    let own = floor.phones.channel("801").await?;
    let channel = floor.ok(hold("801")).await?;
    ensure!(channel == floor.phones.channel(CALLER).await?, "{channel}");
    for channel in [&own, &channel] {
        floor.refused(restore("802", channel), "Channel not exist").await?;
    }
    floor.refused(restore("899", &channel), "Channel not exist").await?;
    floor.refused(restore("801", ""), "Channel not exist").await?;
    floor.hears(CALLER, &["music"]).await?;
    floor.ok(restore("801", &own)).await?;
    floor.hears(CALLER, &["801"]).await?;
    ensure!(floor.ok(hold("801")).await? == channel, "the name stays");
    floor.hears(CALLER, &["music"]).await?;
    floor.ok(restore("801", &channel)).await?;
    floor.hears(CALLER, &["801"]).await
}

async fn a_phone_that_is_away_cannot_be_rung_back<P: Phones>(floor: Floor<P>) -> Result<()> {
    floor.talking().await?;
    let channel = floor.ok(hold("801")).await?;
    floor.phones.hangs_up("801").await?;
    floor.on_hook(&["801"]).await?;
    floor.phones.unregisters("801").await?;
    floor
        .until("801 is away", async |floor| Ok(floor.no(restore("801", &channel)).await? == "Connection Failed"))
        .await?;
    floor.hears(CALLER, &["music"]).await?;
    floor.ok(hang_up("801")).await?;
    floor.on_hook(&[CALLER]).await
}

async fn the_customer_is_asked_when_the_agent_puts_the_receiver_down<P: Phones>(floor: Floor<P>) -> Result<()> {
    floor.talking().await?;
    floor.ok(survey("801")).await?;
    floor.phones.hangs_up("801").await?;
    floor.hears(CALLER, &["survey"]).await?;
    floor.tells("801", &["ringing", "talking", "ended hangup"]).await?;
    ensure!(floor.current("801").await?.is_none(), "the survey is no call of the agent's");
    floor.ok(dial("801", "802")).await.map(drop)
}

async fn a_customer_who_goes_first_is_not_asked<P: Phones>(floor: Floor<P>) -> Result<()> {
    floor.talking().await?;
    floor.ok(survey("801")).await?;
    floor.phones.hangs_up(CALLER).await?;
    floor.on_hook(&["801", CALLER]).await?;
    floor.tells("801", &["ringing", "talking", "ended hangup"]).await?;
    // What was armed was for that call.
    floor.phones.calls(CALLER, "801").await?;
    floor.phones.answers("801").await?;
    floor.hears("801", &[CALLER]).await?;
    floor.phones.hangs_up("801").await?;
    floor.on_hook(&["801", CALLER]).await
}

async fn a_listener_goes_with_the_call<P: Phones>(floor: Floor<P>) -> Result<()> {
    floor.talking().await?;
    floor.ok(listen("803", "801")).await?;
    floor.phones.answers("803").await?;
    floor.hears("803", &["801", CALLER]).await?;
    floor.phones.hangs_up(CALLER).await?;
    floor.on_hook(&["801", "803"]).await?;
    ensure!(floor.told("803").is_empty(), "{:?}", floor.told("803"));
    floor.until("803 listens no more", async |floor| Ok(floor.ask(hang_up("803")).await?.is_err())).await?;
    floor.ok(dial("803", "802")).await.map(drop)
}

async fn who_listens_has_to_be_there_and_so_has_the_call<P: Phones>(floor: Floor<P>) -> Result<()> {
    floor.phones.unregisters("804").await?;
    floor.phones.calls(CALLER, "801").await?;
    floor.tells("801", &["ringing"]).await?;
    floor.refused(listen("803", "801"), "Spy or whisper failed").await?;
    floor.phones.answers("801").await?;
    floor.tells("801", &["ringing", "talking"]).await?;
    floor.until("804 is away", async |floor| Ok(floor.no(listen("804", "801")).await? == "Agent not in use")).await?;
    floor.ok(busy("803")).await?;
    floor.ok(whisper("803", "801")).await?;
    floor.phones.declines("803").await?;
    floor.on_hook(&["803"]).await?;
    floor.hears(CALLER, &["801"]).await?;
    floor.tells("801", &["ringing", "talking"]).await
}
