//! WebKitGTK's own cache, which is useless here: pages come from the program, and `uncall_client` caches recordings.

use tauri::WebviewWindow;
use webkit2gtk::{CacheModel, WebContextExt, WebViewExt};

/// Turns it off. It collects the sound that a page plays for a file that it never writes: 50 MB for an hour.
pub(crate) fn turn_off(window: &WebviewWindow) {
    let turned = window.with_webview(|view| {
        if let Some(context) = view.inner().context() {
            context.set_cache_model(CacheModel::DocumentViewer);
        }
    });
    if let Err(error) = turned {
        tracing::debug!("the web view keeps its cache: {error}");
    }
}
