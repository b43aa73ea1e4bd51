//! Bringing windows to the front. A window manager compares the time of the user action behind a window with the last click
//! anywhere; a window without a time stays behind.

use std::sync::OnceLock;

use gtk::{
    glib::Cast as _,
    prelude::{GtkWindowExt as _, WidgetExt as _},
};
use tauri::WebviewWindow;

static TOKEN: OnceLock<Option<String>> = OnceLock::new();

/// The token that the starter of this process put into its environment.
pub(crate) fn given_token() -> Option<String> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    variable("DESKTOP_STARTUP_ID").or_else(|| variable("XDG_ACTIVATION_TOKEN"))
}

/// Reads it before GTK removes it.
pub(super) fn read_token() {
    TOKEN.get_or_init(given_token);
}

/// The startup id or activation token of this process.
pub(crate) fn activation_token() -> Option<&'static str> {
    TOKEN.get()?.as_deref()
}

/// Shows a window in front and with the keyboard, because of the user action that `token` stands for. Without a token it counts
/// as an action right now: a click in the tray, or a start from a terminal.
pub(crate) fn bring_forward(window: &WebviewWindow, token: Option<String>) -> tauri::Result<()> {
    let own = window.clone();
    window.run_on_main_thread(move || {
        let Ok(window) = own.gtk_window() else { return };
        window.show_all();
        if let Some(token) = &token {
            window.set_startup_id(token);
        }
        let now = || {
            window
                .window()?
                .downcast::<gdkx11::X11Window>()
                .ok()
                .map(|own| gdkx11::functions::x11_get_server_time(&own))
        };
        // Zero means "now". Wayland uses the token instead.
        let time = token.as_deref().and_then(time_of).or_else(now).unwrap_or(0);
        window.present_with_time(time);
    })
}

/// The X server's time in a startup id: what follows its last `_TIME`. Zero means that there is none.
/// <https://specifications.freedesktop.org/startup-notification-spec/latest/>
fn time_of(id: &str) -> Option<u32> {
    let (_, time) = id.rsplit_once("_TIME")?;
    time.parse().ok().filter(|time| *time != 0)
}

#[cfg(test)]
mod tests {
    use super::time_of;

    #[test]
    fn the_time_of_a_startup_id() {
        assert_eq!(time_of("gnome-shell/Firefox/2041-1-desk_TIME1354213"), Some(1_354_213));
        assert_eq!(time_of("a_TIME1_TIME4294967295"), Some(u32::MAX));
        for none in ["", "9f3a-4c", "gtk-launch-1-desk_TIME0", "x_TIME", "x_TIME-1", "x_TIME4294967296"] {
            assert_eq!(time_of(none), None, "{none}");
        }
    }
}
