//! Who locks the screen is away: the desk hears of it, where the settings want that.

use std::time::Duration;

use tauri::{AppHandle, Manager};

use crate::{panel::Panel, platform};

/// How often the session is asked. Systems tell of it in too many ways to wait for.
const EVERY: Duration = Duration::from_secs(5);

/// Looks for as long as the program runs.
pub(crate) fn watch(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let mut known = false;
        loop {
            tokio::time::sleep(EVERY).await;
            let panel = app.state::<Panel>();
            let locked = panel.settings().busy_when_locked && platform::is_locked().await;
            if locked != known {
                known = locked;
                panel.locked(locked);
            }
        }
    });
}
