//! Queues: who is rung, who waits, who is paused, and logging in and out. 803 and 804 start outside all queues.

use anyhow::{Context, Result, ensure};
use uncall_client::{Observation, Watch};
use uncall_contract::{
    Extension,
    event::{Detail, Event, Presence, QueueAct, QueueChange, Queues},
};
use uncall_tests::floor::*;

super::on_both! {
    a_queue_rings_one_after_the_other_and_comes_back,
    pauses_are_shown_and_the_last_word_wins,
    an_agent_logs_in_and_out,
}

/// Both PBXs have these queues, without members.
const QUEUE: &str = "600";
const OTHER: &str = "601";

async fn change<P: Phones>(floor: &Floor<P>, exten: &str, queue: &str, act: QueueAct) -> Result<()> {
    let change = QueueChange { exten: exten.into(), queue: queue.into(), act };
    let answer = floor.client().change_queue(&change).await?.context("the server has no queues")?;
    ensure!(answer.ok, "{change:?}: {answer:?}");
    Ok(())
}

/// Waits until a stream with queues has reported this state.
async fn told(watch: &mut Watch, so: impl Fn(&Queues) -> bool) -> Result<Queues> {
    let mut last = None;
    let told = async {
        loop {
            if let Observation::Pushed(Event::Queues(queues)) = watch.next().await.context("the watch has ended")? {
                if so(&queues) {
                    return Ok(queues);
                }
                last = Some(queues);
            }
        }
    };
    let told = tokio::time::timeout(SOON, told).await;
    told.unwrap_or_else(|_| Err(anyhow::anyhow!("the last was {last:?}")))
}

/// Waits until 803 has this presence.
async fn is<P: Phones>(floor: &Floor<P>, presence: Presence, detail: Option<Detail>) -> Result<()> {
    let so = async |floor: &Floor<P>| {
        let now = floor.snapshot("803").await?;
        Ok((now.presence, now.detail) == (presence, detail))
    };
    floor.until(&format!("803 is {presence:?}, {detail:?}"), so).await
}

async fn a_queue_rings_one_after_the_other_and_comes_back<P: Phones>(floor: Floor<P>) -> Result<()> {
    for exten in ["803", "804"] {
        change(&floor, exten, QUEUE, QueueAct::Login).await?;
    }
    let mut watch = floor.watch_queues("804")?;
    told(&mut watch, |now| now.queues.iter().any(|queue| queue.name == QUEUE && queue.waiting == 0)).await?;
    floor.phones.tries(CALLER, QUEUE).await?;
    let uid = floor.pops("803", CALLER, "803", "callin").await?;
    let now = told(&mut watch, |now| now.queues.iter().any(|queue| queue.waiting == 1)).await?;
    ensure!(now.queues.iter().all(|queue| queue.waiting_since.is_some()), "{now:?}");
    floor.hears(CALLER, &["music"]).await?;
    floor.tells("803", &["ringing", "ended no_answer"]).await?;
    ensure!(floor.pops("804", CALLER, "804", "callin").await? == uid, "it goes on to 804");
    floor.tells("804", &["ringing", "ended no_answer"]).await?;
    ensure!(floor.pops("803", CALLER, "803", "callin").await? == uid, "and comes back to 803");
    // A member who declines is skipped, and the caller keeps the place in the queue.
    floor.phones.declines("803").await?;
    floor.tells("803", &["ringing", "ended no_answer", "ringing", "ended hangup"]).await?;
    floor.phones.answers("804").await?;
    floor.hears(CALLER, &["804"]).await?;
    floor.tells("804", &["ringing", "ended no_answer", "ringing", "talking"]).await?;
    told(&mut watch, |now| now.queues.iter().all(|queue| queue.waiting == 0)).await?;
    // A member in a call is not rung.
    floor.phones.hangs_up(CALLER).await?;
    floor.free(&["804"]).await?;
    floor.on_hook(&[CALLER]).await
}

async fn pauses_are_shown_and_the_last_word_wins<P: Phones>(floor: Floor<P>) -> Result<()> {
    for queue in [QUEUE, OTHER] {
        change(&floor, "803", queue, QueueAct::Login).await?;
    }
    is(&floor, Presence::Idle, None).await?;
    floor.phones.pauses(QUEUE, "803", true).await?;
    is(&floor, Presence::Idle, Some(Detail::PartlyPaused)).await?;
    floor.phones.pauses(OTHER, "803", true).await?;
    is(&floor, Presence::Busy, Some(Detail::Paused)).await?;
    floor.phones.pauses(QUEUE, "803", false).await?;
    is(&floor, Presence::Idle, Some(Detail::PartlyPaused)).await?;
    // Busy pauses everywhere, and idle undoes all of it.
    floor.ok(busy("803")).await?;
    is(&floor, Presence::Busy, Some(Detail::DoNotDisturb)).await?;
    let paused = async |floor: &Floor<P>, paused: bool| {
        let now = floor.client().queues(&Extension::parse("803")?).await?.context("the server has no queues")?;
        Ok::<bool, anyhow::Error>(now.queues.len() == 2 && now.queues.iter().all(|queue| queue.paused == paused))
    };
    ensure!(paused(&floor, true).await?);
    floor.ok(idle("803")).await?;
    is(&floor, Presence::Idle, None).await?;
    ensure!(paused(&floor, false).await?);
    // A supervisor's unpausing everywhere is the latest change and wins.
    floor.ok(busy("803")).await?;
    floor.phones.pauses(QUEUE, "803", false).await?;
    is(&floor, Presence::Busy, Some(Detail::DoNotDisturb)).await?;
    floor.phones.pauses(OTHER, "803", false).await?;
    is(&floor, Presence::Idle, None).await?;
    floor.phones.tries(CALLER, "803").await?;
    floor.phones.answers("803").await?;
    floor.hears(CALLER, &["803"]).await
}

async fn an_agent_logs_in_and_out<P: Phones>(floor: Floor<P>) -> Result<()> {
    let mut watch = floor.watch_queues("803")?;
    told(&mut watch, |now| now.queues.is_empty()).await?;
    for _ in 0..2 {
        change(&floor, "803", QUEUE, QueueAct::Login).await?;
    }
    told(&mut watch, |now| now.queues.iter().map(|queue| queue.name.as_str()).eq([QUEUE])).await?;
    for _ in 0..2 {
        change(&floor, "803", QUEUE, QueueAct::Logout).await?;
    }
    told(&mut watch, |now| now.queues.is_empty()).await?;
    // A busy agent who logs in starts out paused there.
    floor.ok(busy("803")).await?;
    change(&floor, "803", OTHER, QueueAct::Login).await?;
    told(&mut watch, |now| now.queues.iter().any(|queue| queue.name == OTHER && queue.paused)).await?;
    let nowhere = QueueChange { exten: "803".into(), queue: "no such".into(), act: QueueAct::Login };
    let answer = floor.client().change_queue(&nowhere).await?.context("the server has no queues")?;
    ensure!(answer.message.as_deref() == Some("No such queue"), "{answer:?}");
    Ok(())
}
