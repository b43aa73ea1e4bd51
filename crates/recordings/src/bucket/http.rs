//! HTTP for the S3 library: hyper, with TLS by rustls and the system's trust store.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::BoxFuture;
use http_body_util::BodyExt;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpError, HttpErrorKind, HttpRequest, HttpRequestBody, HttpResponse, HttpResponseBody, HttpService,
};
use rustls::{ClientConfig, RootCertStore};

/// The time limit for connecting.
const CONNECT: Duration = Duration::from_secs(5);
/// The time limit for the head of an answer, and for each piece of its body.
const SILENCE: Duration = Duration::from_secs(15);

/// Makes the client that all requests share.
#[derive(Debug)]
pub(super) struct Connector(Client<HttpsConnector<HttpConnector>, HttpRequestBody>);

impl Connector {
    pub(super) fn new() -> io::Result<Connector> {
        let mut tcp = HttpConnector::new();
        tcp.set_connect_timeout(Some(CONNECT));
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let https =
            HttpsConnectorBuilder::new().with_tls_config(tls()?).https_or_http().enable_http1().wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(30))
            .build(https);
        Ok(Connector(client))
    }
}

/// TLS with ring. A machine without certificates can still reach an http store.
fn tls() -> io::Result<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?;
    Ok(match rustls_platform_verifier::Verifier::new(provider) {
        Ok(verifier) => builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth(),
        Err(error) => {
            tracing::warn!(%error, "no certificates on this system: no https store can be reached");
            builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth()
        }
    })
}

impl object_store::client::HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(Service(self.0.clone())))
    }
}

#[derive(Debug)]
struct Service(Client<HttpsConnector<HttpConnector>, HttpRequestBody>);

impl HttpService for Service {
    // The signature that `async_trait` generates, which the library's trait uses.
    fn call<'a, 'b>(&'a self, request: HttpRequest) -> BoxFuture<'b, Result<HttpResponse, HttpError>>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(async move {
            let answer = tokio::time::timeout(SILENCE, self.0.request(request)).await.map_err(silent)?;
            let (head, body) = answer.map_err(failed)?.into_parts();
            let stream = futures::stream::unfold(body, |mut body| async move {
                let frame = match tokio::time::timeout(SILENCE, body.frame()).await {
                    Ok(Some(Ok(frame))) => Ok(frame),
                    Ok(Some(Err(error))) => Err(HttpError::new(HttpErrorKind::Interrupted, error)),
                    Ok(None) => return None,
                    Err(elapsed) => Err(silent(elapsed)),
                };
                Some((frame, body))
            })
            .fuse();
            let body = HttpResponseBody::new(http_body_util::StreamBody::new(stream));
            Ok(HttpResponse::from_parts(head, body))
        })
    }
}

fn silent(elapsed: tokio::time::error::Elapsed) -> HttpError {
    HttpError::new(HttpErrorKind::Timeout, elapsed)
}

fn failed(error: hyper_util::client::legacy::Error) -> HttpError {
    let kind = if error.is_connect() { HttpErrorKind::Connect } else { HttpErrorKind::Request };
    HttpError::new(kind, error)
}
