//! The watched server, behind a trait so that tests of timing need no sockets.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures::{
    future::{BoxFuture, FutureExt as _},
    stream::BoxStream,
};
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, HeaderName, HeaderValue};
use tokio::time::Instant;
use uncall_contract::Extension;
use url::Url;

use crate::{
    Additions, Client, Error,
    poll::PollAnswer,
    transport::{Ask, Sent, content_type},
};

/// The gateway's health check. Other servers answer that they have no such page, which also shows that they are up.
const HEALTH: &str = "/healthz";

/// The bytes of an open stream.
pub(super) type Bytestream = BoxStream<'static, Result<Bytes, Error>>;

/// What a watch needs from a server.
pub(super) trait Source: Send + Sync + 'static {
    /// Makes sure that the WSDL is known. `afresh` reads it again.
    fn look(&self, afresh: bool) -> BoxFuture<'static, Result<(), Error>>;
    /// The push stream announced with the WSDL, if any.
    fn announced(&self) -> Option<Url>;
    /// Polls popEvent once.
    fn poll(&self) -> BoxFuture<'static, Result<PollAnswer, Error>>;
    /// What the server is known to support beyond the vendor's API.
    fn additions(&self) -> Additions;
    /// The time between two polls.
    fn pace(&self) -> Duration;
    /// Whether a verb has been under way at any time since `instant`.
    fn acted_since(&self, instant: Instant) -> bool;
    /// Opens the push stream, to continue after the event with this id.
    fn open(&self, stream: Url, last_id: Option<String>) -> BoxFuture<'static, Result<Bytestream, NoStream>>;
    /// Whether the server passes its health check within this time.
    fn is_well(&self, within: Duration) -> BoxFuture<'static, bool>;
}

impl<S: Source> Source for Arc<S> {
    fn look(&self, afresh: bool) -> BoxFuture<'static, Result<(), Error>> {
        S::look(self, afresh)
    }

    fn announced(&self) -> Option<Url> {
        S::announced(self)
    }

    fn poll(&self) -> BoxFuture<'static, Result<PollAnswer, Error>> {
        S::poll(self)
    }

    fn additions(&self) -> Additions {
        S::additions(self)
    }

    fn pace(&self) -> Duration {
        S::pace(self)
    }

    fn acted_since(&self, instant: Instant) -> bool {
        S::acted_since(self, instant)
    }

    fn open(&self, stream: Url, last_id: Option<String>) -> BoxFuture<'static, Result<Bytestream, NoStream>> {
        S::open(self, stream, last_id)
    }

    fn is_well(&self, within: Duration) -> BoxFuture<'static, bool> {
        S::is_well(self, within)
    }
}

/// Why there is no stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoStream {
    /// The server has no stream, whatever it announced. Worth retrying much later.
    Refused(String),
    /// It may work soon, so worth retrying.
    Failed(Error),
}

/// A real server.
pub(super) struct Server {
    client: Client,
    exten: Extension,
}

impl Server {
    pub(super) const fn new(client: Client, exten: Extension) -> Server {
        Server { client, exten }
    }
}

impl Source for Server {
    fn look(&self, afresh: bool) -> BoxFuture<'static, Result<(), Error>> {
        let client = self.client.clone();
        async move { client.look(afresh).await }.boxed()
    }

    fn announced(&self) -> Option<Url> {
        self.client.announced()
    }

    fn additions(&self) -> Additions {
        self.client.additions()
    }

    fn pace(&self) -> Duration {
        self.client.settings().pace()
    }

    fn acted_since(&self, instant: Instant) -> bool {
        self.client.verbs().since(instant)
    }

    fn poll(&self) -> BoxFuture<'static, Result<PollAnswer, Error>> {
        let (client, exten) = (self.client.clone(), self.exten.clone());
        async move { client.poll(&exten).await }.boxed()
    }

    fn open(&self, stream: Url, last_id: Option<String>) -> BoxFuture<'static, Result<Bytestream, NoStream>> {
        let (client, exten) = (self.client.clone(), self.exten.clone());
        async move {
            let budget = client.settings().call_timeout;
            match tokio::time::timeout(budget, open(&client, &exten, stream, last_id)).await {
                Ok(result) => result,
                Err(_) => Err(NoStream::Failed(Error::Timeout("no answer to the push stream".into()))),
            }
        }
        .boxed()
    }

    fn is_well(&self, within: Duration) -> BoxFuture<'static, bool> {
        let client = self.client.clone();
        async move {
            let mut url = client.settings().server.clone();
            url.set_path(HEALTH);
            url.set_query(None);
            client.transport().answers(url, within).await
        }
        .boxed()
    }
}

async fn open(
    client: &Client,
    exten: &Extension,
    mut stream: Url,
    last_id: Option<String>,
) -> Result<Bytestream, NoStream> {
    stream.query_pairs_mut().append_pair("exten", exten.as_str());
    if client.settings().queues && client.announces_queues() {
        stream.query_pairs_mut().append_pair("with", "queues");
    }
    let mut ask = Ask::get(stream.clone());
    ask.headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
    // A proxy that compresses would hold events back.
    ask.headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    ask.headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(id) = last_id.and_then(|id| HeaderValue::from_bytes(id.as_bytes()).ok()) {
        ask.headers.insert(HeaderName::from_static("last-event-id"), id);
    }
    let response = client.transport().send(ask, &Sent::default()).await.map_err(NoStream::Failed)?;
    let status = response.status;
    if status.is_server_error() {
        return Err(NoStream::Failed(Error::Http(status.as_u16())));
    }
    if status != reqwest::StatusCode::OK || response.url.origin() != stream.origin() {
        return Err(NoStream::Refused(format!("status {}", status.as_u16())));
    }
    let kind = content_type(&response.headers).unwrap_or("");
    if !kind.trim_start().to_ascii_lowercase().starts_with("text/event-stream") {
        return Err(NoStream::Refused(format!("content type {kind:?}")));
    }
    Ok(response.into_pieces())
}
