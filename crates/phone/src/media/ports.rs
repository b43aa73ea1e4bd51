//! The two ports of a call's sound.

use std::{
    io,
    net::{IpAddr, SocketAddr, UdpSocket},
};

use socket2::SockRef;

/// The port range. Sound has the even port, reports the next (RFC 3550, section 11).
const FIRST: u16 = 16_384;
const LAST: u16 = 32_766;
const TRIES: usize = 200;
/// DSCP EF (RFC 3246), the usual mark of voice.
const VOICE: u32 = 46 << 2;

/// A pair of non-blocking sockets.
#[derive(Debug)]
pub(crate) struct Ports {
    pub(super) sound: UdpSocket,
    pub(super) reports: UdpSocket,
    pub(crate) address: SocketAddr,
}

impl Ports {
    /// Opens a random free pair, which strangers cannot guess.
    pub(crate) fn open(address: IpAddr) -> io::Result<Ports> {
        let mut last = io::Error::from(io::ErrorKind::AddrInUse);
        for _ in 0..TRIES {
            let port = fastrand::u16(FIRST / 2..=LAST / 2) * 2;
            match pair(address, port) {
                Ok(ports) => return Ok(ports),
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

fn pair(address: IpAddr, port: u16) -> io::Result<Ports> {
    let (sound, reports) = (UdpSocket::bind((address, port))?, UdpSocket::bind((address, port + 1))?);
    for socket in [&sound, &reports] {
        socket.set_nonblocking(true)?;
        // Marking packets may need privileges and is optional.
        let marked = mark(socket, address);
        if let Err(error) = marked {
            tracing::debug!(%error, "packets of sound are not marked");
        }
    }
    let address = sound.local_addr()?;
    Ok(Ports { sound, reports, address })
}

fn mark(socket: &UdpSocket, address: IpAddr) -> io::Result<()> {
    match address {
        IpAddr::V4(_) => SockRef::from(socket).set_tos_v4(VOICE),
        #[cfg(unix)]
        IpAddr::V6(_) => SockRef::from(socket).set_tclass_v6(VOICE),
        // Windows marks packets by a policy of the administrator only.
        #[cfg(not(unix))]
        IpAddr::V6(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn pairs_are_even_and_apart() {
        let pairs: Vec<Ports> = (0..20).map(|_| Ports::open(Ipv4Addr::LOCALHOST.into()).unwrap()).collect();
        for pair in &pairs {
            assert_eq!(pair.address.port() % 2, 0);
            assert_eq!(pair.reports.local_addr().unwrap().port(), pair.address.port() + 1);
        }
    }
}
