//! Linux: GTK, WebKitGTK and the desktop's notification daemon.

use std::sync::OnceLock;

use anyhow::anyhow;
use gtk::prelude::{GtkWindowExt, StyleContextExt, WidgetExt};
use notify_rust::{Hint, Notification as Toast, NotificationResponse, Timeout, Urgency};
use tauri::WebviewWindow;
use tokio::sync::oneshot;

use crate::notification::{Content, Pressed};

/// A Wayland client can neither place its window nor keep it on top, and the pop-up needs both: X11 (XWayland) first.
///
/// # Errors
/// There is no display.
pub(crate) fn prepare() -> anyhow::Result<()> {
    draw_without_opengl();
    gtk::gdk::set_allowed_backends("x11,*");
    gtk::init()
        .map_err(|_| anyhow!("there is no display: start the panel on a desktop, with DISPLAY or WAYLAND_DISPLAY set"))
}

/// The page is a few lines of text, and drawing it through OpenGL costs each web process 60 MB of the driver's libraries and the
/// first start half a second (`docs/benchmarks.md`). WebKitGTK reads the switch from the environment alone; a user's own
/// value stands.
#[allow(unsafe_code)] // `set_var` has no safe form; see below.
fn draw_without_opengl() {
    const SWITCH: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
    if std::env::var_os(SWITCH).is_none() {
        // SAFETY: first thing in `main`, before any thread that could read the environment is started.
        unsafe { std::env::set_var(SWITCH, "1") };
    }
}

/// A program's words are seen where it was started.
pub(crate) fn borrow_console() {}

/// The package depends on it, and without it the program does not start.
pub(crate) fn web_view_missing() -> bool {
    false
}

/// Whether this desktop shows tray icons: somebody has to watch for them on the session bus.
pub(crate) async fn has_tray() -> bool {
    let asked = async {
        let bus = zbus::Connection::session().await?;
        let watcher = zbus::names::BusName::try_from("org.kde.StatusNotifierWatcher")?;
        Ok::<bool, zbus::Error>(zbus::fdo::DBusProxy::new(&bus).await?.name_has_owner(watcher).await?)
    };
    asked.await.unwrap_or_else(|error| {
        tracing::debug!("the session bus does not answer: {error}");
        false
    })
}

/// Done when the system asks the process to end.
pub(crate) async fn asked_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        },
        Err(error) => {
            tracing::debug!("no signals: {error}");
            std::future::pending().await
        }
    }
}

/// The pop-up is a notification to the window manager: above others, in no taskbar, and never given the focus.
pub(crate) fn shape_popup(window: &WebviewWindow) {
    let own = window.clone();
    // GTK is touched on its own thread only.
    let shaped = window.run_on_main_thread(move || match own.gtk_window() {
        Ok(gtk_window) => {
            gtk_window.set_type_hint(gtk::gdk::WindowTypeHint::Notification);
            gtk_window.set_accept_focus(false);
            gtk_window.set_focus_on_map(false);
            gtk_window.stick();
        }
        Err(error) => tracing::warn!("the pop-up's window could not be shaped: {error}"),
    });
    if let Err(error) = shaped {
        tracing::warn!("the pop-up's window could not be shaped: {error}");
    }
}

/// Whether the theme is dark, as the web view will tell the page: by the theme's own background.
pub(crate) fn is_dark(window: &WebviewWindow) -> bool {
    let background = window.gtk_window().ok().and_then(|own| own.style_context().lookup_color("theme_bg_color"));
    background.is_some_and(|color| color.red() + color.green() + color.blue() < 1.5)
}

/// What the notification daemon can do, or `None` as long as there is none to tell. The question blocks, so it is asked
/// away from the async threads.
async fn capabilities() -> Option<&'static [String]> {
    static KNOWN: OnceLock<Vec<String>> = OnceLock::new();
    if let Some(known) = KNOWN.get() {
        return Some(known);
    }
    let told = tokio::task::spawn_blocking(notify_rust::get_capabilities).await.ok()?.ok()?;
    Some(KNOWN.get_or_init(|| told))
}

/// Shows a notification until it is pressed, closed by the person, or `close` fires.
pub(crate) async fn show_notification(content: Content, close: oneshot::Receiver<()>) -> Pressed {
    let capabilities = capabilities().await;
    let can = |what: &str| capabilities.is_some_and(|known| known.iter().any(|capability| capability == what));
    // A daemon that was not asked might take markup.
    let plain = capabilities.is_some() && !can("body-markup");
    let body = if plain { content.body.clone() } else { escape(&content.body) };
    let mut toast = Toast::new();
    toast.appname(super::APP_NAME).summary(&content.title).body(&body).icon("call-start");
    toast.hint(Hint::Category("call.incoming".into())).urgency(Urgency::Critical).timeout(Timeout::Never);
    if can("actions") {
        toast.action(super::OPEN, &content.open);
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
        pressed = super::pressed(response);
    });
    tokio::select! {
        _ = waiting => {}
        _ = close => shown.close_async().await,
    }
    pressed
}

/// Daemons that take markup would read a caller's `<b>` as such.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
