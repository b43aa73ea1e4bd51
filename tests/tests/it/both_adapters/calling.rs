//! Calls in and out, busy and idle, hanging up, the survey.

use anyhow::{Result, ensure};
use uncall_tests::floor::*;

super::on_both! {
    a_call_in_is_reported_as_long_as_it_lasts,
    two_agents_see_one_call_each_from_his_side,
    click_to_dial_is_a_callout_from_the_first_ring,
    dialling_needs_a_free_phone,
    of_two_that_dial_at_once_one_does,
    a_declined_call_is_over,
    callers_of_a_busy_extension_hear_that,
    hanging_up_ends_both_sides,
    hanging_up_declines_what_rings,
    hanging_up_ends_what_the_agent_began,
    the_customer_is_asked_when_the_call_is_over,
    a_held_customer_is_asked_too,
    a_colleague_who_is_asked_has_no_call,
}

async fn a_call_in_is_reported_as_long_as_it_lasts<P: Phones>(floor: Floor<P>) -> Result<()> {
    ensure!(floor.current("801").await?.is_none());
    floor.phones.calls(CALLER, "801").await?;
    floor.tells("801", &["ringing"]).await?;
    let uid = floor.pops("801", CALLER, "801", "callin").await?;
    floor.phones.answers("801").await?;
    floor.hears("801", &[CALLER]).await?;
    floor.hears(CALLER, &["801"]).await?;
    ensure!(floor.pops("801", CALLER, "801", "callin").await? == uid);
    floor.phones.hangs_up(CALLER).await?;
    floor.tells("801", &["ringing", "talking", "ended hangup"]).await?;
    ensure!(floor.current("801").await?.is_none());
    floor.on_hook(&["801", CALLER]).await
}

async fn two_agents_see_one_call_each_from_his_side<P: Phones>(floor: Floor<P>) -> Result<()> {
    floor.phones.calls("801", "802").await?;
    floor.tells("802", &["ringing"]).await?;
    let uid = floor.pops("801", "801", "802", "callout").await?;
    ensure!(floor.pops("802", "801", "802", "callin").await? == uid);
    floor.phones.answers("802").await?;
    floor.hears("801", &["802"]).await?;
    floor.phones.hangs_up("801").await?;
    for exten in ["801", "802"] {
        floor.tells(exten, &["ringing", "talking", "ended hangup"]).await?;
    }
    Ok(())
}

async fn click_to_dial_is_a_callout_from_the_first_ring<P: Phones>(floor: Floor<P>) -> Result<()> {
    ensure!(floor.ok(dial("801", CALLER)).await? == "Originate successfully queued");
    floor.tells("801", &["ringing"]).await?;
    let uid = floor.pops("801", "801", CALLER, "callout").await?;
    ensure!(floor.phones.is_on_hook(CALLER).await?, "the number is called when the agent has answered");
    floor.phones.answers("801").await?;
    floor.phones.answers(CALLER).await?;
    floor.hears("801", &[CALLER]).await?;
    floor.hears(CALLER, &["801"]).await?;
    ensure!(floor.pops("801", "801", CALLER, "callout").await? == uid);
    let channel = floor.ok(hold("801")).await?;
    floor.hears(CALLER, &["music"]).await?;
    floor.ok(restore("801", &channel)).await?;
    floor.hears(CALLER, &["801"]).await?;
    floor.phones.hangs_up("801").await?;
    floor.on_hook(&["801", CALLER]).await?;
    floor.tells("801", &["ringing", "talking", "held", "talking", "ended hangup"]).await
}

async fn dialling_needs_a_free_phone<P: Phones>(floor: Floor<P>) -> Result<()> {
    floor.talking().await?;
    floor.phones.unregisters("803").await?;
    floor
        .until("803 is away", async |floor| Ok(floor.no(transfer("801", "803")).await? == "Exten is not idle"))
        .await?;
    for exten in ["801", "803", "899"] {
        floor.refused(dial(exten, CALLER), "Busy").await?;
    }
    ensure!(floor.no(dial("802", "1&PJSIP/803")).await?.starts_with("The number "));
    Ok(())
}

async fn a_declined_call_is_over<P: Phones>(floor: Floor<P>) -> Result<()> {
    floor.phones.calls(CALLER, "801").await?;
    floor.phones.declines("801").await?;
    floor.tells("801", &["ringing", "ended hangup"]).await?;
    floor.on_hook(&["801", CALLER]).await
}

async fn callers_of_a_busy_extension_hear_that<P: Phones>(floor: Floor<P>) -> Result<()> {
    for _ in 0..2 {
        ensure!(floor.ok(busy("801")).await? == "Updated database successfully");
    }
    floor.tells("801", &["busy"]).await?;
    // Nothing rings: whoever waited for that would wait in vain.
    ensure!(floor.no(transfer("802", "801")).await? == "Agent not in use");
    for _ in 0..2 {
        ensure!(floor.ok(idle("801")).await? == "Key deleted successfully");
    }
    floor.refused(busy("899"), "Failed to update entry").await?;
    floor.phones.calls(CALLER, "801").await?;
    floor.tells("801", &["busy", "idle", "ringing"]).await
}

async fn hanging_up_ends_both_sides<P: Phones>(floor: Floor<P>) -> Result<()> {
    floor.talking().await?;
    ensure!(floor.ok(hang_up("801")).await? == "Channel Hungup success");
    floor.free(&["801"]).await?;
    floor.on_hook(&[CALLER]).await?;
    floor.refused(hang_up("801"), "No Channels").await?;
    floor.refused(hang_up("899"), "agent not in use").await
}

async fn hanging_up_declines_what_rings<P: Phones>(floor: Floor<P>) -> Result<()> {
    floor.phones.calls(CALLER, "801").await?;
    floor.tells("801", &["ringing"]).await?;
    floor.ok(hang_up("801")).await?;
    // The caller is not cut off: he goes on in the PBX, here as with any phone that declines.
    floor.hears(CALLER, &["busy"]).await?;
    floor.tells("801", &["ringing", "ended hangup"]).await?;
    floor.free(&["801"]).await?;
    floor.on_hook(&[CALLER]).await?;
    floor.refused(hang_up("801"), "No Channels").await
}

async fn hanging_up_ends_what_the_agent_began<P: Phones>(floor: Floor<P>) -> Result<()> {
    floor.ok(dial("801", CALLER)).await?;
    floor.ok(hang_up("801")).await?;
    floor.free(&["801"]).await?;
    floor.ok(dial("801", "802")).await?;
    floor.phones.answers("801").await?;
    floor.tells("802", &["ringing"]).await?;
    floor.ok(hang_up("801")).await?;
    floor.on_hook(&["801", "802"]).await?;
    floor.tells("802", &["ringing", "ended no_answer"]).await
}

async fn the_customer_is_asked_when_the_call_is_over<P: Phones>(floor: Floor<P>) -> Result<()> {
    floor.refused(survey("801"), "Agent not in use").await?;
    floor.talking().await?;
    ensure!(floor.ok(survey("801")).await? == "Feedback successful");
    floor.ok(hang_up("801")).await?;
    floor.hears(CALLER, &["survey"]).await?;
    floor.free(&["801"]).await?;
    floor.refused(hang_up("801"), "No Channels").await
}

async fn a_held_customer_is_asked_too<P: Phones>(floor: Floor<P>) -> Result<()> {
    floor.talking().await?;
    floor.ok(hold("801")).await?;
    floor.ok(survey("801")).await?;
    floor.ok(hang_up("801")).await?;
    floor.hears(CALLER, &["survey"]).await?;
    floor.on_hook(&["801"]).await
}

async fn a_colleague_who_is_asked_has_no_call<P: Phones>(floor: Floor<P>) -> Result<()> {
    floor.phones.calls("802", "801").await?;
    floor.phones.answers("801").await?;
    floor.tells("802", &["ringing", "talking"]).await?;
    floor.ok(survey("801")).await?;
    floor.ok(hang_up("801")).await?;
    floor.hears("802", &["survey"]).await?;
    floor.tells("802", &["ringing", "talking", "ended hangup"]).await?;
    ensure!(floor.current("802").await?.is_none());
    floor.refused(dial("802", CALLER), "Busy").await
}

async fn of_two_that_dial_at_once_one_does<P: Phones>(floor: Floor<P>) -> Result<()> {
    for (count, number) in (1..=5).zip([CALLER, "804", CALLER, "804", CALLER]) {
        let asked: Vec<_> = (0..4).map(|_| floor.begin(dial("801", number))).collect();
        let (mut done, mut refused) = (0, Vec::new());
        for asked in asked {
            match asked.await?? {
                Ok(_) => done += 1,
                Err(refusal) => refused.push((refusal.response, refusal.message)),
            }
        }
        ensure!(done == 1, "{done} went, round {count}: {refused:?}");
        ensure!(refused.iter().all(|(response, _)| response == "Busy"), "{refused:?}");
        floor.ok(hang_up("801")).await?;
        floor.on_hook(&["801", "804", CALLER]).await?;
    }
    Ok(())
}
