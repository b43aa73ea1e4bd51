//! HTTP: one request and its answer, including redirects, with limits on what is read.
//!
//! Every request uses a new connection. A kept-alive connection that the server closes just as a verb is sent would turn a plain
//! success into "outcome unknown", and one that died while the machine slept would use up the whole time limit.

mod coding;
mod cookies;
mod failure;
mod incoming;
mod sent;
mod tls;

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use bytes::Bytes;
use reqwest::{
    Method, Response, StatusCode,
    header::{ACCEPT_ENCODING, CONTENT_TYPE, COOKIE, HeaderMap, HeaderValue, LOCATION},
};
use url::{Host, Origin, Url};

use self::{cookies::Cookies, sent::WatchedBody};
use crate::{Credentials, Error, Wire};

pub(crate) use self::{incoming::Incoming, sent::Sent};

/// The most redirects per request.
const HOPS: usize = 5;

/// The HTTP side of a client. Requests share its cookies, but a cookie is never in two requests at a time.
pub(crate) struct Transport {
    login: Option<Login>,
    cookies: Arc<Cookies>,
    connect_timeout: Duration,
    wire: Option<Wire>,
    /// Indexed by [`Transport::slot`]. Created on first use, because reading the system's certificates takes a while.
    clients: [OnceLock<reqwest::Client>; 3],
}

/// A login and the only origin it is sent to.
struct Login {
    origin: Origin,
    credentials: Credentials,
}

/// A request.
pub(crate) struct Ask {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// A complete answer.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// The address that answered, after redirects.
    pub(crate) url: Url,
    pub(crate) body: Bytes,
}

impl Ask {
    pub(crate) fn get(url: Url) -> Ask {
        Ask { method: Method::GET, url, headers: HeaderMap::new(), body: Bytes::new() }
    }
}

impl Answer {
    pub(crate) fn content_type(&self) -> Option<&str> {
        content_type(&self.headers)
    }
}

/// The `Content-Type`, if it is text.
pub(crate) fn content_type(headers: &HeaderMap) -> Option<&str> {
    headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok())
}

impl Transport {
    /// Creates a transport that sends `login` only to the origin of `server`.
    pub(crate) fn new(
        connect_timeout: Duration,
        server: &Url,
        login: Option<Credentials>,
        wire: Option<Wire>,
    ) -> Transport {
        let login = login.map(|credentials| Login { origin: server.origin(), credentials });
        Transport { login, cookies: Arc::default(), connect_timeout, wire, clients: Default::default() }
    }

    /// A transport without a login.
    pub(crate) fn anonymous(connect_timeout: Duration) -> Transport {
        Transport { login: None, cookies: Arc::default(), connect_timeout, wire: None, clients: Default::default() }
    }

    /// The login to send to this address.
    fn login_for(&self, url: &Url) -> Option<&Credentials> {
        self.login.as_ref().filter(|login| login.origin == url.origin()).map(|login| &login.credentials)
    }

    /// The error for status 401 from this address.
    pub(crate) fn not_logged_in(&self, url: &Url, said: String) -> Error {
        match &self.login {
            Some(login) if login.origin != url.origin() => Error::NotLoggedIn {
                tried: false,
                said: format!(
                    "it is {} that asks, and the login is only for {}",
                    url.origin().ascii_serialization(),
                    login.origin.ascii_serialization()
                ),
            },
            login => Error::NotLoggedIn { tried: login.is_some(), said },
        }
    }

    /// Sends `ask` and reads the whole answer, at most `limit` bytes after decompression.
    pub(crate) async fn exchange(&self, ask: Ask, limit: usize, sent: &Sent) -> Result<Answer, Error> {
        self.send(ask, sent).await?.whole(limit).await
    }

    /// Sends `ask` and returns the answer with its body unread. Redirects that would turn a POST into a GET, lead from https to
    /// http, or are the sixth in a row are not followed but returned.
    pub(crate) async fn send(&self, ask: Ask, sent: &Sent) -> Result<Incoming, Error> {
        self.send_on(ask, HOPS, sent).await
    }

    /// The same, but returns every redirect.
    pub(crate) async fn send_here(&self, ask: Ask, sent: &Sent) -> Result<Incoming, Error> {
        self.send_on(ask, 0, sent).await
    }

    async fn send_on(&self, ask: Ask, most_hops: usize, sent: &Sent) -> Result<Incoming, Error> {
        let Ask { method, mut url, mut headers, body } = ask;
        headers.entry(ACCEPT_ENCODING).or_insert(HeaderValue::from_static("gzip"));
        let mut hops = 0;
        loop {
            sent.set(false);
            tracing::debug!(%method, url = shown(&url), "request");
            tracing::trace!(body = %start_of(&body), "request");
            let mut request = self.client(&url)?.request(method.clone(), url.clone()).headers(headers.clone());
            if let Some(login) = self.login_for(&url) {
                request = login.sign(request);
            }
            let mut lease = self.cookies.lease(&url);
            if let Some(cookies) = lease.header() {
                request = request.header(COOKIE, cookies);
            }
            if let Some(wire) = &self.wire {
                wire.whole(&format!("> {method} {}", shown(&url)), &headers, &body);
            }
            if method != Method::GET {
                request = request.body(reqwest::Body::wrap(WatchedBody::new(body.clone(), sent.clone())));
            }
            let response = request.send().await.map_err(|error| failure::broken(error, &url))?;
            lease.keep(response.headers(), &url);
            match next_hop(&method, &url, &response) {
                Some(next) if hops < most_hops => {
                    tracing::debug!(status = response.status().as_u16(), to = shown(&next), "redirect followed");
                    lease.over();
                    url = next;
                    hops += 1;
                }
                Some(_) | None => return Ok(Incoming::of(response, Some(lease), self.wire.as_ref())),
            }
        }
    }

    /// Whether the server answers within this time with a status below 500. Sent without login and cookies, which only real
    /// requests carry.
    pub(crate) async fn answers(&self, url: Url, within: Duration) -> bool {
        let asked =
            async { self.client(&url)?.get(url.clone()).send().await.map_err(|error| failure::broken(error, &url)) };
        match tokio::time::timeout(within, asked).await {
            Ok(Ok(response)) => !response.status().is_server_error(),
            Ok(Err(error)) => {
                tracing::debug!(url = shown(&url), %error, "no answer");
                false
            }
            Err(_) => {
                tracing::debug!(url = shown(&url), ?within, "no answer in time");
                false
            }
        }
    }

    fn client(&self, url: &Url) -> Result<reqwest::Client, Error> {
        let (slot, loopback, system_trust) = match (is_loopback(url), url.scheme()) {
            (true, "http") => (&self.clients[0], true, false),
            (true, _) => (&self.clients[1], true, true),
            (false, _) => (&self.clients[2], false, true),
        };
        if let Some(client) = slot.get() {
            return Ok(client.clone());
        }
        let built = self.build(loopback, tls::config(system_trust, url)?)?;
        Ok(slot.get_or_init(|| built).clone())
    }

    fn build(&self, loopback: bool, tls: rustls::ClientConfig) -> Result<reqwest::Client, Error> {
        let builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .pool_max_idle_per_host(0)
            .connect_timeout(self.connect_timeout)
            .user_agent(concat!("uncall/", env!("CARGO_PKG_VERSION")));
        // A proxy from the environment has another loopback.
        let builder = if loopback { builder.no_proxy() } else { builder };
        builder.build().map_err(|error| Error::Unreachable(failure::root_cause(&error)))
    }
}

fn next_hop(method: &Method, from: &Url, response: &Response) -> Option<Url> {
    let keeps_method = match response.status() {
        StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => true,
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND | StatusCode::SEE_OTHER => method == Method::GET,
        _ => false,
    };
    let location = response.headers().get(LOCATION)?.to_str().ok()?;
    let next = from.join(location).ok()?;
    let allowed = keeps_method
        && matches!(next.scheme(), "http" | "https")
        && (from.scheme() == "http" || next.scheme() == "https");
    allowed.then_some(next)
}

/// An address without login, for logs and messages.
pub(crate) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.into()
}

/// The first 4 KiB of a body with phone numbers masked, for trace logs.
fn start_of(body: &[u8]) -> String {
    let start = String::from_utf8_lossy(body.get(..4096).unwrap_or(body));
    uncall_contract::masked(&start).into_owned()
}

pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback() || ip.to_ipv4_mapped().is_some_and(|ip| ip.is_loopback()),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_known_by_name_and_number() {
        for host in ["localhost", "panel.localhost.", "127.0.0.1", "127.8.8.8", "[::1]", "[::ffff:127.0.0.1]"] {
            assert!(is_loopback(&Url::parse(&format!("http://{host}/")).unwrap()), "{host}");
        }
        for host in ["192.168.1.1", "example.com", "localhost.example.com", "[::2]"] {
            assert!(!is_loopback(&Url::parse(&format!("http://{host}/")).unwrap()), "{host}");
        }
    }

    #[test]
    fn a_login_is_never_shown() {
        let shown = shown(&Url::parse("http://agent:secret@pbx.example/x?wsdl").unwrap());
        assert_eq!(shown, "http://pbx.example/x?wsdl");
    }
}
