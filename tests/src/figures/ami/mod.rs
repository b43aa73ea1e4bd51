//! The gateway on a PBX with 2,000 agents and 20 call set-ups a second: how long an event takes to the agent's stream, what the
//! gateway costs, and how much memory an agent takes. The PBX is a socket of this process that plays recorded traces of a real
//! one, with other numbers.
//!
//! - [`trace`], [`channels`], [`pbx`]: what the PBX says;
//! - [`day`]: the calls;
//! - [`listeners`], [`score`], [`polls`]: what the agents' panels see of it, and how late.

pub mod channels;
pub mod day;
pub mod listeners;
pub mod pbx;
pub mod polls;
pub mod score;
pub mod trace;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tempfile::TempDir;
use tokio::process::Command;
use tokio::sync::mpsc;
use tokio::time::sleep;

use super::load::f64_of;
use super::processes;
use super::program::{self, Server};
use super::sample::{Sample, millis};
use super::table::Table;
use day::{Day, Pace};
use listeners::{Heard, Listeners};
use pbx::Pbx;
use polls::Polls;
use score::Score;

const AGENTS: u32 = 2_000;
const SETUPS: usize = 20;
/// Calls take 20 to 40 s, so after this as many end as begin.
const RAMP: Duration = Duration::from_secs(40);
const MEASURED: Duration = Duration::from_secs(60);
/// The time for connections and first answers.
const WARM: Duration = Duration::from_secs(6);
const SETTLED: Duration = Duration::from_secs(3);
/// Each agent has ten calls in such a rush.
const RUSH: Pace =
    Pace { calls: 20_000, a_second: 250, shortest: Duration::from_secs(2), longest: Duration::from_secs(4) };
/// Aims.
const DELAY: Duration = Duration::from_millis(20);
const BUSY: f64 = 30.0;
const KIBIBYTES: f64 = 20.0;

/// The gateway on a PBX that plays.
#[derive(Debug)]
pub struct Site {
    /// The release build.
    pub gateway: Server,
    /// Its PBX.
    pub pbx: Pbx,
    /// Kept while the gateway runs.
    pub configuration: TempDir,
}

impl Site {
    /// Starts both; done when the gateway knows what is on the PBX.
    pub async fn start(extens: &[String]) -> Result<Site> {
        Site::start_with(extens, "").await
    }

    /// The same, with more in its configuration.
    pub async fn start_with(extens: &[String], more: &str) -> Result<Site> {
        let mut pbx = Pbx::start(extens.to_vec()).await?;
        let configuration = tempfile::tempdir()?;
        let file = configuration.path().join("gateway.toml");
        let (user, secret) = pbx::LOGIN;
        let address = pbx.address;
        let text = format!("[asterisk]\naddress = \"{address}\"\nuser = \"{user}\"\nsecret = \"{secret}\"\n{more}");
        std::fs::write(&file, text)?;
        let mut command = Command::new(program::release("uncall-gateway")?);
        command.args(["--pbx", "asterisk", "--listen", "127.0.0.1:0", "--config"]).arg(file).env_remove("RUST_LOG");
        let gateway = Server::start(command, &[]).await?;
        pbx.listed().await?;
        sleep(SETTLED).await;
        Ok(Site { gateway, pbx, configuration })
    }

    /// The gateway's memory in bytes.
    pub fn memory(&self) -> Result<u64> {
        processes::memory(self.gateway.process().context("the gateway has ended")?)
    }
}

/// The extensions of `count` agents.
pub fn extens(count: u32) -> Vec<String> {
    (0..count).map(|agent| (8_000 + agent).to_string()).collect()
}

/// Measures all of it.
pub async fn measure(table: &mut Table) -> Result<()> {
    let nobody = Site::start(&[]).await?.memory()?;
    let extens = extens(AGENTS);
    let Site { gateway, pbx, configuration: _kept } = Site::start(&extens).await?;
    let process = gateway.process().context("the gateway has ended")?;
    let memory = || processes::memory(process);
    let lines = memory()?;
    let (tell, mut heard) = mpsc::unbounded_channel::<Heard>();
    let mut listeners = Listeners::open(gateway.address, extens.iter().map(String::as_str), &tell).await?;
    sleep(SETTLED).await;
    let streams = memory()?;
    let mut day = Day::new(pbx, &extens)?;
    day.learn(&mut heard).await?;
    let day = Arc::new(day);
    let mut score = Score::keep(Arc::clone(&day), heard);

    let whole = (RAMP + MEASURED * 2 + WARM).as_secs();
    let calls = SETUPS * usize::try_from(whole)?;
    let pace = Pace { calls, a_second: SETUPS, shortest: RAMP / 2, longest: RAMP };
    let playing = tokio::spawn({
        let day = Arc::clone(&day);
        async move { day.play(pace).await }
    });
    sleep(RAMP).await;
    let alone = Stretch::measure(process).await;
    let talking = memory()?;
    let polls = Polls::begin(gateway.address, &extens)?;
    sleep(WARM).await;
    polls.warm();
    let beside = Stretch::measure(process).await;
    let polled = polls.end()?;
    let mut events = playing.await??;
    score.complete(events).await?;
    listeners.check()?;

    let what = format!("{AGENTS} agents, {SETUPS} call set-ups a second: event of the PBX to the agent's stream");
    let delays = alone.delays(&score);
    table.aimed(&what, "p99 ≤ 20 ms", quantiles(&delays), delays.quantile(99) <= DELAY);
    table.aimed("… processor time of the gateway", "≤ 30 % of a core", alone.said(), alone.busy() <= BUSY);
    let each = |bytes: u64| f64_of(bytes.saturating_sub(nobody)) / 1024.0 / f64::from(AGENTS);
    let said = format!(
        "{:.1} KiB (line {:.1}, stream {:.1}, calls {:.1})",
        each(talking),
        each(lines),
        each(streams) - each(lines),
        each(talking) - each(streams)
    );
    table.aimed("… memory of an agent", "≤ 20 KiB", said, each(talking) <= KIBIBYTES);
    let delays = beside.delays(&score);
    table.plain("… with each agent polling popEvent every 3 s beside: event to stream", quantiles(&delays));
    table.plain("… … the polls", quantiles(&polled));
    table.plain("… … processor time of the gateway", beside.said());

    let mut weights = Vec::new();
    for _ in 0..3 {
        events += day.play(RUSH).await?;
        score.complete(events).await?;
        sleep(SETTLED).await;
        weights.push(format!("{:.1}", each(memory()?)));
    }
    let what =
        format!("… memory of an agent after {} calls at {} a second, and again, and again", RUSH.calls, RUSH.a_second);
    table.plain(&what, format!("{} KiB", weights.join(", ")));
    listeners.check()
}

/// A period of measurement.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    from: Instant,
    to: Instant,
    worked: Duration,
}

impl Stretch {
    async fn measure(process: u32) -> Stretch {
        let (from, before) = (Instant::now(), processes::processor_time(&[process]));
        sleep(MEASURED).await;
        let worked = processes::processor_time(&[process]).saturating_sub(before);
        Stretch { from, to: Instant::now(), worked }
    }

    fn delays(&self, score: &Score) -> Sample {
        score.within(self.from, self.to)
    }

    /// Percent of a core.
    fn busy(&self) -> f64 {
        100.0 * self.worked.as_secs_f64() / (self.to - self.from).as_secs_f64()
    }

    fn said(&self) -> String {
        format!("{:.1} % of a core", self.busy())
    }
}

/// `p50 1.0 ms, p99 2.0 ms, at most 9.0 ms (30000)`.
pub fn quantiles(sample: &Sample) -> String {
    let at = |percent| millis(sample.quantile(percent));
    format!("p50 {}, p99 {}, at most {} ({})", at(50), at(99), at(100), sample.count())
}
