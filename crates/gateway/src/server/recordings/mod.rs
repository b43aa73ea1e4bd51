//! Recordings at the vendor's path: the original bytes, whole or a range, or decoded to a WAV file that every player takes
//! (`&format=wav`).

mod range;

use std::io;
use std::ops::Range;
use std::sync::Arc;

use axum::Extension as Passed;
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::stream::BoxStream;
use headers::{ETag, HeaderMapExt, IfModifiedSince, IfNoneMatch, IfRange, LastModified};
use serde::Deserialize;
use uncall_recordings::{Decoded, Undecodable, start};
use uncall_sound::Named;
use uncall_switch::{Failure, Sound, Version};

use super::{App, gate};
use crate::access::Caller;
use range::{Asks, asks};

/// The vendor's path; `?m=Public&a=record&uniqueid=audio:FILE` follows.
pub(super) const PATH: &str = "/outbound/index.php/RecordingAction/index.php";
/// How many bytes of the start identify a sound.
const LOOKED_AT: u64 = 16;

#[derive(Deserialize)]
pub(super) struct Asked {
    uniqueid: Option<String>,
    format: Option<String>,
}

/// What to send: the original bytes, or decoded ones.
enum Sent {
    Plain(Arc<dyn Sound>),
    Decoded(Decoded),
}

pub(super) async fn get(
    State(app): State<Arc<App>>,
    Passed(caller): Passed<Caller>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let Some(files) = asked.uniqueid else {
        return (StatusCode::BAD_REQUEST, "Say which recording: &uniqueid=audio:FILE\n").into_response();
    };
    let decode = match asked.format.as_deref() {
        None | Some("") => false,
        Some(format) if format.eq_ignore_ascii_case("wav") => true,
        Some(_) => return (StatusCode::BAD_REQUEST, "The only format is wav: &format=wav\n").into_response(),
    };
    let file = files.strip_prefix("audio:").unwrap_or(&files).to_owned();
    if let Err(denied) = app.operations.hear(&caller, &file).await {
        return gate::forbidden(&denied);
    }
    let sound: Arc<dyn Sound> = match app.site().pbx().sound(file.clone()).await {
        Ok(Some(sound)) => Arc::from(sound),
        Ok(None) => return (StatusCode::NOT_FOUND, "There is no such recording.\n").into_response(),
        Err(Failure::Unreachable | Failure::Gone | Failure::Unavailable) => return unreadable(),
    };
    let (tag, last_modified) = told(sound.version(), decode);
    if unchanged(&headers, tag.as_ref(), sound.version()) {
        app.operations.heard(&caller, &file);
        let mut response = StatusCode::NOT_MODIFIED.into_response();
        validators(&mut response, tag, last_modified);
        return response;
    }
    let (sent, content_type) = if decode {
        match Decoded::new(sound, Named::by(&file)).await {
            Ok(decoded) => (Sent::Decoded(decoded), "audio/wav"),
            Err(Undecodable::Unreadable(error)) => return broken(&error),
            Err(Undecodable::Sound(error)) => {
                return (StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("No WAV can be made of it: {error}.\n"))
                    .into_response();
            }
        }
    } else {
        match kind(&*sound, &file).await {
            Ok(kind) => (Sent::Plain(sound), kind),
            Err(error) => return broken(&error),
        }
    };
    app.operations.heard(&caller, &file);
    let may_be_part = match headers.typed_get::<IfRange>() {
        Some(only_if) => !only_if.is_modified(tag.as_ref(), last_modified.as_ref()),
        None => true,
    };
    let range = headers.get(header::RANGE).filter(|_| may_be_part).and_then(|range| range.to_str().ok());
    let mut response = answer(&sent, range);
    insert(&mut response, header::CONTENT_TYPE, content_type);
    insert(&mut response, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    insert(&mut response, header::CONTENT_DISPOSITION, &format!("inline; filename=\"{}\"", safe(&file, decode)));
    validators(&mut response, tag, last_modified);
    response
}

impl Sent {
    /// `None` if it is not known before the end.
    fn len(&self) -> Option<u64> {
        match self {
            Sent::Plain(sound) => Some(sound.len()),
            Sent::Decoded(decoded) => decoded.wav_len(),
        }
    }

    fn read(&self, range: Range<u64>) -> BoxStream<'static, io::Result<Bytes>> {
        match self {
            Sent::Plain(sound) => sound.read(range),
            Sent::Decoded(decoded) => decoded.read(range),
        }
    }
}

fn answer(sent: &Sent, range: Option<&str>) -> Response {
    let Some(whole) = sent.len() else {
        return Response::new(Body::from_stream(sent.read(0..u64::MAX)));
    };
    let (status, range) = match range.map_or(Asks::Whole, |range| asks(range, whole)) {
        Asks::Whole => (StatusCode::OK, 0..whole),
        Asks::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
        Asks::Beyond => {
            let mut response = StatusCode::RANGE_NOT_SATISFIABLE.into_response();
            insert(&mut response, header::CONTENT_RANGE, &format!("bytes */{whole}"));
            return response;
        }
    };
    let mut response = Response::new(Body::from_stream(sent.read(range.clone())));
    *response.status_mut() = status;
    insert(&mut response, header::ACCEPT_RANGES, "bytes");
    insert(&mut response, header::CONTENT_LENGTH, &(range.end - range.start).to_string());
    if status == StatusCode::PARTIAL_CONTENT {
        insert(&mut response, header::CONTENT_RANGE, &format!("bytes {}-{}/{whole}", range.start, range.end - 1));
    }
    response
}

/// The validators of these bytes.
fn told(version: &Version, decoded: bool) -> (Option<ETag>, Option<LastModified>) {
    let plain = version.tag.chars().filter(|c| c.is_ascii_graphic() && *c != '"');
    let tag: String = plain.chain(decoded.then_some("-wav").into_iter().flat_map(str::chars)).collect();
    (format!("\"{tag}\"").parse().ok(), version.modified.map(LastModified::from))
}

/// Whether the client has these bytes already.
fn unchanged(headers: &HeaderMap, tag: Option<&ETag>, version: &Version) -> bool {
    if let Some(has) = headers.typed_get::<IfNoneMatch>() {
        return tag.is_some_and(|tag| !has.precondition_passes(tag));
    }
    match (headers.typed_get::<IfModifiedSince>(), version.modified) {
        (Some(since), Some(modified)) => !since.is_modified(modified),
        (Some(_) | None, _) => false,
    }
}

fn validators(response: &mut Response, tag: Option<ETag>, last_modified: Option<LastModified>) {
    tag.into_iter().for_each(|tag| response.headers_mut().typed_insert(tag));
    last_modified.into_iter().for_each(|at| response.headers_mut().typed_insert(at));
    // Only a private cache, which asks each time whether it is still allowed.
    insert(response, header::CACHE_CONTROL, "private, no-cache");
}

fn insert(response: &mut Response, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

fn broken(error: &io::Error) -> Response {
    tracing::warn!(%error, "a recording could not be read");
    unreadable()
}

fn unreadable() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, "The recordings cannot be read now. Try again later.\n").into_response()
}

/// A file name that is safe wherever it is saved.
fn safe(file: &str, decoded: bool) -> String {
    let stem = if decoded { file.rsplit_once('.').map_or(file, |(stem, _)| stem) } else { file };
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '+') { c } else { '_' };
    let name: String = stem.trim_start_matches('.').chars().map(plain).collect();
    if decoded { name + ".wav" } else { name }
}

/// The type of the sound by its first bytes, or by its name for sound without a head.
async fn kind(sound: &dyn Sound, file: &str) -> io::Result<&'static str> {
    let start = start(sound, LOOKED_AT).await?;
    let ending = file.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    Ok(match (start.first_chunk::<4>(), start.get(4..8), start.get(8..12)) {
        (Some(b"RIFF"), _, Some(b"WAVE")) => "audio/wav",
        (Some(b"OggS"), ..) => "audio/ogg",
        (Some(b"fLaC"), ..) => "audio/flac",
        (_, Some(b"ftyp"), _) => "audio/mp4",
        (Some([b'I', b'D', b'3', _] | [0xFF, 0xE2..=0xE7 | 0xF2..=0xF7 | 0xFA..=0xFF, ..]), ..) if ending == "mp3" => {
            "audio/mpeg"
        }
        _ if matches!(&*ending, "ulaw" | "ul") => "audio/basic",
        _ => "application/octet-stream",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_is_only_a_name() {
        assert_eq!(safe("808-136-20130625-1372.17.wav", false), "808-136-20130625-1372.17.wav");
        assert_eq!(safe("../a\"b\r\n/c", false), "_a_b___c");
        assert_eq!(safe("808-136-20130625-1372.17.WAV", true), "808-136-20130625-1372.17.wav");
        assert_eq!(safe("+86.gsm", true), "+86.wav");
    }

    #[test]
    fn a_tag_is_always_one() {
        for tag in ["5f3-1a", "a\"b\r\n é", ""] {
            let version = Version { tag: tag.to_owned(), modified: None };
            let (plain, _) = told(&version, false);
            let (decoded, _) = told(&version, true);
            assert!(plain.is_some() && plain != decoded, "{tag:?}");
        }
    }
}
