//! WebView2: turns off browser features that a panel does not want, and detects the end of a page's process.

use tauri::WebviewWindow;
use webview2_com::{
    Microsoft::Web::WebView2::Win32::{
        COREWEBVIEW2_PROCESS_FAILED_KIND, COREWEBVIEW2_PROCESS_FAILED_KIND_BROWSER_PROCESS_EXITED,
        COREWEBVIEW2_PROCESS_FAILED_KIND_RENDER_PROCESS_EXITED, ICoreWebView2Settings3,
    },
    ProcessFailedEventHandler,
};
use windows::{UI::ViewManagement::UISettings, core::Interface as _};

/// Turns off browser shortcuts: F5, Ctrl+P, Ctrl+F and the like. Copy, Paste and other text keys stay. The page handles the menu,
/// and keeps it for text fields.
#[allow(unsafe_code)]
pub(crate) fn tame(window: &WebviewWindow) {
    let tamed = window.with_webview(|view| {
        // SAFETY: calls of a web view that lives, on the thread that owns it.
        let tamed = unsafe {
            view.controller()
                .CoreWebView2()
                .and_then(|core| core.Settings())
                .and_then(|settings| settings.cast::<ICoreWebView2Settings3>())
                .and_then(|settings| settings.SetAreBrowserAcceleratorKeysEnabled(false))
        };
        if let Err(error) = tamed {
            tracing::debug!("the web view keeps a browser's keys: {error}");
        }
    });
    if let Err(error) = tamed {
        tracing::debug!("the web view keeps a browser's keys: {error}");
    }
}

/// Reports that the page's process has ended, or the one that all pages share.
#[allow(unsafe_code)]
pub(crate) fn on_page_death(window: &WebviewWindow, died: impl Fn() + Send + 'static) {
    let watched = window.with_webview(move |view| {
        let handler = ProcessFailedEventHandler::create(Box::new(move |_, failure| {
            let mut kind = COREWEBVIEW2_PROCESS_FAILED_KIND::default();
            if let Some(failure) = failure {
                // SAFETY: writes into a local that outlives the call.
                unsafe { failure.ProcessFailedKind(&raw mut kind)? };
            }
            tracing::warn!(kind = kind.0, "a process of the web view has failed");
            let ended = [
                COREWEBVIEW2_PROCESS_FAILED_KIND_RENDER_PROCESS_EXITED,
                COREWEBVIEW2_PROCESS_FAILED_KIND_BROWSER_PROCESS_EXITED,
            ];
            if ended.contains(&kind) {
                died();
            }
            Ok(())
        }));
        let mut token = 0;
        // SAFETY: a call of a web view that lives, on the thread that owns it; the token is not used.
        let watched = unsafe {
            view.controller().CoreWebView2().and_then(|core| core.add_ProcessFailed(&handler, &raw mut token))
        };
        if let Err(error) = watched {
            tracing::warn!("the end of the page's process will not be seen: {error}");
        }
    });
    if let Err(error) = watched {
        tracing::warn!("the end of the page's process will not be seen: {error}");
    }
}

/// Not needed: the process ends with the window.
pub(crate) fn end_page(_window: &WebviewWindow) {}

/// How many logical pixels one pixel of a page is: Settings > Accessibility > Text size, 1 to 2.25. WebView2 enlarges the page as
/// a whole by it, beside the screen's scale.
pub(crate) fn text_scale(_window: &WebviewWindow) -> f64 {
    let told = UISettings::new().and_then(|settings| settings.TextScaleFactor());
    told.ok().filter(|factor| (0.5..=4.0).contains(factor)).unwrap_or(1.0)
}
