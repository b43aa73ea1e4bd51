//! Connections: accepted, served, and ended in time.

use std::convert::Infallible;
use std::io::ErrorKind;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::Ends;

/// For the head of a request, the pause between two requests included.
const HEAD_TIMEOUT: Duration = Duration::from_secs(60);
/// For requests that run when the service stops.
const LAST_REQUESTS: Duration = Duration::from_secs(5);

/// Accepts and serves until `shutdown`.
pub(super) async fn accept(
    listener: TcpListener,
    router: Router,
    stop: CancellationToken,
    shutdown: impl Future<Output = ()> + Send + 'static,
) {
    // Ends the streams too when this future is dropped instead of shut down.
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
                let local = stream.local_addr().unwrap_or(peer);
                connections.spawn(serve(stream, Ends { peer, local }, router.clone(), stop.clone()));
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

async fn serve(stream: TcpStream, ends: Ends, router: Router, stop: CancellationToken) {
    // Answers are small and wanted at once.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
    converse(stream, ends, router, stop).await;
}

/// Serves one connection, whatever carries it.
async fn converse<S>(stream: S, ends: Ends, router: Router, stop: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
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

    #[tokio::test(start_paused = true)]
    async fn a_head_that_does_not_come_to_its_end_is_not_waited_for() {
        let ends = Ends { peer: "127.0.0.1:5".parse().unwrap(), local: "127.0.0.1:8088".parse().unwrap() };
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
}
