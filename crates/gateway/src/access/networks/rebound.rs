//! Names by which no stranger's page can ask.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName, header};

/// Whether a web page may have been given this server's address under a name of its own (DNS rebinding): the browser takes
/// such a page for one of this server, so its `Origin` proves nothing. Asked of requests that need no login. An address,
/// `localhost` and a name without a dot cannot be had by a stranger; other names are told in `names`. Programs are not
/// asked: whoever can run one on the agent's machine needs no web page, and old clients come by whatever name they know.
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
