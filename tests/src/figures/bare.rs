//! The handler that the gateway is measured against: axum with nothing in it but the answer's bytes.

use std::io::{Read, Write, stdin};

use anyhow::{Context, Result};
use axum::{Router, body::Bytes, http::header::CONTENT_TYPE, routing::post};
use tokio::{net::TcpListener, process::Command};

use super::{program::Server, rates::PATH};

/// The word that turns the figures' program into this server.
pub const COMMAND: &str = "bare-server";

/// Starts it as a process of its own; it answers `body` to every call.
pub async fn start(body: &[u8]) -> Result<Server> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(COMMAND);
    let length = u32::try_from(body.len())?.to_be_bytes();
    Server::start(command, &[&length, body].concat()).await
}

/// Reads the answer from its input and serves it until the input ends.
pub async fn serve() -> Result<()> {
    let mut length = [0; 4];
    stdin().read_exact(&mut length).context("no length")?;
    let mut body = vec![0; usize::try_from(u32::from_be_bytes(length))?];
    stdin().read_exact(&mut body).context("no answer to serve")?;
    let ended = tokio::task::spawn_blocking(|| stdin().read(&mut [0]));
    let body = Bytes::from(body);
    let answer = move |_request: Bytes| async move { ([(CONTENT_TYPE, "text/xml; charset=utf-8")], body) };
    let router = Router::new().route(PATH, post(answer));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    writeln!(std::io::stdout(), "http://{}/", listener.local_addr()?)?;
    tokio::select! {
        served = axum::serve(listener, router) => Ok(served?),
        _ended = ended => Ok(()),
    }
}
