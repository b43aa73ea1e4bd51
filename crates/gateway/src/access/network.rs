//! Finds out where a request comes from, and whether clients from there need a login.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName, header};
use ipnet::IpNet;
use serde::Deserialize;

/// A network, `10.2.0.0/16`, or one address, `10.2.0.7`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Network(IpNet);

/// The error for text that is neither a network nor an address.
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
    pub(super) fn is_everything(self) -> bool {
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

/// Whether one of the networks contains the address.
pub(crate) fn holds(networks: &[Network], address: IpAddr) -> bool {
    let address = address.to_canonical();
    networks.iter().any(|network| network.contains(address))
}

/// From where no login is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Open<'a> {
    /// From these networks.
    Listed(&'a [Network]),
    /// From this machine: `open` is not set, and there is no way to log in.
    ThisMachine,
    /// From nowhere: `open` is not set, and agents have logins. Clients of a proxy, tunnel or forwarded port on this machine
    /// would look like this machine.
    Nowhere,
}

impl Open<'_> {
    pub(super) fn holds(self, address: IpAddr) -> bool {
        match self {
            Open::Listed(networks) => holds(networks, address),
            Open::ThisMachine => address.to_canonical().is_loopback(),
            Open::Nowhere => false,
        }
    }

    /// Whether clients of a proxy, a tunnel or a forwarded port on this machine need no login.
    pub(super) fn holds_this_machine(self) -> bool {
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

/// The other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Client {
    /// The client's address; behind a trusted proxy, the one that the proxy names.
    pub(crate) address: IpAddr,
    /// The trusted proxy in between.
    pub(crate) via: Option<IpAddr>,
    /// Whether the address is reliable. It is not behind an unknown proxy, which makes everybody look like that proxy.
    pub(super) known: bool,
}

impl Client {
    /// Reads the proxy's headers only if the peer is a trusted proxy.
    pub(crate) fn of(headers: &HeaderMap, peer: SocketAddr, trusted: &[Network]) -> Client {
        let peer = peer.ip().to_canonical();
        if !holds(trusted, peer) {
            return Client { address: peer, via: None, known: !is_forwarded(headers) };
        }
        // The last address that is not one of our proxies. Anybody could have written those before it.
        let listed = headers.get_all(FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok());
        let listed: Vec<&str> = listed.flat_map(|value| value.split(',')).collect();
        for entry in listed.iter().rev() {
            match address(entry) {
                Some(address) if holds(trusted, address) => {}
                Some(address) => return Client { address, via: Some(peer), known: true },
                None => break,
            }
        }
        Client { address: peer, via: Some(peer), known: false }
    }
}

/// `X-Forwarded-For`.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Headers that proxies add to a request besides `X-Forwarded-…`.
const FORWARDING: [&str; 8] = [
    "forwarded",
    "via",
    "x-real-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-original-forwarded-for",
    "true-client-ip",
    "cf-connecting-ip",
];

/// Whether a proxy says that it forwards this request. One that says nothing cannot be told from a client.
pub(super) fn is_forwarded(headers: &HeaderMap) -> bool {
    headers.keys().any(|name| name.as_str().starts_with("x-forwarded") || FORWARDING.contains(&name.as_str()))
}

/// An address with or without a port.
fn address(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim();
    let bare = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(entry);
    let parsed = bare.parse::<IpAddr>().or_else(|_| entry.parse::<SocketAddr>().map(|address| address.ip()));
    parsed.ok().map(|address| address.to_canonical())
}

/// Whether a web page may have given this server's address a name of its own (DNS rebinding): the browser then takes the page for
/// one of this server, so its `Origin` proves nothing. Checked for requests that need no login. A stranger cannot own an address,
/// `localhost` or a name without a dot; `names` lists other good names. Programs are not checked: somebody who can run one on the
/// agent's machine needs no web page, and old clients use whatever name they know.
pub(crate) fn may_be_rebound(headers: &HeaderMap, host: Option<&str>, names: &[String]) -> bool {
    let from_browser = headers.contains_key(header::ORIGIN)
        || headers.contains_key(HeaderName::from_static("sec-fetch-site"))
        || headers.contains_key(header::ACCEPT_LANGUAGE)
        || headers.get(header::USER_AGENT).is_some_and(|agent| agent.as_bytes().starts_with(b"Mozilla/"));
    from_browser && host.is_some_and(|host| !is_own(host, names))
}

fn is_own(host: &str, names: &[String]) -> bool {
    if host.starts_with('[') {
        return true;
    }
    let name = host.split(':').next().unwrap_or_default();
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    !name.contains('.')
        || name.parse::<IpAddr>().is_ok()
        || name.ends_with(".localhost")
        || names.iter().any(|own| own.eq_ignore_ascii_case(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name, value);
        }
        headers
    }

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

    #[test]
    fn a_client_behind_a_trusted_proxy_is_the_one_that_the_proxy_saw() {
        let trusted: Vec<Network> = ["10.0.0.1", "10.0.0.2", "10.9.0.0/16"].map(|ip| ip.parse().unwrap()).into();
        let of = |list: &[&str], peer: &str| {
            let list: Vec<_> = list.iter().map(|value| ("x-forwarded-for", *value)).collect();
            let client = Client::of(&headers(&list), peer.parse().unwrap(), &trusted);
            (client.address.to_string(), client.via.is_some(), client.known)
        };
        let is = |address: &str, via, known| (address.to_owned(), via, known);
        assert_eq!(of(&["7.7.7.7"], "10.0.0.1:9"), is("7.7.7.7", true, true));
        assert_eq!(
            of(&["127.0.0.1, 7.7.7.7"], "[::ffff:10.0.0.1]:9"),
            is("7.7.7.7", true, true),
            "written by the client"
        );
        assert_eq!(of(&["127.0.0.1", "7.7.7.7"], "10.0.0.1:9"), is("7.7.7.7", true, true), "in two lines");
        assert_eq!(of(&["7.7.7.7:4711, 10.0.0.2"], "10.0.0.1:9"), is("7.7.7.7", true, true), "through two proxies");
        assert_eq!(of(&["7.7.7.7, 10.9.3.4"], "10.9.1.2:9"), is("7.7.7.7", true, true), "proxies of a network");
        assert_eq!(of(&["[2001:db8::1]:5"], "10.0.0.1:9"), is("2001:db8::1", true, true));
        assert_eq!(of(&["127.0.0.1, unknown"], "10.0.0.1:9"), is("10.0.0.1", true, false));
        assert_eq!(of(&[], "10.0.0.1:9"), is("10.0.0.1", true, false), "the proxy does not say");
        assert_eq!(of(&[], "127.0.0.1:9"), is("127.0.0.1", false, true));
        assert_eq!(of(&["7.7.7.7"], "127.0.0.1:9"), is("127.0.0.1", false, false), "a proxy that nobody trusts");
    }

    #[test]
    fn what_an_unknown_proxy_hands_on_is_of_nobody() {
        let known = |name, value| Client::of(&headers(&[(name, value)]), "127.0.0.1:9".parse().unwrap(), &[]).known;
        for name in ["x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via", "forwarded"] {
            assert!(!known(name, "7.7.7.7"), "{name}");
        }
        assert!(known("x-requested-with", "x") && known("user-agent", "via x-real-ip"));
    }

    #[test]
    fn pages_under_a_name_of_their_own_are_told_from_everybody_else() {
        let names = vec!["pbx.example.com".to_owned()];
        let page = headers(&[("origin", "http://x")]);
        for (host, rebound) in [
            ("evil.example:8088", true),
            ("127.0.0.1.evil.example", true),
            ("127.0.0.1:8088", false),
            ("10.2.0.1", false),
            ("[::1]:8088", false),
            ("localhost:8088", false),
            ("pbx", false),
            ("PBX.example.com.:8088", false),
            ("a.localhost", false),
        ] {
            assert_eq!(may_be_rebound(&page, Some(host), &names), rebound, "{host}");
        }
        let evil = Some("evil.example");
        assert!(!may_be_rebound(&headers(&[]), evil, &names), "a program");
        assert!(!may_be_rebound(&headers(&[("user-agent", "PHP-SOAP/8.2")]), evil, &names));
        for browser in [("user-agent", "Mozilla/5.0"), ("accept-language", ""), ("sec-fetch-site", "same-origin")] {
            assert!(may_be_rebound(&headers(&[browser]), evil, &names), "{browser:?}");
        }
        assert!(!may_be_rebound(&page, None, &names));
    }
}
