//! Transfer, its answer, and its way back.

use anyhow::{Result, ensure};
use uncall_contract::Reply;
use uncall_tests::floor::*;

super::on_both! {
    the_target_answers,
    the_target_declines,
    hanging_up_ends_it_all,
    the_customer_goes_while_the_target_rings,
    who_called_out_can_transfer,
    what_is_refused_at_once_changes_nothing,
    of_two_transfers_to_one_target_one_goes,
}

async fn the_target_answers<P: Phones>(floor: Floor<P>) -> Result<()> {
    let uid = floor.talking().await?;
    let asked = floor.begin(transfer("801", "802"));
    floor.tells("802", &["ringing"]).await?;
    floor.hears(CALLER, &["music"]).await?;
    floor.hears("801", &["transferring"]).await?;
    floor.tells("801", &["ringing", "talking", "transferring"]).await?;
    ensure!(floor.pops("802", CALLER, "802", "callin").await? == uid);
    ensure!(floor.pops("801", CALLER, "801", "callin").await? == uid);
    floor.phones.answers("802").await?;
    ensure!(asked.await?? == Ok(Reply::Done { message: "Transfer successful".into() }));
    floor.hears(CALLER, &["802"]).await?;
    floor.hears("802", &[CALLER]).await?;
    floor.on_hook(&["801"]).await?;
    floor.tells("801", &["ringing", "talking", "transferring", "ended transferred"]).await?;
    floor.tells("802", &["ringing", "talking"]).await?;

    let asked = floor.begin(transfer("802", "803"));
    floor.phones.answers("803").await?;
    ensure!(asked.await??.is_ok(), "and on");
    let asked = floor.begin(transfer("803", "801"));
    floor.phones.answers("801").await?;
    ensure!(asked.await??.is_ok(), "and back to the first");
    ensure!(floor.pops("801", CALLER, "801", "callin").await? == uid);
    floor.hears(CALLER, &["801"]).await?;
    floor.phones.hangs_up(CALLER).await?;
    floor.on_hook(&["801", "802", "803", CALLER]).await
}

async fn the_target_declines<P: Phones>(floor: Floor<P>) -> Result<()> {
    floor.talking().await?;
    let asked = floor.begin(transfer("801", "802"));
    floor.phones.declines("802").await?;
    ensure!(asked.await??.is_err_and(|refusal| refusal.message == "Exten is not idle"));
    floor.hears(CALLER, &["801"]).await?;
    floor.hears("801", &[CALLER]).await?;
    floor.on_hook(&["802"]).await?;
    floor.tells("801", &["ringing", "talking", "transferring", "talking"]).await?;
    floor.tells("802", &["ringing", "ended hangup"]).await?;
    floor.ok(hang_up("801")).await?;
    floor.on_hook(&["801", CALLER]).await
}

async fn hanging_up_ends_it_all<P: Phones>(floor: Floor<P>) -> Result<()> {
    floor.talking().await?;
    let asked = floor.begin(transfer("801", "802"));
    floor.tells("802", &["ringing"]).await?;
    floor.tells("801", &["ringing", "talking", "transferring"]).await?;
    floor.ok(hang_up("801")).await?;
    ensure!(asked.await??.is_err_and(|refusal| refusal.message == "Agent not in use"));
    floor.on_hook(&["801", "802", CALLER]).await?;
    floor.tells("802", &["ringing", "ended no_answer"]).await
}

async fn the_customer_goes_while_the_target_rings<P: Phones>(floor: Floor<P>) -> Result<()> {
    floor.talking().await?;
    let asked = floor.begin(transfer("801", "802"));
    floor.tells("802", &["ringing"]).await?;
    floor.phones.hangs_up(CALLER).await?;
    ensure!(asked.await??.is_err_and(|refusal| refusal.message == "Agent not in use"));
    floor.on_hook(&["801", "802", CALLER]).await
}

async fn who_called_out_can_transfer<P: Phones>(floor: Floor<P>) -> Result<()> {
    floor.ok(dial("801", CALLER)).await?;
    floor.phones.answers("801").await?;
    floor.phones.answers(CALLER).await?;
    floor.tells("801", &["ringing", "talking"]).await?;
    let asked = floor.begin(transfer("801", "802"));
    floor.tells("802", &["ringing"]).await?;
    floor.pops("802", CALLER, "802", "callin").await?;
    floor.phones.answers("802").await?;
    ensure!(asked.await??.is_ok());
    floor.hears(CALLER, &["802"]).await?;
    floor.on_hook(&["801"]).await
}

async fn what_is_refused_at_once_changes_nothing<P: Phones>(floor: Floor<P>) -> Result<()> {
    floor.refused(transfer("801", "802"), "Agent not in use").await?;
    floor.talking().await?;
    floor.ok(busy("802")).await?;
    for target in ["801", "802"] {
        floor.refused(transfer("801", target), "Exten is not idle").await?;
    }
    for target in ["899", CALLER] {
        floor.refused(transfer("801", target), "Transfer not allowed").await?;
    }
    floor.ok(hold("801")).await?;
    floor.refused(transfer("801", "803"), "Agent not in bridge").await?;
    floor.hears(CALLER, &["music"]).await
}

async fn of_two_transfers_to_one_target_one_goes<P: Phones>(floor: Floor<P>) -> Result<()> {
    floor.talking().await?;
    floor.phones.calls("802", "803").await?;
    floor.phones.answers("803").await?;
    floor.hears("802", &["803"]).await?;
    for _ in 0..3 {
        let (one, other) = (floor.begin(transfer("801", "804")), floor.begin(transfer("802", "804")));
        floor.phones.declines("804").await?;
        for outcome in [one.await??, other.await??] {
            ensure!(outcome.is_err_and(|refusal| refusal.message == "Exten is not idle"));
        }
        // Nobody is left in the music, and nobody talks with somebody else.
        floor.hears("801", &[CALLER]).await?;
        floor.hears("802", &["803"]).await?;
        floor.hears("803", &["802"]).await?;
        floor.free(&["804"]).await?;
    }
    let (one, other) = (floor.begin(transfer("801", "804")), floor.begin(transfer("802", "804")));
    floor.phones.answers("804").await?;
    let outcomes = [one.await??, other.await??];
    ensure!(outcomes.iter().filter(|outcome| outcome.is_ok()).count() == 1, "{outcomes:?}");
    ensure!(outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).all(|no| no.message == "Exten is not idle"));
    floor
        .until("804 has taken the call", async |floor| {
            Ok(floor.told("804").last().is_some_and(|word| word == "talking"))
        })
        .await
}
