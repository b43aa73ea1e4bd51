//! Where a request comes from, and whether clients from there need a login.

mod client;
mod rebound;

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::Deserialize;

pub(crate) use client::Client;
pub(super) use client::is_forwarded;
pub(crate) use rebound::may_be_rebound;

/// A network, `10.2.0.0/16`, or one address, `10.2.0.7`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Network(IpNet);

/// What is neither a network nor an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no network; write it like \"10.2.0.0/16\" or \"10.2.0.7\"")]
pub struct NoNetwork(String);

impl std::str::FromStr for Network {
    type Err = NoNetwork;
    fn from_str(text: &str) -> Result<Network, NoNetwork> {
        let text = text.trim();
        let net = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        net.map(|net| Network(net.trunc())).map_err(|_| NoNetwork(text.to_owned()))
    }
}

impl TryFrom<String> for Network {
    type Error = NoNetwork;
    fn try_from(text: String) -> Result<Network, NoNetwork> {
        text.parse()
    }
}

impl Network {
    /// Whether it is the whole internet.
    pub(in crate::access) fn is_everything(self) -> bool {
        self.0.prefix_len() == 0
    }

    fn contains(self, address: IpAddr) -> bool {
        self.0.contains(&address)
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.prefix_len() == self.0.max_prefix_len() { self.0.addr().fmt(f) } else { self.0.fmt(f) }
    }
}

/// Whether one of the networks holds the address.
pub(crate) fn holds(networks: &[Network], address: IpAddr) -> bool {
    let address = address.to_canonical();
    networks.iter().any(|network| network.contains(address))
}

/// From where no login is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::access) enum Open<'a> {
    /// From these networks.
    Listed(&'a [Network]),
    /// From this machine: `open` is not set, and nobody has a way to say who he is.
    ThisMachine,
    /// From nowhere: `open` is not set, and agents have logins. A proxy, tunnel or forwarded port on this machine looks like this
    /// machine, whoever stands behind it.
    Nowhere,
}

impl Open<'_> {
    pub(in crate::access) fn holds(self, address: IpAddr) -> bool {
        match self {
            Open::Listed(networks) => holds(networks, address),
            Open::ThisMachine => address.to_canonical().is_loopback(),
            Open::Nowhere => false,
        }
    }

    /// Whether whoever comes through a proxy, a tunnel or a forwarded port on this machine needs no login.
    pub(in crate::access) fn holds_this_machine(self) -> bool {
        [IpAddr::from([127, 0, 0, 1]), IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1_u16])]
            .into_iter()
            .any(|own| self.holds(own))
    }
}

/// A sentence for the log and for `uncall-gateway check`.
impl fmt::Display for Open<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Open::Listed([]) | Open::Nowhere => f.write_str("everybody needs a login"),
            Open::Listed(networks) => {
                let names: Vec<String> = networks.iter().map(ToString::to_string).collect();
                write!(f, "no login is needed from {}", names.join(", "))
            }
            Open::ThisMachine => f.write_str("no login is needed on this machine, and nobody has one"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_and_addresses() {
        let open: Vec<Network> = ["10.2.0.0/16", "192.168.1.7", "fd00::/8"].map(|text| text.parse().unwrap()).into();
        for (address, is) in [
            ("10.2.3.4", true),
            ("10.3.0.1", false),
            ("192.168.1.7", true),
            ("192.168.1.8", false),
            ("fd12::1", true),
            ("127.0.0.1", false),
            ("::ffff:10.2.3.4", true),
        ] {
            assert_eq!(Open::Listed(&open).holds(address.parse().unwrap()), is, "{address}");
        }
        for (address, is) in
            [("127.0.0.1", true), ("127.9.9.9", true), ("::1", true), ("::ffff:127.0.0.1", true), ("10.2.0.1", false)]
        {
            let address = address.parse().unwrap();
            assert_eq!(Open::ThisMachine.holds(address), is, "{address}");
            assert!(!Open::Listed(&[]).holds(address) && !Open::Nowhere.holds(address), "{address}");
        }
        let said = Open::Listed(&open).to_string();
        assert_eq!(said, "no login is needed from 10.2.0.0/16, 192.168.1.7, fd00::/8");
        for (listed, own) in
            [("127.0.0.0/8", true), ("127.0.0.1", true), ("::1", true), ("0.0.0.0/0", true), ("10.0.0.0/8", false)]
        {
            assert_eq!(Open::Listed(&[listed.parse().unwrap()]).holds_this_machine(), own, "{listed}");
        }
        for wrong in ["", "10.2.0.0/33", "pbx", "10.2", "10.0.0.0-10.0.0.9"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
        assert!("::/0".parse::<Network>().unwrap().is_everything());
    }
}
