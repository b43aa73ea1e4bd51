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
            let (other, from) = (scene.leg("trunk")?, scene.manager.here());
            scene
                .act(&[
                    ("Action", "Originate"),
                    ("Channel", "PJSIP/801"),
                    ("Application", "Bridge"),
                    ("Data", &other),
                    ("CallerID", CUSTOMER),
                    ("Timeout", "15000"),
                    ("Async", "true"),
                ])
                .await?;
            scene.agent.at(Stage::Ringing).await?;
            scene.remark("801 answers");
            scene.agent.answer().await?;
            scene.together(from, &scene.leg("801")?, &other).await?;
            scene.set(&other, "UNCALL_PEER", "").await?;
            scene.customer_hangs_up().await
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
