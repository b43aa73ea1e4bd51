//! Bytes to and from the PBX, plain or with TLS.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use super::by_line::ByLine;
use super::tls;
use super::trouble::Trouble;
use crate::options::{Options, Tls};

/// The time limit for connecting, TLS included.
const DEADLINE: Duration = Duration::from_secs(5);

/// A connection.
pub(super) type Stream = Box<dyn Duplex>;

pub(super) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Duplex for S {}

/// Where and how to connect.
#[derive(Debug)]
pub(super) struct Target {
    address: String,
    tls: Option<Tls>,
}

impl Target {
    pub(super) fn of(options: &Options) -> Target {
        Target::new(options.address.clone(), options.tls.clone())
    }

    pub(super) const fn new(address: String, tls: Option<Tls>) -> Target {
        Target { address, tls }
    }

    pub(super) async fn dial(&self) -> Result<Stream, Trouble> {
        tokio::time::timeout(DEADLINE, self.connect())
            .await
            .map_err(|_late| Trouble::Unreachable(format!("no connection within {} s", DEADLINE.as_secs())))?
    }

    async fn connect(&self) -> Result<Stream, Trouble> {
        let unreachable = |error: std::io::Error| Trouble::Unreachable(error.to_string());
        // Read again for each connection, because certificates are replaced while the gateway runs.
        let tls = self.tls.as_ref().map(|tls| tls::Client::new(tls, &self.address)).transpose()?;
        let tcp = TcpStream::connect(&self.address).await.map_err(unreachable)?;
        tcp.set_nodelay(true).map_err(unreachable)?;
        match tls {
            Some(tls) => Ok(Box::new(ByLine(tls.handshake(tcp).await?))),
            None => Ok(Box::new(tcp)),
        }
    }
}
