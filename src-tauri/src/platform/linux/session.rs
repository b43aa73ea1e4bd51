//! Finds out whether the user can see the screen.

use std::time::Duration;

/// The time limit for the query, because a hanging service must not hold up a call.
const ANSWERED_WITHIN: Duration = Duration::from_millis(500);

/// Whether the session is locked, by the screen saver or by logind. False if neither can be asked.
pub(crate) async fn is_locked() -> bool {
    let asked = async { screen_saver().await.unwrap_or(false) || logind().await.unwrap_or(false) };
    tokio::time::timeout(ANSWERED_WITHIN, asked).await.unwrap_or(false)
}

/// GNOME has its own name for the interface.
async fn screen_saver() -> zbus::Result<bool> {
    let bus = zbus::Connection::session().await?;
    let (name, path) = ("org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver");
    match bus.call_method(Some(name), path, Some(name), "GetActive", &()).await {
        Ok(answer) => Ok(answer.body().deserialize()?),
        Err(_) => {
            let (name, path) = ("org.gnome.ScreenSaver", "/org/gnome/ScreenSaver");
            let answer = bus.call_method(Some(name), path, Some(name), "GetActive", &()).await?;
            Ok(answer.body().deserialize()?)
        }
    }
}

async fn logind() -> zbus::Result<bool> {
    let bus = zbus::Connection::system().await?;
    let (name, path) = ("org.freedesktop.login1", "/org/freedesktop/login1/session/auto");
    zbus::Proxy::new(&bus, name, path, "org.freedesktop.login1.Session").await?.get_property("LockedHint").await
}
