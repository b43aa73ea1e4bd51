//! What happens at the same moment: presses in haste, calls, seeks, a window that is closed, a server that goes.

use anyhow::Result;
use serde_json::json;
use uncall_contract::event::CallState;
use uncall_tests::{
    panel::{Listening, Look, Page, desktop::until, listening::near},
    recorder::{Tape, speech, wav49},
};

/// Runs this with the player's own functions at hand, in one turn of the page.
async fn at_once(desk: &Listening, script: &str) -> Result<serde_json::Value> {
    let names = "const player = await import('./player.js'); const hands = await import('./render/player-hands.js');";
    let audio = "const audio = document.getElementById('dock-sound');";
    desk.panel.script(&format!("return (async () => {{ {names} {audio} {script} }})()")).await
}

async fn until_nobody_waits(desk: &Listening) -> Result<()> {
    until("the download has ended", async || (desk.recorder.waiting() == 0).then_some(())).await
}

async fn until_somebody_waits(desk: &Listening) -> Result<()> {
    until("the download has begun", async || (desk.recorder.waiting() == 1).then_some(())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn presses_in_haste_play_what_was_pressed_last() -> Result<()> {
    let desk = Listening::open(Look::ENGLISH).await?;
    let panel = &desk.panel;
    desk.past_call("1.1").await?;
    desk.recorder.put("1.1", Tape::Whole(speech(60, 1)));
    // Twice on the same: it plays.
    panel.script("const play = document.querySelector('[data-test=play]'); play.click(); play.click()").await?;
    desk.until_time(0.5).await?;
    desk.until_paused(false).await?;
    // Once the sound is there a press is a pause, and one more goes on.
    panel.press("play").await?;
    desk.until_paused(true).await?;
    panel.press("play").await?;
    desk.until_paused(false).await?;

    // Another one while the first is being fetched.
    desk.recorder.put("slow", Tape::Held(speech(60, 1), 0));
    desk.recorder.put("2.2", Tape::Whole(speech(60, 1)));
    desk.play("slow").await?;
    until_somebody_waits(&desk).await?;
    panel.press("player-close").await?;
    panel.wait_gone("player").await?;
    until_nobody_waits(&desk).await?;
    at_once(&desk, "hands.start('slow', 'slow'); hands.start('2.2', 'two')").await?;
    desk.until_time(0.5).await?;
    panel.wait_text("player-title", "two").await?;
    until_nobody_waits(&desk).await?;

    // Closed before the host has even answered.
    at_once(&desk, "hands.start('slow', 'slow'); player.close()").await?;
    panel.wait_gone("player").await?;
    // What the host has been asked meanwhile it has done by then.
    at_once(&desk, "const { playerChoice } = await import('./ipc.js'); await playerChoice()").await?;
    until_nobody_waits(&desk).await?;
    assert_eq!(at_once(&desk, "return player.hearing().state").await?, json!("closed"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_at_the_moment_of_play_keeps_it_from_sounding() -> Result<()> {
    let desk = Listening::open(Look::ENGLISH).await?;
    let panel = &desk.panel;
    desk.recorder.put("1.1", Tape::Held(speech(60, 1), 0));
    desk.play("1.1").await?;
    until_somebody_waits(&desk).await?;
    desk.call("2.2", CallState::Ringing);
    panel.wait_text("player-note", "Paused for a call").await?;
    desk.recorder.let_go();
    panel.wait_text("player-time", "/ 01:00").await?;
    until("all of it is there", async || desk.picture().await.ok().filter(|picture| picture.ended)).await?;
    desk.until_paused(true).await?;
    // The element may tell that it plays when it has been paused again already.
    at_once(&desk, "audio.dispatchEvent(new Event('playing'))").await?;
    panel.wait_text("player-note", "Paused for a call").await?;
    assert!(near(desk.time().await?, 0.0, 0.1), "nothing was heard");
    panel.press("player-play").await?;
    desk.until_time(0.5).await?;
    panel.wait_gone("player-note").await
}

#[tokio::test(flavor = "multi_thread")]
async fn seeks_and_speeds_count_whenever_they_come() -> Result<()> {
    let desk = Listening::open(Look::ENGLISH).await?;
    let panel = &desk.panel;
    // Before the first sound, by the keys.
    desk.recorder.put("1.1", Tape::Held(wav49(120).await?, 0));
    desk.play("1.1").await?;
    until_somebody_waits(&desk).await?;
    desk.focus("player-wave").await?;
    desk.desktop.run("xdotool", &["key", "--repeat", "3", "Right"]).await?;
    until("the keys have come", async || {
        (at_once(&desk, "return player.hearing().at").await.ok()? == json!(30)).then_some(())
    })
    .await?;
    desk.recorder.let_go();
    desk.until_paused(false).await?;
    desk.until_near(30.5).await?;
    // A speed in the middle of a seek.
    at_once(&desk, "player.seek(60); player.choose({ speed: 2 }); player.seek(90)").await?;
    desk.until_near(91.0).await?;
    let ratio = desk.ratio().await?;
    assert!(near(ratio, 2.0, 0.2), "it plays {ratio} times as fast");
    assert!(desk.time().await? > 90.0);
    // The volume at nothing is said, or an agent would look for the fault elsewhere.
    at_once(&desk, "player.choose({ volume: 0 })").await?;
    panel.wait_text("player-note", "The volume is at 0").await?;
    at_once(&desk, "player.choose({ volume: 1 })").await?;
    panel.wait_gone("player-note").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loop_leaves_its_silences_out_and_never_hurries_in_circles() -> Result<()> {
    let desk = Listening::open(Look::ENGLISH).await?;
    // Of each five seconds two are silent, from the third on.
    desk.recorder.put("1.1", Tape::Whole(speech(60, 1)));
    desk.play("1.1").await?;
    until("all of it is there", async || desk.picture().await.ok().filter(|picture| picture.ended)).await?;
    let follow = "window.heard = []; window.seeks = 0; audio.ontimeupdate = () => window.heard.push(audio.currentTime); \
                  audio.onseeking = () => { window.seeks += 1; };";
    at_once(&desk, &format!("player.choose({{ skipSilence: true }}); player.setLoop([10, 19.5]); {follow}")).await?;
    until("it has gone around", async || {
        (at_once(&desk, "return window.seeks").await.ok()?.as_u64()? >= 5).then_some(())
    })
    .await?;
    let heard: Vec<f64> = serde_json::from_value(at_once(&desk, "return window.heard").await?)?;
    assert!(heard.iter().skip(1).all(|at| (9.9..18.8).contains(at)), "the loop ends with its last word: {heard:?}");
    assert!(!heard.iter().any(|at| (13.8..14.5).contains(at)), "the silence within is left out: {heard:?}");
    assert!(heard.iter().any(|at| *at > 15.5), "what is behind it is heard: {heard:?}");

    // Of a loop that is silent all over there is nothing to leave out.
    at_once(&desk, &format!("player.setLoop([23.2, 24.8]); {follow}")).await?;
    until("it has gone around", async || {
        (at_once(&desk, "return window.seeks").await.ok()?.as_u64()? >= 2).then_some(())
    })
    .await?;
    let heard: Vec<f64> = serde_json::from_value(at_once(&desk, "return window.heard").await?)?;
    assert!(heard.iter().any(|at| *at > 24.2), "it is heard to its end: {heard:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_window_is_silent_and_the_place_is_kept() -> Result<()> {
    let desk = Listening::open(Look::ENGLISH).await?;
    let panel = &desk.panel;
    // With a pop-up, so that the driver keeps a window to look at.
    desk.call("9.9", CallState::Ringing);
    panel.turn_to(Page::Popup).await?;
    panel.turn_to(Page::Main).await?;
    desk.play_held(120, 90).await?;
    desk.until_time(0.3).await?;
    desk.click_wave(0.5).await?;
    desk.until_time(60.3).await?;
    desk.desktop.close_window("Uncall Panel", 380).await?;
    until("the main window is gone", async || (!panel.has(Page::Main).await).then_some(())).await?;
    until_nobody_waits(&desk).await?;

    desk.desktop.tray.press("Show the panel").await?;
    panel.turn_to(Page::Main).await?;
    panel.wait_text("connection", "Connected").await?;
    assert!(!panel.shows("player").await, "nothing is open");
    desk.play("1.1").await?;
    desk.until_near(60.5).await
}

#[tokio::test(flavor = "multi_thread")]
async fn quitting_while_it_plays_ends_at_once_and_keeps_the_place() -> Result<()> {
    let mut desk = Listening::open(Look::ENGLISH).await?;
    desk.recorder.put("1.1", Tape::Whole(speech(120, 1)));
    desk.play("1.1").await?;
    desk.until_time(0.3).await?;
    desk.click_wave(0.5).await?;
    desk.until_time(60.3).await?;
    desk = desk.again().await?;
    desk.play("1.1").await?;
    desk.until_near(60.5).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_server_is_waited_for_and_nothing_is_left_out() -> Result<()> {
    let desk = Listening::open(Look::ENGLISH).await?;
    let panel = &desk.panel;
    desk.play_held(60, 6).await?;
    at_once(&desk, "window.heard = []; audio.ontimeupdate = () => window.heard.push(audio.currentTime)").await?;
    panel.wait_text("player-note", "Waiting for more").await?;
    let at = desk.time().await?;
    assert!((1.0..6.0).contains(&at), "it waits within the six seconds that have come: {at}");
    // The clock stands, for as long as it takes.
    let began = tokio::time::Instant::now();
    until("a while has passed", async || (began.elapsed().as_secs() >= 2).then_some(())).await?;
    assert!(near(desk.time().await?, at, 0.1));
    // The button pauses and goes on as ever.
    panel.press("player-play").await?;
    panel.wait_gone("player-note").await?;
    panel.press("player-play").await?;
    panel.wait_text("player-note", "Waiting for more").await?;
    desk.recorder.let_go();
    desk.until_time(8.0).await?;
    panel.wait_gone("player-note").await?;
    let heard: Vec<f64> = serde_json::from_value(at_once(&desk, "return window.heard").await?)?;
    let gap = heard.windows(2).map(|two| two[1] - two[0]).fold(0.0, f64::max);
    assert!(gap < 0.7, "nothing is left out: {heard:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_goes_leaves_what_has_come_and_coming_back_the_rest() -> Result<()> {
    let desk = Listening::open(Look::ENGLISH).await?;
    let panel = &desk.panel;
    desk.play_held(60, 20).await?;
    desk.until_time(0.5).await?;
    desk.recorder.vanish();
    desk.until_time(12.0).await?;
    // It has been asked for again and again in the meantime.
    panel.wait_text("player-note", "The server cannot be reached").await?;
    let ready = desk.picture().await?.ready;
    assert!(near(ready, 20.0, 0.5), "a third of it has come: {ready}");
    desk.until_paused(true).await?;
    let at = desk.time().await?;
    assert!(near(at, ready, 0.5), "what has come plays to its end: {at} of {ready}");

    desk.recorder.come_back().await?;
    panel.press("player-play").await?;
    desk.until_time(ready + 1.0).await?;
    panel.wait_gone("player-note").await?;
    panel.wait_text("player-time", "/ 01:00").await
}
