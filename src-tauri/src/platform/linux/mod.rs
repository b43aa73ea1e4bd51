//! Linux: GTK, WebKitGTK, the session bus and the desktop's notification daemon.

mod activation;
mod notification;
mod session;
mod tray_watcher;
mod web_view;

pub(crate) use activation::{activation_token, bring_forward, given_token};
pub(crate) use notification::show_notification;
pub(crate) use session::is_locked;
pub(crate) use tray_watcher::tray_appears;
pub(crate) use web_view::{end_page, on_page_death, on_screens_changed, tame, text_scale};

use anyhow::anyhow;
use gtk::prelude::{GtkWindowExt, StyleContextExt, WidgetExt};
use tauri::WebviewWindow;
use uncall_desk::settings::Corner;

/// A Wayland client can neither place its window nor keep it on top, and the pop-up needs both: X11 (XWayland) first.
///
/// # Errors
/// There is no display.
pub(crate) fn prepare() -> anyhow::Result<()> {
    draw_without_opengl();
    activation::read_token();
    gtk::gdk::set_allowed_backends("x11,*");
    gtk::init()
        .map_err(|_| anyhow!("there is no display: start the panel on a desktop, with DISPLAY or WAYLAND_DISPLAY set"))
}

/// Whether the pointer's place is known. XWayland sees it over windows of X11 alone, and says the last of them elsewhere.
pub(crate) fn knows_pointer() -> bool {
    std::env::var_os("WAYLAND_DISPLAY").is_none_or(|display| display.is_empty())
}

/// Where the desktop's notifications come up, as long as nobody has chosen another place; nothing where that is in no corner.
/// Daemons that belong to no desktop (dunst, mako, notify-osd) take the upper right one.
pub(crate) fn notification_corner() -> Option<Corner> {
    let desktop = std::env::var("XDG_CURRENT_DESKTOP").unwrap_or_default().to_ascii_uppercase();
    let known = desktop.split(':').find_map(|name| match name {
        "KDE" | "LXQT" => Some(Some(Corner::BottomRight)),
        "GNOME" => Some(None),
        _ => None,
    });
    known.unwrap_or(Some(Corner::TopRight))
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
