//! What a browser can pretend, by Chromium's own protocol: the size of its window and of its text, a theme.

use anyhow::Result;
use axum::http::Method;
use fantoccini::{Client, wd::WebDriverCompatibleCommand};
use serde_json::{Value, json};
use url::{ParseError, Url};

use super::Look;

/// A command of the DevTools protocol, by chromedriver's road for it.
#[derive(Debug)]
struct Devtools(&'static str, Value);

impl WebDriverCompatibleCommand for Devtools {
    fn endpoint(&self, base_url: &Url, session_id: Option<&str>) -> Result<Url, ParseError> {
        base_url.join(&format!("session/{}/goog/cdp/execute", session_id.unwrap_or_default()))
    }

    fn method_and_body(&self, _request_url: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(json!({"cmd": self.0, "params": self.1}).to_string()))
    }
}

/// The mouse's left button goes down or comes up at this place, for the n-th time in a row.
pub(super) async fn mouse(client: &Client, down: bool, (x, y): (f64, f64), count: u32) -> Result<()> {
    let kind = if down { "mousePressed" } else { "mouseReleased" };
    let press = json!({"type": kind, "x": x, "y": y, "button": "left", "buttons": u8::from(down), "clickCount": count});
    client.issue_cmd(Devtools("Input.dispatchMouseEvent", press)).await.map(drop).map_err(Into::into)
}

/// Gives the page this look. Larger text reaches a page as it does in WebKitGTK and WebView2: the window keeps its size on the
/// screen, and every pixel of the page's becomes larger.
pub(super) async fn wear(client: &Client, look: Look) -> Result<()> {
    let (width, height) = look.page();
    let metrics =
        json!({"width": width, "height": height, "deviceScaleFactor": f64::from(look.text) / 100.0, "mobile": false});
    client.issue_cmd(Devtools("Emulation.setDeviceMetricsOverride", metrics)).await?;
    let theme = json!({"name": "prefers-color-scheme", "value": if look.dark { "dark" } else { "light" }});
    client.issue_cmd(Devtools("Emulation.setEmulatedMedia", json!({"features": [theme]}))).await?;
    Ok(())
}
