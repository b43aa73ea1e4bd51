//! Windows and macOS: the plugin, which knows one panel per session. On Windows it lets the first panel come to the front.

use clap::Parser as _;
use tauri::{Wry, plugin::TauriPlugin};

use super::Request;
use crate::args::Args;

/// Hands a second start over to the first.
pub(crate) fn plugin() -> TauriPlugin<Wry> {
    tauri_plugin_single_instance::Builder::new()
        .callback(|app, arguments, _folder| {
            let request = Args::try_parse_from(arguments).map_or(Request::Show, |args| Request::of(&args));
            super::serve(app, &request, None);
        })
        .build()
}
