//! Notifications through the desktop's daemon.

use std::sync::OnceLock;

use notify_rust::{Hint, Notification as Toast, NotificationResponse, Timeout, Urgency};
use tokio::sync::oneshot;

use super::super::{APP_NAME, OPEN, pressed as what};
use crate::notification::{Content, Pressed};

/// The notification daemon's capabilities, or `None` while there is no daemon. The query blocks, so it runs outside the async
/// threads.
async fn capabilities() -> Option<&'static [String]> {
    static KNOWN: OnceLock<Vec<String>> = OnceLock::new();
    if let Some(known) = KNOWN.get() {
        return Some(known);
    }
    let told = tokio::task::spawn_blocking(notify_rust::get_capabilities).await.ok()?.ok()?;
    Some(KNOWN.get_or_init(|| told))
}

/// Shows a notification until it is pressed, closed by the user, or `close` fires.
pub(crate) async fn show_notification(content: Content, close: oneshot::Receiver<()>) -> Pressed {
    let capabilities = capabilities().await;
    let can = |what: &str| capabilities.is_some_and(|known| known.iter().any(|capability| capability == what));
    // A daemon that was not queried might interpret markup.
    let plain = capabilities.is_some() && !can("body-markup");
    let body = if plain { content.body.clone() } else { escape(&content.body) };
    let mut toast = Toast::new();
    toast.appname(APP_NAME).summary(&content.title).body(&body).icon("call-start");
    if content.stays {
        toast.hint(Hint::Category("call.incoming".into())).urgency(Urgency::Critical).timeout(Timeout::Never);
    } else {
        toast.urgency(Urgency::Normal).timeout(Timeout::Milliseconds(10_000));
    }
    if can("actions") {
        toast.action(OPEN, &content.open);
        for (name, label) in &content.buttons {
            toast.action(name, label);
        }
    }
    let shown = match toast.show_async().await {
        Ok(shown) => shown,
        Err(error) => {
            tracing::warn!("no notification daemon took the notification: {error}");
            return Pressed::Nothing;
        }
    };
    let mut pressed = Pressed::Nothing;
    let waiting = shown.wait_for_action_async(|response: &NotificationResponse| {
        pressed = what(response);
    });
    tokio::select! {
        _ = waiting => {}
        _ = close => shown.close_async().await,
    }
    pressed
}

/// Escapes markup, because daemons that support it would interpret a caller's `<b>`.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
