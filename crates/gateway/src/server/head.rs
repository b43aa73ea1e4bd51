//! Limits the time for a request's head once it has begun; between two requests a connection may rest for longer.

use std::io::{ErrorKind, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use hyper::body::{Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use super::places::{Asking, Place};

/// The time limit for a head that has begun.
pub(super) const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// Counts a connection's requests and answers, so it is odd while a request is being answered.
#[derive(Debug, Clone, Default)]
pub(super) struct Requests(Arc<AtomicU64>);

/// A request being answered, until its answer is written or the connection is gone.
pub(super) struct Answering {
    requests: Requests,
    _asking: Option<Asking>,
}

impl Requests {
    pub(super) fn begin(&self, place: Option<&Arc<Place>>) -> Answering {
        self.0.fetch_add(1, Ordering::Relaxed);
        Answering { requests: self.clone(), _asking: place.map(Place::asks) }
    }

    fn now(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.requests.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A connection that ends if a head has begun but is not completed in time.
pub(super) struct Headed<S> {
    stream: S,
    requests: Requests,
    /// The timer for a head that has begun, and the count of requests and answers before it.
    begun: Option<(u64, Pin<Box<Sleep>>)>,
}

impl<S> Headed<S> {
    pub(super) fn new(stream: S, requests: Requests) -> Headed<S> {
        Headed { stream, requests, begun: None }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Headed<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        let now = self.requests.now();
        self.begun.take_if(|(before, _)| *before != now);
        let filled = buf.filled().len();
        if let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(cx, buf) {
            if buf.filled().len() > filled && now.is_multiple_of(2) && self.begun.is_none() {
                self.begun = Some((now, Box::pin(tokio::time::sleep(HEAD_TIMEOUT))));
            }
            return Poll::Ready(read);
        }
        match &mut self.begun {
            Some((_, late)) => {
                ready!(late.as_mut().poll(cx));
                Poll::Ready(Err(ErrorKind::TimedOut.into()))
            }
            None => Poll::Pending,
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Headed<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

/// An answer's body, which keeps the request marked until it is written.
pub(super) struct Answer {
    body: Body,
    _answering: Answering,
}

impl Answer {
    pub(super) fn new(body: Body, answering: Answering) -> Answer {
        Answer { body, _answering: answering }
    }
}

impl hyper::body::Body for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
