//! macOS: WKWebView and the notification centre. Never run, for want of a machine.

use std::time::{Duration, Instant};

use notify_rust::{Notification as Toast, Timeout};
use tauri::{AppHandle, WebviewWindow};
use tokio::sync::oneshot;
use uncall_desk::{Moment, input::Absence, settings::Corner};

use crate::notification::{Content, Pressed};

/// How often the clocks are compared.
const LOOKS_EVERY: Duration = Duration::from_secs(5);
/// They differ by more than this, in milliseconds, only after a sleep.
const SLEPT_MS: i64 = 20_000;

/// Nothing to prepare.
///
/// # Errors
/// None here.
pub(crate) fn prepare() -> anyhow::Result<()> {
    Ok(())
}

/// Not needed: output appears where the program was started.
pub(crate) fn borrow_console() {}

/// WebKit is part of the system.
pub(crate) fn web_view_missing() -> bool {
    false
}

/// Every desktop of this system shows tray icons.
pub(crate) async fn tray_appears() -> bool {
    true
}

/// Whether the pointer's place is known.
pub(crate) const fn knows_pointer() -> bool {
    true
}

/// Completes when the console asks the process to end.
pub(crate) async fn asked_to_end() {
    if let Err(error) = tokio::signal::ctrl_c().await {
        tracing::debug!("no signals: {error}");
        std::future::pending::<()>().await;
    }
}

/// Whether the session is locked. Not implemented here.
pub(crate) async fn is_locked() -> bool {
    false
}

#[link(name = "ApplicationServices", kind = "framework")]
#[allow(unsafe_code)]
unsafe extern "C" {
    safe fn CGEventSourceSecondsSinceLastEventType(state: i32, event: u32) -> f64;
}

/// How long neither keyboard nor mouse has been touched.
pub(crate) async fn untouched_for() -> Option<Duration> {
    // `kCGEventSourceStateHIDSystemState` and `kCGAnyInputEventType`.
    let seconds = CGEventSourceSecondsSinceLastEventType(1, u32::MAX);
    Duration::try_from_secs_f64(seconds).ok()
}

/// Tells of sleep when it is over, by a clock that goes on in it and one that does not.
pub(crate) async fn watch_power(tell: impl Fn(Absence, bool) -> bool + Send + 'static) {
    let mut before = (Moment::now(), Instant::now());
    loop {
        tokio::time::sleep(LOOKS_EVERY).await;
        let now = (Moment::now(), Instant::now());
        let awake = i64::try_from((now.1 - before.1).as_millis()).unwrap_or(i64::MAX);
        if now.0.since(before.0).saturating_sub(awake) > SLEPT_MS {
            let _heeded = tell(Absence::Asleep, true);
            let _heeded = tell(Absence::Asleep, false);
        }
        before = now;
    }
}

/// Not needed: a page can turn off WKWebView's menu, and it has no browser shortcuts.
pub(crate) fn tame(_window: &WebviewWindow) {}

/// Not reported here; the pop-up notices when its page does not paint.
pub(crate) fn on_page_death(_window: &WebviewWindow, _died: impl Fn() + Send + 'static) {}

/// Not needed: the process ends with the window.
pub(crate) fn end_page(_window: &WebviewWindow) {}

/// Notifications come up in the upper right corner.
pub(crate) const fn notification_corner() -> Option<Corner> {
    Some(Corner::TopRight)
}

/// This system has no separate text size for pages.
pub(crate) fn text_scale(_window: &WebviewWindow) -> f64 {
    1.0
}

/// Not needed: the system moves windows itself when a screen goes.
pub(crate) fn on_screens_changed(_app: &AppHandle, _changed: impl Fn() + Send + 'static) {}

/// Tauri's `focusable(false)` and `always_on_top` are enough for a panel that takes no keys.
pub(crate) fn shape_popup(_window: &WebviewWindow) {}

/// Whether the system's theme is dark.
pub(crate) fn is_dark(window: &WebviewWindow) -> bool {
    matches!(window.theme(), Ok(tauri::Theme::Dark))
}

/// Shows a notification. The notification centre's old interface neither reports presses nor withdraws notifications.
pub(crate) async fn show_notification(content: Content, close: oneshot::Receiver<()>) -> Pressed {
    let shown = tokio::task::spawn_blocking(move || {
        let mut toast = Toast::new();
        toast.appname(super::APP_NAME).summary(&content.title).body(&content.body).timeout(if content.stays {
            Timeout::Never
        } else {
            Timeout::Default
        });
        if let Err(error) = toast.show() {
            tracing::warn!("the notification was not shown: {error}");
        }
    });
    let _ended = shown.await;
    let _closed = close.await;
    Pressed::Nothing
}
