//! Who has locked the screen, left the desk, let the machine sleep or ends the session is away: the desk hears of it.

use std::time::Duration;

use tauri::{AppHandle, Manager};
use uncall_desk::input::Absence;

use crate::{panel::Panel, platform};

/// How often the session is asked. Systems tell of it in too many ways to wait for.
const EVERY: Duration = Duration::from_secs(5);

/// Looks for as long as the program runs.
pub(crate) fn watch(app: &AppHandle) {
    let own = app.clone();
    tauri::async_runtime::spawn(platform::watch_power(move |why, on| {
        let panel = own.state::<Panel>();
        panel.away(why, on);
        panel.settings().busy_when_locked
    }));
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let mut known = [(Absence::Locked, false), (Absence::Unattended, false)];
        loop {
            tokio::time::sleep(EVERY).await;
            let panel = app.state::<Panel>();
            let settings = panel.settings();
            let locked = settings.busy_when_locked && platform::is_locked().await;
            let minutes = settings.busy_when_idle_minutes;
            let unattended = minutes > 0
                && platform::untouched_for().await.is_some_and(|long| long.as_secs() / 60 >= u64::from(minutes));
            for ((why, known), on) in known.iter_mut().zip([locked, unattended]) {
                if *known != on {
                    *known = on;
                    panel.away(*why, on);
                }
            }
        }
    });
}
