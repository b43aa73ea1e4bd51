//! Serves the page's player its sound, over HTTP on the loopback address. Clients need the name of the open player, which no web
//! page knows: names are unguessable, and requests with a foreign `Origin` or `Host` are refused.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    ops::Range,
};

use axum::{
    Router,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};

use super::{OpenRecording, wav};

/// The origins of our own pages: Linux and macOS, Windows.
const OURS: [&str; 3] = ["tauri://localhost", "http://tauri.localhost", "https://tauri.localhost"];

/// A port of the loopback address, taken before the first window opens because the windows' content policy names it.
#[derive(Debug)]
pub(crate) struct Loopback {
    listener: TcpListener,
    address: SocketAddr,
}

impl Loopback {
    /// Takes any free port.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn bind() -> io::Result<Loopback> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok(Loopback { listener, address })
    }

    /// The path before the names of players.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Serves the open recording until the program ends.
    pub(crate) async fn serve(self, now: OpenRecording) {
        let routes = Router::new().route("/{name}", get(sound)).with_state((now, self.address));
        let served = match tokio::net::TcpListener::from_std(self.listener) {
            Ok(listener) => axum::serve(listener, routes).await,
            Err(error) => Err(error),
        };
        if let Err(error) = served {
            tracing::error!("recordings can no longer be heard: {error}");
        }
    }
}

async fn sound(
    State((now, address)): State<(OpenRecording, SocketAddr)>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    if !is_ours(&headers, address) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let Some(session) = name.strip_suffix(".wav").and_then(|player| now.of(player)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    // The page learns of problems in other ways.
    let Some(sound) = session.sound().await else { return StatusCode::NOT_FOUND.into_response() };
    let Some(reader) = session.reader() else { return StatusCode::NOT_FOUND.into_response() };
    let len = wav::len(&sound);
    let asked = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let (status, range) = match asked.map(|asked| part(asked, len)) {
        None | Some(Asked::Unclear) => (StatusCode::OK, 0..len),
        Some(Asked::Part(range)) => (StatusCode::PARTIAL_CONTENT, range),
        Some(Asked::Beyond) => {
            let told = [(header::CONTENT_RANGE, format!("bytes */{len}"))];
            return (StatusCode::RANGE_NOT_SATISFIABLE, told).into_response();
        }
    };
    tracing::trace!(?range, len, "sound is asked for");
    let mut told = vec![
        (header::CONTENT_TYPE, "audio/wav".to_owned()),
        (header::CONTENT_LENGTH, (range.end - range.start).to_string()),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    if status == StatusCode::PARTIAL_CONTENT {
        told.push((header::CONTENT_RANGE, format!("bytes {}-{}/{len}", range.start, range.end - 1)));
    }
    let told: HeaderMap = told.into_iter().filter_map(|(name, value)| Some((name, value.parse().ok()?))).collect();
    (status, told, Body::from_stream(wav::bytes(session, reader, sound, range))).into_response()
}

/// Whether a request comes from our own page and was meant for this address, according to its headers.
fn is_ours(headers: &HeaderMap, address: SocketAddr) -> bool {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    text(header::HOST) == Some(address.to_string().as_str())
        && text(header::ORIGIN).is_none_or(|origin| OURS.contains(&origin))
}

#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Part(Range<u64>),
    Beyond,
    /// Unclear, so answer with the whole.
    Unclear,
}

/// The part of a file of this length that `Range` asks for.
fn part(asked: &str, len: u64) -> Asked {
    let Some((first, last)) = asked.trim().strip_prefix("bytes=").and_then(|part| part.split_once('-')) else {
        return Asked::Unclear;
    };
    let Ok(first) = first.trim().parse::<u64>() else { return Asked::Unclear };
    let end = match last.trim() {
        "" => len,
        last => match last.parse::<u64>() {
            Ok(last) => last.saturating_add(1).min(len),
            Err(_) => return Asked::Unclear,
        },
    };
    match first {
        first if first >= len => Asked::Beyond,
        first if first < end => Asked::Part(first..end),
        _ => Asked::Unclear,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_part_is_understood_and_anything_else_is_the_whole() {
        for (asked, found) in [
            ("bytes=0-", Asked::Part(0..100)),
            ("bytes=44-", Asked::Part(44..100)),
            ("bytes=44-49", Asked::Part(44..50)),
            ("bytes=44-4900", Asked::Part(44..100)),
            ("bytes=100-", Asked::Beyond),
            ("bytes=18446744073709551615-18446744073709551615", Asked::Beyond),
            ("bytes=49-44", Asked::Unclear),
            ("bytes=-5", Asked::Unclear),
            ("bytes=0-1,5-6", Asked::Unclear),
            ("lines=0-", Asked::Unclear),
            ("", Asked::Unclear),
        ] {
            assert_eq!(part(asked, 100), found, "{asked}");
        }
    }

    #[test]
    fn no_web_page_is_answered() {
        let address: SocketAddr = "127.0.0.1:4711".parse().unwrap();
        let ours = |pairs: &[(HeaderName, &str)]| {
            is_ours(&pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect(), address)
        };
        assert!(ours(&[(header::HOST, "127.0.0.1:4711")]));
        assert!(ours(&[(header::HOST, "127.0.0.1:4711"), (header::ORIGIN, "tauri://localhost")]));
        assert!(!ours(&[(header::HOST, "127.0.0.1:4711"), (header::ORIGIN, "https://evil.example")]));
        assert!(!ours(&[(header::HOST, "127.0.0.1:4711"), (header::ORIGIN, "null")]));
        assert!(!ours(&[(header::HOST, "evil.example:4711")]));
        assert!(!ours(&[]));
    }
}
