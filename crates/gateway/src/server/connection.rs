//! Connections: accepted, served, and ended in time.

use std::convert::Infallible;
use std::io::ErrorKind;
use std::pin::pin;
use std::sync::Arc;
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

use super::head::{Answer, Headed, Requests};
use super::places::{Place, Places};
use super::{App, Ends};

/// The longest pause between two requests; a head that has begun has less time.
const PAUSE: Duration = Duration::from_secs(60);
/// The most bytes of a head, and of an unread body that hyper buffers.
const HEAD_BYTES: usize = 16 * 1024;
/// How many bytes to read of a request that was answered early.
const UNREAD: u64 = 64 * 1024;
/// The time limit for a TLS handshake.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// The time limit for a client that does not read.
const STALL_TIMEOUT: Duration = Duration::from_secs(60);
/// The time limit for running requests when the service stops.
const LAST_REQUESTS: Duration = Duration::from_secs(5);

/// How connections are let in.
pub(super) struct Door {
    acceptor: Option<TlsAcceptor>,
    places: Arc<Places>,
}

impl Door {
    pub(super) fn new(app: &App) -> Result<Door, rustls::Error> {
        let config = app.access.identity.as_ref().map(crate::access::Identity::config).transpose()?;
        let acceptor = config.map(|config| TlsAcceptor::from(Arc::new(config)));
        let places = Places::new(app.settings.limits, app.settings.trusted_proxies.clone());
        Ok(Door { acceptor, places })
    }
}

/// Accepts and serves until `shutdown`.
pub(super) async fn accept(
    listener: TcpListener,
    door: Door,
    router: Router,
    app: &App,
    shutdown: impl Future<Output = ()>,
) {
    let stop = &app.stop;
    // Ends the streams too if this future is dropped instead of shut down.
    let _streams_end = stop.clone().drop_guard();
    let mut shutdown = pin!(shutdown);
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_ended) = connections.join_next() => continue,
            () = &mut shutdown => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let Some(place) = door.places.take(peer.ip()) else {
                    let turned_away = app.metrics.turn_away();
                    // Log ever more rarely, because a flood of connections must not flood the log.
                    if turned_away.is_power_of_two() {
                        tracing::warn!(%peer, turned_away, "too many connections; see [limits] in docs/access.md");
                    }
                    continue;
                };
                let local = stream.local_addr().unwrap_or(peer);
                let ends = Ends { peer, local, tls: door.acceptor.is_some() };
                let (acceptor, router, stop) = (door.acceptor.clone(), router.clone(), stop.clone());
                let open = app.metrics.connection();
                connections.spawn(async move {
                    let _open = open;
                    let over = place.over.clone();
                    tokio::select! {
                        () = serve(stream, ends, place, acceptor, router, stop) => {}
                        () = over.cancelled() => tracing::debug!(%peer, "a stranger's connection makes room"),
                    }
                });
            }
            // The peer was gone before it was accepted.
            Err(error) if matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset) => {}
            Err(error) => {
                // Most likely too many open files, which passes when connections end.
                tracing::error!(%error, "cannot accept connections");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }
    drop(listener);
    stop.cancel();
    // Each connection ends after its current request.
    let all_ended = async {
        while connections.join_next().await.is_some() {}
        app.operations.verbs().all_over().await;
    };
    if tokio::time::timeout(LAST_REQUESTS, all_ended).await.is_err() {
        tracing::warn!(
            requests = connections.len(),
            verbs = app.operations.verbs().count(),
            "stopped with these unfinished"
        );
    }
    connections.shutdown().await;
}

async fn serve(
    stream: TcpStream,
    ends: Ends,
    place: Arc<Place>,
    acceptor: Option<TlsAcceptor>,
    router: Router,
    stop: CancellationToken,
) {
    // Answers are small and urgent.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
    let Some(acceptor) = acceptor else { return converse(stream, ends, Some(place), router, stop).await };
    let begun = tokio::select! {
        begun = tokio::time::timeout(HANDSHAKE_TIMEOUT, encrypt(stream, acceptor)) => begun,
        () = stop.cancelled() => return,
    };
    match begun {
        // Boxed, because handshakes are short but streams are long.
        Ok(Ok(stream)) => Box::pin(converse(stream, ends, Some(place), router, stop)).await,
        Ok(Err(error)) => tracing::debug!(peer = %ends.peer, %error, "no TLS"),
        Err(_) => tracing::debug!(peer = %ends.peer, "no TLS in time"),
    }
}

async fn encrypt(
    mut stream: TcpStream,
    acceptor: TlsAcceptor,
) -> std::io::Result<tokio_rustls::server::TlsStream<TcpStream>> {
    let mut first = [0];
    // A handshake begins with 22, a request with a letter, so a client that forgot the `s` of `https` can be told.
    if stream.peek(&mut first).await? == 1 && first.iter().all(u8::is_ascii_uppercase) {
        let text = "This port speaks HTTPS.\n";
        let head = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: ";
        stream.write_all(format!("{head}{}\r\n\r\n{text}", text.len()).as_bytes()).await?;
        stream.shutdown().await?;
        // Closing with unread data resets the connection, and Windows then drops the answer that has arrived.
        tokio::io::copy(&mut stream.take(UNREAD), &mut tokio::io::sink()).await?;
        return Err(ErrorKind::InvalidData.into());
    }
    acceptor.accept(stream).await
}

/// Serves one connection over any transport.
async fn converse<S>(stream: S, ends: Ends, place: Option<Arc<Place>>, router: Router, stop: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(STALL_TIMEOUT));
    let requests = Requests::default();
    let stream = Headed::new(Box::pin(stream), requests.clone());
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        let answering = requests.begin(place.as_ref());
        request.extensions_mut().insert(ends);
        if let Some(place) = &place {
            request.extensions_mut().insert(Arc::clone(place));
        }
        let router = router.clone();
        async move {
            let response: Result<Response<Body>, Infallible> = router.oneshot(request.map(Body::new)).await;
            response.map(|response| response.map(|body| Answer::new(body, answering)))
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PAUSE)
        .max_buf_size(HEAD_BYTES)
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

    use super::super::head::HEAD_TIMEOUT;
    use super::*;

    fn ends() -> Ends {
        Ends { peer: "127.0.0.1:5".parse().unwrap(), local: "127.0.0.1:8088".parse().unwrap(), tls: false }
    }

    /// How many seconds a connection stays that sends these pieces one second apart.
    async fn stays(pieces: &[&str]) -> u64 {
        let (mut client, served) = tokio::io::duplex(64 * 1024);
        let router = Router::new().route("/", axum::routing::get(|| async { "x" }));
        let serving = tokio::spawn(converse(served, ends(), None, router, CancellationToken::new()));
        for piece in pieces {
            client.write_all(piece.as_bytes()).await.unwrap();
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        let began = Instant::now();
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).await.unwrap();
        serving.await.unwrap();
        began.elapsed().as_secs() + u64::try_from(pieces.len()).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_has_begun_is_waited_for_less_long_than_the_next_request() {
        const WHOLE: &str = "GET / HTTP/1.1\r\nHost: pbx\r\n\r\n";
        assert_eq!(stays(&[""]).await, PAUSE.as_secs(), "nothing");
        assert_eq!(stays(&["GET / HTTP/1.1\r\nHost: pb"]).await, HEAD_TIMEOUT.as_secs());
        assert_eq!(stays(&["G", "E", "T", " ", "/"]).await, HEAD_TIMEOUT.as_secs(), "it begins once");
        assert_eq!(stays(&["GET / HTTP/1.1\r\n", "Host: pbx\r\n\r\n"]).await, 1 + PAUSE.as_secs(), "a whole one");
        assert_eq!(stays(&[WHOLE, WHOLE, WHOLE]).await, 2 + PAUSE.as_secs(), "and more");
        assert_eq!(stays(&[WHOLE, "GET"]).await, 1 + HEAD_TIMEOUT.as_secs(), "the second begins");
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_has_its_own_time() {
        let (mut client, served) = tokio::io::duplex(1024);
        let router = Router::new().route("/", axum::routing::post(|body: String| async { body }));
        let serving = tokio::spawn(converse(served, ends(), None, router, CancellationToken::new()));
        client
            .write_all(b"POST / HTTP/1.1\r\nHost: pbx\r\nConnection: close\r\nContent-Length: 20\r\n\r\n")
            .await
            .unwrap();
        for _ in 0..20 {
            tokio::time::sleep(Duration::from_secs(1)).await;
            client.write_all(b"x").await.unwrap();
        }
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        serving.await.unwrap();
        assert!(answer.ends_with(&"x".repeat(20)), "{answer}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_is_bounded() {
        let (client, served) = tokio::io::duplex(256 * 1024);
        let (mut read, mut write) = tokio::io::split(client);
        let serving = tokio::spawn(converse(served, ends(), None, Router::new(), CancellationToken::new()));
        let head = format!("GET / HTTP/1.1\r\nHost: pbx\r\nX-Long: {}\r\n\r\n", "x".repeat(2 * HEAD_BYTES));
        write.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        read.read_to_string(&mut answer).await.unwrap();
        serving.await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_nothing_is_not_waited_for() {
        let (mut slow, served) = tokio::io::duplex(1024);
        slow.write_all(b"GET / HTTP/1.1\r\nHost: pbx\r\n\r\n").await.unwrap();
        let router = Router::new().route("/", axum::routing::get(|| async { "x".repeat(1 << 20) }));
        let began = Instant::now();
        converse(served, ends(), None, router, CancellationToken::new()).await;
        assert_eq!(began.elapsed().as_secs(), STALL_TIMEOUT.as_secs());
    }
}
