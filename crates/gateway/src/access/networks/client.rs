//! Who is at the other end of a request, behind the proxies that may say so.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName};

use super::{Network, holds};

/// Who is at the other end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Client {
    /// The client's address; behind a trusted proxy the one that the proxy names.
    pub(crate) address: IpAddr,
    /// The trusted proxy between.
    pub(crate) via: Option<IpAddr>,
    /// Whether the address is believed: not behind an unknown proxy, which would make everybody look like that proxy.
    pub(in crate::access) known: bool,
}

impl Client {
    /// Reads the proxy's headers only if the peer is a trusted proxy.
    pub(crate) fn of(headers: &HeaderMap, peer: SocketAddr, trusted: &[Network]) -> Client {
        let peer = peer.ip().to_canonical();
        if !holds(trusted, peer) {
            return Client { address: peer, via: None, known: !is_forwarded(headers) };
        }
        // The nearest address that is no proxy of ours: what stands before it, anybody could have written.
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

/// What proxies add to a request beside `X-Forwarded-…`.
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

/// Whether a proxy says that it hands this request on. One that says nothing is not told from a client.
pub(in crate::access) fn is_forwarded(headers: &HeaderMap) -> bool {
    headers.keys().any(|name| name.as_str().starts_with("x-forwarded") || FORWARDING.contains(&name.as_str()))
}

/// An address with or without a port.
fn address(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim();
    let bare = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(entry);
    let parsed = bare.parse::<IpAddr>().or_else(|_| entry.parse::<SocketAddr>().map(|address| address.ip()));
    parsed.ok().map(|address| address.to_canonical())
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
}
