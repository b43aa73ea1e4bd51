//! 10,000 push subscribers on one gateway that hear nothing for most of the time, and now and then a call.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::sync::mpsc;
use tokio::time::sleep;

use super::ami::day::{Day, Pace};
use super::ami::listeners::{Heard, Listeners};
use super::ami::score::Score;
use super::ami::{Site, extens, quantiles};
use super::load::f64_of;
use super::processes;
use super::table::Table;

const AGENTS: u32 = 2_000;
/// An agent's panel, and others that follow the agent.
const EACH: usize = 5;
const SETTLED: Duration = Duration::from_secs(5);
/// Four heartbeats.
const IDLE: Duration = Duration::from_secs(60);
const CALLS: Pace =
    Pace { calls: 200, a_second: 5, shortest: Duration::from_secs(5), longest: Duration::from_secs(10) };
/// Sockets here, with room for what else a program has open.
const FILES: u64 = 12_000;

/// Measures all of it.
pub async fn measure(table: &mut Table) -> Result<()> {
    let files = rlimit::increase_nofile_limit(FILES)?;
    ensure!(files >= FILES, "only {files} files may be open; raise the hard limit (ulimit -Hn) to {FILES}");
    let extens = extens(AGENTS);
    let Site { gateway, pbx, configuration: _kept } = Site::start(&extens).await?;
    let process = gateway.process().context("the gateway has ended")?;
    let (tell, mut heard) = mpsc::unbounded_channel::<Heard>();

    let before = processes::memory(process)?;
    let all = (0..EACH).flat_map(|_| extens.iter().map(String::as_str));
    let (began, worked) = (Instant::now(), processes::processor_time(&[process]));
    let mut listeners = Listeners::open(gateway.address, all, &tell).await?;
    let opening = began.elapsed();
    let accepting = processes::processor_time(&[process]).saturating_sub(worked);
    sleep(SETTLED).await;
    let count = u64::from(AGENTS) * u64::try_from(EACH)?;
    let weight = f64_of(processes::memory(process)?.saturating_sub(before)) / 1024.0 / f64_of(count);
    let worked = processes::processor_time(&[process]);
    sleep(IDLE).await;
    let idle = processes::processor_time(&[process]).saturating_sub(worked).as_secs_f64() / IDLE.as_secs_f64();

    let mut day = Day::new(pbx, &extens)?;
    day.learn(&mut heard).await?;
    let day = Arc::new(day);
    let mut score = Score::keep(Arc::clone(&day), heard);
    let calling = Instant::now();
    let events = day.play(CALLS).await? * EACH;
    score.complete(events).await?;
    listeners.check()?;

    let (seconds, core) = (opening.as_secs_f64(), accepting.as_secs_f64());
    let what = format!("{count} push subscribers: until each has its snapshot");
    table.plain(&what, format!("{seconds:.1} s, {core:.1} s of processor time"));
    table.plain("… memory of each", format!("{weight:.1} KiB"));
    table.plain("… processor time while nothing happens but heartbeats", format!("{:.1} % of a core", 100.0 * idle));
    let delays = score.within(calling, Instant::now());
    let what = format!("… {} call set-ups a second beside: event of the PBX to {EACH} streams", CALLS.a_second);
    table.plain(&what, quantiles(&delays));
    Ok(())
}
