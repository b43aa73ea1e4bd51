//! The two windows. Neither is needed for the core to live.

pub(crate) mod main;
pub(crate) mod place;
pub(crate) mod popup;

use tauri::Url;

/// A link that is dropped on a window must not take the page's place.
fn is_own_page(url: &Url) -> bool {
    url.scheme() == "tauri" || url.host_str() == Some("tauri.localhost")
}
