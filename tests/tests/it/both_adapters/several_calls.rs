//! More than one call, and what a call leaves behind.

use anyhow::{Result, ensure};
use uncall_tests::{floor::*, lab::BUSY_NUMBER, wire};

super::on_both! {
    what_rings_comes_before_what_talks_and_that_before_what_is_held,
    who_calls_a_busy_extension_hears_that,
    a_number_that_is_busy_ends_the_call,
    an_agent_gives_up_what_nobody_answers,
    a_recording_is_there_when_the_call_is_over,
}

async fn what_rings_comes_before_what_talks_and_that_before_what_is_held<P: Phones>(floor: Floor<P>) -> Result<()> {
    let first = floor.talking().await?;
    floor.phones.calls("802", "801").await?;
    floor.tells("801", &["ringing", "talking", "ringing"]).await?;
    let second = floor.pops("801", "802", "801", "callin").await?;
    ensure!(first != second);
    floor.phones.hangs_up("802").await?;
    floor.tells("801", &["ringing", "talking", "ringing", "ended no_answer"]).await?;
    ensure!(floor.pops("801", CALLER, "801", "callin").await? == first);
    floor.ok(hold("801")).await?;
    floor.phones.calls("803", "801").await?;
    floor.tells("801", &["ringing", "talking", "ringing", "ended no_answer", "held", "ringing"]).await?;
    floor.pops("801", "803", "801", "callin").await?;
    floor.phones.hangs_up("803").await?;
    floor
        .tells("801", &["ringing", "talking", "ringing", "ended no_answer", "held", "ringing", "ended no_answer"])
        .await?;
    ensure!(floor.pops("801", CALLER, "801", "callin").await? == first);
    floor.ok(hang_up("801")).await?;
    floor.free(&["801"]).await?;
    floor.on_hook(&[CALLER]).await
}

async fn who_calls_a_busy_extension_hears_that<P: Phones>(floor: Floor<P>) -> Result<()> {
    floor.ok(busy("801")).await?;
    floor.phones.tries(CALLER, "801").await?;
    floor.hears(CALLER, &["busy"]).await?;
    ensure!(floor.phones.is_on_hook("801").await? && floor.current("801").await?.is_none());
    floor.on_hook(&[CALLER]).await?;
    // Busy is about callers: the agent himself may dial.
    floor.ok(dial("801", CALLER)).await?;
    floor.tells("801", &["busy", "ringing"]).await
}

async fn a_number_that_is_busy_ends_the_call<P: Phones>(floor: Floor<P>) -> Result<()> {
    floor.ok(dial("801", BUSY_NUMBER)).await?;
    floor.pops("801", "801", BUSY_NUMBER, "callout").await?;
    floor.phones.answers("801").await?;
    floor.free(&["801"]).await?;
    ensure!(floor.told("801").last().is_some_and(|last| last.starts_with("ended")), "{:?}", floor.told("801"));
    Ok(())
}

async fn an_agent_gives_up_what_nobody_answers<P: Phones>(floor: Floor<P>) -> Result<()> {
    floor.phones.calls("801", CALLER).await?;
    floor.pops("801", "801", CALLER, "callout").await?;
    floor.ok(hang_up("801")).await?;
    floor.on_hook(&["801", CALLER]).await?;
    floor.tells("801", &["ringing", "ended hangup"]).await?;
    floor.phones.calls(CALLER, "802").await?;
    floor.ok(hang_up("802")).await?;
    floor.on_hook(&["802"]).await?;
    floor.tells("802", &["ringing", "ended hangup"]).await
}

async fn a_recording_is_there_when_the_call_is_over<P: Phones>(floor: Floor<P>) -> Result<()> {
    floor.refused(recording("1372123897.17"), "").await?;
    floor.refused(recording("../../etc/passwd"), "").await?;
    let uid = floor.talking().await?;
    floor.hears(CALLER, &["801"]).await?;
    floor.refused(recording(&uid), "Recording not ready").await?;
    floor.ok(hold("801")).await?;
    floor.refused(recording(&uid), "Recording not ready").await?;
    floor.ok(hang_up("801")).await?;
    floor.on_hook(&["801", CALLER]).await?;
    floor.until("the recording is ready", async |floor| Ok(floor.ask(recording(&uid)).await?.is_ok())).await?;
    let files = floor.ok(recording(&uid)).await?;
    ensure!(files.starts_with(&format!("audio:801-{CALLER}-")), "{files}");
    // The PBX's is GSM, the simulator's PCM.
    ensure!(files.to_ascii_lowercase().ends_with(&format!("-{uid}.wav")), "{files}");
    let heard = format!("/outbound/index.php/RecordingAction/index.php?m=Public&a=record&uniqueid={files}");
    let file = wire::get(floor.gateway.address, &heard).await?;
    ensure!(file.head.status == 200, "{:?}", file.head);
    let sound = uncall_sound::to_pcm_wav(&file.body, uncall_sound::Named::Nothing)?;
    ensure!(sound.damaged_at.is_none() && sound.wav.len() > 44, "{:?}", sound.length);
    Ok(())
}
