//! The main window: made when it is wanted, gone when it is closed. Closing it ends nothing.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use tauri::{AppHandle, Emitter, Manager, WebviewUrl, WebviewWindowBuilder, WindowEvent};

use crate::{platform, playback::Playback};

/// Its label, which the capability file names.
pub(crate) const LABEL: &str = "main";

/// What the window opens with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    /// The call.
    Desk,
    /// The settings.
    Settings,
    /// The call, with the field for a transfer's target open.
    Transfer,
    /// The call, with a link's number in the dial box.
    Link,
}

impl View {
    const fn page(self) -> &'static str {
        match self {
            // The page asks for a link by itself when it loads.
            View::Desk | View::Link => "index.html",
            View::Settings => "index.html#settings",
            View::Transfer => "index.html#transfer",
        }
    }

    const fn event(self) -> Option<&'static str> {
        match self {
            View::Desk => None,
            View::Settings => Some("show_settings"),
            View::Transfer => Some("show_transfer"),
            View::Link => Some("link_came"),
        }
    }
}

/// Shows the main window, in front and with the focus.
///
/// Menus and the single-instance watch call this from the event loop, in which a window cannot be made on Windows.
pub(crate) fn show(app: &AppHandle, view: View) {
    let app = app.clone();
    tauri::async_runtime::spawn_blocking(move || show_now(&app, view));
}

fn show_now(app: &AppHandle, view: View) {
    static MAKING: Mutex<()> = Mutex::new(());
    static EXPLAINED: AtomicBool = AtomicBool::new(false);
    if !super::can_be_made() {
        // Once: a message at every start of the day helps nobody.
        if !EXPLAINED.swap(true, Ordering::Relaxed) {
            super::explain_missing(app, true);
        }
        return;
    }
    // Two links in a row want one window.
    let _making = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(window) = app.get_webview_window(LABEL) {
        let shown = window.unminimize().and_then(|()| window.show()).and_then(|()| window.set_focus());
        let told = shown.and_then(|()| view.event().map_or(Ok(()), |event| app.emit_to(LABEL, event, ())));
        if let Err(error) = told {
            tracing::warn!("the window could not be brought to the front: {error}");
        }
        return;
    }
    let built = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App(view.page().into()))
        .title(platform::APP_NAME)
        .inner_size(380.0, 640.0)
        .min_inner_size(340.0, 480.0)
        .visible(false)
        .on_navigation(super::is_own_page)
        .disable_drag_drop_handler()
        .additional_browser_args(super::WEB_VIEW_ARGUMENTS)
        .build();
    match built {
        Ok(window) => {
            platform::set_backdrop(&window);
            #[cfg(target_os = "linux")]
            crate::playback::web_cache::turn_off(&window);
            let own = app.clone();
            window.on_window_event(move |event| {
                if matches!(event, WindowEvent::Destroyed) {
                    own.state::<Playback>().close_all();
                }
            });
            // Windows shows what another program's press has opened behind that program's window.
            if let Err(error) = window.show().and_then(|()| window.set_focus()) {
                tracing::error!("the window could not be shown: {error}");
            }
        }
        Err(error) => tracing::error!("the window could not be made: {error}"),
    }
}
