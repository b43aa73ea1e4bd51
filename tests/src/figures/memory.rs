//! The panel's memory: the sum over its processes, the web view's included, of what each has to itself and its share of
//! what it shares (PSS).

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};

use super::{
    panel::{self, Opening, Process},
    popup, processes,
    sample::median,
    table::Table,
};
use crate::{
    gateway::Gateway,
    panel::{Desktop, Look},
};

/// Each state is entered this often; the middle one counts.
const TIMES: usize = 3;
/// A megabyte is a million bytes here.
const MEGABYTE: u32 = 1_000_000;

/// Megabytes by the program's name.
type Weight = BTreeMap<String, f64>;

/// The states that are weighed.
const STATES: [(&str, Option<f64>); 5] = [
    ("panel memory, bare core in the tray", Some(100.0)),
    ("panel memory, warm hidden pop-up", None),
    ("panel memory, after a pop-up has cooled", None),
    ("panel memory, main window open", Some(270.0)),
    ("panel memory, main window and warm hidden pop-up", None),
];

/// Measures all states.
pub async fn measure(table: &mut Table) -> Result<()> {
    let desktop = Desktop::start(Look::ENGLISH).await?;
    let gateway = Gateway::start().await?;
    let mut weighed: [Vec<Weight>; STATES.len()] = Default::default();
    for _ in 0..TIMES {
        for (all, one) in weighed.iter_mut().zip(once(&desktop, &gateway).await?) {
            all.push(one);
        }
    }
    for ((what, aim), weights) in STATES.into_iter().zip(weighed) {
        let sum = median(weights.iter().map(|weight| weight.values().sum()).collect());
        let parts = weights.last().into_iter().flatten().map(|(name, own)| format!("{name} {own:.0}"));
        let said = format!("{sum:.0} MB ({})", parts.collect::<Vec<_>>().join(", "));
        match aim {
            Some(limit) => table.aimed(what, &format!("≤ {limit:.0} MB"), said, sum <= limit),
            None => table.plain(what, said),
        }
    }
    Ok(())
}

/// Every state once, in the order of [`STATES`].
async fn once(desktop: &Desktop, gateway: &Gateway) -> Result<[Weight; STATES.len()]> {
    let mut tray = popup::connected(desktop, gateway, "").await?;
    let bare = weigh(&tray, 0).await?;
    popup::one_call(desktop, gateway, &mut tray).await?;
    let warm = weigh(&tray, 1).await?;
    tray.stop(desktop).await?;

    let mut tray = popup::connected(desktop, gateway, "popup_warm_minutes = 0\n").await?;
    popup::one_call(desktop, gateway, &mut tray).await?;
    let cooled = weigh(&tray, 0).await?;
    tray.stop(desktop).await?;

    let mut window = Process::start(desktop, &gateway.wsdl(), Opening::Window, "")?;
    window.logged(&["painted", "window=\"main\""]).await?;
    let main = weigh(&window, 1).await?;
    gateway.ring(crate::panel::desk::CUSTOMER, crate::panel::desk::EXTENSION).await?;
    window.logged(&["painted in the pop-up"]).await?;
    gateway.phone(&format!("numbers/{}/hangup", crate::panel::desk::CUSTOMER)).await?;
    let both = weigh(&window, 1).await?;
    window.stop(desktop).await?;
    Ok([bare, warm, cooled, main, both])
}

/// What the panel weighs once it has come to rest. It must have this many pages at least: a web view's process that was
/// not found would make the sum look small.
async fn weigh(panel: &Process, pages: usize) -> Result<Weight> {
    panel::settle().await;
    let mut weight = Weight::new();
    let processes = processes::tree(panel.process().context("the panel has ended")?);
    let names: Vec<String> = processes.iter().map(|process| processes::name(*process)).collect();
    let found = names.iter().filter(|name| name.starts_with("WebKitWebProces")).count();
    ensure!(found >= pages, "{found} of {pages} web processes found among {names:?}");
    for (process, name) in processes.iter().zip(names) {
        *weight.entry(name).or_default() += megabytes(processes::memory(*process)?);
    }
    Ok(weight)
}

/// Megabytes of a process and everything that it has started.
pub fn of_tree(root: u32) -> Result<f64> {
    let memory = |process: &u32| processes::memory(*process).map(megabytes);
    processes::tree(root).iter().map(memory).sum()
}

fn megabytes(bytes: u64) -> f64 {
    super::load::f64_of(bytes) / f64::from(MEGABYTE)
}
