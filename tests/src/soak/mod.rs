//! A call centre for hours: 2,000 agents, half with push streams and half polling, 20 calls per second, a gateway that is killed
//! every ten minutes, a PBX connection that is cut every seven, and a proxy that breaks every three.
//!
//! - [`agents`]: what the agents' clients see;
//! - [`judge`]: whether that is what happened.

pub mod agents;
pub mod judge;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;
use tokio::process::Command;
use tokio::sync::mpsc;
use tokio::time::{interval, sleep};

use crate::figures::ami::{
    day::{Day, Pace},
    extens,
    listeners::Listeners,
    pbx::{self, Pbx},
};
use crate::figures::processes;
use crate::figures::program::Server;
use crate::twins::wire::{State, Wire};
use crate::wire;
use agents::{Polling, Streaming};
use judge::{Judge, Trouble};

const AGENTS: u32 = 2_000;
const SETUPS: usize = 20;
/// Two of this many agents come through the proxy: one with a stream and one that polls.
const BEHIND_PROXY: usize = 10;
const RESTART: Duration = Duration::from_secs(10 * 60);
const CUT: Duration = Duration::from_secs(7 * 60);
const BREAK: Duration = Duration::from_secs(3 * 60);
/// How long the proxy is down.
const BROKEN: Duration = Duration::from_secs(8);
/// How long recovery takes after a repair: clients reconnect, calls are known again.
const SETTLED: Duration = Duration::from_secs(6);
/// The open files needed: two per stream and per proxied connection.
const FILES: u64 = 12_000;
/// The greatest relative difference of the memory before a restart from that before the first one.
const FLAT: f64 = 0.02;

/// Runs for this long and reports each minute. Fails with what was lost, doubled or made up.
///
/// # Errors
/// With the first findings.
pub async fn run(length: Duration, mut say: impl FnMut(&str)) -> Result<()> {
    rlimit::increase_nofile_limit(FILES)?;
    let extens = extens(AGENTS);
    let mut site = Site::start(&extens).await?;
    let pbx = site.pbx.take().context("no PBX")?;
    let day = learnt(&site, pbx, &extens).await?;
    let proxy = Wire::to(site.address).await?;

    let (tell, mut told) = mpsc::unbounded_channel();
    let mut judge = Judge::new(Arc::clone(&day));
    let mut clients = tokio::task::JoinSet::new();
    for (number, exten) in extens.iter().enumerate() {
        let is_proxied = number % BEHIND_PROXY < 2;
        let address = if is_proxied { proxy.address } else { site.address };
        let streams = number % 2 == 0;
        judge.knows(exten, streams, is_proxied);
        if streams {
            clients.spawn(Streaming::new(exten, address, tell.clone()).follow());
        } else {
            clients.spawn(Polling::new(exten, address, tell.clone()).follow());
        }
    }
    sleep(SETTLED).await;

    let seconds = usize::try_from(length.as_secs())?;
    let pace = Pace {
        calls: SETUPS * seconds,
        a_second: SETUPS,
        shortest: Duration::from_secs(20),
        longest: Duration::from_secs(40),
    };
    let playing = Arc::clone(&day);
    let playing = tokio::spawn(async move { playing.play(pace).await });
    let began = Instant::now();
    let mut due = Due { restart: RESTART / 2, cut: CUT / 2, proxy: BREAK / 2 };
    let (mut minutes, mut weights, mut counts) = (interval(Duration::from_secs(60)), Vec::new(), Counts::default());
    let mut ticks = interval(Duration::from_millis(500));
    while began.elapsed() < length {
        tokio::select! {
            biased;
            Some(sighting) = told.recv() => judge.take(sighting),
            _ = ticks.tick() => {
                judge.settle(Instant::now());
                let passed = began.elapsed();
                if passed >= due.restart {
                    due.restart += RESTART;
                    weights.push((due.restart > RESTART * 2, site.memory()?));
                    counts.restarts += 1;
                    judge.trouble(Trouble::begins(false));
                    site.restart().await?;
                    site.well(&mut told, &mut judge).await?;
                    judge.trouble(Trouble::ends(false, SETTLED));
                } else if passed >= due.cut {
                    due.cut += CUT;
                    counts.cuts += 1;
                    judge.trouble(Trouble::begins(false));
                    day.pbx().cut();
                    sleep(Duration::from_millis(200)).await;
                    site.well(&mut told, &mut judge).await?;
                    judge.trouble(Trouble::ends(false, SETTLED));
                } else if passed >= due.proxy {
                    due.proxy += BREAK;
                    counts.breaks += 1;
                    proxy.set(if counts.breaks % 2 == 0 { State::Silent } else { State::Cut });
                    judge.trouble(Trouble::begins(true));
                } else if judge.is_proxy_broken() && passed + BREAK >= due.proxy + BROKEN {
                    proxy.set(State::Whole);
                    judge.trouble(Trouble::ends(true, SETTLED));
                }
            }
            _ = minutes.tick() => {
                let megabytes = site.memory()? / 1_000_000;
                say(&format!("{:>4} min: {judge}, {counts}, {megabytes} MB", began.elapsed().as_secs() / 60));
            }
            Some(ended) = clients.join_next() => bail!("a client has ended: {ended:?}"),
        }
        ensure!(judge.findings().len() < 20, "{}", judge.findings().join("\n"));
    }
    playing.await??;
    let last = Instant::now();
    while last.elapsed() < judge::GRACE + SETTLED {
        let next = tokio::time::timeout(Duration::from_millis(200), told.recv()).await;
        if let Ok(Some(sighting)) = next {
            judge.take(sighting);
        }
        judge.settle(Instant::now());
    }
    clients.shutdown().await;
    weights.push((false, site.memory()?));
    let lives: Vec<u64> = weights.iter().filter(|(whole, _)| *whole).map(|(_, bytes)| *bytes).collect();
    say(&format!(
        "at the end: {judge}, {counts}; memory before each restart, and now: {:?} kB",
        weights.iter().map(|(_, bytes)| bytes / 1000).collect::<Vec<_>>()
    ));
    ensure!(judge.findings().is_empty(), "{}", judge.findings().join("\n"));
    if let [first, .., last] = lives.as_slice() {
        let grown = crate::figures::load::f64_of(*last) / crate::figures::load::f64_of(*first) - 1.0;
        say(&format!("memory of the last whole life beside the first: {:+.1} %", 100.0 * grown));
        ensure!(grown.abs() <= FLAT, "memory is not flat");
    }
    Ok(())
}

/// The times of the next faults.
struct Due {
    restart: Duration,
    cut: Duration,
    proxy: Duration,
}

#[derive(Debug, Default)]
struct Counts {
    restarts: usize,
    cuts: usize,
    breaks: usize,
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Counts { restarts, cuts, breaks } = self;
        write!(f, "{restarts} restarts, {cuts} cuts, the proxy broke {breaks} times")
    }
}

/// The gateway, in a process of its own, restarted at the same address.
struct Site {
    gateway: Server,
    address: SocketAddr,
    pbx: Option<Pbx>,
    configuration: TempDir,
}

impl Site {
    async fn start(extens: &[String]) -> Result<Site> {
        let mut pbx = Pbx::start(extens.to_vec()).await?;
        let configuration = tempfile::tempdir()?;
        let (user, secret) = pbx::LOGIN;
        let text = format!("[asterisk]\naddress = \"{}\"\nuser = \"{user}\"\nsecret = \"{secret}\"\n", pbx.address);
        std::fs::write(configuration.path().join("gateway.toml"), text)?;
        let gateway = start(&configuration, "127.0.0.1:0").await?;
        pbx.listed().await?;
        Ok(Site { address: gateway.address, gateway, pbx: Some(pbx), configuration })
    }

    /// Kills it and starts it again.
    async fn restart(&mut self) -> Result<()> {
        self.gateway.kill().await?;
        self.gateway = start(&self.configuration, &self.address.to_string()).await?;
        Ok(())
    }

    /// Waits until it is healthy. Sightings in the meantime are judged as usual.
    async fn well(&self, told: &mut mpsc::UnboundedReceiver<agents::Sighting>, judge: &mut Judge) -> Result<()> {
        let began = Instant::now();
        loop {
            let health = wire::get(self.address, "/healthz").await;
            if health.is_ok_and(|health| health.head.status == 200) {
                return Ok(());
            }
            ensure!(began.elapsed() < Duration::from_secs(60), "the gateway is not well again");
            while let Ok(sighting) = told.try_recv() {
                judge.take(sighting);
            }
            sleep(Duration::from_millis(100)).await;
        }
    }

    fn memory(&self) -> Result<u64> {
        processes::memory(self.gateway.process().context("the gateway has ended")?)
    }
}

/// The gateway next to this program, of the same build.
async fn start(configuration: &TempDir, listen: &str) -> Result<Server> {
    let own = std::env::current_exe()?;
    let mut program: PathBuf = own.parent().context("no folder")?.join("uncall-gateway");
    if !program.exists() {
        program = own.ancestors().nth(2).context("no folder")?.join("uncall-gateway");
    }
    let mut command = Command::new(program);
    command.args(["--pbx", "asterisk", "--listen", listen, "--config"]).arg(configuration.path().join("gateway.toml"));
    command.env_remove("RUST_LOG");
    Server::start(command, &[]).await
}

/// The calls. Each kind has been made once to learn which event leads to what.
async fn learnt(site: &Site, pbx: Pbx, extens: &[String]) -> Result<Arc<Day>> {
    let (tell, mut heard) = mpsc::unbounded_channel();
    let _listeners = Listeners::open(site.address, extens.iter().map(String::as_str), &tell).await?;
    sleep(Duration::from_secs(3)).await;
    let mut day = Day::new(pbx, extens)?;
    day.learn(&mut heard).await?;
    Ok(Arc::new(day))
}
