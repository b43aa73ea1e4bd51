//! Addresses and connections.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    sync::PoisonError,
    time::Duration,
};

use rsipstack::transport::{SipAddr, SipConnection, tcp::TcpConnection, tls::TlsConnection};
use socket2::{SockRef, TcpKeepalive};
use tokio::{net::TcpStream, time::timeout};

use super::{Sip, tls};
use crate::{Transport, Trouble, TroubleKind};

/// The time limit for a lookup, a connection and a handshake each.
const PATIENCE: Duration = Duration::from_secs(5);

/// Looks up a host name.
pub(super) async fn addresses(host: &str, port: u16) -> Result<Vec<SocketAddr>, Trouble> {
    let looked_up = timeout(PATIENCE, tokio::net::lookup_host((host, port))).await;
    let none = |detail: &dyn std::fmt::Display| Trouble::new(TroubleKind::NoSuchHost, detail);
    let found = looked_up.map_err(|error| none(&error))?.map_err(|error| none(&error))?;
    Ok(found.take(16).collect())
}

/// The first routable address and the local address towards it.
pub(super) fn route(addresses: &[SocketAddr]) -> Result<(SocketAddr, IpAddr), Trouble> {
    let reachable = addresses.iter().find_map(|address| Some((*address, local(*address)?)));
    reachable.ok_or_else(|| Trouble::new(TroubleKind::NoNetwork, "no way leads to the registrar"))
}

/// The local address towards another one. Sends nothing.
pub(super) fn local(towards: SocketAddr) -> Option<IpAddr> {
    let any: IpAddr = match towards {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    socket.connect(towards).ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_unspecified()).then_some(address)
}

impl Sip {
    /// Connects if the transport needs a connection and has none.
    pub(super) async fn connect(&self) -> Result<(), Trouble> {
        if self.account.transport == Transport::Udp {
            return Ok(());
        }
        // Concurrent attempts would register different connections.
        let _dialling = self.dialling.lock().await;
        if self.connected() {
            return Ok(());
        }
        let unreachable = |error: &dyn std::fmt::Display| Trouble::new(TroubleKind::Unreachable, error);
        let dialled = timeout(PATIENCE, TcpStream::connect(self.registrar)).await;
        let stream = dialled.map_err(|error| unreachable(&error))?.map_err(|error| unreachable(&error))?;
        // Both options are optional.
        let _ = stream.set_nodelay(true);
        let alive = TcpKeepalive::new().with_time(Duration::from_secs(15)).with_interval(Duration::from_secs(5));
        let _ = SockRef::from(&stream).set_tcp_keepalive(&alive);
        let here = stream.local_addr().map_err(|error| unreachable(&error))?;
        let token = Some(self.token.child_token());
        let connection = match &self.tls {
            None => {
                let local = SipAddr { r#type: Some(self.account.transport.into()), addr: here.into() };
                let connection = TcpConnection::from_stream(stream, local, token);
                SipConnection::Tcp(connection.map_err(|error| unreachable(&error))?)
            }
            Some(connector) => {
                let name = tls::name(&self.account.host)?;
                let shaken = timeout(PATIENCE, connector.connect(name, stream)).await;
                let stream = shaken.map_err(|error| Trouble::new(TroubleKind::NoTls, error))?;
                let stream = stream.map_err(|error| tls::trouble(&error))?;
                let connection = TlsConnection::from_client_stream(stream, self.destination(), token).await;
                SipConnection::Tls(connection.map_err(|error| unreachable(&error))?)
            }
        };
        self.endpoint.transport_layer.add_connection(connection.clone());
        *self.connection.lock().unwrap_or_else(PoisonError::into_inner) = Some(connection);
        self.seen_at(Some(here.into()));
        Ok(())
    }

    /// Drops the connection, so that the next attempt makes a new one.
    pub(super) fn disconnect(&self) {
        let dropped = self.connection.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(connection) = dropped {
            self.endpoint.transport_layer.remove_connection(&connection);
        }
    }

    fn connected(&self) -> bool {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let token = connection.as_ref().and_then(SipConnection::cancel_token);
        token.is_some_and(|token| !token.is_cancelled())
    }
}
