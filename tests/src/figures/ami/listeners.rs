//! Agents' push streams, as plain sockets.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use futures::{StreamExt, TryStreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use uncall_contract::event::{CallEvent, EVENTS_PATH, Event};

/// Streams that are opened at a time.
const AT_ONCE: usize = 64;
/// How many streams come from one address; each needs a port of the system's range.
const AN_ADDRESS: usize = 2_000;

/// A call event that a stream brought.
#[derive(Debug)]
pub struct Heard {
    /// Which of the streams.
    pub stream: usize,
    /// Whose stream it is.
    pub exten: Arc<str>,
    /// The event.
    pub call: CallEvent,
    /// When its bytes had been read.
    pub at: Instant,
}

/// Open streams; they end when this is dropped.
#[derive(Debug)]
pub struct Listeners {
    readers: JoinSet<Result<()>>,
}

impl Listeners {
    /// Opens one stream for each of these extensions, which may repeat. Done when each has had its snapshot.
    pub async fn open(
        gateway: SocketAddr,
        extens: impl IntoIterator<Item = &str>,
        heard: &mpsc::UnboundedSender<Heard>,
    ) -> Result<Listeners> {
        let opening = extens.into_iter().enumerate().map(|(stream, exten)| {
            let exten: Arc<str> = exten.into();
            async move { Reader::open(gateway, stream, exten).await }
        });
        let readers: Vec<Reader> = futures::stream::iter(opening).buffer_unordered(AT_ONCE).try_collect().await?;
        let readers = readers.into_iter().map(|reader| reader.read(heard.clone())).collect();
        Ok(Listeners { readers })
    }

    /// Fails if one of the streams has ended.
    pub fn check(&mut self) -> Result<()> {
        match self.readers.try_join_next() {
            None => Ok(()),
            Some(ended) => ended?.and_then(|()| bail!("a stream has ended")),
        }
    }
}

struct Reader {
    socket: TcpStream,
    stream: usize,
    exten: Arc<str>,
    unread: Vec<u8>,
}

impl Reader {
    async fn open(gateway: SocketAddr, stream: usize, exten: Arc<str>) -> Result<Reader> {
        let socket = TcpSocket::new_v4()?;
        let host = u8::try_from(2 + stream / AN_ADDRESS)?;
        socket.bind((Ipv4Addr::new(127, 0, 0, host), 0).into())?;
        let mut socket = socket.connect(gateway).await.context("no connection for a stream")?;
        let asked =
            format!("GET {EVENTS_PATH}?exten={exten} HTTP/1.1\r\nHost: {gateway}\r\nAccept: text/event-stream\r\n\r\n");
        socket.write_all(asked.as_bytes()).await?;
        let mut reader = Reader { socket, stream, exten, unread: Vec::new() };
        while !find(&reader.unread, b"event: snapshot\n") {
            reader.more().await?;
            let refused = reader.unread.len() > 12 && !reader.unread.starts_with(b"HTTP/1.1 200 ");
            ensure!(!refused, "no stream: {}", String::from_utf8_lossy(&reader.unread));
        }
        reader.unread.clear();
        Ok(reader)
    }

    async fn more(&mut self) -> Result<()> {
        let count = self.socket.read_buf(&mut self.unread).await?;
        ensure!(count > 0, "the gateway has ended a stream");
        Ok(())
    }

    async fn read(mut self, heard: mpsc::UnboundedSender<Heard>) -> Result<()> {
        loop {
            self.more().await?;
            let at = Instant::now();
            while let Some(end) = self.unread.windows(2).position(|two| two == b"\n\n") {
                let text: Vec<u8> = self.unread.drain(..end + 2).collect();
                let Some(call) = call(std::str::from_utf8(&text)?)? else { continue };
                let heard = heard.send(Heard { stream: self.stream, exten: Arc::clone(&self.exten), call, at });
                if heard.is_err() {
                    return Ok(());
                }
            }
        }
    }
}

/// The call event in an item of the stream. Chunk sizes are on separate lines.
fn call(text: &str) -> Result<Option<CallEvent>> {
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    if field("event:") != Some("call") {
        return Ok(None);
    }
    match Event::from_json("call", field("data:").context("an event without data")?)? {
        Some(Event::Call(call)) => Ok(Some(call)),
        _ => Ok(None),
    }
}

fn find(text: &[u8], wanted: &[u8]) -> bool {
    text.windows(wanted.len()).any(|window| window == wanted)
}
