//! The embedded simulator behind `--demo`: the real gateway on a loopback port, over real HTTP.

use std::sync::Arc;

use anyhow::Context;
use tokio::net::TcpListener;
use uncall_gateway::{Settings, access::Group};
use uncall_simulator::{Options, Simulator};
use url::Url;

/// Seed of the demo's calls: the same every time, so that a demo can be rehearsed.
const SEED: u64 = 801;

/// The extension the demo's agent sits at.
pub(crate) const EXTENSION: &str = "801";

/// Starts the gateway and its simulator; both run until the process ends. Returns the WSDL's address.
pub(crate) async fn start() -> anyhow::Result<Url> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("no loopback port is free for the demo")?;
    let address = listener.local_addr()?;
    let simulator = Simulator::start(Options { traffic: Some(SEED), ..Options::default() });
    // The demo's agent is a supervisor, too: everybody is in the team.
    let settings = Settings::default().with_groups([Group::new(&[EXTENSION], &["801-810"])?]);
    let serve = uncall_gateway::serve(listener, simulator as Arc<_>, None, settings, std::future::pending());
    tokio::spawn(async move {
        if let Err(error) = serve.await {
            tracing::error!("the demo's gateway stopped: {error}");
        }
    });
    Ok(format!("http://{address}/uncall_services_api/index.php?wsdl").parse()?)
}
