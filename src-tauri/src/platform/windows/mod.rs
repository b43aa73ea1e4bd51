//! Windows: WebView2, toasts. Only the parts without a window have been run, under Wine; `docs/windows.md` lists what needs a
//! real Windows.
//!
//! Every `unsafe` here is one system call without a safe form.

mod power;
mod toast;
mod web_view;

pub(crate) use power::{untouched_for, watch_power};
pub(crate) use toast::show_notification;
pub(crate) use web_view::{end_page, on_page_death, tame, text_scale};

use tauri::{AppHandle, WebviewWindow};
use uncall_desk::settings::Corner;
use windows::core::HSTRING;
use windows_sys::Win32::{
    System::{
        Console::{ATTACH_PARENT_PROCESS, AttachConsole},
        StationsAndDesktops::{CloseDesktop, DESKTOP_SWITCHDESKTOP, OpenInputDesktop},
    },
    UI::{
        Shell::SetCurrentProcessExplicitAppUserModelID,
        WindowsAndMessaging::{
            HWND_TOPMOST, SW_HIDE, SWP_NOACTIVATE, SWP_NOMOVE, SWP_NOSIZE, SWP_SHOWWINDOW, SetWindowPos, ShowWindow,
        },
    },
};

/// The id for toasts and the task bar. The installers give it to the start menu's entry, from which a toast takes its name.
const APP_USER_MODEL_ID: &str = "net.uncall.panel";

/// Connects the process with its entry in the start menu.
///
/// # Errors
/// None here.
#[allow(unsafe_code)]
pub(crate) fn prepare() -> anyhow::Result<()> {
    let id = HSTRING::from(APP_USER_MODEL_ID);
    // SAFETY: a text that ends with a zero and outlives the call.
    let result = unsafe { SetCurrentProcessExplicitAppUserModelID(id.as_ptr()) };
    if result < 0 {
        tracing::warn!("the process has no application id: {result:#010x}");
    }
    Ok(())
}

/// Borrows the console of the starter, because a program with windows has none of its own.
#[allow(unsafe_code)]
pub(crate) fn borrow_console() {
    // SAFETY: takes no pointers. Without a console to borrow it fails, and nobody is there to read.
    let _ = unsafe { AttachConsole(ATTACH_PARENT_PROCESS) };
}

/// Whether the runtime for windows is missing.
pub(crate) fn web_view_missing() -> bool {
    tauri::webview_version().inspect_err(|error| tracing::debug!("no WebView2: {error}")).is_err()
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

/// Tauri's `focusable(false)` sets `WS_EX_NOACTIVATE`, and `skip_taskbar` takes the window from the task bar. Of a window without
/// a frame Tauri makes the edge a grip, and a press there would give the keyboard to it.
pub(crate) fn shape_popup(window: &WebviewWindow) {
    if let Err(error) = window.set_resizable(false) {
        tracing::warn!("the pop-up's edge takes the keyboard when it is pressed: {error}");
    }
}

/// Shows the pop-up above all others. Tauri's own `show` is `SW_SHOW`, which gives a window the keyboard.
pub(crate) fn show_popup(window: &WebviewWindow) -> tauri::Result<()> {
    let flags = SWP_NOMOVE | SWP_NOSIZE | SWP_NOACTIVATE | SWP_SHOWWINDOW;
    with_handle(window, move |handle| {
        // SAFETY: the handle of a window of ours that lives, on the thread that owns it.
        #[allow(unsafe_code)]
        let shown = unsafe { SetWindowPos(handle, HWND_TOPMOST, 0, 0, 0, 0, flags) };
        if shown == 0 {
            tracing::error!("the pop-up could not be shown: {}", std::io::Error::last_os_error());
        }
    })
}

/// Hides it. Tauri's own `hide` does nothing for a window that it did not show itself.
pub(crate) fn hide_popup(window: &WebviewWindow) -> tauri::Result<()> {
    with_handle(window, |handle| {
        // SAFETY: the handle of a window of ours that lives, on the thread that owns it.
        #[allow(unsafe_code)]
        let _was_visible = unsafe { ShowWindow(handle, SW_HIDE) };
    })
}

/// Does something with the window's handle, after everything requested of the window before.
fn with_handle(window: &WebviewWindow, act: impl FnOnce(*mut std::ffi::c_void) + Send + 'static) -> tauri::Result<()> {
    let own = window.clone();
    window.run_on_main_thread(move || match own.hwnd() {
        Ok(handle) => act(handle.0),
        Err(error) => tracing::debug!("the window is gone: {error}"),
    })
}

/// Whether the system's theme is dark.
pub(crate) fn is_dark(window: &WebviewWindow) -> bool {
    matches!(window.theme(), Ok(tauri::Theme::Dark))
}

/// Whether the session is locked, in which case a desktop other than the user's has the input.
#[allow(unsafe_code)]
pub(crate) async fn is_locked() -> bool {
    // SAFETY: takes no pointers; the handle is closed at once.
    unsafe {
        let desktop = OpenInputDesktop(0, 0, DESKTOP_SWITCHDESKTOP);
        if desktop.is_null() {
            return true;
        }
        CloseDesktop(desktop);
        false
    }
}

/// Toasts come up in the lower right corner.
pub(crate) const fn notification_corner() -> Option<Corner> {
    Some(Corner::BottomRight)
}

/// Not needed: the system moves windows itself when a screen goes, and tells a window that its scale has changed.
pub(crate) fn on_screens_changed(_app: &AppHandle, _changed: impl Fn() + Send + 'static) {}
