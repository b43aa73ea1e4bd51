//! HTTP: one request and its answer, redirects included, bounded while it is read.
//!
//! Every request has a connection of its own. A kept one that the server closes in the moment a verb is sent would turn
//! a plain success into "outcome unknown", and one that died while the machine slept would eat the whole deadline.

use std::{
    convert::Infallible,
    error::Error as _,
    pin::Pin,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use http_body::{Frame, SizeHint};
use reqwest::{
    Method, Response, StatusCode,
    cookie::Jar,
    header::{CONTENT_TYPE, HeaderMap, LOCATION},
};
use uncall_contract::DecodeError;
use url::{Host, Origin, Url};

use crate::{Credentials, Error};

/// Redirects that are followed for one request.
const HOPS: usize = 5;

/// The HTTP side of a client; cookies are shared by all requests.
pub(crate) struct Transport {
    login: Option<Login>,
    jar: Arc<Jar>,
    connect_timeout: Duration,
    /// By [`Transport::slot`]: made when first needed, because reading the system's certificates takes a while.
    clients: [OnceLock<reqwest::Client>; 3],
}

/// A login and the one origin it is for.
struct Login {
    origin: Origin,
    credentials: Credentials,
}

/// What is sent.
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
    /// Where it came from, after redirects.
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

/// The `Content-Type`, when it is text.
pub(crate) fn content_type(headers: &HeaderMap) -> Option<&str> {
    headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok())
}

/// Whether a request may have reached the server: set before the first byte of its body is written.
#[derive(Clone, Default)]
pub(crate) struct Sent(Arc<AtomicBool>);

impl Sent {
    pub(crate) fn get(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    fn set(&self, sent: bool) {
        self.0.store(sent, Ordering::Release);
    }
}

impl Transport {
    /// A transport that shows `login` to the origin of `server`, and to no other.
    pub(crate) fn new(connect_timeout: Duration, server: &Url, login: Option<Credentials>) -> Transport {
        let login = login.map(|credentials| Login { origin: server.origin(), credentials });
        Transport { login, jar: Arc::default(), connect_timeout, clients: Default::default() }
    }

    /// The login that goes to this address.
    fn login_for(&self, url: &Url) -> Option<&Credentials> {
        self.login.as_ref().filter(|login| login.origin == url.origin()).map(|login| &login.credentials)
    }

    /// What a status of 401 at this address means.
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

    /// Sends `ask` and reads the whole answer, at most `limit` bytes of it after decompression.
    pub(crate) async fn exchange(&self, ask: Ask, limit: usize, sent: &Sent) -> Result<Answer, Error> {
        whole(self.send(ask, sent).await?, limit).await
    }

    /// Sends `ask` and gives the answer with its body unread. A redirect that is not followed is the answer: one that
    /// would turn a POST into a GET, lead from https to http, or is the sixth in a row.
    pub(crate) async fn send(&self, ask: Ask, sent: &Sent) -> Result<Response, Error> {
        let Ask { method, mut url, headers, body } = ask;
        let mut hops = 0;
        loop {
            sent.set(false);
            tracing::debug!(%method, url = shown(&url), "request");
            tracing::trace!(body = %start_of(&body), "request");
            let mut request = self.client(&url)?.request(method.clone(), url.clone()).headers(headers.clone());
            if let Some(login) = self.login_for(&url) {
                request = login.sign(request);
            }
            if method != Method::GET {
                request = request.body(reqwest::Body::wrap(Watched { bytes: body.clone(), sent: sent.clone() }));
            }
            let response = request.send().await.map_err(|error| broken(error, &url))?;
            match next_hop(&method, &url, &response) {
                Some(next) if hops < HOPS => {
                    tracing::debug!(status = response.status().as_u16(), to = shown(&next), "redirect followed");
                    url = next;
                    hops += 1;
                }
                Some(_) | None => return Ok(response),
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
        let built = self.build(loopback, tls(system_trust, url)?)?;
        Ok(slot.get_or_init(|| built).clone())
    }

    fn build(&self, loopback: bool, tls: rustls::ClientConfig) -> Result<reqwest::Client, Error> {
        let builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .http1_only()
            .cookie_provider(Arc::clone(&self.jar))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .pool_max_idle_per_host(0)
            .connect_timeout(self.connect_timeout)
            .user_agent(concat!("uncall/", env!("CARGO_PKG_VERSION")));
        // A proxy from the environment cannot know what loopback means here.
        let builder = if loopback { builder.no_proxy() } else { builder };
        builder.build().map_err(|error| Error::Unreachable(root_cause(&error)))
    }
}

/// TLS with ring and the system's trust store. A machine without certificates can still reach an http server.
fn tls(system_trust: bool, url: &Url) -> Result<rustls::ClientConfig, Error> {
    let unreachable = |error: rustls::Error| Error::Unreachable(format!("TLS cannot be set up: {error}"));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(unreachable)?;
    let no_trust = || rustls::RootCertStore::empty();
    if !system_trust {
        return Ok(builder.with_root_certificates(no_trust()).with_no_client_auth());
    }
    match rustls_platform_verifier::Verifier::new(provider) {
        Ok(verifier) => {
            Ok(builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
        }
        Err(error) if url.scheme() == "https" => Err(unreachable(error)),
        Err(error) => {
            tracing::debug!(%error, "no certificates on this system: https will not work");
            Ok(builder.with_root_certificates(no_trust()).with_no_client_auth())
        }
    }
}

/// Reads the rest of an answer, at most `limit` bytes of it after decompression.
pub(crate) async fn whole(mut response: Response, limit: usize) -> Result<Answer, Error> {
    let status = response.status();
    let url = response.url().clone();
    let headers = std::mem::take(response.headers_mut());
    let body = if status.is_redirection() { Bytes::new() } else { read(response, status, limit).await? };
    tracing::debug!(status = status.as_u16(), bytes = body.len(), "answer read");
    tracing::trace!(content_type = content_type(&headers), body = %start_of(&body), "answer");
    Ok(Answer { status, headers, url, body })
}

async fn read(mut response: Response, status: StatusCode, limit: usize) -> Result<Bytes, Error> {
    let url = response.url().clone();
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| broken(error, &url))? {
        if body.len() + chunk.len() > limit {
            if !status.is_success() {
                // The status says enough; what follows is some page about it.
                break;
            }
            return Err(Error::Limit(DecodeError::Limit { what: "size", max: limit }.to_string()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
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

/// What went wrong when no complete answer came.
pub(crate) fn broken(error: reqwest::Error, url: &Url) -> Error {
    let cause = root_cause(&error);
    let at = || format!("{}{}", url.host_str().unwrap_or(""), url.port().map(|p| format!(":{p}")).unwrap_or_default());
    if error.is_connect() && error.is_timeout() {
        Error::Timeout(format!("no connection to {}", at()))
    } else if error.is_connect() || error.is_builder() {
        Error::Unreachable(format!("{}: {cause}", at()))
    } else {
        Error::Io(cause)
    }
}

/// The last of the causes: what the system or the protocol said. The layers above it only say that a request failed.
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause = error.source();
    while let Some(deeper) = cause.and_then(|cause| cause.source()) {
        cause = Some(deeper);
    }
    cause.map_or_else(|| error.to_string(), |cause| cause.to_string())
}

/// An address for logs and messages: without a login.
pub(crate) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.into()
}

/// The first 4 KiB of a body, for logs at the finest level: they hold people's numbers.
fn start_of(body: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(body.get(..4096).unwrap_or(body))
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

/// A body that notes when the connection asks for it: from then on the request may have arrived.
struct Watched {
    bytes: Bytes,
    sent: Sent,
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = self.get_mut();
        this.sent.set(true);
        let bytes = std::mem::take(&mut this.bytes);
        Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.len() as u64)
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
