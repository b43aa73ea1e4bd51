//! Calls that nobody touches.

use anyhow::{Result, bail};

use super::{
    super::{
        BUSY_NUMBER, CUSTOMER,
        deadline::{SOON, until},
        phone::Stage,
    },
    Scene,
};

pub(super) async fn play(name: &str, scene: &mut Scene) -> Result<()> {
    match name {
        "inbound-answered" => {
            scene.talk().await?;
            scene.customer_hangs_up().await
        }
        "inbound-agent-hangs-up" => {
            scene.talk().await?;
            scene.remark("801 hangs up");
            scene.agent.hang_up().await
        }
        "inbound-abandoned" => {
            ring(scene, "801").await?;
            scene.customer_hangs_up().await
        }
        "inbound-busy" => {
            ring(scene, "801").await?;
            scene.remark("801 is busy (486)");
            scene.agent.busy().await?;
            scene.customer.idle().await
        }
        "inbound-declined" => {
            let _declines = scene.lab.decliner("801").await?;
            scene.remark("13632510278 calls 801, whose phone declines (603)");
            scene.customer.call("801").await?;
            scene.manager.event(0, &[("Event", "DialEnd")]).await?;
            scene.over().await
        }
        "inbound-no-answer" => {
            short_ring(scene).await?;
            ring(scene, "801").await?;
            scene.remark("801 does not answer");
            scene.customer.idle().await
        }
        "inbound-unregistered" => {
            scene.remark("801 unregisters");
            scene.agent.unregister().await?;
            scene.remark("13632510278 calls 801");
            scene.customer.call("801").await?;
            scene.manager.event(0, &[("Event", "Hangup")]).await.map(drop)
        }
        "inbound-dnd" => {
            let entry = [("Family", "DND"), ("Key", "801")];
            scene.act(&[&[("Action", "DBPut")], entry.as_slice(), &[("Val", "YES")]].concat()).await?;
            scene.remark("13632510278 calls 801");
            scene.customer.call("801").await?;
            scene.manager.event(0, &[("Event", "Hangup")]).await?;
            scene.act(&[&[("Action", "DBDel")], entry.as_slice()].concat()).await.map(drop)
        }
        "extension-to-extension" => {
            scene.remark("801 calls 802");
            scene.agent.call("802").await?;
            scene.colleague.at(Stage::Ringing).await?;
            scene.remark("802 answers");
            scene.colleague.answer().await?;
            scene.together(0, &scene.leg("801")?, &scene.leg("802")?).await?;
            scene.remark("802 hangs up");
            scene.colleague.hang_up().await
        }
        "outgoing" => {
            scene.remark("801 calls 13632510278");
            scene.agent.call(CUSTOMER).await?;
            scene.customer.at(Stage::Ringing).await?;
            scene.remark("13632510278 answers");
            scene.customer.answer().await?;
            scene.together(0, &scene.leg("801")?, &scene.leg("trunk")?).await?;
            scene.remark("801 hangs up");
            scene.agent.hang_up().await?;
            scene.over().await?;
            scene.remark("801 calls 13700000001, who is busy");
            let from = scene.manager.here();
            scene.agent.call(BUSY_NUMBER).await?;
            scene.manager.event(from, &[("Event", "DialEnd"), ("DialStatus", "BUSY")]).await.map(drop)
        }
        "second-call" => {
            scene.talk().await?;
            let second = scene.lab.other_customer().await?;
            scene.remark("13421829060 calls 801, who is talking");
            second.call("801").await?;
            scene.agent.at(Stage::Ringing).await?;
            scene.remark("13421829060 hangs up");
            second.hang_up().await?;
            second.idle().await?;
            let from = scene.manager.here();
            scene.remark("13421829060 calls 801 again");
            second.call("801").await?;
            scene.agent.at(Stage::Ringing).await?;
            scene.remark("801 answers");
            scene.agent.answer().await?;
            scene.together(from, &scene.leg("801")?, &scene.leg("trunk")?).await?;
            scene.remark("13421829060 hangs up");
            second.hang_up().await?;
            scene.ended(&scene.leg("801")?).await?;
            scene.customer_hangs_up().await
        }
        "ring-group" => {
            ring(scene, "891").await?;
            scene.colleague.at(Stage::Ringing).await?;
            scene.remark("802 answers");
            scene.colleague.answer().await?;
            scene.together(0, &scene.leg("802")?, &scene.leg("trunk")?).await?;
            scene.customer_hangs_up().await
        }
        "ring-group-abandoned" => {
            ring(scene, "891").await?;
            scene.colleague.at(Stage::Ringing).await?;
            scene.customer_hangs_up().await
        }
        "queue" => {
            ring(scene, "892").await?;
            scene.colleague.at(Stage::Ringing).await?;
            scene.remark("801 answers");
            scene.agent.answer().await?;
            scene.together(0, &scene.leg("801")?, &scene.leg("trunk")?).await?;
            scene.remark("801 hangs up");
            scene.agent.hang_up().await
        }
        "hangup" => {
            let (agent, _) = scene.talk().await?;
            scene.act(&[("Action", "Hangup"), ("Channel", &agent)]).await?;
            scene.over().await?;
            // Once more: there is none.
            scene.manager.ask(&[("Action", "Hangup"), ("Channel", &agent)]).await.map(drop)
        }
        "hangup-held" => {
            let (agent, other) = scene.talk().await?;
            scene.hold(&agent, &other, "600").await?;
            scene.act(&[("Action", "Hangup"), ("Channel", &other)]).await?;
            scene.ended(&agent).await.map(drop)
        }
        "hangup-transferring" => {
            let (agent, other) = scene.talk().await?;
            scene.transfer(&agent, &other, "802", "15").await?;
            scene.colleague.at(Stage::Ringing).await?;
            scene.act(&[("Action", "Hangup"), ("Channel", &other)]).await?;
            scene.ended(&agent).await?;
            scene.colleague.idle().await
        }
        "phone-vanishes" => {
            let (agent, other) = scene.talk().await?;
            scene.remark("801's cable is pulled");
            scene.agent.vanish().await?;
            let ended = [("Event", "Hangup"), ("Channel", agent.as_str())];
            scene.manager.wait_from(0, "the end of 801's leg", 2 * SOON, |message| message.has(&ended)).await?;
            scene.ended(&other).await.map(drop)
        }
        "pbx-stops" => {
            scene.talk().await?;
            scene.remark("Asterisk is stopped");
            scene.lab.stop().await?;
            let closed =
                until("the connection has ended", SOON, async || Ok(scene.manager.closed().then_some(()))).await;
            scene.remark("the connection has ended");
            closed
        }
        "busy-idle-without-system" => {
            scene.manager = scene.lab.manager("nosystem").await?;
            scene.manager.ask(&[("Action", "DBPut"), ("Family", "DND"), ("Key", "801"), ("Val", "YES")]).await?;
            for context in ["uncall-dnd-on", "uncall-dnd-off"] {
                let (from, channel) = (scene.manager.here(), format!("Local/801@{context}/n"));
                let noop = [("Application", "NoOp"), ("Timeout", "3000"), ("Async", "true")];
                scene
                    .act(&[&[("Action", "Originate"), ("Channel", channel.as_str())], noop.as_slice()].concat())
                    .await?;
                scene.manager.event(from, &[("Event", "OriginateResponse"), ("Response", "Success")]).await?;
                scene.over().await?;
                scene.manager.ask(&[("Action", "DBGet"), ("Family", "DND"), ("Key", "801")]).await?;
            }
            Ok(())
        }
        "phone-comes-and-goes" => {
            scene.remark("801 unregisters");
            scene.agent.unregister().await?;
            let device = [("Event", "DeviceStateChange"), ("Device", "PJSIP/801")];
            scene.manager.event(0, &[device.as_slice(), &[("State", "UNAVAILABLE")]].concat()).await?;
            scene.remark("801 registers");
            scene.agent.register().await?;
            scene.manager.event(0, &[device.as_slice(), &[("State", "NOT_INUSE")]].concat()).await.map(drop)
        }
        _ => bail!("no such call"),
    }
}

/// The customer calls; 801 is among those that ring.
async fn ring(scene: &Scene, number: &str) -> Result<()> {
    scene.remark(&format!("{CUSTOMER} calls {number}"));
    scene.customer.call(number).await?;
    scene.agent.at(Stage::Ringing).await?;
    let ringing = [("Event", "Newstate"), ("Channel", &scene.leg("801")?), ("ChannelStateDesc", "Ringing")];
    scene.manager.event(0, &ringing).await.map(drop)
}

/// An extension rings for three seconds.
async fn short_ring(scene: &Scene) -> Result<()> {
    let mut admin = scene.lab.manager("admin").await?;
    admin.ask(&[("Action", "Setvar"), ("Variable", "UNCALL_RING"), ("Value", "3")]).await.map(drop)
}
