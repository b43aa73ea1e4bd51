//! Transfers, and their way back.

use anyhow::{Result, bail};

use super::{super::phone::Stage, Scene};

pub(super) async fn play(name: &str, scene: &mut Scene) -> Result<()> {
    let (agent, other) = scene.talk().await?;
    match name {
        "transfer" => {
            let from = scene.transfer(&agent, &other, "802", "15").await?;
            scene.remark("802 answers");
            scene.colleague.answer().await?;
            scene.together(from, &scene.leg("802")?, &other).await?;
            scene.ended(&agent).await?;
            scene.remark("802 hangs up");
            scene.colleague.hang_up().await
        }
        "transfer-busy" => {
            let from = scene.transfer(&agent, &other, "802", "15").await?;
            scene.remark("802 is busy (486)");
            scene.colleague.busy().await?;
            back(scene, from, &agent, &other).await
        }
        "transfer-declined" => {
            let _declines = scene.lab.decliner("802").await?;
            scene.remark("802's phone declines (603)");
            let from = scene.transfer(&agent, &other, "802", "15").await?;
            back(scene, from, &agent, &other).await?;
            scene.over().await
        }
        "transfer-no-answer" => {
            let from = scene.transfer(&agent, &other, "802", "2").await?;
            scene.colleague.at(Stage::Ringing).await?;
            scene.remark("802 does not answer");
            back(scene, from, &agent, &other).await
        }
        "transfer-unregistered" => {
            scene.remark("802 unregisters");
            scene.colleague.unregister().await?;
            let from = scene.transfer(&agent, &other, "802", "15").await?;
            back(scene, from, &agent, &other).await
        }
        "transfer-customer-hangs-up" => {
            scene.transfer(&agent, &other, "802", "15").await?;
            scene.colleague.at(Stage::Ringing).await?;
            scene.customer_hangs_up().await?;
            scene.ended(&agent).await.map(drop)
        }
        "transfer-agent-hangs-up" => {
            scene.transfer(&agent, &other, "802", "2").await?;
            scene.colleague.at(Stage::Ringing).await?;
            scene.remark("801 hangs up, 802 does not answer");
            scene.agent.hang_up().await?;
            scene.ended(&agent).await?;
            scene.ended(&other).await.map(drop)
        }
        "transfer-after-hold" => {
            scene.hold(&agent, &other, "600").await?;
            scene.restore(&agent, &other).await?;
            let from = scene.transfer(&agent, &other, "802", "15").await?;
            scene.remark("802 answers");
            scene.colleague.answer().await?;
            scene.together(from, &scene.leg("802")?, &other).await?;
            scene.ended(&agent).await?;
            let target = scene.leg("802")?;
            scene.hold(&target, &other, "600").await?;
            scene.restore(&target, &other).await?;
            scene.customer_hangs_up().await
        }
        _ => bail!("no such call"),
    }
}

/// The agent is with the customer again, and hangs up.
async fn back(scene: &Scene, from: usize, agent: &str, other: &str) -> Result<()> {
    let event = scene.manager.event(from, &[("Event", "UserEvent"), ("UserEvent", "UncallTransfer")]).await?;
    let at = scene.manager.since(0).iter().rposition(|message| *message == event).unwrap_or(from);
    scene.together(at, agent, other).await?;
    scene.remark("801 hangs up");
    scene.agent.hang_up().await
}
