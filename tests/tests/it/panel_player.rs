//! The player in the panel's real window: it sounds before the download has ended, at every speed, and says what is wrong.

mod haste;
mod trouble;

use anyhow::Result;
use uncall_contract::event::CallState;
use uncall_tests::{
    panel::{Listening, Look, desktop::until, listening::near},
    recorder::{Tape, speech, wav49},
};

#[tokio::test(flavor = "multi_thread")]
async fn it_sounds_before_the_download_has_ended_and_at_every_speed() -> Result<()> {
    let desk = Listening::open(Look::ENGLISH).await?;
    desk.play_held(120, 48).await?;
    desk.until_time(1.0).await?;
    let before = desk.picture().await?;
    assert!(before.ready < 60.0 && !before.ended, "{before:?}");
    assert!(near(before.length, 120.0, 0.1), "the head tells the length: {before:?}");

    for speed in ["0.75", "1", "1.25", "1.5", "2"] {
        desk.choose("player-speed", speed).await?;
        let ratio = desk.ratio().await?;
        let wanted: f64 = speed.parse()?;
        assert!(near(ratio, wanted, wanted * 0.08), "at {speed} times it plays {ratio} times as fast");
    }
    assert_eq!(desk.of_sound("preservesPitch").await?, serde_json::json!(true));
    desk.recorder.let_go();
    until("all of it is there", async || desk.picture().await.ok().filter(|picture| picture.ended)).await?;
    assert!(near(desk.picture().await?.ready, 120.0, 0.1));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn clicks_and_keys_seek_and_a_drag_loops() -> Result<()> {
    let desk = Listening::open(Look::ENGLISH).await?;
    let panel = &desk.panel;
    desk.recorder.put("1.1", Tape::Whole(speech(300, 1)));
    desk.play("1.1").await?;
    panel.wait_text("player-time", "/ 05:00").await?;
    desk.until_time(0.5).await?;
    // Paused, it stays where it is put, however long the machine takes to look.
    panel.press("player-play").await?;
    desk.until_paused(true).await?;
    desk.unfold().await?;
    desk.click_wave(0.5).await?;
    desk.until_near(150.0).await?;
    panel.press("player-forth").await?;
    desk.until_near(160.0).await?;
    panel.press("player-back").await?;
    desk.until_near(150.0).await?;
    desk.focus("player-wave").await?;
    let at = desk.time().await?;
    desk.desktop.run("xdotool", &["key", "Right"]).await?;
    desk.until_near(at + 10.0).await?;
    desk.desktop.run("xdotool", &["key", "--repeat", "3", "Left"]).await?;
    desk.until_near(at - 20.0).await?;
    desk.desktop.run("xdotool", &["key", "Home"]).await?;
    desk.until_near(0.0).await?;
    desk.desktop.run("xdotool", &["key", "space"]).await?;
    desk.until_paused(false).await?;

    desk.recorder.put("2.2", Tape::Whole(speech(60, 1)));
    desk.play("2.2").await?;
    panel.wait_text("player-time", "/ 01:00").await?;
    desk.until_time(0.3).await?;
    desk.drag_wave(0.5, 0.55).await?;
    panel.wait_text("player-note", "Looping 00:3").await?;
    for _ in 0..2 {
        desk.until_time(32.3).await?;
        desk.until_near(30.0).await?;
    }
    panel.press("player-loop").await?;
    panel.wait_gone("player-note").await?;
    desk.until_time(34.5).await?;

    desk.focus("player-wave").await?;
    desk.desktop.run("xdotool", &["key", "Escape"]).await?;
    panel.wait_gone("player").await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wave_shows_both_channels_and_marks_silence_which_can_be_skipped() -> Result<()> {
    let desk = Listening::open(Look::CHINESE).await?;
    desk.recorder.put("1.1", Tape::Whole(speech(30, 2)));
    desk.play("1.1").await?;
    until("all of it is there", async || desk.picture().await.ok().filter(|picture| picture.ended)).await?;
    desk.panel.press("player-play").await?;
    desk.until_paused(true).await?;
    // Of each five seconds: three of the left, one of the right, one of nobody.
    desk.unfold().await?;
    let [left, right, nobody] = [desk.column(11.5).await?, desk.column(13.5).await?, desk.column(14.5).await?];
    assert!(left.upper > 6 && left.lower < 4, "the left one speaks: {left:?}");
    assert!(right.lower > 6 && right.upper < 4, "the right one speaks: {right:?}");
    assert!(nobody.marked && !left.marked && !right.marked, "{nobody:?} {left:?} {right:?}");
    let picture = desk.picture().await?;
    assert_eq!((picture.lanes, picture.silences), (2, 6), "{picture:?}");

    desk.panel.press("player-skip").await?;
    desk.click_wave(8.0 / 30.0).await?;
    desk.panel.press("player-play").await?;
    desk.until_time(10.0).await?;
    let (before, clock) = (desk.time().await?, tokio::time::Instant::now());
    // From here to 20.2 there are two silences of one second; without what stays of each, they take half of it.
    desk.until_time(before + 10.2).await?;
    let took = clock.elapsed().as_secs_f64();
    assert!(took < 9.9, "silences were heard: {took} s");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_pauses_it_and_nothing_moves() -> Result<()> {
    let desk = Listening::open(Look::ENGLISH).await?;
    let panel = &desk.panel;
    desk.past_call("1.1").await?;
    desk.recorder.put("1.1", Tape::Whole(speech(120, 1)));
    panel.press("play").await?;
    desk.until_time(0.5).await?;
    let place = desk.place("player").await?;
    desk.call("2.2", CallState::Ringing);
    desk.until_paused(true).await?;
    panel.wait_text("player-note", "Paused for a call").await?;
    assert_eq!(desk.place("player").await?, place);
    desk.call("2.2", CallState::Ended);
    panel.wait_gone("call-number").await?;
    assert_eq!(desk.place("player").await?, place, "calls come and go, the player stays");
    desk.until_paused(true).await?;
    panel.press("player-play").await?;
    desk.until_paused(false).await?;
    // One that talks at once, as an outgoing one may.
    desk.call("3.3", CallState::Talking);
    desk.until_paused(true).await?;
    // The agent may listen in spite of it.
    panel.press("player-play").await?;
    desk.until_paused(false).await?;
    desk.call("3.3", CallState::Held);
    let at = desk.time().await?;
    desk.until_time(at + 1.0).await
}

#[tokio::test(flavor = "multi_thread")]
async fn where_it_was_left_and_how_is_remembered() -> Result<()> {
    let mut desk = Listening::open(Look::ENGLISH).await?;
    desk.recorder.put("1.1", Tape::Whole(speech(120, 1)));
    desk.play("1.1").await?;
    desk.until_time(0.5).await?;
    desk.choose("player-speed", "1.5").await?;
    desk.click_wave(0.75).await?;
    desk.until_near(90.0).await?;
    desk.panel.press("player-close").await?;
    desk.panel.wait_gone("player").await?;
    desk = desk.again().await?;
    // The server is gone; what was heard is still there.
    desk.recorder.put("1.1", Tape::Page(500, "gone mad"));
    desk.play("1.1").await?;
    desk.until_near(91.0).await?;
    assert_eq!(desk.of_sound("playbackRate").await?, serde_json::json!(1.5));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_saved_decoded_or_as_it_came() -> Result<()> {
    let desk = Listening::open(Look::ENGLISH).await?;
    let original = wav49(20).await?;
    desk.recorder.put("1372123897.17", Tape::Whole(original.clone()));
    desk.play("1372123897.17").await?;
    desk.until_time(0.3).await?;
    desk.unfold().await?;
    for (button, name) in [("player-save-wav", "decoded.wav"), ("player-save-original", "original.WAV")] {
        let file = desk.desktop.home().join(name);
        desk.panel.press("player-save").await?;
        desk.panel.press(button).await?;
        desk.save_as(&file).await?;
        desk.panel.wait_text("player-note", &format!("Saved as {name}")).await?;
        let saved = std::fs::read(&file)?;
        if name == "original.WAV" {
            assert_eq!(saved, original);
        } else {
            assert_eq!(
                saved,
                uncall_client::sound::to_pcm_wav(&original, uncall_client::sound::Named::Nothing)?.wav.into_owned()
            );
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_low_window_the_lists_keep_their_room() -> Result<()> {
    let desk = Listening::open(Look::CHINESE).await?;
    let panel = &desk.panel;
    for call in 0..6 {
        desk.past_call(&format!("1.{call}")).await?;
    }
    desk.recorder.put("1.5", Tape::Whole(speech(300, 1)));
    desk.resize(380, 640).await?;
    let first = desk.place("recent-row").await?;
    panel.press("play").await?;
    desk.until_time(0.5).await?;
    let whole_rows = async || -> Result<i64> {
        let script = "const list = document.getElementById('panel-recent').getBoundingClientRect(); \
                      const fits = (row) => row.getBoundingClientRect().bottom <= list.bottom + 0.5; \
                      return [...document.querySelectorAll('[data-test=recent-row]')].filter(fits).length";
        serde_json::from_value(panel.script(script).await?).map_err(Into::into)
    };
    assert!(whole_rows().await? >= 4, "the bar leaves {} rows", whole_rows().await?);
    desk.unfold().await?;
    assert!(whole_rows().await? >= 3, "the tools leave {} rows", whole_rows().await?);
    assert_eq!(desk.place("recent-row").await?, first, "the list stays where it is");
    let dock = desk.place("player").await?;
    assert_eq!(dock[1] + dock[3], 640, "and the player ends with the window");

    // The keys work on the button that it plays by, too.
    panel.press("player-play").await?;
    desk.until_paused(true).await?;
    let at = desk.time().await?;
    desk.focus("play").await?;
    desk.desktop.run("xdotool", &["key", "--repeat", "2", "Right"]).await?;
    desk.until_near(at + 20.0).await?;

    // Another tab folds the tools, and its form can be pressed.
    panel.press("tab-supervisor").await?;
    panel.wait_gone("player-forth").await?;
    let (notice, dock) = (desk.place("supervisor-notice").await?, desk.place("player").await?);
    assert!(notice[1] + 18 <= dock[1], "there is room for the refusal of the form: {notice:?} {dock:?}");
    panel.fill("listen-target", "804").await?;
    panel.press("whisper").await?;
    until("the server is asked", async || (desk.server.asked().len() == 1).then_some(())).await?;

    // In a high window nothing is folded.
    panel.press("tab-recent").await?;
    desk.resize(380, 760).await?;
    panel.text("player-forth").await?;
    assert!(!panel.shows("player-more").await);
    Ok(())
}
