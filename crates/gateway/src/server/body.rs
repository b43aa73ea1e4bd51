//! Reads the body of a request with limits on time and size, and decompresses it.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uncall_contract::limit;

/// The time limit for a request's body.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How much to read of a rejected request's body, so that the answer does not get lost in a broken connection.
const DRAINED: usize = limit::DOCUMENT_BYTES;
const DRAINED_TIMEOUT: Duration = Duration::from_secs(2);
/// Any number of bodies may have this size, but only a few may be larger: a request of the API has some 600 bytes.
const SMALL: usize = 8 * 1024;
/// The most large ones at once, of at most 1 MiB each.
const LARGE_AT_ONCE: usize = 32;

/// Room for large bodies.
#[derive(Debug, Clone)]
pub(super) struct Room(Arc<Semaphore>);

/// A complete body and its room.
#[derive(Debug)]
pub(super) struct Whole {
    pub(super) bytes: Bytes,
    _room: Option<OwnedSemaphorePermit>,
}

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unread {
    TooLarge,
    BrokeOff,
    Late,
    /// Too many large ones at once.
    Busy,
    UnknownPacking,
    WronglyPacked,
}

/// How a body is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packing {
    Not,
    Gzip,
    /// `deflate` means zlib; many programs send what zlib has inside, without its head.
    Deflate,
}

impl Default for Room {
    fn default() -> Room {
        Room(Arc::new(Semaphore::new(LARGE_AT_ONCE)))
    }
}

impl Room {
    /// Reads a SOAP document.
    pub(super) async fn read(&self, headers: &HeaderMap, body: &mut Body) -> Result<Whole, Unread> {
        let packing = packing(headers)?;
        let announced =
            headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        if announced.is_some_and(|length| length > limit::DOCUMENT_BYTES as u64) {
            return Err(Unread::TooLarge);
        }
        let mut room = if packing == Packing::Not { None } else { Some(self.large()?) };
        let read = tokio::time::timeout(TIMEOUT, self.gather(body, &mut room)).await;
        let packed = read.unwrap_or(Err(Unread::Late))?;
        let bytes = match packing {
            Packing::Not => packed,
            Packing::Gzip => unpacked(MultiGzDecoder::new(packed.as_slice()))?,
            Packing::Deflate if is_zlib(&packed) => unpacked(ZlibDecoder::new(packed.as_slice()))?,
            Packing::Deflate => unpacked(DeflateDecoder::new(packed.as_slice()))?,
        };
        Ok(Whole { bytes: bytes.into(), _room: room })
    }

    async fn gather(&self, body: &mut Body, room: &mut Option<OwnedSemaphorePermit>) -> Result<Vec<u8>, Unread> {
        let mut gathered = Vec::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| Unread::BrokeOff)?;
            let Ok(bytes) = frame.into_data() else { continue };
            let length = gathered.len() + bytes.len();
            if length > limit::DOCUMENT_BYTES {
                return Err(Unread::TooLarge);
            }
            if length > SMALL && room.is_none() {
                *room = Some(self.large()?);
            }
            gathered.extend_from_slice(&bytes);
        }
        Ok(gathered)
    }

    fn large(&self) -> Result<OwnedSemaphorePermit, Unread> {
        Arc::clone(&self.0).try_acquire_owned().map_err(|_| Unread::Busy)
    }
}

impl Unread {
    /// Whether unread parts of the body may follow.
    pub(super) const fn leaves_more(self) -> bool {
        match self {
            Unread::TooLarge | Unread::Busy | Unread::UnknownPacking | Unread::WronglyPacked => true,
            Unread::BrokeOff | Unread::Late => false,
        }
    }
}

impl IntoResponse for Unread {
    fn into_response(self) -> Response {
        let (status, text) = match self {
            Unread::TooLarge => {
                let text = format!("A request has at most {} bytes.\n", limit::DOCUMENT_BYTES);
                return (StatusCode::PAYLOAD_TOO_LARGE, text).into_response();
            }
            Unread::BrokeOff => (StatusCode::BAD_REQUEST, "The request's body broke off.\n"),
            Unread::Late => (StatusCode::REQUEST_TIMEOUT, "The request's body did not come in time.\n"),
            Unread::Busy => {
                (StatusCode::SERVICE_UNAVAILABLE, "Too many large requests at once; try again in a moment.\n")
            }
            Unread::UnknownPacking => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "A request may be packed as gzip or deflate, once.\n")
            }
            Unread::WronglyPacked => (StatusCode::BAD_REQUEST, "The request's body cannot be unpacked.\n"),
        };
        let mut response = (status, text).into_response();
        let hint = match self {
            Unread::Busy => Some((header::RETRY_AFTER, "1")),
            Unread::UnknownPacking => Some((header::ACCEPT_ENCODING, "gzip, deflate")),
            Unread::TooLarge | Unread::BrokeOff | Unread::Late | Unread::WronglyPacked => None,
        };
        response.headers_mut().extend(hint.map(|(name, value)| (name, HeaderValue::from_static(value))));
        response
    }
}

/// Answers after reading and discarding the rest of the body, unless the client waits for permission to send it.
pub(super) async fn drained(headers: &HeaderMap, mut body: Body, response: Response) -> Response {
    if !headers.contains_key(header::EXPECT) {
        let rest = async {
            let mut left = DRAINED;
            while let Some(Ok(frame)) = body.frame().await {
                let Some(less) = left.checked_sub(frame.data_ref().map_or(0, Bytes::len)) else { return };
                left = less;
            }
        };
        let _whatever_it_was = tokio::time::timeout(DRAINED_TIMEOUT, rest).await;
    }
    response
}

fn packing(headers: &HeaderMap) -> Result<Packing, Unread> {
    let mut codings = headers.get_all(header::CONTENT_ENCODING).iter();
    let first = codings.next().map_or("", |coding| coding.to_str().unwrap_or("?")).trim().to_ascii_lowercase();
    match (first.as_str(), codings.next()) {
        ("" | "identity", None) => Ok(Packing::Not),
        ("gzip" | "x-gzip", None) => Ok(Packing::Gzip),
        ("deflate", None) => Ok(Packing::Deflate),
        _ => Err(Unread::UnknownPacking),
    }
}

/// Whether this begins with a zlib header (RFC 1950, 2.2): method 8, and a check sum that 31 divides. Raw deflate begins so only with a
/// stored block whose padding bits are set, which compressors leave zero.
fn is_zlib(packed: &[u8]) -> bool {
    let [first, second, ..] = *packed else { return false };
    first & 0x0f == 8 && u16::from_be_bytes([first, second]) % 31 == 0
}

/// Decompresses with the limit for uncompressed requests, because a small body can expand to a large one.
fn unpacked(decoder: impl Read) -> Result<Vec<u8>, Unread> {
    let mut bytes = Vec::new();
    let read = decoder.take(limit::DOCUMENT_BYTES as u64 + 1).read_to_end(&mut bytes);
    if read.is_err() {
        return Err(Unread::WronglyPacked);
    }
    if bytes.len() > limit::DOCUMENT_BYTES { Err(Unread::TooLarge) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    async fn read(room: &Room, coding: &str, body: Vec<u8>) -> Result<Bytes, u16> {
        let headers = HeaderMap::from_iter([(header::CONTENT_ENCODING, coding.parse().unwrap())]);
        let whole = room.read(&headers, &mut body.into()).await;
        whole.map(|whole| whole.bytes).map_err(|unread| unread.into_response().status().as_u16())
    }

    #[tokio::test]
    async fn what_is_packed_is_unpacked_and_not_beyond_the_limit() {
        let room = Room::default();
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(b"<x/>").unwrap();
        let zlib = zlib.finish().unwrap();
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::best());
        raw.write_all(b"<x/>").unwrap();
        let raw = raw.finish().unwrap();
        for (coding, body) in [
            ("", b"<x/>".to_vec()),
            ("identity", b"<x/>".to_vec()),
            ("X-GZip", gzip(b"<x/>")),
            ("deflate", zlib),
            ("deflate", raw.clone()),
        ] {
            assert_eq!(read(&room, coding, body).await.unwrap(), "<x/>", "{coding}");
        }
        for coding in ["br", "gzip, gzip", "zstd"] {
            assert_eq!(read(&room, coding, Vec::new()).await, Err(415), "{coding}");
        }
        assert_eq!(read(&room, "gzip", b"<x/>".to_vec()).await, Err(400));
        assert_eq!(read(&room, "deflate", raw[..raw.len() - 2].to_vec()).await, Err(400));
        let cut = gzip(b"<x/>");
        assert_eq!(read(&room, "gzip", cut[..cut.len() - 4].to_vec()).await, Err(400));
        let full = vec![b' '; limit::DOCUMENT_BYTES];
        assert_eq!(read(&room, "gzip", gzip(&full)).await.unwrap().len(), full.len());
        let bomb = gzip(&vec![b' '; 64 << 20]);
        assert!(bomb.len() < limit::DOCUMENT_BYTES);
        assert_eq!(read(&room, "gzip", bomb).await, Err(413));
        assert_eq!(read(&room, "", vec![b' '; limit::DOCUMENT_BYTES + 1]).await, Err(413));
        assert_eq!(room.0.available_permits(), LARGE_AT_ONCE);
    }

    #[tokio::test]
    async fn large_ones_are_few_at_once_and_small_ones_are_not_counted() {
        let room = Room::default();
        let none = HeaderMap::new();
        let mut kept = Vec::new();
        for _ in 0..LARGE_AT_ONCE {
            kept.push(room.read(&none, &mut vec![b' '; SMALL + 1].into()).await.unwrap());
        }
        assert_eq!(room.read(&none, &mut vec![b' '; SMALL + 1].into()).await.unwrap_err(), Unread::Busy);
        assert!(room.read(&none, &mut vec![b' '; SMALL].into()).await.is_ok());
        kept.pop();
        assert!(room.read(&none, &mut vec![b' '; SMALL + 1].into()).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_come_is_not_waited_for() {
        let never = || Body::from_stream(futures::stream::pending::<Result<Bytes, std::io::Error>>());
        let began = tokio::time::Instant::now();
        let late = Room::default().read(&HeaderMap::new(), &mut never()).await.unwrap_err();
        assert_eq!((late, began.elapsed()), (Unread::Late, TIMEOUT));
        let refused = drained(&HeaderMap::new(), never(), StatusCode::FORBIDDEN.into_response()).await;
        assert_eq!((refused.status().as_u16(), began.elapsed()), (403, TIMEOUT + DRAINED_TIMEOUT));
    }
}
