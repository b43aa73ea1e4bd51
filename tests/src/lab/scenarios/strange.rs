//! Callers with line breaks in their number, whose text becomes lines of the manager interface.

use anyhow::{Context, Result, bail};

use super::{super::stranger::Stranger, Scene};

/// 801 talks with the customer. A stranger, whose number pretends that 801's call has ended, calls 802. Then everything is listed
/// as a gateway would.
pub(super) async fn play(name: &str, scene: &mut Scene) -> Result<()> {
    let (agent, other) = scene.talk().await?;
    let messages = scene.manager.since(0);
    let began = messages.iter().find(|message| message.has(&[("Event", "Newchannel"), ("Channel", &agent)]));
    let leg = began.context("801 has no leg")?.get("Uniqueid").to_owned();
    let number = match name {
        // Ends the event it is in, and forms one of its own.
        "strange-event" => format!("138\r\n\r\nEvent: Hangup\r\nUniqueid: {leg}\r\n\r\n"),
        // Changes the leg of the event it is in.
        "strange-lines" => format!("138\r\nEvent: Hangup\r\nUniqueid: {leg}"),
        _ => bail!("no such call"),
    };
    scene.remark("a stranger calls 802 by a dialplan that takes callers as they are");
    let stranger = Stranger::calls(scene.lab.address(), &number, "8902").await?;
    // The ringing phone does not understand such a number.
    let (from, called) = (scene.leg("trunk")?, scene.leg("802")?);
    scene.manager.event(0, &[("Event", "DeviceStateChange"), ("Device", "PJSIP/802"), ("State", "RINGING")]).await?;
    scene.manager.list(&[("Action", "CoreShowChannels")]).await?;
    scene.manager.list(&[("Action", "BridgeList")]).await?;
    scene.manager.list(&[("Action", "DeviceStateList")]).await?;
    for channel in [&from, &called] {
        for variable in ["UNIQUEID", "CHANNEL(linkedid)", "CONTEXT"] {
            scene.act(&[("Action", "Getvar"), ("Channel", channel), ("Variable", variable)]).await?;
        }
    }
    scene.remark("the stranger gives up");
    stranger.gives_up().await?;
    scene.ended(&from).await?;
    scene.ended(&called).await?;
    scene.customer_hangs_up().await?;
    scene.ended(&agent).await?;
    scene.ended(&other).await.map(drop)
}
