//! From the start of the program to the painted main window.

use std::time::Duration;

use anyhow::Result;

use super::{
    panel::{Opening, Process, between, settle},
    sample::Sample,
    table::Table,
};
use crate::{
    gateway::Gateway,
    panel::{Desktop, Look},
};

const STARTS: usize = 10;
const AIM: Duration = Duration::from_secs(1);

/// Measures it.
pub async fn measure(table: &mut Table) -> Result<()> {
    let desktop = Desktop::start(Look::ENGLISH).await?;
    let gateway = Gateway::start().await?;
    settle().await;
    let mut took = Vec::new();
    for _ in 0..STARTS {
        let mut panel = Process::start(&desktop, &gateway.wsdl(), Opening::Window, "")?;
        let painted = panel.logged(&["painted", "window=\"main\""]).await?;
        took.push(between(panel.started, painted));
        panel.stop(&desktop).await?;
        tokio::time::sleep(AIM).await;
    }
    let sample: Sample = took.into_iter().collect();
    table.aimed("start to painted main window", "p95 ≤ 1 s", sample.said(), sample.quantile(95) <= AIM);
    Ok(())
}
