//! macOS: WKWebView and the notification centre. Written, and never run: no machine for it here.

use notify_rust::{Notification as Toast, Timeout};
use tauri::WebviewWindow;
use tokio::sync::oneshot;

use crate::notification::{Content, Pressed};

/// Nothing to prepare.
///
/// # Errors
/// None here.
pub(crate) fn prepare() -> anyhow::Result<()> {
    Ok(())
}

/// A program's words are seen where it was started.
pub(crate) fn borrow_console() {}

/// WebKit is part of the system.
pub(crate) fn web_view_missing() -> bool {
    false
}

/// Every desktop of this system shows tray icons.
pub(crate) async fn has_tray() -> bool {
    true
}

/// Done when the console asks the process to end.
pub(crate) async fn asked_to_end() {
    if let Err(error) = tokio::signal::ctrl_c().await {
        tracing::debug!("no signals: {error}");
        std::future::pending::<()>().await;
    }
}

/// Tauri's `focusable(false)` and `always_on_top` are enough for a panel that takes no keys.
pub(crate) fn shape_popup(_window: &WebviewWindow) {}

/// Whether the system's theme is dark.
pub(crate) fn is_dark(window: &WebviewWindow) -> bool {
    matches!(window.theme(), Ok(tauri::Theme::Dark))
}

/// Shows a notification; the notification centre's old interface reports neither presses nor takes one back.
pub(crate) async fn show_notification(content: Content, close: oneshot::Receiver<()>) -> Pressed {
    let shown = tokio::task::spawn_blocking(move || {
        let mut toast = Toast::new();
        toast.appname(super::APP_NAME).summary(&content.title).body(&content.body).timeout(Timeout::Never);
        if let Err(error) = toast.show() {
            tracing::warn!("the notification was not shown: {error}");
        }
    });
    let _ended = shown.await;
    let _closed = close.await;
    Pressed::Nothing
}
