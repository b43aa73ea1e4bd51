//! Connections: accepted, served, and ended in time.

use std::collections::HashMap;
use std::convert::Infallible;
use std::io::ErrorKind;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::{App, Ends};
use crate::access::{Network, holds};
use crate::settings::Limits;

/// For the head of a request, the pause between two requests included.
const HEAD_TIMEOUT: Duration = Duration::from_secs(60);
/// Bytes of a request that was answered before it was read.
const UNREAD: u64 = 64 * 1024;
/// For the beginning of an encrypted connection.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// For a client that takes nothing of what is sent to it.
const STALL_TIMEOUT: Duration = Duration::from_secs(60);
/// For requests that run when the service stops.
const LAST_REQUESTS: Duration = Duration::from_secs(5);

/// Who is let in to a connection, and how.
pub(super) struct Door {
    acceptor: Option<TlsAcceptor>,
    limits: Limits,
    trusted: Vec<Network>,
    /// Connections that are up, by address.
    up: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// Counts a connection as up until it is dropped.
struct Place {
    address: IpAddr,
    up: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Door {
    pub(super) fn new(app: &App) -> Result<Door, rustls::Error> {
        let config = app.access.identity.as_ref().map(crate::access::Identity::config).transpose()?;
        let acceptor = config.map(|config| TlsAcceptor::from(Arc::new(config)));
        let trusted = app.settings.trusted_proxies.clone();
        Ok(Door { acceptor, limits: app.settings.limits, trusted, up: Arc::default() })
    }

    /// A place for a connection from `address`, when `all` are up; `None` when there is none left.
    fn place(&self, address: IpAddr, all: usize) -> Option<Place> {
        if all >= self.limits.connections {
            return None;
        }
        let address = address.to_canonical();
        let mut up = self.up.lock().unwrap_or_else(PoisonError::into_inner);
        let uncounted = address.is_loopback() || holds(&self.trusted, address);
        let count = up.entry(address).or_default();
        if !uncounted && *count >= self.limits.connections_per_address {
            return None;
        }
        *count += 1;
        Some(Place { address, up: Arc::clone(&self.up) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut up = self.up.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = up.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                up.remove(&self.address);
            }
        }
    }
}

/// Accepts and serves until `shutdown`.
pub(super) async fn accept(
    listener: TcpListener,
    door: Door,
    router: Router,
    stop: CancellationToken,
    shutdown: impl Future<Output = ()> + Send + 'static,
) {
    // Ends the streams too when this future is dropped instead of shut down.
    let _streams_end = stop.clone().drop_guard();
    let mut shutdown = pin!(shutdown);
    let mut connections = JoinSet::new();
    let mut turned_away = 0_u64;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_ended) = connections.join_next() => continue,
            () = &mut shutdown => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let Some(place) = door.place(peer.ip(), connections.len()) else {
                    turned_away += 1;
                    // The first one, and then now and then: a flood of connections is not to be one of lines.
                    if turned_away.is_power_of_two() {
                        tracing::warn!(%peer, turned_away, "too many connections; see [limits] in docs/access.md");
                    }
                    continue;
                };
                let local = stream.local_addr().unwrap_or(peer);
                let ends = Ends { peer, local, tls: door.acceptor.is_some() };
                let served = serve(stream, ends, door.acceptor.clone(), router.clone(), stop.clone());
                connections.spawn(async move {
                    served.await;
                    drop(place);
                });
            }
            // The peer has gone before it was accepted.
            Err(error) if matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset) => {}
            Err(error) => {
                // Too many open files, most likely: that passes when connections end.
                tracing::error!(%error, "cannot accept connections");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }
    drop(listener);
    stop.cancel();
    let all_ended = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(LAST_REQUESTS, all_ended).await.is_err() {
        tracing::warn!("stopped with requests unfinished");
    }
    connections.shutdown().await;
}

async fn serve(stream: TcpStream, ends: Ends, acceptor: Option<TlsAcceptor>, router: Router, stop: CancellationToken) {
    // Answers are small and wanted at once.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
    let Some(acceptor) = acceptor else { return converse(stream, ends, router, stop).await };
    let begun = tokio::select! {
        begun = tokio::time::timeout(HANDSHAKE_TIMEOUT, encrypt(stream, acceptor)) => begun,
        () = stop.cancelled() => return,
    };
    match begun {
        // In a box: handshakes are short, streams are long.
        Ok(Ok(stream)) => Box::pin(converse(stream, ends, router, stop)).await,
        Ok(Err(error)) => tracing::debug!(peer = %ends.peer, %error, "no TLS"),
        Err(_) => tracing::debug!(peer = %ends.peer, "no TLS in time"),
    }
}

async fn encrypt(
    mut stream: TcpStream,
    acceptor: TlsAcceptor,
) -> std::io::Result<tokio_rustls::server::TlsStream<TcpStream>> {
    let mut first = [0];
    // A handshake begins with 22, a request with a letter: whoever has forgotten the `s` of `https` is told.
    if stream.peek(&mut first).await? == 1 && first.iter().all(u8::is_ascii_uppercase) {
        let text = "This port speaks HTTPS.\n";
        let head = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: ";
        stream.write_all(format!("{head}{}\r\n\r\n{text}", text.len()).as_bytes()).await?;
        stream.shutdown().await?;
        // Closing with something unread resets the connection, and Windows then drops the answer that has come there.
        tokio::io::copy(&mut stream.take(UNREAD), &mut tokio::io::sink()).await?;
        return Err(ErrorKind::InvalidData.into());
    }
    acceptor.accept(stream).await
}

/// Serves one connection, whatever carries it.
async fn converse<S>(stream: S, ends: Ends, router: Router, stop: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(STALL_TIMEOUT));
    let stream = Box::pin(stream);
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ends);
        let router = router.clone();
        async move {
            let response: Result<Response<Body>, Infallible> = router.oneshot(request.map(Body::new)).await;
            response
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let served = tokio::select! {
        served = connection.as_mut() => served,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        tracing::debug!(peer = %ends.peer, %error, "connection ended");
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::time::Instant;

    use super::*;

    #[test]
    fn places_are_counted_by_address_and_in_all() {
        let limits = Limits { connections: 5, connections_per_address: 2, ..Limits::default() };
        let trusted = vec!["10.0.0.1".parse().unwrap()];
        let door = Door { acceptor: None, limits, trusted, up: Arc::default() };
        let place = |address: &str, all| door.place(address.parse().unwrap(), all);
        let first = place("10.2.0.1", 0).unwrap();
        let _second = place("::ffff:10.2.0.1", 1).unwrap();
        assert!(place("10.2.0.1", 2).is_none());
        let _other = place("10.2.0.2", 2).unwrap();
        drop(first);
        assert!(place("10.2.0.1", 2).is_some());
        for address in ["127.0.0.1", "10.0.0.1"] {
            let many: Vec<_> = (0..4).map(|all| place(address, all).unwrap()).collect();
            assert_eq!(many.len(), 4, "not counted");
            assert!(place(address, 5).is_none(), "but in all");
        }
        assert_eq!(door.up.lock().unwrap().len(), 2, "what is over is forgotten");
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_does_not_come_to_its_end_is_not_waited_for() {
        let ends = Ends { peer: "127.0.0.1:5".parse().unwrap(), local: "127.0.0.1:8088".parse().unwrap(), tls: false };
        for head in ["", "GET / HTTP/1.1\r\nHost: pb"] {
            let (mut slow, served) = tokio::io::duplex(1024);
            slow.write_all(head.as_bytes()).await.unwrap();
            let began = Instant::now();
            let serving = tokio::spawn(converse(served, ends, Router::new(), CancellationToken::new()));
            let mut answer = Vec::new();
            slow.read_to_end(&mut answer).await.unwrap();
            serving.await.unwrap();
            assert_eq!(began.elapsed().as_secs(), HEAD_TIMEOUT.as_secs(), "{head:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_nothing_is_not_waited_for() {
        let ends = Ends { peer: "127.0.0.1:5".parse().unwrap(), local: "127.0.0.1:8088".parse().unwrap(), tls: false };
        let (mut slow, served) = tokio::io::duplex(1024);
        slow.write_all(b"GET / HTTP/1.1\r\nHost: pbx\r\n\r\n").await.unwrap();
        let router = Router::new().route("/", axum::routing::get(|| async { "x".repeat(1 << 20) }));
        let began = Instant::now();
        converse(served, ends, router, CancellationToken::new()).await;
        assert_eq!(began.elapsed().as_secs(), STALL_TIMEOUT.as_secs());
    }
}
