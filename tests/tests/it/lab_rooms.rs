//! Bridges in which nobody talks with anybody: a waiting room, as callers sit in who are parked or wait to be taken.

use anyhow::{Context, Result, ensure};
use uncall_tests::{floor::*, lab::Lab};

/// Both are in the room, by the PBX's own list.
async fn waits(floor: &Floor<Real>) -> Result<()> {
    floor
        .until("both wait in one bridge", async |floor| {
            let legs = floor.phones.lab.manager("viewer").await?.list(&[("Action", "CoreShowChannels")]).await?;
            let rooms: Vec<&str> = legs.iter().map(|leg| leg.get("BridgeId")).collect();
            Ok(matches!(rooms.as_slice(), [one, other] if !one.is_empty() && one == other))
        })
        .await
}

#[tokio::test]
async fn a_waiting_room_is_no_conversation_after_a_restart_either() -> Result<()> {
    let real = Real::on(Lab::start().await?).await?;
    let gateway = Real::gateway(&real.lab, Real::options(&real.lab, "uncall")).await?;
    let mut floor = Floor::with(real, gateway).await?;
    for party in [CALLER, "801"] {
        floor.phones.tries(party, "888").await?;
    }
    waits(&floor).await?;
    for again in [false, true] {
        if again {
            let gateway = Real::gateway(&floor.phones.lab, Real::options(&floor.phones.lab, "uncall")).await?;
            floor = floor.anew(gateway).await?;
        }
        floor.until("801 has a call", async |floor| Ok(floor.current("801").await?.is_some())).await?;
        for request in [hold("801"), transfer("801", "803"), survey("801")] {
            let said = floor.no(request).await.with_context(|| format!("after a restart: {again}"))?;
            ensure!(["Agent not in use", "Agent not in bridge"].contains(&said.as_str()), "{said}");
        }
        waits(&floor).await.context("nobody was taken out")?;
    }
    Ok(())
}
