//! Click-to-dial.

use anyhow::{Result, bail};

use super::{
    super::{BUSY_NUMBER, CUSTOMER, SILENT_NUMBER, phone::Stage},
    Scene,
};

pub(super) async fn play(name: &str, scene: &mut Scene) -> Result<()> {
    match name {
        "click" => {
            scene.click("801", CUSTOMER, "20000").await?;
            answer(scene).await?;
            scene.customer.at(Stage::Ringing).await?;
            scene.remark("13632510278 answers");
            scene.customer.answer().await?;
            scene.together(0, &scene.leg("801")?, &scene.leg("trunk")?).await?;
            scene.remark("801 hangs up");
            scene.agent.hang_up().await
        }
        "click-extension" => {
            scene.click("801", "802", "20000").await?;
            answer(scene).await?;
            scene.colleague.at(Stage::Ringing).await?;
            scene.remark("802 answers");
            scene.colleague.answer().await?;
            scene.together(0, &scene.leg("801")?, &scene.leg("802")?).await?;
            scene.remark("802 hangs up");
            scene.colleague.hang_up().await
        }
        "click-agent-busy" => {
            scene.click("801", CUSTOMER, "20000").await?;
            scene.agent.at(Stage::Ringing).await?;
            scene.remark("801 is busy (486)");
            scene.agent.busy().await?;
            failed(scene).await
        }
        "click-agent-declines" => {
            let _declines = scene.lab.decliner("801").await?;
            scene.remark("801's phone declines (603)");
            scene.click("801", CUSTOMER, "20000").await?;
            failed(scene).await?;
            scene.over().await
        }
        "click-agent-no-answer" => {
            scene.click("801", CUSTOMER, "2000").await?;
            scene.agent.at(Stage::Ringing).await?;
            scene.remark("801 does not answer");
            failed(scene).await
        }
        "click-agent-unregistered" => {
            scene.remark("801 unregisters");
            scene.agent.unregister().await?;
            scene.click("801", CUSTOMER, "20000").await?;
            failed(scene).await
        }
        "click-target-busy" => {
            scene.click("801", BUSY_NUMBER, "20000").await?;
            answer(scene).await?;
            scene.remark("13700000001 is busy (486)");
            scene.manager.event(0, &[("Event", "DialEnd"), ("DialStatus", "BUSY")]).await?;
            scene.agent.idle().await
        }
        "click-cancelled" => {
            scene.click("801", SILENT_NUMBER, "20000").await?;
            answer(scene).await?;
            scene.customer.at(Stage::Ringing).await?;
            scene.remark("801 hangs up while 13700000002 rings");
            scene.agent.hang_up().await
        }
        _ => bail!("no such call"),
    }
}

async fn answer(scene: &Scene) -> Result<()> {
    scene.agent.at(Stage::Ringing).await?;
    scene.remark("801 answers");
    scene.agent.answer().await?;
    scene.manager.event(0, &[("Event", "OriginateResponse"), ("Response", "Success")]).await.map(drop)
}

async fn failed(scene: &Scene) -> Result<()> {
    scene.manager.event(0, &[("Event", "OriginateResponse"), ("Response", "Failure")]).await.map(drop)
}
