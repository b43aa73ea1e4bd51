//! A load of equal requests, bounded in time and number, from plain threads and sockets: what it costs itself is small
//! and the same for every server.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};

/// Connections at a time.
pub const CONNECTIONS: usize = 4;
/// Calls that a connection makes in a round at most, whatever its time.
const MOST_CALLS: u64 = 200_000;
/// For one answer.
const ANSWER_DEADLINE: Duration = Duration::from_secs(10);

/// Whether a connection is kept for the next call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connections {
    /// One connection for all calls of a thread.
    Kept,
    /// A new one for every call, as most old SOAP clients do.
    Closed,
}

/// The answers of a round.
#[derive(Debug, Clone, Copy)]
pub struct Round {
    /// Whole answers.
    pub calls: u64,
    /// From the first request to the last answer.
    pub took: Duration,
}

impl Round {
    /// Answers in a second.
    pub fn rate(self) -> f64 {
        f64_of(self.calls) / self.took.as_secs_f64().max(f64::EPSILON)
    }
}

/// A count as a number to divide with; counts here stay far below 2⁵².
#[allow(clippy::cast_precision_loss)]
pub const fn f64_of(count: u64) -> f64 {
    count as f64
}

/// Sends `body` to `path` for `time`; every answer has to be a 200 that contains `wanted`.
pub fn round(address: SocketAddr, request: &Request, connections: Connections, time: Duration) -> Result<Round> {
    let began = Instant::now();
    let bytes = request.bytes(address, connections);
    let calls = thread::scope(|scope| {
        let threads: Vec<_> = (0..CONNECTIONS)
            .map(|_| scope.spawn(|| one_thread(address, &bytes, &request.wanted, connections, began + time)))
            .collect();
        let joined = threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| bail!("a thread panicked")));
        joined.sum::<Result<u64>>()
    })?;
    Ok(Round { calls, took: began.elapsed() })
}

/// What is sent, and what has to come back.
#[derive(Debug, Clone)]
pub struct Request {
    /// The path.
    pub path: String,
    /// The value of `SOAPAction`.
    pub action: String,
    /// The envelope.
    pub body: String,
    /// Stands in every right answer.
    pub wanted: String,
}

impl Request {
    fn bytes(&self, address: SocketAddr, connections: Connections) -> Vec<u8> {
        let Request { path, action, body, .. } = self;
        let connection = match connections {
            Connections::Kept => "keep-alive",
            Connections::Closed => "close",
        };
        let length = body.len();
        format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: {connection}\r\n\
             Content-Type: text/xml; charset=utf-8\r\nSOAPAction: \"{action}\"\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .into_bytes()
    }
}

fn one_thread(address: SocketAddr, request: &[u8], wanted: &str, kind: Connections, end: Instant) -> Result<u64> {
    let mut calls = 0;
    let mut kept: Option<TcpStream> = None;
    let mut answer = Vec::with_capacity(16 * 1024);
    while calls < MOST_CALLS && Instant::now() < end {
        let mut stream = match kept.take() {
            Some(stream) => stream,
            None => open(address)?,
        };
        stream.write_all(request)?;
        answer.clear();
        match kind {
            Connections::Kept => {
                read_declared(&mut stream, &mut answer)?;
                kept = Some(stream);
            }
            // To the end: the server closes, as it was asked to.
            Connections::Closed => drop(stream.read_to_end(&mut answer)?),
        }
        let right = answer.starts_with(b"HTTP/1.1 200 ") && find(&answer, wanted.as_bytes()).is_some();
        ensure!(right, "not the answer: {}", String::from_utf8_lossy(&answer));
        calls += 1;
    }
    Ok(calls)
}

fn open(address: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect(address).context("cannot connect")?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(ANSWER_DEADLINE))?;
    Ok(stream)
}

/// Reads one answer whose length is declared.
fn read_declared(stream: &mut TcpStream, answer: &mut Vec<u8>) -> Result<()> {
    let mut chunk = [0; 8 * 1024];
    let mut whole = None;
    while whole.is_none_or(|whole| answer.len() < whole) {
        let count = stream.read(&mut chunk)?;
        ensure!(count > 0, "the server closed a connection that was to be kept");
        answer.extend_from_slice(chunk.get(..count).unwrap_or_default());
        if whole.is_none() {
            whole = end_of(answer)?;
        }
    }
    Ok(())
}

/// Where the answer ends, once its head is there.
fn end_of(answer: &[u8]) -> Result<Option<usize>> {
    let Some(head_end) = find(answer, b"\r\n\r\n") else { return Ok(None) };
    let head = String::from_utf8_lossy(answer.get(..head_end).unwrap_or_default()).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")).context("no Content-Length")?;
    Ok(Some(head_end + 4 + length.trim().parse::<usize>()?))
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_ends_where_it_says() {
        assert_eq!(end_of(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n").unwrap(), None);
        assert_eq!(end_of(b"HTTP/1.1 200 OK\r\ncontent-length:  2\r\n\r\no").unwrap(), Some(39 + 2));
        assert!(end_of(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }
}
