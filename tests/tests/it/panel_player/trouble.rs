//! What is wrong is said in words.

use anyhow::{Context, Result};
use serde_json::json;
use uncall_contract::Reason;
use uncall_tests::{
    panel::{
        Listening, Look,
        desktop::until,
        listening::{near, without_wav},
    },
    recorder::{Tape, speech, wav49},
};

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_heard_says_why() -> Result<()> {
    let desk = Listening::open(Look::CHINESE).await?;
    let panel = &desk.panel;
    desk.server.refuse("not-ready", Reason::RecordingNotReady);
    let empty = include_bytes!("../../../../crates/sound/tests/fixtures/not-ready.WAV");
    let flac = include_bytes!("../../../../crates/sound/tests/fixtures/tone.flac");
    for (uid, tape, words) in [
        ("not-ready", None, "录音尚未生成"),
        ("only-head", Some(Tape::Whole(empty.to_vec())), "录音尚未生成"),
        ("gone", None, "服务器上已没有这个录音"),
        ("login", Some(Tape::Page(401, "<p>who?")), "服务器需要登录"),
        ("denied", Some(Tape::Page(403, "no")), "您无权听这个录音"),
        ("page", Some(Tape::Page(200, "<!doctype html><p>Log in")), "返回的不是录音"),
        ("large", Some(Tape::Whole([speech(1, 1), vec![0; 64 << 20]].concat())), "录音超过 64 MB"),
        ("flac", Some(Tape::Whole(flac.to_vec())), "无法播放这种格式：FLAC"),
        ("garbage", Some(Tape::Whole(vec![0xA7; 9000])), "录音已损坏"),
    ] {
        if let Some(tape) = tape {
            desk.recorder.put(uid, tape);
        }
        desk.play(uid).await?;
        panel.wait_text("player-problem", words).await.with_context(|| uid.to_owned())?;
        panel.wait_text("player-title", uid).await?;
        assert!(!panel.enabled("player-forth").await, "{uid}: there is nothing to play");
        panel.press("player-close").await?;
        panel.wait_gone("player").await?;
    }
    // What was not there may be there now.
    desk.play("later").await?;
    panel.wait_text("player-problem", "服务器上已没有这个录音").await?;
    desk.recorder.put("later", Tape::Whole(speech(5, 1)));
    panel.press("player-play").await?;
    desk.until_time(0.5).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_recording_plays_up_to_there_and_says_so() -> Result<()> {
    let desk = Listening::open(Look::ENGLISH).await?;
    let mut file = wav49(60).await?;
    file.truncate(60 + 65 * 25 * 8);
    desk.recorder.put("cut", Tape::Whole(file));
    desk.play("cut").await?;
    desk.panel.wait_text("player-note", "Damaged from 00:08 on").await?;
    desk.until_time(7.0).await?;
    desk.until_paused(true).await?;
    assert!(near(desk.time().await?, 8.0, 0.4), "it ended at {}", desk.time().await?);

    // The server promises more, each time.
    desk.recorder.put("lie", Tape::Lying(speech(6, 1), 60_000));
    desk.play("lie").await?;
    desk.until_time(1.0).await?;
    desk.panel.wait_text("player-note", "Damaged from 00:06 on").await?;
    desk.until_paused(true).await?;
    assert!(near(desk.time().await?, 6.0, 0.4), "it ended at {}", desk.time().await?);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn formats_whose_length_nobody_tells_play_and_end_as_well() -> Result<()> {
    let desk = Listening::open(Look::ENGLISH).await?;
    for (uid, file) in [
        ("opus", include_bytes!("../../../../crates/sound/tests/fixtures/speech.opus").as_slice()),
        ("mp3", include_bytes!("../../../../crates/sound/tests/fixtures/speech.mp3").as_slice()),
    ] {
        desk.recorder.put(uid, Tape::Whole(file.to_vec()));
        desk.play(uid).await?;
        until("it has played to its end", async || {
            let picture = desk.picture().await.ok()?;
            let at = desk.time().await.ok()?;
            let paused = desk.of_sound("paused").await.ok()? == json!(true);
            (picture.ended && paused && at > picture.ready - 0.3).then_some(())
        })
        .await
        .with_context(|| uid.to_owned())?;
        desk.panel.press("player-close").await?;
    }
    Ok(())
}

/// A machine on which GStreamer's plug-ins "good" are not installed: without the one that reads WAV.
#[tokio::test(flavor = "multi_thread")]
async fn a_missing_component_is_named() -> Result<()> {
    let desk = without_wav(Look::ENGLISH).await?;
    desk.recorder.put("1.1", Tape::Whole(speech(5, 1)));
    desk.play("1.1").await?;
    desk.panel.wait_text("player-problem", "gstreamer1.0-plugins-good").await
}
