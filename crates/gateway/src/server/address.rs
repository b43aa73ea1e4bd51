//! The address for the WSDL: the one by which the client reached us, if that is credible.

use std::net::{Ipv6Addr, SocketAddr};

use axum::http::{HeaderMap, HeaderName, Uri, header};

use super::{ENDPOINT_PATH, Ends};
use crate::access::{Network, holds};

/// The endpoint's address: scheme, host and port of the request, else the address of the connection.
pub(super) fn endpoint(headers: &HeaderMap, uri: &Uri, ends: Ends, trusted: &[Network]) -> String {
    let own = if ends.tls { "https" } else { "http" };
    let proxied = holds(trusted, ends.peer.ip());
    let forwarded = |name: &'static str| proxied.then(|| first(headers, &HeaderName::from_static(name))).flatten();
    let scheme = match forwarded("x-forwarded-proto") {
        Some(scheme) if scheme.eq_ignore_ascii_case("https") => "https",
        Some(scheme) if scheme.eq_ignore_ascii_case("http") => "http",
        Some(_) | None => own,
    };
    let host = forwarded("x-forwarded-host")
        .filter(|host| is_host(host))
        .or_else(|| uri.authority().map(axum::http::uri::Authority::as_str).filter(|host| is_host(host)))
        .or_else(|| headers.get(header::HOST)?.to_str().ok().map(str::trim).filter(|host| is_host(host)));
    match host {
        Some(host) => format!("{scheme}://{host}{ENDPOINT_PATH}"),
        None => {
            format!("{scheme}://{}{ENDPOINT_PATH}", SocketAddr::new(ends.local.ip().to_canonical(), ends.local.port()))
        }
    }
}

/// Whether a browser sends this for another site's page. Browsers send a plain-text POST for any page to any address, with the
/// password that they remember for that address: without this check, a web site could make an agent's phone dial. Only browsers
/// send `Origin`, and `Sec-Fetch-Site` also where they leave `Origin` out: in a GET whose answer the page cannot see.
pub(super) fn is_of_another_site(headers: &HeaderMap, ends: Ends, trusted: &[Network]) -> bool {
    let fetched = headers.get_all(HeaderName::from_static("sec-fetch-site")).iter();
    if fetched.into_iter().any(|site| !matches!(site.as_bytes(), b"same-origin" | b"none")) {
        return true;
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return false };
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
    let proxied = holds(trusted, ends.peer.ip());
    let forwarded = proxied.then(|| first(headers, &HeaderName::from_static("x-forwarded-host"))).flatten();
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).map(str::trim);
    let same = |own: Option<&str>| own.zip(origin).is_some_and(|(own, origin)| own.eq_ignore_ascii_case(origin));
    !same(host) && !same(forwarded)
}

/// The host that the client used, as in the request.
pub(super) fn asked_host(headers: &HeaderMap, proxied: bool) -> Option<&str> {
    let forwarded = proxied.then(|| first(headers, &HeaderName::from_static("x-forwarded-host"))).flatten();
    forwarded.or_else(|| headers.get(header::HOST)?.to_str().ok().map(str::trim))
}

/// The value of the nearest proxy's client: the first of a list.
fn first<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()?.split(',').next().map(str::trim)
}

/// Accepts `name`, `1.2.3.4` or `[::1]`, with or without a port. Anything else could break out of an address or of XML.
fn is_host(host: &str) -> bool {
    let (name_is_right, rest) = if let Some(bracketed) = host.strip_prefix('[') {
        let Some((address, rest)) = bracketed.split_once(']') else { return false };
        (address.parse::<Ipv6Addr>().is_ok(), rest)
    } else {
        let (name, rest) = host.split_at(host.find(':').unwrap_or(host.len()));
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
        (!name.is_empty() && name.len() <= 253 && name.chars().all(plain), rest)
    };
    let port_is_right = match rest.strip_prefix(':') {
        Some(port) => port.chars().all(|c| c.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port != 0),
        None => rest.is_empty(),
    };
    name_is_right && port_is_right
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(pairs: &[(&'static str, &str)], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(HeaderName::from_static(name), value.parse().unwrap());
        }
        let trusted: Vec<Network> = trusted.iter().map(|ip| ip.parse().unwrap()).collect();
        let ends = Ends { peer: "10.0.0.9:5".parse().unwrap(), local: "10.0.0.1:8088".parse().unwrap(), tls: false };
        let whole = endpoint(&headers, &Uri::from_static("/uncall_services_api/index.php?wsdl"), ends, &trusted);
        whole.strip_suffix(ENDPOINT_PATH).unwrap().to_owned()
    }

    #[test]
    fn the_host_of_the_request_is_taken() {
        for host in
            ["pbx.example", "pbx", "pbx_1:8088", "192.168.160.211", "192.168.160.211:80", "[::1]:8088", "[fe80::1]"]
        {
            assert_eq!(address(&[("host", host)], &[]), format!("http://{host}"));
        }
    }

    #[test]
    fn a_host_that_is_none_is_not() {
        let hosts = [
            "",
            "a b",
            "\"><script>",
            "pbx/evil",
            "user@pbx",
            "pbx:0",
            "pbx:99999",
            "pbx:",
            "pbx:+80",
            "[::1",
            "[x]",
            "::1",
            "pbx?x",
            "pbx#",
            "a&b",
            "[::1]x",
            "pbx\\",
            "pbx:80:80",
        ];
        for host in hosts {
            assert_eq!(address(&[("host", host)], &[]), "http://10.0.0.1:8088", "{host}");
        }
        assert_eq!(address(&[], &[]), "http://10.0.0.1:8088");
    }

    #[test]
    fn forwarded_headers_are_taken_from_a_trusted_proxy_only() {
        let headers = [("host", "inner:8088"), ("x-forwarded-proto", "https"), ("x-forwarded-host", "api.example, x")];
        assert_eq!(address(&headers, &[]), "http://inner:8088");
        assert_eq!(address(&headers, &["10.0.0.8"]), "http://inner:8088");
        assert_eq!(address(&headers, &["10.0.0.9"]), "https://api.example");
        let odd = [("host", "inner"), ("x-forwarded-proto", "javascript"), ("x-forwarded-host", "a\"b")];
        assert_eq!(address(&odd, &["10.0.0.9"]), "http://inner");
    }

    #[test]
    fn over_tls_the_address_is_https() {
        let ends = Ends { peer: "10.0.0.9:5".parse().unwrap(), local: "10.0.0.1:443".parse().unwrap(), tls: true };
        let of = |forwarded: Option<&str>| {
            let mut headers = HeaderMap::from_iter([(header::HOST, "pbx".parse().unwrap())]);
            headers.extend(
                forwarded.map(|scheme| (HeaderName::from_static("x-forwarded-proto"), scheme.parse().unwrap())),
            );
            let whole = endpoint(&headers, &Uri::from_static("/"), ends, &["10.0.0.9".parse().unwrap()]);
            whole.strip_suffix(ENDPOINT_PATH).unwrap().to_owned()
        };
        assert_eq!(of(None), "https://pbx");
        assert_eq!(of(Some("http")), "http://pbx", "a proxy that speaks TLS to us and not to its clients");
        assert_eq!(of(Some("x")), "https://pbx");
    }

    #[test]
    fn a_page_of_another_site_is_told_from_everybody_else() {
        let ends = Ends { peer: "10.0.0.9:5".parse().unwrap(), local: "10.0.0.1:8088".parse().unwrap(), tls: false };
        for (origin, forwarded, trusted, foreign) in [
            (None, None, false, false),
            (Some("http://pbx:8088"), None, false, false),
            (Some("http://PBX:8088"), None, false, false),
            (Some("http://evil.example"), None, false, true),
            (Some("http://pbx"), None, false, true),
            (Some("null"), None, false, true),
            (Some("http://api.example"), Some("api.example"), false, true),
            (Some("https://api.example"), Some("api.example"), true, false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("host", "pbx:8088".parse().unwrap());
            for (name, value) in [("origin", origin), ("x-forwarded-host", forwarded)] {
                if let Some(value) = value {
                    headers.insert(name, value.parse().unwrap());
                }
            }
            let trusted: &[Network] = if trusted { &["10.0.0.0/24".parse().unwrap()] } else { &[] };
            assert_eq!(is_of_another_site(&headers, ends, trusted), foreign, "{origin:?} {forwarded:?}");
        }
        for (site, foreign) in
            [("cross-site", true), ("same-site", true), ("?", true), ("same-origin", false), ("none", false)]
        {
            let headers = HeaderMap::from_iter([(HeaderName::from_static("sec-fetch-site"), site.parse().unwrap())]);
            assert_eq!(is_of_another_site(&headers, ends, &[]), foreign, "{site}");
        }
    }
}
