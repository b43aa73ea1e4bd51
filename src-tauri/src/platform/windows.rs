//! Windows: WebView2 and toasts.

use notify_rust::{Notification as Toast, NotificationResponse, Timeout, Urgency};
use tauri::WebviewWindow;
use tokio::sync::oneshot;

use crate::notification::{Content, Pressed};

/// Toasts carry the name of this application id; the installer registers it with the start menu entry.
const APP_USER_MODEL_ID: &str = "net.uncall.panel";

/// Nothing to prepare.
///
/// # Errors
/// None here.
pub(crate) fn prepare() -> anyhow::Result<()> {
    Ok(())
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

/// Tauri's `focusable(false)` sets WS_EX_NOACTIVATE, and `skip_taskbar` takes the window from the task bar. Whether its
/// `show` leaves the keyboard alone has not been seen on a real Windows yet.
pub(crate) fn shape_popup(_window: &WebviewWindow) {}

/// Whether the system's theme is dark.
pub(crate) fn is_dark(window: &WebviewWindow) -> bool {
    matches!(window.theme(), Ok(tauri::Theme::Dark))
}

/// Shows a toast until it is pressed or dismissed. The toast API of notify-rust has no way to take one back: after
/// `close` it stays in the action centre as a missed one, and a press on it no longer acts.
pub(crate) async fn show_notification(content: Content, close: oneshot::Receiver<()>) -> Pressed {
    let pressed = tokio::task::spawn_blocking(move || {
        let mut toast = Toast::new();
        toast.appname(super::APP_NAME).app_id(APP_USER_MODEL_ID).summary(&content.title).body(&content.body);
        toast.urgency(Urgency::Critical).timeout(Timeout::Never);
        toast.action(super::OPEN, &content.open);
        for (name, label) in &content.buttons {
            toast.action(name, label);
        }
        let mut pressed = Pressed::Nothing;
        let waited = toast.show().and_then(|shown| {
            shown.wait_for_response(|response: &NotificationResponse| pressed = super::pressed(response))
        });
        if let Err(error) = waited {
            tracing::warn!("the toast was not shown: {error}");
        }
        pressed
    });
    tokio::select! {
        pressed = pressed => pressed.unwrap_or(Pressed::Nothing),
        _ = close => Pressed::Nothing,
    }
}
