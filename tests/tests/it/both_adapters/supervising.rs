//! Listening and whispering: who hears whom.

use anyhow::{Result, ensure};
use uncall_tests::floor::*;

super::on_both! {
    a_listener_hears_both_and_nobody_hears_him,
    a_whisperer_is_heard_by_the_agent_alone,
    listener_and_target_are_checked,
}

async fn a_listener_hears_both_and_nobody_hears_him<P: Phones>(floor: Floor<P>) -> Result<()> {
    floor.talking().await?;
    ensure!(floor.ok(listen("803", "801")).await? == "Spy or whisper success");
    floor.phones.answers("803").await?;
    floor.hears("803", &["801", CALLER]).await?;
    floor.hears("801", &[CALLER]).await?;
    floor.hears(CALLER, &["801"]).await?;
    ensure!(floor.current("803").await?.is_none());
    floor.refused(listen("803", "801"), "Agent not in use").await?;
    floor.refused(dial("803", CALLER), "Busy").await?;
    let channel = floor.ok(hold("801")).await?;
    floor.hears("803", &["801"]).await?;
    floor.ok(restore("801", &channel)).await?;
    floor.hears("803", &["801", CALLER]).await?;
    floor.ok(hang_up("803")).await?;
    floor.on_hook(&["803"]).await?;
    floor.hears(CALLER, &["801"]).await?;
    ensure!(floor.told("803").is_empty(), "{:?}", floor.told("803"));
    Ok(())
}

async fn a_whisperer_is_heard_by_the_agent_alone<P: Phones>(floor: Floor<P>) -> Result<()> {
    floor.phones.calls("801", "802").await?;
    floor.phones.answers("802").await?;
    floor.tells("802", &["ringing", "talking"]).await?;
    floor.ok(whisper("803", "802")).await?;
    floor.phones.answers("803").await?;
    floor.hears("802", &["801", "803"]).await?;
    floor.hears("801", &["802"]).await?;
    floor.hears("803", &["801", "802"]).await?;
    floor.phones.hangs_up("801").await?;
    floor.on_hook(&["801", "802", "803"]).await
}

async fn listener_and_target_are_checked<P: Phones>(floor: Floor<P>) -> Result<()> {
    floor.talking().await?;
    floor.refused(listen("801", "801"), "Agent not in use").await?;
    floor.refused(whisper("899", "801"), "Agent not in use").await?;
    floor.refused(listen("803", "802"), "Spy or whisper failed").await?;
    floor.refused(whisper("803", "899"), "Spy or whisper failed").await
}
