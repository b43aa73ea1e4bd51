//! What only a real PBX has: ring groups, queues, keys that a customer presses, files that it records, other programs that act on it.

use std::fs;

use anyhow::{Context, Result, ensure};
use tokio::time::{Duration, Instant};
use uncall_tests::{
    floor::*,
    lab::{Heard, Lab, SOON, Tone, until},
    wire,
};

/// A call to a number that rings 801 and 802.
async fn answered_elsewhere(number: &str) -> Result<()> {
    let floor = Floor::<Real>::start().await?;
    floor.phones.tries(CALLER, number).await?;
    floor.tells("801", &["ringing"]).await?;
    floor.tells("802", &["ringing"]).await?;
    let uid = floor.pops("801", CALLER, "801", "callin").await?;
    ensure!(floor.pops("802", CALLER, "802", "callin").await? == uid, "one call");
    floor.phones.answers("802").await?;
    floor.hears("802", &[CALLER]).await?;
    floor.tells("801", &["ringing", "ended answered_elsewhere"]).await?;
    floor.tells("802", &["ringing", "talking"]).await?;
    ensure!(floor.current("801").await?.is_none());
    ensure!(floor.pops("802", CALLER, "802", "callin").await? == uid);

    let channel = floor.ok(hold("802")).await?;
    floor.hears(CALLER, &["music"]).await?;
    floor.ok(restore("802", &channel)).await?;
    floor.hears(CALLER, &["802"]).await?;
    let asked = floor.begin(transfer("802", "803"));
    floor.phones.answers("803").await?;
    ensure!(asked.await??.is_ok());
    floor.hears(CALLER, &["803"]).await?;
    ensure!(floor.pops("803", CALLER, "803", "callin").await? == uid);
    floor.ok(survey("803")).await?;
    floor.phones.hangs_up("803").await?;
    floor.hears(CALLER, &["survey"]).await?;
    floor.phones.hangs_up(CALLER).await?;
    floor.tells("801", &["ringing", "ended answered_elsewhere"]).await?;
    floor.tells("802", &["ringing", "talking", "held", "talking", "transferring", "ended transferred"]).await
}

#[tokio::test]
async fn a_ring_group_is_one_call_for_each() -> Result<()> {
    answered_elsewhere("891").await
}

#[tokio::test]
async fn a_queue_is_one_call_for_each() -> Result<()> {
    answered_elsewhere("892").await
}

#[tokio::test]
async fn a_customer_whom_the_only_free_agent_declines_stays_in_the_queue() -> Result<()> {
    let floor = Floor::<Real>::start().await?;
    floor.phones.unregisters("802").await?;
    floor.phones.tries(CALLER, "892").await?;
    floor.tells("801", &["ringing"]).await?;
    floor.hears(CALLER, &["music"]).await?;
    floor.ok(hang_up("801")).await?;
    floor.tells("801", &["ringing", "ended hangup", "ringing"]).await.context("the queue tries again")?;
    floor.hears(CALLER, &["music"]).await?;
    floor.phones.answers("801").await?;
    floor.hears(CALLER, &["801"]).await?;
    floor.hears("801", &[CALLER]).await
}

#[tokio::test]
async fn in_a_ring_group_a_declined_call_goes_on_at_the_other_phone() -> Result<()> {
    let floor = Floor::<Real>::start().await?;
    floor.phones.tries(CALLER, "891").await?;
    for exten in ["801", "802"] {
        floor.tells(exten, &["ringing"]).await?;
    }
    floor.ok(hang_up("801")).await?;
    floor.tells("801", &["ringing", "ended hangup"]).await?;
    floor.phones.answers("802").await?;
    floor.hears("802", &[CALLER]).await
}

/// A caller whose call is declined goes where the dialplan sends him: here to something like a voicemail.
#[tokio::test]
async fn a_declined_caller_reaches_what_the_dialplan_has_for_him() -> Result<()> {
    let floor = Floor::<Real>::start().await?;
    floor.phones.tries(CALLER, "894").await?;
    floor.tells("801", &["ringing"]).await?;
    floor.ok(hang_up("801")).await?;
    floor.hears(CALLER, &["thanks"]).await?;
    floor.tells("801", &["ringing", "ended hangup"]).await
}

async fn has_one(floor: &Floor<Real>) -> Result<bool> {
    Ok(floor.snapshot("801").await?.calls.len() == 1)
}

#[tokio::test]
async fn in_a_conference_there_is_no_other_party() -> Result<()> {
    let floor = Floor::<Real>::start().await?;
    floor.phones.tries(CALLER, "893").await?;
    for exten in ["801", "802"] {
        floor.phones.tries(exten, "893").await?;
    }
    floor.hears_others("801", &["802", CALLER]).await?;
    floor.hears_others(CALLER, &["801", "802"]).await?;
    for request in [hold("801"), transfer("801", "803"), survey("801"), hold("802")] {
        floor.refused(request, "Agent not in bridge").await?;
    }
    floor.hears_others(CALLER, &["801", "802"]).await.context("nobody was taken out")?;
    floor.phones.hangs_up("802").await?;
    floor.hears_others("801", &[CALLER]).await?;
    let channel = floor.ok(hold("801")).await.context("now there is one")?;
    floor.hears(CALLER, &["music"]).await?;
    floor.until("one call, and that is held", has_one).await?;
    floor.ok(restore("801", &channel)).await?;
    floor.hears_others(CALLER, &["801"]).await?;
    floor.until("one call, and that talks", has_one).await?;
    let told = floor.told("801");
    ensure!(!told.contains(&"ended hangup".to_owned()), "nobody has hung up: {told:?}");
    Ok(())
}

#[tokio::test]
async fn the_pbx_rings_the_agent_for_his_held_caller() -> Result<()> {
    let real = Real::on(Lab::start().await?).await?;
    let mut options = Real::options(&real.lab, "uncall");
    options.hold_reminder = Duration::from_secs(2);
    let gateway = Real::gateway(&real.lab, options).await?;
    let floor = Floor::with(real, gateway).await?;
    let uid = floor.talking().await?;
    let channel = floor.ok(hold("801")).await?;
    floor.phones.hangs_up("801").await?;
    floor.tells("801", &["ringing", "talking", "held", "ringing"]).await?;
    ensure!(floor.pops("801", CALLER, "801", "callin").await? == uid);
    floor.ok(restore("801", &channel)).await.context("it rings already")?;
    floor.phones.answers("801").await?;
    floor.hears(CALLER, &["801"]).await?;
    floor.tells("801", &["ringing", "talking", "held", "ringing", "talking"]).await?;
    ensure!(floor.pops("801", CALLER, "801", "callin").await? == uid);
    floor.refused(restore("801", &channel), "Channel not exist").await?;
    floor.ok(hold("801")).await?;
    floor.phones.hangs_up("801").await?;
    let told = ["ringing", "talking", "held", "ringing", "talking", "held", "ringing", "held"];
    floor.tells("801", &told[..7]).await.context("the second hold")?;
    floor.ok(hang_up("801")).await.context("declines: the caller is held again")?;
    floor.tells("801", &told).await?;
    floor.hears(CALLER, &["music"]).await?;
    floor.refused(hold("801"), "Agent not in use").await?;
    floor.ok(hang_up("801")).await?;
    floor.on_hook(&["801", CALLER]).await
}

#[tokio::test]
async fn a_phone_that_declines_all_calls_sends_the_customer_back() -> Result<()> {
    let floor = Floor::<Real>::start().await?;
    floor.phones.unregisters("802").await?;
    let _decliner = floor.phones.lab.decliner("802").await?;
    floor.talking().await?;
    floor
        .until("the other phone is known", async |floor| {
            let asked = Instant::now();
            floor.refused(transfer("801", "802"), "Exten is not idle").await?;
            ensure!(asked.elapsed() < Duration::from_secs(10));
            Ok(floor.told("801").len() == 4)
        })
        .await?;
    floor.tells("801", &["ringing", "talking", "transferring", "talking"]).await?;
    floor.hears(CALLER, &["801"]).await?;
    floor.hears("801", &[CALLER]).await
}

#[tokio::test]
async fn the_rating_is_kept_whichever_way_the_call_ended() -> Result<()> {
    let floor = Floor::<Real>::start().await?;
    let mut admin = floor.phones.lab.manager("admin").await?;
    for (key, by_phone) in [('5', false), ('2', true)] {
        floor.phones.calls(CALLER, "801").await?;
        floor.phones.answers("801").await?;
        floor.hears("801", &[CALLER]).await?;
        let uid = floor.pops("801", CALLER, "801", "callin").await?;
        floor.ok(survey("801")).await?;
        if by_phone {
            floor.phones.hangs_up("801").await?;
        } else {
            floor.ok(hang_up("801")).await?;
        }
        floor.hears(CALLER, &["survey"]).await?;
        ensure!(floor.current("801").await?.is_none());
        floor.phones.phone(CALLER)?.press(key).await?;
        floor.hears(CALLER, &["thanks"]).await?;
        floor.on_hook(&["801", CALLER]).await?;
        let stored = admin.list(&[("Action", "DBGet"), ("Family", "UNCALL_SURVEY"), ("Key", &uid)]).await?;
        let value = stored.first().map(|item| item.get("Val").to_owned());
        ensure!(value == Some(format!("801:{key}")), "{value:?}");
    }
    Ok(())
}

#[tokio::test]
async fn the_recording_has_both_voices() -> Result<()> {
    let floor = Floor::<Real>::start().await?;
    let uid = floor.talking().await?;
    floor.hears("801", &[CALLER]).await?;
    floor.hears(CALLER, &["801"]).await?;
    floor.ok(hang_up("801")).await?;
    let files = until("the recording is ready", SOON, async || Ok(floor.ok(recording(&uid)).await.ok())).await?;
    let heard = format!("/outbound/index.php/RecordingAction/index.php?m=Public&a=record&uniqueid={files}");
    let file = wire::get(floor.gateway.address, &heard).await?;
    ensure!(file.body.get(20..22) == Some(&[0x31, 0x00]), "GSM 6.10 in RIFF");
    let sound = uncall_sound::to_pcm_wav(&file.body, uncall_sound::Named::Nothing)?;
    let samples = sound.wav.get(44..).unwrap_or_default();
    let samples: Vec<i16> = samples.as_chunks::<2>().0.iter().map(|sample| i16::from_le_bytes(*sample)).collect();
    // Without its first and last moments, in which one of the two may be missing.
    let middle = samples.len() / 4..samples.len() / 4 * 3;
    let voices = Heard::in_samples(samples.get(middle).unwrap_or_default());
    ensure!(voices == Heard::tones([Tone::Phone801, Tone::Customer]), "{voices:?} in {:?}", sound.length);
    Ok(())
}

/// The API lets nobody fetch another agent's held call; other programs on the PBX may.
#[tokio::test]
async fn a_held_caller_whom_another_program_gave_away_is_no_call_of_the_first_agent() -> Result<()> {
    let floor = Floor::<Real>::start().await?;
    let uid = floor.talking().await?;
    let channel = floor.ok(hold("801")).await?;
    let mut admin = floor.phones.lab.manager("admin").await?;
    let bridge = [("Application", "Bridge"), ("Data", channel.as_str()), ("Async", "true")];
    admin.ask(&[&[("Action", "Originate"), ("Channel", "PJSIP/802")], bridge.as_slice()].concat()).await?;
    floor.phones.answers("802").await?;
    floor.hears(CALLER, &["802"]).await?;
    floor.tells("801", &["ringing", "talking", "held", "ended hangup"]).await?;
    ensure!(floor.current("801").await?.is_none(), "{:?}", floor.current("801").await?);
    let call = floor.current("802").await?.context("802 has the call")?;
    ensure!(call.uid == uid, "{call:?}");
    floor.refused(restore("801", &channel), "Channel not exist").await?;
    floor.refused(hold("801"), "Agent not in use").await?;
    let again = Real::gateway(&floor.phones.lab, Real::options(&floor.phones.lab, "uncall")).await?;
    let floor = floor.anew(again).await?;
    ensure!(floor.current("801").await?.is_none(), "nor for a gateway that has just started");
    ensure!(floor.current("802").await?.context("802 has the call")?.uid == uid);
    floor.phones.hangs_up(CALLER).await?;
    floor.on_hook(&["801", "802", CALLER]).await
}

#[tokio::test]
async fn a_held_caller_whom_another_program_sends_elsewhere_is_held_by_nobody() -> Result<()> {
    let floor = Floor::<Real>::start().await?;
    let uid = floor.talking().await?;
    let channel = floor.ok(hold("801")).await?;
    let mut admin = floor.phones.lab.manager("admin").await?;
    let place = [("Context", "from-internal"), ("Exten", "892"), ("Priority", "1")];
    let redirect = [("Action", "Redirect"), ("Channel", channel.as_str())];
    admin.ask(&[redirect.as_slice(), place.as_slice()].concat()).await?;
    floor.tells("801", &["ringing", "talking", "held", "ended hangup"]).await?;
    floor.tells("802", &["ringing"]).await?;
    floor.refused(restore("801", &channel), "Channel not exist").await?;
    floor.refused(hold("801"), "Agent not in use").await?;
    floor.refused(hang_up("801"), "No Channels").await?;
    floor.phones.answers("802").await?;
    floor.hears(CALLER, &["802"]).await?;
    ensure!(floor.pops("802", CALLER, "802", "callin").await? == uid);
    Ok(())
}

#[tokio::test]
async fn a_hold_without_its_music_neither_spins_nor_loses_the_caller() -> Result<()> {
    let floor = Floor::<Real>::start().await?;
    let classes = floor.phones.lab.folder().join("etc/musiconhold.conf");
    fs::write(&classes, fs::read_to_string(&classes)?.replace("[uncall-hold]", "[other]"))?;
    let mut admin = floor.phones.lab.manager("admin").await?;
    admin.ask(&[("Action", "Command"), ("Command", "moh reload")]).await?;
    floor.talking().await?;
    let from = admin.here();
    let channel = floor.ok(hold("801")).await?;
    let began = Instant::now();
    let played = || admin.since(from).iter().filter(|message| message.get("Application") == "MusicOnHold").count();
    // One is the agent's silence.
    until("the music was tried four times", SOON, async || Ok((played() >= 5).then_some(()))).await?;
    ensure!(began.elapsed() > Duration::from_secs(1) && played() < 20, "{} in {:?}", played(), began.elapsed());
    floor.ok(restore("801", &channel)).await?;
    floor.hears(CALLER, &["801"]).await?;
    floor.hears("801", &[CALLER]).await?;
    // An agent whose phone drops is not rung before his time.
    floor.ok(hold("801")).await?;
    floor.phones.hangs_up("801").await?;
    floor.on_hook(&["801"]).await?;
    let before = played();
    until("the music was tried again", SOON, async || Ok((played() >= before + 3).then_some(()))).await?;
    floor.tells("801", &["ringing", "talking", "held", "talking", "held"]).await?;
    floor.ok(restore("801", &channel)).await?;
    floor.phones.answers("801").await?;
    floor.hears(CALLER, &["801"]).await?;
    floor.ok(hold("801")).await?;
    floor.ok(survey("801")).await?;
    floor.ok(hang_up("801")).await?;
    floor.hears(CALLER, &["survey"]).await?;
    floor.phones.hangs_up(CALLER).await?;
    floor.phones.calls(CALLER, "801").await?;
    floor.phones.answers("801").await?;
    floor.hears("801", &[CALLER]).await?;
    floor.ok(hold("801")).await?;
    floor.phones.hangs_up(CALLER).await?;
    floor.on_hook(&["801", CALLER]).await
}

#[tokio::test]
async fn a_transfer_of_the_pbxs_own_leaves_no_ghost() -> Result<()> {
    let floor = Floor::<Real>::start().await?;
    let uid = floor.talking().await?;
    let mut admin = floor.phones.lab.manager("admin").await?;
    let items = admin.list(&[("Action", "CoreShowChannels")]).await?;
    let own = items.iter().map(|item| item.get("Channel")).find(|name| name.starts_with("PJSIP/801-"));
    let transfer = [
        ("Action", "BlindTransfer"),
        ("Channel", own.context("801 has no channel")?),
        ("Context", "from-internal"),
        ("Exten", "802"),
    ];
    admin.ask(&transfer).await?;
    floor.tells("802", &["ringing"]).await?;
    floor.tells("801", &["ringing", "talking", "ended transferred"]).await?;
    ensure!(floor.pops("802", CALLER, "802", "callin").await? == uid);
    floor.phones.answers("802").await?;
    let channel = floor.ok(hold("802")).await?;
    floor.hears(CALLER, &["music"]).await?;
    floor.ok(restore("802", &channel)).await?;
    floor.hears(CALLER, &["802"]).await?;
    floor.phones.hangs_up(CALLER).await?;
    floor.tells("802", &["ringing", "talking", "held", "talking", "ended hangup"]).await?;
    ensure!(floor.current("801").await?.is_none() && floor.current("802").await?.is_none());
    Ok(())
}

#[tokio::test]
async fn without_the_right_system_everything_goes_as_well() -> Result<()> {
    let real = Real::on(Lab::start().await?).await?;
    let gateway = Real::gateway(&real.lab, Real::options(&real.lab, "nosystem")).await?;
    let floor = Floor::with(real, gateway).await?;
    for _ in 0..2 {
        ensure!(floor.ok(busy("801")).await? == "Updated database successfully");
    }
    floor.refused(busy("899"), "Failed to update entry").await?;
    for _ in 0..2 {
        ensure!(floor.ok(idle("801")).await? == "Key deleted successfully");
    }
    floor.tells("801", &["busy", "idle"]).await?;
    let mut admin = floor.phones.lab.manager("admin").await?;
    admin.ask(&[("Action", "DBPut"), ("Family", "DND"), ("Key", "802"), ("Val", "YES")]).await?;
    floor.tells("802", &["busy"]).await.context("somebody else made it busy")
}
