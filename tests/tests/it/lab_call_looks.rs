//! How calls look that phones, feature codes and other programs move: a colleague picks up, a phone refers, a key transfers, a
//! CRM dials, a menu answers, a phone says 183. All tests begin after the last listing, so that only events can report what
//! happens.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use uncall_client::{Client, Observation, Settings};
use uncall_contract::{
    Extension,
    event::{CallEvent, CallState, Event},
};
use uncall_tests::{floor::*, gateway::Gateway};

async fn settled() -> Result<Floor<Real>> {
    let floor = Floor::<Real>::start().await?;
    Real::settled().await;
    Ok(floor)
}

#[tokio::test]
async fn whoever_picks_up_has_the_caller_at_once_and_the_other_agent_has_nothing() -> Result<()> {
    let floor = settled().await?;
    for _ in 0..5 {
        floor.phones.calls(CALLER, "801").await?;
        let uid = floor.pops("801", CALLER, "801", "callin").await?;
        let (before, others) = (floor.told("802").len(), floor.told("801").len());
        floor.phones.tries("802", "*8").await?;
        floor.hears("802", &[CALLER]).await?;
        ensure!(floor.pops("802", CALLER, "802", "callin").await? == uid);
        let told = floor.told("802").split_off(before);
        ensure!(told == ["talking"], "the code is no call: {told:?}");
        ensure!(floor.told("801").split_off(others) == ["ended answered_elsewhere"], "{:?}", floor.told("801"));
        let channel = floor.ok(hold("802")).await?;
        floor.hears(CALLER, &["music"]).await?;
        floor.ok(restore("802", &channel)).await?;
        floor.hears(CALLER, &["802"]).await?;
        floor.ok(hang_up("802")).await?;
        floor.free(&["801", "802"]).await?;
        floor.on_hook(&[CALLER]).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_call_that_the_phone_itself_hands_on_was_transferred() -> Result<()> {
    let floor = settled().await?;
    let uid = floor.talking().await?;
    floor.hears("801", &[CALLER]).await?;
    floor.phones.phone("801")?.refer("802").await?;
    floor.tells("801", &["ringing", "talking", "ended transferred"]).await?;
    ensure!(floor.pops("802", CALLER, "802", "callin").await? == uid);
    floor.phones.answers("802").await?;
    floor.hears("802", &[CALLER]).await
}

/// 801 holds its customer with the phone's key and calls 802, who answers. Returns the uids of the customer's call and of the
/// second one.
async fn asks_back(floor: &Floor<Real>) -> Result<(String, String)> {
    let uid = floor.talking().await?;
    floor.hears("801", &[CALLER]).await?;
    let phone = floor.phones.phone("801")?;
    phone.hold().await?;
    floor.tells("801", &["ringing", "talking", "held"]).await?;
    phone.call("802").await?;
    floor.phones.answers("802").await?;
    floor.hears("802", &["801"]).await?;
    let asked = floor.pops("802", "801", "802", "callin").await?;
    ensure!(asked != uid, "so far a call of its own");
    Ok((uid, asked))
}

/// Sends what the phone's transfer key sends: the customer's call replaces 801's other one.
async fn brings_together(floor: &Floor<Real>) -> Result<()> {
    let phone = floor.phones.phone("801")?;
    let [first, second] = &phone.calls()[..] else { anyhow::bail!("801 has {:?}", phone.calls()) };
    let mut admin = floor.phones.lab.manager("admin").await?;
    let channels = admin.list(&[("Action", "CoreShowChannels")]).await?;
    let asks = channels.iter().find(|one| one.get("CallerIDNum") == "801" && one.get("Exten") == "802");
    let channel = asks.context("801 has no channel to 802")?.get("Channel").to_owned();
    let mut tag =
        async |name: &str| admin.ask(&[("Action", "Getvar"), ("Channel", &channel), ("Variable", name)]).await;
    let (local, remote) = (tag("CHANNEL(pjsip,local_tag)").await?, tag("CHANNEL(pjsip,remote_tag)").await?);
    phone.choose(first).await?;
    phone.refer_to(second, (local.get("Value"), remote.get("Value"))).await
}

#[tokio::test]
async fn a_phones_own_transfer_after_a_talk_brings_the_customer_to_the_target() -> Result<()> {
    let floor = settled().await?;
    let (uid, asked) = asks_back(&floor).await?;
    brings_together(&floor).await?;
    floor.hears("802", &[CALLER]).await?;
    floor.free(&["801"]).await?;
    ensure!(floor.pops("802", CALLER, "802", "callin").await? == uid, "the customer's call");
    let was = shown(&floor.gateway, "802").await?.was;
    ensure!(was.as_ref() == Some(&asked), "for 802 it is the call that rang, and not a new one: {was:?}, {asked}");
    ensure!(
        floor.told("801").ends_with(&["ended transferred".into(), "ended transferred".into()]),
        "{:?}",
        floor.told("801")
    );
    let channel = floor.ok(hold("802")).await?;
    floor.hears(CALLER, &["music"]).await?;
    floor.ok(restore("802", &channel)).await?;
    floor.hears(CALLER, &["802"]).await?;
    floor.ok(hang_up("802")).await?;
    floor.on_hook(&["802", CALLER]).await
}

#[tokio::test]
async fn a_parked_customer_is_nobodys_until_somebody_fetches_him() -> Result<()> {
    let floor = settled().await?;
    let uid = floor.talking().await?;
    floor.hears("801", &[CALLER]).await?;
    floor.phones.phone("801")?.refer("700").await?;
    floor.tells("801", &["ringing", "talking", "ended transferred"]).await?;
    floor.free(&["801"]).await?;
    floor.phones.tries("802", "701").await?;
    floor.hears("802", &[CALLER]).await?;
    ensure!(floor.pops("802", CALLER, "802", "callin").await? == uid);
    let channel = floor.ok(hold("802")).await?;
    floor.hears(CALLER, &["music"]).await?;
    floor.ok(restore("802", &channel)).await?;
    floor.hears(CALLER, &["802"]).await?;
    floor.ok(hang_up("802")).await?;
    floor.on_hook(&["802", CALLER]).await
}

/// The customer calls 801, who asks 802 by the PBX's own transfer (`*2`). Returns the call's uid.
async fn asks_by_key(floor: &Floor<Real>) -> Result<String> {
    floor.phones.tries(CALLER, "886").await?;
    floor.phones.answers("801").await?;
    floor.hears("801", &[CALLER]).await?;
    let uid = floor.pops("801", CALLER, "801", "callin").await?;
    let keys = floor.phones.phone("801")?;
    for key in ['*', '2'] {
        keys.press(key).await?;
    }
    floor.hears("801", &["thanks"]).await.context("the PBX asks whom to call")?;
    for key in ['8', '0', '2'] {
        keys.press(key).await?;
    }
    floor.phones.answers("802").await?;
    floor.hears("802", &["801"]).await?;
    Ok(uid)
}

#[tokio::test]
async fn after_the_pbxs_own_transfer_the_target_sees_the_customer() -> Result<()> {
    let floor = settled().await?;
    let uid = asks_by_key(&floor).await?;
    ensure!(floor.pops("802", "801", "802", "callin").await? == uid, "so far the colleague");
    floor.phones.hangs_up("801").await?;
    floor.hears("802", &[CALLER]).await?;
    ensure!(floor.pops("802", CALLER, "802", "callin").await? == uid, "now the customer");
    let told = floor.told("801");
    ensure!(told.last().is_some_and(|last| last == "ended transferred"), "{told:?}");
    let channel = floor.ok(hold("802")).await?;
    floor.hears(CALLER, &["music"]).await?;
    floor.ok(restore("802", &channel)).await?;
    floor.hears(CALLER, &["802"]).await
}

/// While 801 asks 802 about its customer: who is on hold, and that nobody can take a leg out of the transfer.
async fn the_customer_waits(floor: &Floor<Real>, uid: &str) -> Result<()> {
    is(floor, uid, CallState::Held).await?;
    floor.pops("801", CALLER, "801", "callin").await?;
    floor.refused(hold("801"), "Agent not in use").await?;
    floor.refused(transfer("801", "803"), "Agent not in bridge").await?;
    floor.refused(hold("802"), "Agent not in bridge").await?;
    floor.refused(transfer("802", "803"), "Agent not in bridge").await?;
    floor.refused(restore("801", &floor.phones.channel(CALLER).await?), "Held by the phone").await?;
    floor.hears("802", &["801"]).await
}

#[tokio::test]
async fn a_survey_asked_for_while_a_colleague_is_asked_is_the_customers() -> Result<()> {
    let mut floor = settled().await?;
    for again in [false, true] {
        let uid = asks_by_key(&floor).await?;
        if again {
            floor = restarted(floor).await?;
        }
        the_customer_waits(&floor, &uid).await.with_context(|| format!("after a restart: {again}"))?;
        floor.ok(survey("801")).await?;
        floor.phones.hangs_up("801").await?;
        floor.hears("802", &[CALLER]).await?;
        floor.phones.hangs_up("802").await?;
        floor.hears(CALLER, &["survey"]).await?;
        floor.phones.hangs_up(CALLER).await?;
        floor.free(&["801", "802"]).await?;
        floor.on_hook(&["801", "802", CALLER]).await?;
    }
    Ok(())
}

#[tokio::test]
async fn the_customer_is_back_when_the_colleague_who_was_asked_has_gone() -> Result<()> {
    let mut floor = settled().await?;
    for again in [false, true] {
        let uid = asks_by_key(&floor).await?;
        if again {
            floor = restarted(floor).await?;
            the_customer_waits(&floor, &uid).await?;
        }
        floor.phones.hangs_up("802").await?;
        floor.hears("801", &[CALLER]).await?;
        is(&floor, &uid, CallState::Talking).await.with_context(|| format!("after a restart: {again}"))?;
        let channel = floor.ok(hold("801")).await?;
        floor.hears(CALLER, &["music"]).await?;
        floor.ok(restore("801", &channel)).await?;
        floor.hears(CALLER, &["801"]).await?;
        floor.ok(hang_up("801")).await?;
        floor.free(&["801", "802"]).await?;
        floor.on_hook(&["801", "802", CALLER]).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_call_that_another_program_begins_shows_whom_it_calls() -> Result<()> {
    let floor = settled().await?;
    let mut admin = floor.phones.lab.manager("admin").await?;
    for (caller, first) in [(Some("CRM <801>"), "CRM"), (None, "anonymous"), (Some(CALLER), CALLER)] {
        let mut action = vec![("Action", "Originate"), ("Channel", "PJSIP/801"), ("Context", "from-internal")];
        action.extend([("Exten", CALLER), ("Priority", "1"), ("Async", "true")]);
        action.extend(caller.map(|caller| ("CallerID", caller)));
        admin.ask(&action).await?;
        floor.until("801 rings", async |floor| Ok(floor.current("801").await?.is_some())).await?;
        let uid = floor.pops("801", "801", first, "callout").await?;
        floor.phones.answers("801").await?;
        floor.phones.answers(CALLER).await?;
        floor.hears("801", &[CALLER]).await?;
        ensure!(floor.pops("801", "801", CALLER, "callout").await? == uid);
        floor.ok(hang_up("801")).await?;
        floor.on_hook(&["801", CALLER]).await?;
    }
    Ok(())
}

#[tokio::test]
async fn what_a_dialplan_answers_is_talking_and_nobody_can_be_held_there() -> Result<()> {
    let floor = settled().await?;
    floor.phones.tries("801", "887").await?;
    floor.hears("801", &["music"]).await?;
    floor.tells("801", &["ringing", "talking"]).await?;
    floor.pops("801", "801", "887", "callout").await?;
    floor.refused(hold("801"), "Agent not in use").await?;
    floor.refused(transfer("801", "802"), "Agent not in bridge").await?;
    floor.ok(hang_up("801")).await?;
    floor.tells("801", &["ringing", "talking", "ended hangup"]).await?;
    floor.on_hook(&["801"]).await
}

#[tokio::test]
async fn a_code_that_is_no_pick_up_is_a_call_like_others() -> Result<()> {
    let floor = settled().await?;
    floor.phones.tries("801", "*97").await?;
    floor.hears("801", &["music"]).await?;
    floor.tells("801", &["talking"]).await?;
    floor.pops("801", "801", "*97", "callout").await?;
    floor.ok(hang_up("801")).await?;
    floor.tells("801", &["talking", "ended hangup"]).await?;
    floor.on_hook(&["801"]).await
}

#[tokio::test]
async fn a_phone_that_says_183_and_no_180_pops_up_and_its_caller_is_missed() -> Result<()> {
    let floor = settled().await?;
    floor.phones.unregisters("802").await?;
    let _early = floor.phones.lab.early("802").await?;
    floor
        .until("802 is told", async |floor| {
            floor.phones.tries(CALLER, "802").await?;
            tokio::time::sleep(Duration::from_secs(1)).await;
            if floor.told("802").is_empty() {
                floor.phones.hangs_up(CALLER).await?;
            }
            Ok(!floor.told("802").is_empty())
        })
        .await?;
    floor.tells("802", &["ringing"]).await?;
    floor.pops("802", CALLER, "802", "callin").await?;
    floor.phones.hangs_up(CALLER).await?;
    floor.tells("802", &["ringing", "ended no_answer"]).await
}

/// The first call of an extension, by a new stream's snapshot.
async fn shown(gateway: &Gateway, exten: &str) -> Result<CallEvent> {
    let mut watch = Client::new(Settings::new(gateway.wsdl().parse()?))?.watch(Extension::parse(exten)?);
    loop {
        if let Observation::Pushed(Event::Snapshot(snapshot)) = watch.next().await.context("the watch has ended")? {
            return snapshot.calls.into_iter().next().context("no call");
        }
    }
}

/// The same phones with a gateway that has just started.
async fn restarted(floor: Floor<Real>) -> Result<Floor<Real>> {
    let again = Real::gateway(&floor.phones.lab, Real::options(&floor.phones.lab, "uncall")).await?;
    floor.anew(again).await
}

#[tokio::test]
async fn a_gateway_that_starts_in_a_call_knows_how_long_it_has_lasted() -> Result<()> {
    let floor = Floor::<Real>::start().await?;
    floor.talking().await?;
    tokio::time::sleep(Duration::from_secs(4)).await;
    let floor = restarted(floor).await?;
    let since = shown(&floor.gateway, "801").await?.since;
    let lasted: Duration = jiff::Timestamp::now().duration_since(since).try_into()?;
    ensure!(lasted >= Duration::from_secs(3), "{lasted:?}");
    floor.ok(hold("801")).await.map(drop).context("it is a call like any other")
}

/// Waits until 801 has this one call, in this state.
async fn is(floor: &Floor<Real>, uid: &str, state: CallState) -> Result<()> {
    floor
        .until(&format!("801's call is {state:?}"), async |floor| {
            let calls = floor.snapshot("801").await?.calls;
            Ok(calls.len() == 1 && calls.iter().all(|call| call.uid == uid && call.state == state))
        })
        .await
}

#[tokio::test]
async fn a_gateway_that_starts_knows_which_call_a_phone_has_on_hold() -> Result<()> {
    let floor = Floor::<Real>::start().await?;
    let (uid, asked) = asks_back(&floor).await?;
    let floor = restarted(floor).await?;
    let calls = floor.snapshot("801").await?.calls;
    let state = |uid: &str| calls.iter().find(|call| call.uid == uid).map(|call| call.state);
    ensure!((state(&uid), state(&asked)) == (Some(CallState::Held), Some(CallState::Talking)), "{calls:?}");
    // The phone resumes its other call by itself. It listens to the call that came last, so ask the customer what is heard.
    floor.phones.hangs_up("802").await?;
    floor.on_hook(&["802"]).await?;
    floor.phones.resumes("801").await?;
    floor.hears(CALLER, &["801"]).await?;
    is(&floor, &uid, CallState::Talking).await?;
    floor.phones.holds("801").await?;
    is(&floor, &uid, CallState::Held).await?;
    let floor = restarted(floor).await?;
    is(&floor, &uid, CallState::Held).await?;
    floor.phones.resumes("801").await?;
    floor.hears(CALLER, &["801"]).await?;
    is(&floor, &uid, CallState::Talking).await?;
    let floor = restarted(floor).await?;
    is(&floor, &uid, CallState::Talking).await
}
