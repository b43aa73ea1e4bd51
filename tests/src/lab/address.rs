//! A loopback address of its own for each lab, so that several run beside each other on the standard ports.

use std::{
    fs::File,
    net::{Ipv4Addr, TcpListener},
    path::PathBuf,
};

use anyhow::{Context, Result};

/// The one that `lab up` takes; tests take others.
pub const STANDING: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 10);

/// An address that nobody else's lab uses while this lives.
#[derive(Debug)]
pub(super) struct Lease {
    pub(super) address: Ipv4Addr,
    _lock: File,
}

impl Lease {
    /// Any free address.
    pub(super) fn any() -> Result<Lease> {
        let addresses = (20..=250).map(|last| Ipv4Addr::new(127, 0, 0, last));
        addresses.filter_map(|address| Lease::of(address).ok()).next().context("no loopback address is free for a lab")
    }

    /// This one, if it is free.
    pub(super) fn of(address: Ipv4Addr) -> Result<Lease> {
        // All checkouts on this machine share the addresses, so the locks stand outside of any of them.
        let folder = PathBuf::from(format!("{}/uncall-lab", std::env::temp_dir().display()));
        std::fs::create_dir_all(&folder)?;
        let lock = File::create(folder.join(format!("{address}.lock")))?;
        lock.try_lock().with_context(|| format!("another lab runs at {address}"))?;
        TcpListener::bind((address, super::MANAGER_PORT)).with_context(|| format!("{address} is in use"))?;
        Ok(Lease { address, _lock: lock })
    }
}
