//! The PBX ends with calls up, by an administrator's hand and by a power cut, and comes back.

use anyhow::{Context, Result, ensure};
use uncall_contract::Request;
use uncall_tests::floor::*;

use super::wire::LOST;

fn every_verb(channel: &str) -> [Request; 10] {
    [
        dial("802", CALLER),
        busy("802"),
        idle("802"),
        hold("801"),
        restore("804", channel),
        transfer("801", "802"),
        survey("801"),
        listen("803", "801"),
        whisper("803", "801"),
        hang_up("801"),
    ]
}

#[tokio::test]
async fn its_calls_end_for_the_agents_and_they_are_there_again() -> Result<()> {
    let mut floor = Floor::<Real>::start().await?;
    floor.ok(busy("803")).await?;
    floor.tells("803", &["busy"]).await?;
    let mut told: Vec<&str> = Vec::new();
    for stopped in [true, false] {
        floor.phones.calls(CALLER, "801").await?;
        floor.phones.answers("801").await?;
        told.extend(["ringing", "talking"]);
        floor.tells("801", &told).await?;
        let call = floor.current("801").await?;
        let channel = floor.ok(hold("801")).await?;
        floor.ok(restore("801", &channel)).await?;
        told.extend(["held", "talking"]);
        if stopped {
            floor.phones.lab.stop().await?;
            floor.on_hook(&["801", CALLER]).await?;
        } else {
            floor.phones.lab.kill().await?;
        }
        floor.until("the gateway notices", async |floor| Ok(floor.no(hang_up("801")).await? == LOST)).await?;
        for request in every_verb(&channel) {
            floor.refused(request, LOST).await?;
        }
        if stopped {
            // Asterisk has hung up properly, and said so.
            told.push("ended hangup");
            floor.tells("801", &told).await?;
        } else {
            ensure!(floor.current("801").await? == call, "what was known last");
            // The phones do not know that their call is gone.
            floor.phones.hangs_up("801").await?;
            floor.phones.hangs_up(CALLER).await?;
            floor.on_hook(&["801", CALLER]).await?;
            told.push("ended hangup");
        }
        floor.phones.lab.boot().await?;
        floor.connected().await?;
        floor.tells("801", &told).await?;
        ensure!(floor.current("801").await?.is_none());
        let began = tokio::time::Instant::now();
        floor
            .until("802 can be dialled", async |floor| Ok(floor.ask(dial("802", "803")).await?.is_ok()))
            .await
            .context("the phones are there again")?;
        println!("stopped: {stopped}; dialled {:?} after the boot", began.elapsed());
        floor.phones.declines("802").await?;
        floor.on_hook(&["802"]).await?;
        ensure!(floor.told("803") == ["busy"], "busy all the time: {:?}", floor.told("803"));
        floor.phones.tries(CALLER, "803").await?;
        floor.hears(CALLER, &["busy"]).await?;
        floor.on_hook(&[CALLER]).await?;
    }
    Ok(())
}

/// The login is possible some tenths of a second before the modules are loaded, and the first lists then lack phones.
#[tokio::test]
async fn a_gateway_that_comes_while_it_starts_sees_all_phones_soon() -> Result<()> {
    let mut floor = Floor::<Real>::start().await?;
    floor.ok(busy("804")).await?;
    for _ in 0..3 {
        floor.phones.lab.stop().await?;
        // A new one looks again after a tenth of a second, and so meets the PBX on its way up.
        let early = Real::gateway(&floor.phones.lab, Real::options(&floor.phones.lab, "uncall")).await?;
        floor.phones.lab.boot().await?;
        let began = tokio::time::Instant::now();
        // Streams open when the extensions are known.
        floor = floor.anew(early).await?;
        for (from, to) in [("801", "802"), ("803", "801")] {
            let dialled = async |floor: &Floor<Real>| Ok(floor.ask(dial(from, to)).await?.is_ok());
            floor.until(&format!("{from} can be dialled"), dialled).await?;
            floor.phones.declines(from).await?;
            floor.on_hook(&[from]).await?;
        }
        println!("all there {:?} after the boot", began.elapsed());
        floor.phones.tries(CALLER, "804").await?;
        floor.hears(CALLER, &["busy"]).await?;
        floor.on_hook(&[CALLER]).await?;
    }
    Ok(())
}
