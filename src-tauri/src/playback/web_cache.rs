//! WebKitGTK's own cache, which is of no use here: pages come from the program, recordings are kept by `uncall_client`.

use tauri::WebviewWindow;
use webkit2gtk::{CacheModel, WebContextExt, WebViewExt};

/// Turns it off. It gathers the sound that a page plays, for a file that it then never writes: 50 MB of an hour.
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
