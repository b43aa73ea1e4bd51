//! The main window: made when it is wanted, gone when it is closed. Closing it ends nothing.

use tauri::{AppHandle, Emitter, Manager, WebviewUrl, WebviewWindowBuilder};

use crate::platform;

/// Its label, which the capability file names.
pub(crate) const LABEL: &str = "main";

/// Shows the main window, in front and with the focus.
pub(crate) fn show(app: &AppHandle) {
    show_at(app, "index.html");
}

/// Shows the main window with the settings in it.
pub(crate) fn show_settings(app: &AppHandle) {
    if show_at(app, "index.html#settings") {
        return;
    }
    if let Err(error) = app.emit_to(LABEL, "show_settings", ()) {
        tracing::debug!("the settings could not be opened: {error}");
    }
}

/// True when the window had to be made, and opens at `page`.
fn show_at(app: &AppHandle, page: &str) -> bool {
    if let Some(window) = app.get_webview_window(LABEL) {
        let shown = window.unminimize().and_then(|()| window.show()).and_then(|()| window.set_focus());
        if let Err(error) = shown {
            tracing::warn!("the window could not be brought to the front: {error}");
        }
        return false;
    }
    let built = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App(page.into()))
        .title(platform::APP_NAME)
        .inner_size(380.0, 640.0)
        .min_inner_size(340.0, 480.0)
        .visible(false)
        .disable_drag_drop_handler()
        .build();
    match built {
        Ok(window) => {
            platform::set_backdrop(&window);
            if let Err(error) = window.show() {
                tracing::error!("the window could not be shown: {error}");
            }
        }
        Err(error) => tracing::error!("the window could not be made: {error}"),
    }
    true
}
