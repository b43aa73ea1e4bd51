//! Recordings at the vendor's path, whole or a range of bytes.

use std::ops::Range;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::{App, gate, hearing};
use crate::access::Caller;
use crate::pbx::Sound;

/// The vendor's path; `?m=Public&a=record&uniqueid=audio:FILE` follows.
pub(super) const PATH: &str = "/outbound/index.php/RecordingAction/index.php";
/// Bytes made at a time.
const PIECE: usize = 64 * 1024;

#[derive(Deserialize)]
pub(super) struct Asked {
    uniqueid: Option<String>,
}

pub(super) async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let Some(files) = asked.uniqueid else {
        return (StatusCode::BAD_REQUEST, "Say which recording: &uniqueid=audio:FILE\n").into_response();
    };
    if let Err(denied) = hearing::may_hear(&app, &caller, &files) {
        return gate::forbidden(&denied);
    }
    let file = files.strip_prefix("audio:").unwrap_or(&files);
    let sound: Arc<dyn Sound> = match app.exchange.pbx().sound(file.to_owned()).await {
        Ok(Some(sound)) => Arc::from(sound),
        Ok(None) => return (StatusCode::NOT_FOUND, "There is no such recording.\n").into_response(),
        Err(failure) => {
            return (StatusCode::SERVICE_UNAVAILABLE, format!("No recording: {failure}.\n")).into_response();
        }
    };
    let whole = sound.len();
    let asked = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
    let mut response = match asked.map_or(Asks::Whole, |range| asks(range, whole)) {
        Asks::Whole => body(sound, 0..whole),
        Asks::Part(range) => {
            let content_range = format!("bytes {}-{}/{whole}", range.start, range.end - 1);
            let mut response = body(sound, range);
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            insert(&mut response, header::CONTENT_RANGE, &content_range);
            response
        }
        Asks::Beyond => {
            let mut response = StatusCode::RANGE_NOT_SATISFIABLE.into_response();
            insert(&mut response, header::CONTENT_RANGE, &format!("bytes */{whole}"));
            return response;
        }
    };
    insert(&mut response, header::CONTENT_TYPE, "audio/wav");
    insert(&mut response, header::ACCEPT_RANGES, "bytes");
    insert(&mut response, header::CONTENT_DISPOSITION, &format!("inline; filename=\"{}\"", safe(file)));
    response
}

fn insert(response: &mut Response, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// A name that cannot be more than a name, wherever it is saved.
fn safe(file: &str) -> String {
    file.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_') { c } else { '_' }).collect()
}

fn body(sound: Arc<dyn Sound>, range: Range<u64>) -> Response {
    let length = range.end - range.start;
    let pieces = futures::stream::unfold((sound, range), |(sound, range)| async move {
        let left = usize::try_from(range.end - range.start).unwrap_or(PIECE).min(PIECE);
        let piece: Bytes = if left == 0 { Bytes::new() } else { sound.read(range.start, left) };
        let next = range.start + piece.len() as u64;
        (!piece.is_empty()).then(|| (Ok::<_, std::convert::Infallible>(piece), (sound, next..range.end)))
    });
    let mut response = Response::new(Body::from_stream(pieces));
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    response
}

/// What a `Range` header asks for.
#[derive(Debug, PartialEq, Eq)]
enum Asks {
    /// Everything; also for a header that is not understood, and for several ranges.
    Whole,
    Part(Range<u64>),
    Beyond,
}

fn asks(range: &str, whole: u64) -> Asks {
    let Some((first, last)) = range.trim().strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Asks::Whole;
    };
    let part = match (first.trim().parse::<u64>(), last.trim().parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(whole),
        (Ok(first), Err(_)) if last.trim().is_empty() => first..whole,
        (Err(_), Ok(suffix)) if first.trim().is_empty() => whole.saturating_sub(suffix)..whole,
        (Ok(_) | Err(_), Ok(_) | Err(_)) => return Asks::Whole,
    };
    if part.start < part.end { Asks::Part(part) } else { Asks::Beyond }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        for (range, expected) in [
            ("bytes=0-9", Asks::Part(0..10)),
            ("bytes=90-", Asks::Part(90..100)),
            ("bytes=-10", Asks::Part(90..100)),
            ("bytes=-1000", Asks::Part(0..100)),
            ("bytes=50-1000", Asks::Part(50..100)),
            ("bytes=0-18446744073709551615", Asks::Part(0..100)),
            ("bytes=100-", Asks::Beyond),
            ("bytes=-0", Asks::Beyond),
            ("bytes=9-3", Asks::Whole),
            ("bytes=0-1,5-6", Asks::Whole),
            ("lines=0-1", Asks::Whole),
            ("bytes=x", Asks::Whole),
        ] {
            assert_eq!(asks(range, 100), expected, "{range}");
        }
    }

    #[test]
    fn a_file_name_is_only_a_name() {
        assert_eq!(safe("808-136-20130625-1372.17.wav"), "808-136-20130625-1372.17.wav");
        assert_eq!(safe("../a\"b\r\n/c"), ".._a_b___c");
    }
}
