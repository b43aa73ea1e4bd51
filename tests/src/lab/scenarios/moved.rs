//! Calls that phones, feature codes and other programs begin or move, and what a dialplan answers by itself.

use anyhow::{Context, Result, bail};

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
        "moved-pick-up" => {
            scene.remark("13632510278 calls 801");
            scene.customer.call("801").await?;
            scene.agent.at(Stage::Ringing).await?;
            scene.remark("802 picks up (*8)");
            scene.colleague.call("*8").await?;
            scene.colleague.until_hears(&Heard::tones([Tone::Customer])).await?;
            scene.customer_hangs_up().await
        }
        "moved-refer" => {
            scene.talk().await?;
            scene.remark("801's phone sends the customer to 802 (REFER)");
            scene.agent.refer("802").await?;
            scene.colleague.at(Stage::Ringing).await?;
            scene.remark("802 answers");
            scene.colleague.answer().await?;
            scene.colleague.until_hears(&Heard::tones([Tone::Customer])).await?;
            scene.customer_hangs_up().await
        }
        "moved-by-keys" => by_keys(scene).await,
        "moved-program" => {
            program(scene, Some("CRM <801>")).await?;
            program(scene, None).await
        }
        "moved-menu" => {
            scene.remark("801 calls a menu");
            scene.agent.call("887").await?;
            scene.agent.until_hears(&Heard::tones([Tone::Music])).await?;
            scene.remark("801 hangs up");
            scene.agent.hang_up().await
        }
        "moved-early" => {
            scene.remark("801 unregisters, and what comes in its place says 183 and no 180");
            scene.agent.unregister().await?;
            let _early = scene.lab.early("801").await?;
            scene.remark("13632510278 calls 801");
            scene.customer.call("801").await?;
            scene.manager.event(0, &[("Event", "DialState"), ("DialStatus", "PROGRESS")]).await?;
            scene.customer_hangs_up().await?;
            scene.over().await
        }
        _ => bail!("no such call"),
    }
}

/// The PBX's own attended transfer.
async fn by_keys(scene: &mut Scene) -> Result<()> {
    scene.remark("13632510278 calls 801, who answers");
    scene.customer.call("886").await?;
    scene.agent.at(Stage::Ringing).await?;
    scene.agent.answer().await?;
    scene.agent.until_hears(&Heard::tones([Tone::Customer])).await?;
    scene.remark("801 presses *2 and 802");
    for key in ['*', '2'] {
        scene.agent.press(key).await?;
    }
    scene.agent.until_hears(&Heard::tones([Tone::ThanksPrompt])).await?;
    for key in ['8', '0', '2'] {
        scene.agent.press(key).await?;
    }
    scene.colleague.at(Stage::Ringing).await?;
    scene.remark("802 answers");
    scene.colleague.answer().await?;
    scene.colleague.until_hears(&Heard::tones([Tone::Phone801])).await?;
    scene.remark("801 hangs up");
    scene.agent.hang_up().await?;
    scene.colleague.until_hears(&Heard::tones([Tone::Customer])).await?;
    scene.customer_hangs_up().await
}

/// A program has 801 call the customer.
async fn program(scene: &mut Scene, caller: Option<&str>) -> Result<()> {
    let place = [("Context", "from-internal"), ("Exten", CUSTOMER), ("Priority", "1"), ("Async", "true")];
    let mut action = vec![("Action", "Originate"), ("Channel", "PJSIP/801")];
    action.extend(place);
    action.extend(caller.map(|caller| ("CallerID", caller)));
    let from = scene.manager.here();
    scene.act(&action).await?;
    scene.agent.at(Stage::Ringing).await?;
    scene.remark("801 answers");
    scene.agent.answer().await?;
    scene.customer.at(Stage::Ringing).await.context("the customer is called")?;
    scene.remark("13632510278 answers");
    scene.customer.answer().await?;
    let (agent, other) = (scene.leg("801")?, scene.leg("trunk")?);
    scene.together(from, &agent, &other).await?;
    scene.remark("801 hangs up");
    scene.agent.hang_up().await?;
    scene.customer.idle().await?;
    scene.ended(&agent).await.map(drop)
}
