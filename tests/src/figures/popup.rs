//! From the ring to the painted pop-up: from just before the call is made at the PBX until the page has painted it and the
//! core has heard so, two animation frames and a message later.

use std::time::Duration;

use anyhow::{Context, Result};

use super::{
    panel::{self, Opening, Process, between},
    polled::Proxy,
    sample::{Sample, millis},
    table::Table,
};
use crate::{
    gateway::Gateway,
    panel::{
        Desktop, Look,
        desk::{CUSTOMER, EXTENSION},
        desktop::until,
    },
    wire,
};

const WARM: usize = 20;
const BARE: usize = 10;
const POLLED: usize = 12;
/// Between a connected stream and the ring, and between two calls: what the last thing set off has come to rest.
const REST: Duration = Duration::from_secs(1);
/// A poll comes every three seconds; calls come at all times in between, evenly spread.
const POLL_SECONDS: f64 = 3.0;

/// What one call showed.
struct Shown {
    /// Until the core had decided that the call pops up.
    decided: Duration,
    painted: Duration,
}

/// Measures all ways in which a call reaches the screen.
pub async fn measure(table: &mut Table) -> Result<()> {
    let desktop = Desktop::start(Look::ENGLISH).await?;
    let gateway = Gateway::start().await?;
    let warm = pushed(&desktop, &gateway, "", WARM).await.context("pushed, warm pop-up")?;
    let limit = Duration::from_millis(100);
    row(table, "ring to painted pop-up, pushed, warm pop-up", Some(("p95 ≤ 100 ms", limit)), &warm);
    let mut first = Vec::new();
    for _ in 0..BARE {
        let mut panel = connected(&desktop, &gateway, "").await?;
        first.push(call(&desktop, &gateway, &mut panel).await.context("pushed, bare core")?);
        panel.stop(&desktop).await?;
    }
    let limit = Duration::from_millis(700);
    row(table, "ring to painted pop-up, pushed, from the bare core", Some(("p95 ≤ 700 ms", limit)), &first);
    let cooled = pushed(&desktop, &gateway, "popup_warm_minutes = 0\n", BARE).await.context("pushed, cooled pop-up")?;
    row(table, "… when an earlier pop-up has cooled", None, &cooled);
    let polled = poll(&desktop, &gateway).await.context("polled")?;
    row(table, "ring to painted pop-up, polled every 3 s, warm pop-up", None, &polled);
    Ok(())
}

fn row(table: &mut Table, what: &str, aim: Option<(&str, Duration)>, shown: &[Shown]) {
    let painted: Sample = shown.iter().map(|shown| shown.painted).collect();
    let decided: Sample = shown.iter().map(|shown| shown.decided).collect();
    let said = format!("{}; of that until the core knew: p50 {}", painted.said(), millis(decided.quantile(50)));
    match aim {
        Some((aim, limit)) => table.aimed(what, aim, said, painted.quantile(95) <= limit),
        None => table.plain(what, said),
    }
}

/// Calls one after another, a first one before them that is not counted.
async fn pushed(desktop: &Desktop, gateway: &Gateway, settings: &str, count: usize) -> Result<Vec<Shown>> {
    let mut panel = connected(desktop, gateway, settings).await?;
    call(desktop, gateway, &mut panel).await?;
    let mut shown = Vec::new();
    for _ in 0..count {
        tokio::time::sleep(REST).await;
        shown.push(call(desktop, gateway, &mut panel).await?);
    }
    panel.stop(desktop).await?;
    Ok(shown)
}

async fn poll(desktop: &Desktop, gateway: &Gateway) -> Result<Vec<Shown>> {
    let proxy = Proxy::start(gateway.address).await?;
    let mut panel = Process::start(desktop, &proxy.wsdl(), Opening::Tray, "")?;
    tokio::time::sleep(2 * REST).await;
    polled_call(desktop, gateway, &mut panel, &proxy).await?;
    let mut shown = Vec::new();
    for at in 0..POLLED {
        let at = f64::from(u32::try_from(at)?);
        let phase = (at * 0.618).fract() * POLL_SECONDS;
        tokio::time::sleep(REST + Duration::from_secs_f64(phase)).await;
        shown.push(polled_call(desktop, gateway, &mut panel, &proxy).await?);
    }
    panel.stop(desktop).await?;
    Ok(shown)
}

/// A panel in the tray whose stream is open.
pub async fn connected(desktop: &Desktop, gateway: &Gateway, settings: &str) -> Result<Process> {
    // The last panel's stream ends a little after the panel.
    streams(gateway, 0).await?;
    let panel = Process::start(desktop, &gateway.wsdl(), Opening::Tray, settings)?;
    streams(gateway, 1).await?;
    tokio::time::sleep(REST).await;
    Ok(panel)
}

async fn streams(gateway: &Gateway, count: usize) -> Result<()> {
    let line = format!("uncall_event_streams {count}");
    until(&line, async || {
        let metrics = wire::get(gateway.address, "/metrics").await.ok()?;
        metrics.text().ok()?.lines().any(|known| known == line).then_some(())
    })
    .await
}

/// A customer calls, the pop-up is painted, the customer hangs up, the pop-up goes.
async fn call(desktop: &Desktop, gateway: &Gateway, panel: &mut Process) -> Result<Shown> {
    let shown = ring(gateway, panel).await?;
    hang_up(desktop, gateway).await?;
    Ok(shown)
}

/// The same against a server that is polled. A call that only one poll has shown stays on the screen: the server could be
/// one that tells of each call once.
async fn polled_call(desktop: &Desktop, gateway: &Gateway, panel: &mut Process, proxy: &Proxy) -> Result<Shown> {
    let shown = ring(gateway, panel).await?;
    let again = proxy.calls() + 2;
    until("two polls more", async || (proxy.calls() >= again).then_some(())).await?;
    hang_up(desktop, gateway).await?;
    Ok(shown)
}

async fn ring(gateway: &Gateway, panel: &mut Process) -> Result<Shown> {
    let rung = jiff::Timestamp::now();
    let uid = gateway.ring(CUSTOMER, EXTENSION).await?;
    let quoted = format!("\"{uid}\"");
    let decided = panel.logged(&["pops up", &quoted]).await?;
    let painted = panel.logged(&["painted in the pop-up", &quoted]).await?;
    Ok(Shown { decided: between(rung, decided), painted: between(rung, painted) })
}

async fn hang_up(desktop: &Desktop, gateway: &Gateway) -> Result<()> {
    gateway.phone(&format!("numbers/{CUSTOMER}/hangup")).await?;
    panel::gone(desktop).await.context("after a call")
}

/// One whole call, for whoever wants a pop-up that has been used.
pub async fn one_call(desktop: &Desktop, gateway: &Gateway, panel: &mut Process) -> Result<()> {
    call(desktop, gateway, panel).await.map(drop)
}
