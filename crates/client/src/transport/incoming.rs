//! An answer whose body is still to be read.

use bytes::{Bytes, BytesMut};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use reqwest::{
    Response, StatusCode,
    header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap},
};
use uncall_contract::DecodeError;
use url::Url;

use super::{
    Answer,
    coding::{self, Pieces},
    content_type,
    cookies::Lease,
    failure::broken,
    shown, start_of,
};
use crate::{Error, Wire};

/// The head of an answer, and its body as it arrives, decompressed.
pub(crate) struct Incoming {
    pub(crate) status: StatusCode,
    /// Without length and coding if the body was compressed, because they do not describe what is read.
    pub(crate) headers: HeaderMap,
    /// The address that answered, after redirects.
    pub(crate) url: Url,
    /// Whether the body was compressed, in which case the compression marks its end.
    pub(crate) is_packed: bool,
    body: Pieces,
}

impl From<Response> for Incoming {
    fn from(response: Response) -> Incoming {
        Incoming::of(response, None, None)
    }
}

impl Incoming {
    pub(super) fn of(mut response: Response, lease: Option<Lease>, wire: Option<&Wire>) -> Incoming {
        let (status, url) = (response.status(), response.url().clone());
        let mut headers = std::mem::take(response.headers_mut());
        let from = url.clone();
        let pieces = response.bytes_stream().map_err(move |error| broken(error, &from)).boxed();
        let (body, is_packed) = match coding::of(&headers) {
            Ok(codings) if codings.is_empty() => (pieces, false),
            Ok(codings) => (coding::unpack(pieces, &codings), true),
            Err(error) => (stream::once(async { Err(error) }).boxed(), true),
        };
        let body = match wire {
            Some(wire) => written(body, wire, &format!("< {status} from {}", shown(&url)), &headers),
            None => body,
        };
        if is_packed {
            headers.remove(CONTENT_LENGTH);
            headers.remove(CONTENT_ENCODING);
        }
        Incoming { status, headers, url, is_packed, body: leased(body, lease, status) }
    }

    /// The next piece of the body. `None` at its end.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        self.body.next().await.transpose()
    }

    pub(crate) fn into_pieces(self) -> Pieces {
        self.body
    }

    /// Reads the rest, at most `limit` bytes after decompression.
    pub(crate) async fn whole(mut self, limit: usize) -> Result<Answer, Error> {
        let body = if self.status.is_redirection() { Bytes::new() } else { self.read(limit).await? };
        let Incoming { status, headers, url, .. } = self;
        tracing::debug!(status = status.as_u16(), bytes = body.len(), "answer read");
        tracing::trace!(content_type = content_type(&headers), body = %start_of(&body), "answer");
        Ok(Answer { status, headers, url, body })
    }

    async fn read(&mut self, limit: usize) -> Result<Bytes, Error> {
        let mut body = BytesMut::new();
        loop {
            let chunk = match self.chunk().await {
                Ok(Some(chunk)) => chunk,
                Ok(None) => break,
                // The status says enough, even if the page about it cannot be decompressed.
                Err(_) if self.is_packed && !self.status.is_success() => break,
                Err(error) => return Err(error),
            };
            if body.len() + chunk.len() > limit {
                if !self.status.is_success() {
                    break;
                }
                return Err(Error::Limit(DecodeError::Limit { what: "size", max: limit }.to_string()));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }
}

/// A body that is logged as it arrives, after the head. Sound is not logged.
fn written(body: Pieces, wire: &Wire, line: &str, headers: &HeaderMap) -> Pieces {
    wire.whole(line, headers, b"");
    let kind = content_type(headers).unwrap_or_default().to_ascii_lowercase();
    if kind.starts_with("audio/") || kind.starts_with("application/octet-stream") {
        return body;
    }
    let wire = wire.clone();
    body.inspect_ok(move |piece| wire.piece(piece)).boxed()
}

/// A body that holds its request's cookie lease until it ends.
fn leased(body: Pieces, lease: Option<Lease>, status: StatusCode) -> Pieces {
    let Some(mut lease) = lease else { return body };
    if !status.is_success() {
        // With such a status nobody reads the body, and the server does no more work.
        lease.over();
    }
    stream::unfold((body, lease), |(mut body, mut lease)| async move {
        match body.next().await {
            Some(piece) => Some((piece, (body, lease))),
            None => {
                lease.over();
                None
            }
        }
    })
    // A reader may ask once more after the end.
    .fuse()
    .boxed()
}
