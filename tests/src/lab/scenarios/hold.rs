//! Hold, and the ways in which it ends.

use anyhow::{Result, bail};

use super::{
    super::{CUSTOMER, phone::Stage},
    Scene,
};

pub(super) async fn play(name: &str, scene: &mut Scene) -> Result<()> {
    match name {
        "hold-restore" => {
            let (agent, other) = scene.talk().await?;
            scene.hold(&agent, &other, "600").await?;
            scene.restore(&agent, &other).await?;
            scene.remark("801 hangs up");
            scene.agent.hang_up().await
        }
        "hold-customer-hangs-up" => {
            let (agent, other) = scene.talk().await?;
            scene.hold(&agent, &other, "600").await?;
            scene.customer_hangs_up().await?;
            scene.ended(&agent).await.map(drop)
        }
        "hold-agent-drops-restore" => {
            drop_held(scene, "600").await?;
            fetch(scene, "801").await?;
            scene.customer_hangs_up().await
        }
        "hold-fetched-by-another" => {
            let (agent, other) = scene.talk().await?;
            scene.hold(&agent, &other, "600").await?;
            fetch(scene, "802").await?;
            scene.remark("801 hangs up, whom nobody holds any more");
            scene.agent.hang_up().await?;
            scene.ended(&agent).await?;
            scene.customer_hangs_up().await
        }
        "hold-past-recall" => {
            let (agent, other) = scene.talk().await?;
            let from = scene.manager.here();
            scene.hold(&agent, &other, "1").await?;
            let music = |event: &'static str| [("Event", event), ("Channel", other.as_str())];
            let stopped = scene.manager.event(from, &music("MusicOnHoldStop")).await?;
            let looked = scene.manager.since(0).iter().position(|message| *message == stopped).unwrap_or(from);
            scene.manager.event(looked, &music("MusicOnHoldStart")).await?;
            scene.restore(&agent, &other).await?;
            scene.remark("801 hangs up");
            scene.agent.hang_up().await
        }
        "hold-agent-drops-recall" => {
            drop_held(scene, "2").await?;
            let from = scene.manager.here();
            scene.remark("801 is rung by the PBX");
            scene.agent.at(Stage::Ringing).await?;
            scene.remark("801 answers");
            scene.agent.answer().await?;
            scene.together(from, &scene.leg("801")?, &scene.leg("trunk")?).await?;
            scene.remark("801 hangs up");
            scene.agent.hang_up().await
        }
        "hold-agent-drops-recall-unanswered" => {
            drop_held(scene, "2").await?;
            let from = scene.manager.here();
            scene.remark("801 is rung by the PBX and does not answer");
            scene.agent.at(Stage::Ringing).await?;
            let unanswered = [("Event", "UserEvent"), ("UserEvent", "UncallRecall"), ("Result", "NOANSWER")];
            scene.manager.event(from, &unanswered).await?;
            scene.agent.idle().await?;
            scene.customer_hangs_up().await
        }
        "hold-between-extensions" => {
            scene.remark("801 calls 802");
            scene.agent.call("802").await?;
            scene.remark("802 answers");
            scene.colleague.answer().await?;
            let (agent, other) = (scene.leg("801")?, scene.leg("802")?);
            scene.together(0, &agent, &other).await?;
            scene.hold(&agent, &other, "600").await?;
            scene.restore(&agent, &other).await?;
            scene.remark("801 hangs up");
            scene.agent.hang_up().await
        }
        _ => bail!("no such call"),
    }
}

/// The customer is held, and then the agent's phone hangs up.
async fn drop_held(scene: &mut Scene, recall: &str) -> Result<()> {
    let (agent, other) = scene.talk().await?;
    scene.hold(&agent, &other, recall).await?;
    scene.remark("801 hangs up");
    scene.agent.hang_up().await?;
    scene.agent.idle().await?;
    scene.ended(&agent).await.map(drop)
}

/// Rings an agent, who gets the held customer.
async fn fetch(scene: &mut Scene, exten: &str) -> Result<()> {
    let (other, from) = (scene.leg("trunk")?, scene.manager.here());
    scene
        .act(&[
            ("Action", "Originate"),
            ("Channel", &format!("PJSIP/{exten}")),
            ("Application", "Bridge"),
            ("Data", &other),
            ("CallerID", CUSTOMER),
            ("Timeout", "15000"),
            ("Async", "true"),
        ])
        .await?;
    let phone = if exten == "801" { &scene.agent } else { &scene.colleague };
    phone.at(Stage::Ringing).await?;
    scene.remark(&format!("{exten} answers"));
    phone.answer().await?;
    scene.together(from, &scene.leg(exten)?, &other).await?;
    scene.set(&other, "UNCALL_PEER", "").await
}
