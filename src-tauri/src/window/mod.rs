//! The two windows. The core lives without either.

mod layout;
pub(crate) mod main;
pub(crate) mod memory;
pub(crate) mod place;
pub(crate) mod popup;
mod watchdog;

use std::sync::atomic::{AtomicBool, Ordering};

use rfd::{MessageDialog, MessageLevel};
use tauri::{AppHandle, Manager, Url, WebviewWindowBuilder, Wry};

use crate::{panel::Panel, platform};

/// Where Microsoft offers the runtime that windows need.
pub(crate) const WEB_VIEW_AT: &str = "https://go.microsoft.com/fwlink/p/?LinkId=2124703";

/// The arguments of WebView2, one line for all windows: Tauri's own, and permission for the player's sound from the loopback
/// address. Chromium asks the user before a page may do that ("Local Network Access"); WebView2 does not ask, and will refuse it
/// in future versions (<https://github.com/MicrosoftEdge/WebView2Announcements/issues/126>).
const WEB_VIEW_ARGUMENTS: &str = include_str!("../../webview2-arguments.txt").trim_ascii();

/// Whether a URL is one of our pages: a link dropped on a window must not replace the page.
fn is_own_page(url: &Url) -> bool {
    url.scheme() == "tauri" || url.host_str() == Some("tauri.localhost")
}

/// The common settings of both windows. They start hidden and have no browser features, nor developer tools even in debug builds.
fn with_our_ways(builder: WebviewWindowBuilder<'_, Wry, AppHandle>) -> WebviewWindowBuilder<'_, Wry, AppHandle> {
    builder
        .title(platform::APP_NAME)
        .visible(false)
        .devtools(false)
        .on_navigation(is_own_page)
        .disable_drag_drop_handler()
        .additional_browser_args(WEB_VIEW_ARGUMENTS)
}

/// Whether windows can be created. Checked each time, because the runtime may have been installed meanwhile. Logged once if not.
fn can_be_made() -> bool {
    static LOGGED: AtomicBool = AtomicBool::new(false);
    let missing = platform::web_view_missing();
    if missing && !LOGGED.swap(true, Ordering::Relaxed) {
        tracing::error!("no window can be shown: the WebView2 runtime is missing, see {WEB_VIEW_AT}");
    }
    !missing
}

/// Explains in a system dialog why there is no window and where to get the runtime. Returns when it is closed.
pub(crate) fn explain_missing(app: &AppHandle, calls_are_told: bool) {
    let words = app.state::<Panel>().words();
    let mut text = words.with("webview.missing", &[("address", WEB_VIEW_AT)]);
    if calls_are_told {
        text = format!("{text}\n\n{}", words.get("webview.notified"));
    }
    MessageDialog::new().set_level(MessageLevel::Error).set_title(platform::APP_NAME).set_description(text).show();
}
