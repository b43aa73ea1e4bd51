//! Gives each lab its own loopback address, so that several can run at once on the standard ports.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context, Result};

/// The one that `lab up` takes; tests take others.
pub const STANDING: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 10);

/// The port whose holder has the address, for all checkouts and users of this machine.
const LEASE_PORT: u16 = 5037;

/// An address that nobody else's lab uses while this lives.
#[derive(Debug)]
pub(super) struct Lease {
    pub(super) address: Ipv4Addr,
    _held: TcpListener,
}

impl Lease {
    /// Any free address.
    pub(super) fn any() -> Result<Lease> {
        let addresses = (60..=250).map(|last| Ipv4Addr::new(127, 0, 0, last));
        addresses.filter_map(|address| Lease::of(address).ok()).next().context("no loopback address is free for a lab")
    }

    /// This one, if it is free.
    pub(super) fn of(address: Ipv4Addr) -> Result<Lease> {
        let held =
            TcpListener::bind((address, LEASE_PORT)).with_context(|| format!("another lab runs at {address}"))?;
        // Somebody else's Asterisk may be there, too.
        TcpListener::bind((address, super::MANAGER_PORT)).with_context(|| format!("{address} is in use"))?;
        Ok(Lease { address, _held: held })
    }
}
