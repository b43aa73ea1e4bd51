//! Linux: GTK, WebKitGTK, the session bus and the desktop's notification daemon.

mod activation;
mod notification;
mod power;
mod session;
mod tray_watcher;
mod web_view;

pub(crate) use activation::{activation_token, bring_forward, given_token};
pub(crate) use notification::show_notification;
pub(crate) use power::{untouched_for, watch_power};
pub(crate) use session::is_locked;
pub(crate) use tray_watcher::tray_appears;
pub(crate) use web_view::{end_page, on_page_death, on_screens_changed, tame, text_scale};

use anyhow::anyhow;
use gtk::prelude::{GtkWindowExt, StyleContextExt, WidgetExt};
use tauri::WebviewWindow;
use uncall_desk::settings::Corner;

/// Prefers X11 (XWayland), because a Wayland client can neither place its window nor keep it on top, and the pop-up needs both.
///
/// # Errors
/// If there is no display.
pub(crate) fn prepare() -> anyhow::Result<()> {
    draw_without_opengl();
    activation::read_token();
    gtk::gdk::set_allowed_backends("x11,*");
    gtk::init()
        .map_err(|_| anyhow!("there is no display: start the panel on a desktop, with DISPLAY or WAYLAND_DISPLAY set"))
}

/// Whether the position of the pointer is known. XWayland only sees it over X11 windows, and reports the last known one
/// elsewhere.
pub(crate) fn knows_pointer() -> bool {
    std::env::var_os("WAYLAND_DISPLAY").is_none_or(|display| display.is_empty())
}

/// The corner where the desktop shows notifications, unless the user has chosen another place. `None` if that is not a corner.
/// Daemons that belong to no desktop (dunst, mako, notify-osd) use the upper right one.
pub(crate) fn notification_corner() -> Option<Corner> {
    let desktop = std::env::var("XDG_CURRENT_DESKTOP").unwrap_or_default().to_ascii_uppercase();
    let known = desktop.split(':').find_map(|name| match name {
        "KDE" | "LXQT" => Some(Some(Corner::BottomRight)),
        "GNOME" => Some(None),
        _ => None,
    });
    known.unwrap_or(Some(Corner::TopRight))
}

/// Switches OpenGL drawing off. The page is a few lines of text, for which OpenGL costs 60 MB of driver libraries per web process
/// and half a second at the first start (`docs/benchmarks.md`). WebKitGTK reads the switch only from the environment. A value set
/// by the user is kept.
#[allow(unsafe_code)] // `set_var` has no safe form; see below.
fn draw_without_opengl() {
    const SWITCH: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
    if std::env::var_os(SWITCH).is_none() {
        // SAFETY: called first in `main`, before any thread that could read the environment exists.
        unsafe { std::env::set_var(SWITCH, "1") };
    }
}

/// Not needed: output appears in the terminal that started the program.
pub(crate) fn borrow_console() {}

/// Never: the package depends on it, and the program does not start without it.
pub(crate) fn web_view_missing() -> bool {
    false
}

/// Completes when the system asks the process to end.
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

/// Makes the pop-up a notification window: above others, not in the taskbar, and never focused.
pub(crate) fn shape_popup(window: &WebviewWindow) {
    let own = window.clone();
    // GTK may only be used on its own thread.
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

/// Whether the theme is dark, judged by its background as the web view does.
pub(crate) fn is_dark(window: &WebviewWindow) -> bool {
    let background = window.gtk_window().ok().and_then(|own| own.style_context().lookup_color("theme_bg_color"));
    background.is_some_and(|color| color.red() + color.green() + color.blue() < 1.5)
}
