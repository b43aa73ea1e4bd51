//! The files of the pages as the panel serves them, with a host in place of Tauri's.

use axum::{
    Router,
    extract::Path,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::Value;

/// Every page under the panel's content policy. Each page runs these scripts, which other routes serve, before its own.
pub fn pages<S: Clone + Send + Sync + 'static>(scripts: &'static [&'static str]) -> Router<S> {
    Router::new().route("/{*file}", get(async move |Path(name): Path<String>| file(&name, scripts)))
}

/// A script of the host's own.
pub fn script(text: impl Into<String>) -> Response {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], text.into()).into_response()
}

fn file(name: &str, scripts: &[&str]) -> Response {
    let kind = match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/json",
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    let Ok(text) = std::fs::read_to_string(crate::repository().join("ui").join(name)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let host: String = scripts.iter().map(|script| format!("\n  <script src=\"{script}\"></script>")).collect();
    let text = text.replacen("<head>", &format!("<head>{host}"), 1);
    let Some(policy) = policy() else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    ([(header::CONTENT_TYPE, kind), (header::CONTENT_SECURITY_POLICY, policy.as_str())], text).into_response()
}

/// The panel's own, with leave for its loopback port as it gives it when it starts.
fn policy() -> Option<String> {
    let text = std::fs::read_to_string(crate::repository().join("src-tauri/tauri.conf.json")).ok()?;
    let config: Value = serde_json::from_str(&text).ok()?;
    let policy = config.pointer("/app/security/csp")?.as_str()?;
    Some(policy.replace("media-src 'none'", "media-src http://127.0.0.1:*"))
}
