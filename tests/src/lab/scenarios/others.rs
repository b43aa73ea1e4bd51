//! Survey, supervision, and what a gateway asks that comes into the middle of a call.

use anyhow::{Result, bail};

use super::{
    super::{
        CUSTOMER,
        phone::Stage,
        tone::{Heard, Tone},
    },
    Scene,
};

pub(super) async fn play(name: &str, scene: &mut Scene) -> Result<()> {
    match name {
        "survey" => {
            ask(scene).await?;
            scene.remark("13632510278 presses 4");
            scene.customer.press('4').await?;
            scored(scene).await?;
            scene.customer.idle().await
        }
        "survey-unanswered" => {
            ask(scene).await?;
            scene.customer_hangs_up().await
        }
        "listen" => supervise(scene, "qES").await,
        "whisper" => supervise(scene, "qwES").await,
        "rebuild-ringing" => {
            scene.remark("13632510278 calls 801");
            scene.customer.call("801").await?;
            scene.agent.at(Stage::Ringing).await?;
            scene.manager.event(0, &[("Event", "DeviceStateChange"), ("State", "RINGING")]).await?;
            lists(scene).await?;
            scene.customer_hangs_up().await
        }
        "rebuild-talking" => {
            scene.talk().await?;
            lists(scene).await?;
            scene.customer_hangs_up().await
        }
        "rebuild-held" => {
            let (agent, other) = scene.talk().await?;
            scene.hold(&agent, &other, "600").await?;
            lists(scene).await?;
            scene.remark("801 hangs up");
            scene.agent.hang_up().await?;
            scene.ended(&agent).await?;
            lists(scene).await?;
            for variable in ["UNCALL_PEER", "UNCALL_HOLDER"] {
                scene.act(&[("Action", "Getvar"), ("Channel", &other), ("Variable", variable)]).await?;
            }
            scene.customer_hangs_up().await
        }
        "rebuild-transferring" => {
            let (agent, other) = scene.talk().await?;
            scene.transfer(&agent, &other, "802", "15").await?;
            scene.colleague.at(Stage::Ringing).await?;
            lists(scene).await?;
            scene.customer_hangs_up().await
        }
        _ => bail!("no such call"),
    }
}

/// The agent asks for a rating and hangs up; the customer hears the question.
async fn ask(scene: &mut Scene) -> Result<()> {
    let (_, other) = scene.talk().await?;
    scene.set(&other, "UNCALL_FEEDBACK", "801").await?;
    scene.remark("801 hangs up");
    scene.agent.hang_up().await?;
    scene.customer.until_hears(&Heard::tones([Tone::SurveyPrompt])).await
}

async fn scored(scene: &Scene) -> Result<()> {
    scene.manager.event(0, &[("Event", "UserEvent"), ("UserEvent", "UncallSurvey")]).await.map(drop)
}

/// 803 listens to 801.
async fn supervise(scene: &mut Scene, how: &str) -> Result<()> {
    let (agent, _) = scene.talk().await?;
    scene
        .act(&[
            ("Action", "Originate"),
            ("Channel", "PJSIP/803"),
            ("Application", "ChanSpy"),
            ("Data", &format!("{agent},{how}")),
            ("CallerID", "801"),
            ("Timeout", "10000"),
            ("Async", "true"),
        ])
        .await?;
    scene.supervisor.at(Stage::Ringing).await?;
    scene.remark("803 answers");
    scene.supervisor.answer().await?;
    scene.manager.event(0, &[("Event", "ChanSpyStart")]).await?;
    scene.remark("803 hangs up");
    scene.supervisor.hang_up().await?;
    scene.manager.event(0, &[("Event", "ChanSpyStop")]).await?;
    scene.remark(&format!("{CUSTOMER} hangs up"));
    scene.customer.hang_up().await
}

/// What a gateway asks after each login.
async fn lists(scene: &mut Scene) -> Result<()> {
    scene.manager.list(&[("Action", "CoreShowChannels")]).await?;
    scene.manager.list(&[("Action", "DeviceStateList")]).await?;
    // Set for nobody: refused.
    scene.manager.ask(&[("Action", "DBGet"), ("Family", "DND"), ("Key", "801")]).await?;
    scene.act(&[("Action", "DBPut"), ("Family", "DND"), ("Key", "803"), ("Val", "YES")]).await?;
    scene.manager.list(&[("Action", "DBGet"), ("Family", "DND"), ("Key", "803")]).await?;
    scene.act(&[("Action", "DBDel"), ("Family", "DND"), ("Key", "803")]).await.map(drop)
}
