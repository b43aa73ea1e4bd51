//! HTTP/1.1 as bytes, so that a test sees what is really sent and can send what no library would.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, Result, bail};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    time::timeout,
};

/// The longest that any one answer may take; a transfer rings 15 s.
const DEADLINE: Duration = Duration::from_secs(30);

/// A connection to a server.
#[derive(Debug)]
pub struct Connection {
    stream: BufReader<TcpStream>,
}

/// A status line and the headers below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The status.
    pub status: u16,
    /// The headers in their order, names in lower case.
    pub headers: Vec<(String, String)>,
}

/// A whole answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// What stands before the body.
    pub head: Head,
    /// The body.
    pub body: Vec<u8>,
}

impl Head {
    /// The value of a header (name in lower case) that is there once; an error when it is there twice.
    pub fn header(&self, name: &str) -> Result<Option<&str>> {
        let mut values = self.headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
        match (values.next(), values.next()) {
            (value, None) => Ok(value),
            (_, Some(_)) => bail!("two headers {name}: {:?}", self.headers),
        }
    }

    /// The values of a header that may be there more than once, in their order.
    pub fn headers(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
    }
}

impl Response {
    /// The body as text; an error when it is not UTF-8.
    pub fn text(&self) -> Result<&str> {
        Ok(std::str::from_utf8(&self.body)?)
    }
}

impl Connection {
    /// Connects.
    pub async fn open(address: SocketAddr) -> Result<Connection> {
        let stream = timeout(DEADLINE, TcpStream::connect(address)).await??;
        Ok(Connection { stream: BufReader::new(stream) })
    }

    /// Sends bytes as they are.
    pub async fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.stream.get_mut().write_all(bytes).await?;
        Ok(self.stream.get_mut().flush().await?)
    }

    /// Reads a status line and its headers.
    pub async fn head(&mut self) -> Result<Head> {
        timeout(DEADLINE, self.read_head()).await.context("no answer in time")?
    }

    async fn read_head(&mut self) -> Result<Head> {
        let status = self.line().await?;
        let code = status.strip_prefix("HTTP/1.1 ").with_context(|| format!("no HTTP/1.1 answer: {status:?}"))?;
        let mut head = Head { status: code.split(' ').next().unwrap_or_default().parse()?, headers: Vec::new() };
        loop {
            let line = self.line().await?;
            if line.is_empty() {
                return Ok(head);
            }
            let (name, value) = line.split_once(':').with_context(|| format!("not a header: {line:?}"))?;
            head.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }

    async fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.stream.read_line(&mut line).await?;
        let line = line.strip_suffix("\r\n").with_context(|| format!("the connection ended in {line:?}"))?;
        Ok(line.to_owned())
    }

    /// Reads a whole answer. Its length must be declared: a body without `Content-Length` is an error.
    pub async fn response(&mut self) -> Result<Response> {
        let head = self.head().await?;
        let length = head.header("content-length")?.with_context(|| format!("no Content-Length: {head:?}"))?;
        let mut body = vec![0; length.parse()?];
        timeout(DEADLINE, self.stream.read_exact(&mut body)).await.context("the body did not come in time")??;
        Ok(Response { head, body })
    }

    /// Waits for the server to close; an error when it sends more or keeps the connection.
    pub async fn closed(&mut self) -> Result<()> {
        let mut more = Vec::new();
        let read = timeout(DEADLINE, self.stream.read_to_end(&mut more)).await.context("the connection stays open")?;
        match read {
            Ok(0) => Ok(()),
            Ok(_) => bail!("more came: {:?}", String::from_utf8_lossy(&more)),
            Err(error) => Err(error.into()),
        }
    }
}

/// Asks for a path on a connection of its own.
pub async fn get(address: SocketAddr, path: &str) -> Result<Response> {
    exchange(address, format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n").as_bytes()).await
}

/// Posts to a path on a connection of its own. `headers` are whole lines, each with its CRLF.
pub async fn post(address: SocketAddr, path: &str, headers: &str, body: &[u8]) -> Result<Response> {
    let length = body.len();
    let head = format!("POST {path} HTTP/1.1\r\nHost: {address}\r\n{headers}Content-Length: {length}\r\n\r\n");
    exchange(address, &[head.as_bytes(), body].concat()).await
}

/// Sends a whole request on a connection of its own and reads the answer.
pub async fn exchange(address: SocketAddr, request: &[u8]) -> Result<Response> {
    let mut connection = Connection::open(address).await?;
    connection.send(request).await?;
    connection.response().await
}
