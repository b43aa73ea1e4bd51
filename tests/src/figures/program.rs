//! Servers in processes of their own, so that each has its own runtime.

use std::{net::SocketAddr, path::PathBuf, process::Stdio, time::Duration};

use anyhow::{Context, Result, ensure};
use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

use crate::{panel::desk, wire};

const START_DEADLINE: Duration = Duration::from_secs(20);

/// A server that ends when this is dropped.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    child: Child,
}

impl Server {
    /// The gateway's release build on a simulator, with one call ringing at the extension.
    pub async fn gateway() -> Result<Server> {
        let program = release("uncall-gateway")?;
        let mut command = Command::new(program);
        command.args(["--listen", "127.0.0.1:0", "--sim-control"]).env_remove("RUST_LOG").stdin(Stdio::null());
        let server = Server::start(command, &[]).await?;
        let call = json!({"from": desk::CUSTOMER, "to": desk::EXTENSION}).to_string();
        let rung =
            wire::post(server.address, "/sim/calls", "Content-Type: application/json\r\n", call.as_bytes()).await?;
        ensure!(rung.head.status == 200, "nothing rings: {}", rung.text()?);
        Ok(server)
    }

    /// Starts it and reads its address, which is the first line it prints. `said` is written to its input, which stays open as
    /// long as this server.
    pub async fn start(mut command: Command, said: &[u8]) -> Result<Server> {
        if !said.is_empty() {
            command.stdin(Stdio::piped());
        }
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true).spawn()?;
        if let Some(input) = child.stdin.as_mut() {
            input.write_all(said).await?;
        }
        let mut lines = BufReader::new(child.stdout.take().context("no output")?).lines();
        let line = timeout(START_DEADLINE, lines.next_line()).await.context("the server does not start")??;
        let line = line.context("the server ended at once")?;
        let host = line.split_once("://").and_then(|(_, rest)| rest.split('/').next());
        let address = host.and_then(|host| host.parse().ok()).with_context(|| format!("no address: {line}"))?;
        Ok(Server { address, child })
    }

    /// Kills it, and waits until it is gone.
    pub async fn kill(&mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Its process.
    pub fn process(&self) -> Option<u32> {
        self.child.id()
    }
}

/// A program of the release build. Figures of other builds are meaningless.
pub fn release(name: &str) -> Result<PathBuf> {
    let program = crate::target_folder()?.join("release").join(name);
    ensure!(program.exists(), "{} is missing: run `cargo xtask bench`, which builds it", program.display());
    Ok(program)
}
