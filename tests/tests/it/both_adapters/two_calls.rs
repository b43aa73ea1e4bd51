//! Two calls at one phone: which of them a verb means, and what becomes of the other.

use anyhow::{Context, Result, ensure};
use uncall_tests::floor::*;

super::on_both! {
    a_verb_means_the_call_that_is_heard,
    a_uid_says_which_call_is_meant,
    hanging_up_means_what_is_heard_before_what_rings,
    hanging_up_declines_what_rings_beside_a_held_call,
    who_holds_a_customer_hangs_up_on_the_colleague_that_he_calls,
}

/// The customer is held by the key of 801's own phone, and 801 talks with 802; the uids of both calls.
async fn two_calls<P: Phones>(floor: &Floor<P>) -> Result<(String, String)> {
    let first = floor.talking().await?;
    floor.phones.holds("801").await?;
    floor.tells("801", &["ringing", "talking", "held"]).await?;
    floor.phones.calls("802", "801").await?;
    floor.phones.answers("801").await?;
    floor.tells("801", &["ringing", "talking", "held", "ringing", "talking"]).await?;
    let second = floor.pops("801", "802", "801", "callin").await?;
    floor.hears("802", &["801"]).await?;
    Ok((first, second))
}

async fn a_verb_means_the_call_that_is_heard<P: Phones>(floor: Floor<P>) -> Result<()> {
    let (first, _) = two_calls(&floor).await?;
    let channel = floor.ok(hold("801")).await?;
    floor.hears("802", &["music"]).await?;
    floor.refused(hold("801"), "Agent not in use").await?;
    floor.ok(restore("801", &channel)).await?;
    floor.hears("802", &["801"]).await?;
    floor.ok(survey("801")).await?;
    let asked = floor.begin(transfer("801", "803"));
    floor.phones.answers("803").await?;
    ensure!(asked.await??.is_ok());
    floor.hears("802", &["803"]).await?;
    floor.hears("803", &["802"]).await?;
    floor.phones.resumes("801").await?;
    // A real phone's ear is at the call that came last, so it is the customer who tells.
    floor.hears(CALLER, &["801"]).await?;
    let both = ["ringing", "talking", "held", "ringing", "talking", "held", "talking", "transferring"];
    floor
        .until("801 is told of both calls", async |floor| {
            // Calls have no order among each other, and a phone may take the first back by itself when the second ends.
            let told = floor.told("801");
            let (begin, end) = told.split_at(told.len().min(both.len()));
            Ok(begin == both && (end == ["ended transferred", "talking"] || end == ["talking", "ended transferred"]))
        })
        .await
        .with_context(|| format!("801 was told {:?}", floor.told("801")))?;
    ensure!(floor.pops("801", CALLER, "801", "callin").await? == first);
    // The survey was armed for 802, whose conversation goes on, and not for the customer.
    floor.ok(hang_up("801")).await?;
    floor.on_hook(&["801", CALLER]).await?;
    floor.phones.hangs_up("803").await?;
    floor.hears("802", &["survey"]).await
}

async fn a_uid_says_which_call_is_meant<P: Phones>(floor: Floor<P>) -> Result<()> {
    let (first, second) = two_calls(&floor).await?;
    let other = Some("1372123897.17".to_owned());
    floor.refused(hold("801").about(other.clone()), "Agent not in use").await?;
    floor.refused(transfer("801", "803").about(other.clone()), "Agent not in use").await?;
    floor.refused(survey("801").about(other.clone()), "Agent not in use").await?;
    floor.refused(hang_up("801").about(other), "No Channels").await?;
    floor.refused(hang_up("803").about(Some(first.clone())), "No Channels").await?;
    // What the phone's own key holds is held, and only that phone can take it back.
    floor.refused(hold("801").about(Some(first.clone())), "Agent not in use").await?;
    floor.refused(transfer("801", "803").about(Some(first.clone())), "Agent not in bridge").await?;
    floor.refused(restore("801", "801"), "Held by the phone").await?;
    floor.ok(hold("801").about(Some(second.clone()))).await?;
    floor.hears("802", &["music"]).await?;
    floor.ok(hang_up("801").about(Some(second))).await?;
    floor.on_hook(&["802"]).await?;
    floor.phones.resumes("801").await?;
    floor.hears(CALLER, &["801"]).await?;
    floor.ok(hold("801").about(Some(first.clone()))).await?;
    floor.hears(CALLER, &["music"]).await?;
    floor.ok(hang_up("801").about(Some(first))).await?;
    floor.on_hook(&["801", CALLER]).await
}

async fn hanging_up_means_what_is_heard_before_what_rings<P: Phones>(floor: Floor<P>) -> Result<()> {
    floor.talking().await?;
    floor.phones.calls("802", "801").await?;
    floor.tells("801", &["ringing", "talking", "ringing"]).await?;
    let rings = floor.pops("801", "802", "801", "callin").await?;
    floor.ok(hang_up("801").about(Some(rings))).await?;
    floor.hears("802", &["busy"]).await?;
    floor.hears("801", &[CALLER]).await?;
    floor.hears(CALLER, &["801"]).await?;
    floor.on_hook(&["802"]).await?;
    floor.tells("801", &["ringing", "talking", "ringing", "ended hangup"]).await?;
    floor.phones.calls("802", "801").await?;
    floor.tells("801", &["ringing", "talking", "ringing", "ended hangup", "ringing"]).await?;
    floor.ok(hang_up("801")).await?;
    floor.on_hook(&[CALLER]).await?;
    floor.tells("801", &["ringing", "talking", "ringing", "ended hangup", "ringing", "ended hangup"]).await?;
    floor.pops("801", "802", "801", "callin").await.context("the call that rings still rings")?;
    floor.phones.answers("801").await?;
    floor.hears("802", &["801"]).await
}

async fn hanging_up_declines_what_rings_beside_a_held_call<P: Phones>(floor: Floor<P>) -> Result<()> {
    let held = floor.talking().await?;
    floor.ok(hold("801")).await?;
    floor.phones.calls("802", "801").await?;
    floor.tells("801", &["ringing", "talking", "held", "ringing"]).await?;
    let rings = floor.pops("801", "802", "801", "callin").await?;
    floor.ok(hang_up("801").about(Some(rings))).await?;
    floor.hears("802", &["busy"]).await?;
    floor.tells("801", &["ringing", "talking", "held", "ringing", "ended hangup"]).await?;
    floor.hears(CALLER, &["music"]).await?;
    ensure!(floor.pops("801", CALLER, "801", "callin").await? == held);
    floor.on_hook(&["802"]).await?;
    floor.ok(hang_up("801")).await?;
    floor.on_hook(&["801", CALLER]).await
}

async fn who_holds_a_customer_hangs_up_on_the_colleague_that_he_calls<P: Phones>(floor: Floor<P>) -> Result<()> {
    let held = floor.talking().await?;
    floor.ok(hold("801")).await?;
    floor.ok(dial("801", "802")).await?;
    floor.pops("801", "801", "802", "callout").await?;
    floor.phones.answers("801").await?;
    floor.tells("802", &["ringing"]).await?;
    floor.ok(hang_up("801")).await?;
    floor.on_hook(&["802"]).await?;
    floor
        .until("801 has the customer's call alone", async |floor| {
            Ok(floor.current("801").await?.is_some_and(|call| call.uid == held))
        })
        .await?;
    floor.hears(CALLER, &["music"]).await?;
    ensure!(floor.pops("801", CALLER, "801", "callin").await? == held);
    Ok(())
}
