//! WebKitGTK's web views: turns off browser features that a panel does not want, and detects the end of a page's process.

use gtk::{gdk, prelude::GtkSettingsExt as _};
use tauri::WebviewWindow;
use webkit2gtk::{HitTestResultExt as _, WebProcessTerminationReason, WebViewExt as _};

/// Removes the web view's own menu, with its Back, Reload and Print; text fields keep theirs, with Copy and Paste. WebKitGTK has
/// no keyboard shortcuts for these.
pub(crate) fn tame(window: &WebviewWindow) {
    let tamed = window.with_webview(|view| {
        view.inner().connect_context_menu(|_, _, _, place| !place.context_is_editable());
    });
    if let Err(error) = tamed {
        tracing::warn!("the web view keeps its menu: {error}");
    }
}

/// Reports that the page's process has ended, for whatever reason: nothing is painted from then on.
pub(crate) fn on_page_death(window: &WebviewWindow, died: impl Fn() + Send + 'static) {
    let watched = window.with_webview(move |view| {
        view.inner().connect_web_process_terminated(move |_, reason| {
            if reason == WebProcessTerminationReason::TerminatedByApi {
                return;
            }
            tracing::warn!(?reason, "a window's web process has ended");
            died();
        });
    });
    if let Err(error) = watched {
        tracing::warn!("the end of the window's web process will not be seen: {error}");
    }
}

/// How many logical pixels one pixel of a page is: the desktop's text size. WebKitGTK enlarges the page as a whole by the
/// resolution of the screen, 96 dots per inch being usual: `Xft/DPI` of XSETTINGS, into which GNOME puts its
/// text-scaling-factor, or `Xft.dpi` of the X resources.
pub(crate) fn text_scale(window: &WebviewWindow) -> f64 {
    let (tell, told) = std::sync::mpsc::sync_channel(1);
    let asked = window.run_on_main_thread(move || {
        let dots = gdk::Screen::default().map_or(96.0, |screen| screen.resolution());
        let _nobody_waits = tell.try_send(if dots > 0.0 { dots / 96.0 } else { 1.0 });
    });
    asked.ok().and_then(|()| told.recv().ok()).unwrap_or(1.0)
}

/// Reports when screens come, go or change, also while the machine slept, and when the text size changes.
pub(crate) fn on_screens_changed(app: &tauri::AppHandle, changed: impl Fn() + Send + 'static) {
    let watched = app.run_on_main_thread(move || {
        let changed = std::rc::Rc::new(changed);
        if let Some(screen) = gdk::Screen::default() {
            let own = std::rc::Rc::clone(&changed);
            screen.connect_monitors_changed(move |_| own());
            let own = std::rc::Rc::clone(&changed);
            screen.connect_size_changed(move |_| own());
        }
        if let Some(settings) = gtk::Settings::default() {
            settings.connect_gtk_xft_dpi_notify(move |_| changed());
        }
    });
    if let Err(error) = watched {
        tracing::warn!("changes of the screens will not be seen: {error}");
    }
}

/// Ends the page's process, even one that hangs.
pub(crate) fn end_page(window: &WebviewWindow) {
    let ended = window.with_webview(|view| view.inner().terminate_web_process());
    if let Err(error) = ended {
        tracing::debug!("the page's process is gone already: {error}");
    }
}
