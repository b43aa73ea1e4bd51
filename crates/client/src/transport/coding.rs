//! Content codings (RFC 9110, section 8.4.1): decompresses everything that is fetched.

use std::io;

use async_compression::tokio::bufread::{DeflateDecoder, GzipDecoder, ZlibDecoder};
use bytes::Bytes;
use futures::{
    StreamExt as _, TryStreamExt as _,
    stream::{self, BoxStream},
};
use reqwest::header::{CONTENT_ENCODING, HeaderMap};
use tokio_util::io::{ReaderStream, StreamReader};

use crate::Error;

/// A body as it arrives.
pub(super) type Pieces = BoxStream<'static, Result<Bytes, Error>>;

/// The most codings on top of each other; nobody needs more than one.
const LAYERS: usize = 3;

/// How a body is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Gzip,
    /// With zlib's wrapping, as the standard requires, or without, as some servers send it.
    Deflate,
}

/// The codings of an answer in the order in which they were applied.
///
/// # Errors
/// [`Error::NotUnderstood`] for a coding that was not asked for.
pub(super) fn of(headers: &HeaderMap) -> Result<Vec<Coding>, Error> {
    let mut codings = Vec::new();
    for value in headers.get_all(CONTENT_ENCODING) {
        let value = String::from_utf8_lossy(value.as_bytes());
        for name in value.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            match name.to_ascii_lowercase().as_str() {
                "identity" => {}
                "gzip" | "x-gzip" => codings.push(Coding::Gzip),
                "deflate" => codings.push(Coding::Deflate),
                _ => return Err(unknown(name)),
            }
        }
    }
    if codings.len() > LAYERS {
        return Err(Error::NotUnderstood(format!("the answer is packed {} times", codings.len())));
    }
    Ok(codings)
}

/// Undoes `codings`. Holds only one piece of each layer; the reader limits the rest.
pub(super) fn unpack(pieces: Pieces, codings: &[Coding]) -> Pieces {
    codings.iter().rev().fold(pieces, |pieces, coding| layer(pieces, *coding))
}

fn layer(pieces: Pieces, coding: Coding) -> Pieces {
    stream::once(start(pieces))
        .flat_map(move |started| match started {
            Err(error) => stream::once(async { Err(error) }).boxed(),
            // An answer without a body may name codings as well.
            Ok((start, _)) if start.is_empty() => stream::empty().boxed(),
            Ok((start, rest)) => {
                let is_zlib = is_zlib(&start);
                let packed = stream::once(async { Ok(start) }).chain(rest).map_err(io::Error::other);
                let packed = StreamReader::new(packed);
                match coding {
                    Coding::Gzip => {
                        let mut decoder = GzipDecoder::new(packed);
                        decoder.multiple_members(true);
                        ReaderStream::new(decoder).map_err(broken).boxed()
                    }
                    Coding::Deflate if is_zlib => ReaderStream::new(ZlibDecoder::new(packed)).map_err(broken).boxed(),
                    Coding::Deflate => ReaderStream::new(DeflateDecoder::new(packed)).map_err(broken).boxed(),
                }
            }
        })
        .boxed()
}

/// At least the first two bytes, if there are that many, and the rest.
async fn start(mut pieces: Pieces) -> Result<(Bytes, Pieces), Error> {
    let mut start = Bytes::new();
    while start.len() < 2
        && let Some(piece) = pieces.next().await
    {
        let piece = piece?;
        start = if start.is_empty() { piece } else { [start, piece].concat().into() };
    }
    Ok((start, pieces))
}

/// Whether deflated bytes begin with zlib's header (RFC 1950, section 2.2).
fn is_zlib(start: &[u8]) -> bool {
    match start {
        [method, flags, ..] => method & 0x0f == 8 && u16::from_be_bytes([*method, *flags]) % 31 == 0,
        _ => false,
    }
}

/// The error of the decompression or of the stream below it.
fn broken(error: io::Error) -> Error {
    match error.downcast::<Error>() {
        Ok(below) => below,
        Err(error) => Error::Io(format!("the answer cannot be unpacked: {error}")),
    }
}

fn unknown(name: &str) -> Error {
    let name: String = name.chars().filter(|c| !c.is_control()).take(40).collect();
    Error::NotUnderstood(format!("the answer is packed as “{name}”, which this program did not ask for"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_values(values: &[&str]) -> Result<Vec<Coding>, Error> {
        super::of(&values.iter().map(|value| (CONTENT_ENCODING, value.parse().unwrap())).collect())
    }

    #[test]
    fn names_are_told_in_any_case_and_in_lists() {
        assert_eq!(of_values(&[]), Ok(vec![]));
        assert_eq!(of_values(&["identity", " , "]), Ok(vec![]));
        for gzip in ["gzip", "GZIP", "x-gzip", "X-GZip", "identity, gzip"] {
            assert_eq!(of_values(&[gzip]), Ok(vec![Coding::Gzip]), "{gzip}");
        }
        assert_eq!(of_values(&["deflate,gzip"]), Ok(vec![Coding::Deflate, Coding::Gzip]));
        assert_eq!(of_values(&["Deflate", "gzip"]), Ok(vec![Coding::Deflate, Coding::Gzip]));
    }

    #[test]
    fn what_was_not_asked_for_is_named() {
        for name in ["br", "zstd", "compress", "gzip, br", "none"] {
            let error = of_values(&[name]).unwrap_err();
            let last = name.rsplit(' ').next().unwrap();
            assert!(matches!(&error, Error::NotUnderstood(why) if why.contains(last)), "{error:?}");
        }
        assert!(of_values(&["gzip, gzip, gzip, gzip"]).is_err());
    }
}
