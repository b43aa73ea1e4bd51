//! What the agent waits for is said: the call that is in the way of another's verbs, and a server that owes an answer.

use anyhow::{Result, ensure};
use serde_json::json;
use uncall_tests::{
    checks,
    page::{
        Look, Stage,
        desk::{ago, call, on, with},
        run,
    },
    panel::Page,
};

use super::looks::picture;

#[tokio::test(flavor = "multi_thread")]
async fn waiting() -> Result<()> {
    run(checks![a_call_behind_another_says_so_and_the_way_out, a_server_that_owes_an_answer_is_said_to]).await
}

async fn a_call_behind_another_says_so_and_the_way_out(stage: &Stage) -> Result<()> {
    let first = with(call("1.1", "in_call"), json!({"unconfirmed": true, "closable": true}));
    let next = json!({"other": "13900000001", "verbs": [], "behind": "1.1", "closable": true});
    let desk = on(&[with(call("2.2", "ringing"), next), first]);
    for (language, words, over) in [
        (Look::ENGLISH, "May still be with 138 0013 8000", "That call is over"),
        (Look::CHINESE, "可能仍与 138 0013 8000 通话中", "那通已结束"),
    ] {
        for (page, look, prefix) in
            [(Page::Main, language, "call"), (Page::Popup, Look { size: (360, 168), ..language }, "popup")]
        {
            stage.show(page, look, &with(desk.clone(), json!({"popups": ["2.2"]}))).await?;
            stage.page().wait_text(&format!("{prefix}-behind"), words).await?;
            stage.page().wait_text(&format!("{prefix}-behind-over"), over).await?;
            let faults = stage.illegible().await?;
            ensure!(faults.is_empty(), "{faults:?}");
            picture(stage, prefix, "behind", look).await?;
            stage.page().press(&format!("{prefix}-behind-over")).await?;
            ensure!(stage.wanted().await? == [json!({"do": "over", "uid": "1.1"})]);
            stage.change(&on(&[call("2.2", "ringing")])).await?;
            stage.page().wait_gone(&format!("{prefix}-behind")).await?;
        }
        // In the pop-up the first call's own card has the button, too.
        stage.show(Page::Popup, Look { size: (360, 336), ..language }, &desk).await?;
        picture(stage, "popup", "behind-both", Look { size: (360, 336), ..language }).await?;
        stage.page().press("popup-over").await?;
        ensure!(stage.wanted().await? == [json!({"do": "over", "uid": "1.1"})]);
    }
    Ok(())
}

async fn a_server_that_owes_an_answer_is_said_to(stage: &Stage) -> Result<()> {
    let talk = on(&[call("1.1", "talking")]);
    for (look, words) in [(Look::ENGLISH, "No answer for"), (Look::CHINESE, "没有应答")] {
        stage.show(Page::Main, look, &with(talk.clone(), json!({"connection": {"silent_since": ago(5)}}))).await?;
        stage.page().wait_text("connection", words).await?;
        stage.page().wait_text("connection", "00:05").await?;
        let faults = stage.illegible().await?;
        ensure!(faults.is_empty(), "{faults:?}");
        picture(stage, "main", "silent", look).await?;
        stage.change(&talk).await?;
        stage.page().wait_text("connection", if look == Look::ENGLISH { "Connected" } else { "已连接" }).await?;
        ensure!(!stage.page().text("connection").await?.contains("00:0"), "the time stays");
    }
    Ok(())
}
