//! Hold and restore.

use anyhow::{Result, ensure};
use uncall_tests::floor::*;

super::on_both! {
    a_held_customer_hears_music_and_the_agent_again,
    a_held_customer_who_goes_ends_the_call,
    a_phone_that_drops_is_rung_again,
    hanging_up_ends_a_held_call,
    a_colleague_is_held,
    only_what_talks_can_be_held,
    whichever_way_a_hold_ends_it_is_over,
}

async fn a_held_customer_hears_music_and_the_agent_again<P: Phones>(floor: Floor<P>) -> Result<()> {
    floor.talking().await?;
    floor.hears(CALLER, &["801"]).await?;
    for _ in 0..2 {
        let channel = floor.ok(hold("801")).await?;
        floor.hears(CALLER, &["music"]).await?;
        floor.hears("801", &[]).await?;
        floor.refused(hold("801"), "Agent not in use").await?;
        ensure!(floor.ok(restore("801", &channel)).await? == "Restorepark successful");
        floor.hears(CALLER, &["801"]).await?;
        floor.hears("801", &[CALLER]).await?;
        floor.refused(restore("801", &channel), "Channel not exist").await?;
    }
    floor.tells("801", &["ringing", "talking", "held", "talking", "held", "talking"]).await?;
    floor.phones.hangs_up(CALLER).await?;
    floor.on_hook(&["801", CALLER]).await?;
    floor.tells("801", &["ringing", "talking", "held", "talking", "held", "talking", "ended hangup"]).await
}

async fn a_held_customer_who_goes_ends_the_call<P: Phones>(floor: Floor<P>) -> Result<()> {
    floor.talking().await?;
    let channel = floor.ok(hold("801")).await?;
    floor.phones.hangs_up(CALLER).await?;
    floor.on_hook(&["801", CALLER]).await?;
    floor.tells("801", &["ringing", "talking", "held", "ended hangup"]).await?;
    floor.refused(restore("801", &channel), "Channel not exist").await
}

async fn a_phone_that_drops_is_rung_again<P: Phones>(floor: Floor<P>) -> Result<()> {
    let uid = floor.talking().await?;
    let channel = floor.ok(hold("801")).await?;
    floor.phones.hangs_up("801").await?;
    floor.on_hook(&["801"]).await?;
    floor.hears(CALLER, &["music"]).await?;
    ensure!(floor.pops("801", CALLER, "801", "callin").await? == uid);
    floor.ok(restore("801", &channel)).await?;
    floor.tells("801", &["ringing", "talking", "held", "ringing"]).await?;
    floor.ok(restore("801", &channel)).await?;
    ensure!(floor.pops("801", CALLER, "801", "callin").await? == uid);
    floor.phones.declines("801").await?;
    floor.tells("801", &["ringing", "talking", "held", "ringing", "held"]).await?;
    floor.ok(restore("801", &channel)).await?;
    floor.phones.answers("801").await?;
    floor.hears(CALLER, &["801"]).await?;
    floor.hears("801", &[CALLER]).await?;
    floor.tells("801", &["ringing", "talking", "held", "ringing", "held", "ringing", "talking"]).await?;
    let channel = floor.ok(hold("801")).await?;
    floor.hears(CALLER, &["music"]).await?;
    ensure!(!floor.phones.is_on_hook("801").await?, "the phone that was fetched stays as any other");
    floor.ok(restore("801", &channel)).await?;
    floor.hears(CALLER, &["801"]).await?;
    floor.phones.hangs_up("801").await?;
    floor.on_hook(&["801", CALLER]).await
}

async fn hanging_up_ends_a_held_call<P: Phones>(floor: Floor<P>) -> Result<()> {
    floor.talking().await?;
    floor.ok(hold("801")).await?;
    ensure!(floor.ok(hang_up("801")).await? == "Channel Hungup success");
    floor.free(&["801"]).await?;
    floor.on_hook(&[CALLER]).await?;
    floor.refused(hang_up("801"), "No Channels").await
}

async fn a_colleague_is_held<P: Phones>(floor: Floor<P>) -> Result<()> {
    floor.phones.calls("801", "802").await?;
    floor.phones.answers("802").await?;
    floor.tells("802", &["ringing", "talking"]).await?;
    let channel = floor.ok(hold("801")).await?;
    floor.hears("802", &["music"]).await?;
    floor.tells("802", &["ringing", "talking"]).await?;
    floor.refused(hold("802"), "Agent not in use").await?;
    floor.ok(restore("801", &channel)).await?;
    floor.hears("802", &["801"]).await?;
    let channel = floor.ok(hold("802")).await?;
    floor.hears("801", &["music"]).await?;
    floor.ok(restore("802", &channel)).await?;
    floor.ok(hang_up("802")).await?;
    floor.on_hook(&["801", "802"]).await
}

async fn only_what_talks_can_be_held<P: Phones>(floor: Floor<P>) -> Result<()> {
    floor.refused(hold("801"), "Agent not in use").await?;
    floor.refused(hold("899"), "Agent not in use").await?;
    floor.refused(restore("801", "PJSIP/801-ffffffff"), "Channel not exist").await?;
    floor.phones.calls(CALLER, "801").await?;
    floor.refused(hold("801"), "Agent not in use").await?;
    floor.phones.hangs_up(CALLER).await?;
    floor.tells("801", &["ringing", "ended no_answer"]).await
}

/// What is held cannot be held; what is not held any more cannot be taken back. Clients that only poll learn it from these.
async fn whichever_way_a_hold_ends_it_is_over<P: Phones>(floor: Floor<P>) -> Result<()> {
    floor.talking().await?;
    let channel = floor.ok(hold("801")).await?;
    floor.refused(hold("801"), "Agent not in use").await?;
    floor.ok(restore("801", &channel)).await?;
    floor.refused(restore("801", &channel), "Channel not exist").await?;

    // Taken back at the phone, which was rung for it.
    let channel = floor.ok(hold("801")).await?;
    floor.phones.hangs_up("801").await?;
    floor.on_hook(&["801"]).await?;
    floor.refused(hold("801"), "Agent not in use").await?;
    floor.ok(restore("801", &channel)).await?;
    floor.refused(hold("801"), "Agent not in use").await?;
    floor.phones.answers("801").await?;
    floor.hears(CALLER, &["801"]).await?;
    floor.refused(restore("801", &channel), "Channel not exist").await?;

    // By hanging up.
    let channel = floor.ok(hold("801")).await?;
    floor.ok(hang_up("801")).await?;
    floor.refused(restore("801", &channel), "Channel not exist").await?;
    floor.refused(hold("801"), "Agent not in use").await?;
    floor.on_hook(&["801", CALLER]).await?;

    // By the customer.
    floor.phones.calls(CALLER, "801").await?;
    floor.phones.answers("801").await?;
    floor.hears(CALLER, &["801"]).await?;
    let channel = floor.ok(hold("801")).await?;
    floor.phones.hangs_up(CALLER).await?;
    floor.on_hook(&[CALLER]).await?;
    floor.free(&["801"]).await?;
    floor.refused(restore("801", &channel), "Channel not exist").await?;
    floor.refused(hold("801"), "Agent not in use").await
}
