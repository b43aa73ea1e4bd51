//! System-specific code, one file per system: process start, administrators' defaults, the pop-up window, notifications.

#[cfg(not(target_os = "linux"))]
mod keyring;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
mod rollout;
#[cfg(windows)]
mod windows;

#[cfg(target_os = "linux")]
pub(crate) use linux::{
    activation_token, asked_to_end, borrow_console, bring_forward, end_page, given_token, is_dark, is_locked,
    knows_pointer, notification_corner, on_page_death, on_screens_changed, prepare, shape_popup, show_notification,
    tame, text_scale, tray_appears, untouched_for, watch_power, web_view_missing,
};
#[cfg(target_os = "macos")]
pub(crate) use macos::{
    asked_to_end, borrow_console, end_page, is_dark, is_locked, knows_pointer, notification_corner, on_page_death,
    on_screens_changed, prepare, shape_popup, show_notification, tame, text_scale, tray_appears, untouched_for,
    watch_power, web_view_missing,
};
#[cfg(windows)]
pub(crate) use windows::{
    asked_to_end, borrow_console, end_page, hide_popup, is_dark, is_locked, knows_pointer, notification_corner,
    on_page_death, on_screens_changed, prepare, shape_popup, show_notification, show_popup, tame, text_scale,
    tray_appears, untouched_for, watch_power, web_view_missing,
};

pub(crate) use rollout::{policy, policy_place, system_place, system_settings};

use tauri::{WebviewWindow, window::Color};
use uncall_desk::settings::Keyring;

/// `--page` of `ui/tokens.css`, light and dark: the colour of a window until its page has painted.
const LIGHT: Color = Color(0xf6, 0xf7, 0xf9, 0xff);
const DARK: Color = Color(0x16, 0x18, 0x1c, 0xff);

/// Gives a window the page's colour before it is shown, to avoid a white flash at night.
pub(crate) fn set_backdrop(window: &WebviewWindow) {
    let own = window.clone();
    let set = window.run_on_main_thread(move || {
        if let Err(error) = own.set_background_color(Some(if is_dark(&own) { DARK } else { LIGHT })) {
            tracing::debug!("the window keeps its own colour: {error}");
        }
    });
    if let Err(error) = set {
        tracing::debug!("the window keeps its own colour: {error}");
    }
}

/// Shows a window in front and with the keyboard. The single-instance plugin has obtained the permission for that.
#[cfg(not(target_os = "linux"))]
pub(crate) fn bring_forward(window: &WebviewWindow, _token: Option<String>) -> tauri::Result<()> {
    window.unminimize()?;
    window.show()?;
    window.set_focus()
}

/// The token of the user action that started this process. Only Linux has one.
#[cfg(not(target_os = "linux"))]
pub(crate) const fn given_token() -> Option<String> {
    None
}

/// Shows the pop-up above all other windows, without taking the focus.
#[cfg(not(windows))]
pub(crate) fn show_popup(window: &WebviewWindow) -> tauri::Result<()> {
    window.show()?;
    window.set_always_on_top(true)
}

/// Hides it.
#[cfg(not(windows))]
pub(crate) fn hide_popup(window: &WebviewWindow) -> tauri::Result<()> {
    window.hide()
}

/// The system's keyring.
pub(crate) fn keyring() -> &'static dyn Keyring {
    #[cfg(not(target_os = "linux"))]
    return &keyring::SystemKeyring;
    #[cfg(target_os = "linux")]
    &uncall_desk::settings::NoKeyring
}

/// The application name for the system's notifications.
pub(crate) const APP_NAME: &str = "Uncall Panel";

/// The name of the click on the notification itself in the freedesktop specification.
#[cfg(target_os = "linux")]
const OPEN: &str = "default";

#[cfg(target_os = "linux")]
fn pressed(response: &notify_rust::NotificationResponse) -> crate::notification::Pressed {
    use crate::notification::Pressed;
    use notify_rust::NotificationResponse as Response;
    match response {
        Response::Default => Pressed::Open,
        Response::Action(name) if name == OPEN => Pressed::Open,
        Response::Action(name) => Pressed::Button(name.clone()),
        Response::Reply(_) | Response::Closed(_) => Pressed::Nothing,
    }
}
