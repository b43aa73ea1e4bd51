//! The two windows. Neither is needed for the core to live.

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

/// Where Microsoft keeps the runtime that windows are made with.
pub(crate) const WEB_VIEW_AT: &str = "https://go.microsoft.com/fwlink/p/?LinkId=2124703";

/// What WebView2 is started with, one line for all windows: Tauri's own arguments, and that the player's sound may come from the loopback
/// address. Chromium asks before it lets a page do that ("Local Network Access"); WebView2 asks nobody, and is to refuse it in
/// time (<https://github.com/MicrosoftEdge/WebView2Announcements/issues/126>).
const WEB_VIEW_ARGUMENTS: &str = include_str!("../../webview2-arguments.txt").trim_ascii();

/// A link that is dropped on a window must not take the page's place.
fn is_own_page(url: &Url) -> bool {
    url.scheme() == "tauri" || url.host_str() == Some("tauri.localhost")
}

/// What both windows have in common. Neither is shown yet, and neither is a browser: no developer tools, also in debug builds.
fn with_our_ways(builder: WebviewWindowBuilder<'_, Wry, AppHandle>) -> WebviewWindowBuilder<'_, Wry, AppHandle> {
    builder
        .title(platform::APP_NAME)
        .visible(false)
        .devtools(false)
        .on_navigation(is_own_page)
        .disable_drag_drop_handler()
        .additional_browser_args(WEB_VIEW_ARGUMENTS)
}

/// Whether there is something to make windows with; it may have been installed meanwhile. The log hears once that there is not.
fn can_be_made() -> bool {
    static LOGGED: AtomicBool = AtomicBool::new(false);
    let missing = platform::web_view_missing();
    if missing && !LOGGED.swap(true, Ordering::Relaxed) {
        tracing::error!("no window can be shown: the WebView2 runtime is missing, see {WEB_VIEW_AT}");
    }
    !missing
}

/// Says in the system's own window why there is none of ours, and where the runtime is to be had. Returns when it was read.
pub(crate) fn explain_missing(app: &AppHandle, calls_are_told: bool) {
    let words = app.state::<Panel>().words();
    let mut text = words.with("webview.missing", &[("address", WEB_VIEW_AT)]);
    if calls_are_told {
        text = format!("{text}\n\n{}", words.get("webview.notified"));
    }
    MessageDialog::new().set_level(MessageLevel::Error).set_title(platform::APP_NAME).set_description(text).show();
}
