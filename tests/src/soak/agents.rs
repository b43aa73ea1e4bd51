//! The agents' clients, as plain sockets: those with a push stream reconnect with their last event id, the others poll every
//! three seconds.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use uncall_contract::event::{CallEvent, EVENTS_PATH, Event};

use crate::figures::ami::polls::{EVERY, request};

/// Two heartbeats.
const SILENCE: Duration = Duration::from_secs(30);
/// The time limit for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Something a client saw.
#[derive(Debug)]
pub struct Sighting {
    /// The client's extension.
    pub exten: Arc<str>,
    /// The time.
    pub at: Instant,
    /// What it saw.
    pub what: What,
}

/// What a client can see.
#[derive(Debug)]
pub enum What {
    /// A new stream, with these calls.
    Snapshot(Vec<CallEvent>),
    /// A change.
    Change(Box<CallEvent>),
    /// The answer to a poll.
    Polled(Option<String>),
}

/// A client with a stream.
#[derive(Debug)]
pub struct Streaming {
    exten: Arc<str>,
    gateway: SocketAddr,
    tell: mpsc::UnboundedSender<Sighting>,
    last_id: Option<String>,
}

impl Streaming {
    /// A client that has not started yet.
    pub fn new(exten: &str, gateway: SocketAddr, tell: mpsc::UnboundedSender<Sighting>) -> Streaming {
        Streaming { exten: exten.into(), gateway, tell, last_id: None }
    }

    /// Follows the stream for ever.
    pub async fn follow(mut self) {
        loop {
            // Reconnect, whatever ended it.
            let _ended = self.once().await;
            sleep(Duration::from_millis(200 + fastrand::u64(..800))).await;
        }
    }

    async fn once(&mut self) -> Result<()> {
        let mut socket = timeout(PATIENCE, TcpStream::connect(self.gateway)).await??;
        let last = self.last_id.iter().map(|id| format!("Last-Event-ID: {id}\r\n")).collect::<String>();
        let (exten, gateway) = (&self.exten, self.gateway);
        let asked = format!(
            "GET {EVENTS_PATH}?exten={exten} HTTP/1.1\r\nHost: {gateway}\r\nAccept: text/event-stream\r\n{last}\r\n"
        );
        socket.write_all(asked.as_bytes()).await?;
        let mut unread = Vec::new();
        loop {
            let count = timeout(SILENCE, socket.read_buf(&mut unread)).await??;
            ensure!(count > 0 && unread.starts_with(b"HTTP/1.1 200 "), "no stream");
            if let Some(end) = unread.windows(4).position(|four| four == b"\r\n\r\n") {
                unread.drain(..end + 4);
                break;
            }
        }
        loop {
            while let Some(end) = unread.windows(2).position(|two| two == b"\n\n") {
                let text: Vec<u8> = unread.drain(..end + 2).collect();
                self.take(std::str::from_utf8(&text)?)?;
            }
            ensure!(timeout(SILENCE, socket.read_buf(&mut unread)).await?? > 0, "the stream has ended");
        }
    }

    /// Takes one item. Chunk sizes are on lines of their own.
    fn take(&mut self, text: &str) -> Result<()> {
        let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let Some(name) = field("event:") else { return Ok(()) };
        let event = Event::from_json(name, field("data:").context("an event without data")?)?;
        let what = match event {
            Some(Event::Snapshot(snapshot)) => Some(What::Snapshot(snapshot.calls)),
            Some(Event::Call(call)) => Some(What::Change(Box::new(call))),
            _ => None,
        };
        if let Some(what) = what {
            let _nobody_judges_any_more =
                self.tell.send(Sighting { exten: Arc::clone(&self.exten), at: Instant::now(), what });
        }
        // Set it only now, so that an event that was not processed is requested again.
        self.last_id = field("id:").map(str::to_owned).or(self.last_id.take());
        Ok(())
    }
}

/// A client that polls.
#[derive(Debug)]
pub struct Polling {
    exten: Arc<str>,
    gateway: SocketAddr,
    tell: mpsc::UnboundedSender<Sighting>,
}

impl Polling {
    /// A client that has not started yet.
    pub fn new(exten: &str, gateway: SocketAddr, tell: mpsc::UnboundedSender<Sighting>) -> Polling {
        Polling { exten: exten.into(), gateway, tell }
    }

    /// Polls for ever.
    pub async fn follow(self) {
        sleep(EVERY.mul_f64(fastrand::f64())).await;
        loop {
            let _ended = self.once().await;
            sleep(Duration::from_millis(500 + fastrand::u64(..500))).await;
        }
    }

    async fn once(&self) -> Result<()> {
        let mut connection = timeout(PATIENCE, crate::wire::Connection::open(self.gateway)).await??;
        let request = request(self.gateway, &self.exten);
        loop {
            connection.send(&request).await?;
            let answer = timeout(PATIENCE, connection.response()).await??;
            ensure!(answer.head.status == 200, "no answer");
            let uid = answer.text()?.split("&lt;uid&gt;").nth(1).and_then(|rest| rest.split("&lt;").next());
            let what = What::Polled(uid.filter(|uid| !uid.is_empty()).map(str::to_owned));
            let _nobody_judges_any_more =
                self.tell.send(Sighting { exten: Arc::clone(&self.exten), at: Instant::now(), what });
            sleep(EVERY).await;
        }
    }
}
