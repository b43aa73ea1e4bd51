//! Whether this desktop shows tray icons: somebody has to watch for them on the session bus.

use futures::StreamExt as _;

const WATCHER: &str = "org.kde.StatusNotifierWatcher";

/// Done when the tray is there, which may be seconds after the panel at login. False where there is no bus to ask.
pub(crate) async fn tray_appears() -> bool {
    wait().await.unwrap_or_else(|error| {
        tracing::debug!("the session bus does not answer: {error}");
        false
    })
}

async fn wait() -> zbus::Result<bool> {
    let bus = zbus::Connection::session().await?;
    let names = zbus::fdo::DBusProxy::new(&bus).await?;
    // Listened for first, so that it cannot come between the two.
    let mut changes = names.receive_name_owner_changed_with_args(&[(0, WATCHER)]).await?;
    if names.name_has_owner(zbus::names::BusName::try_from(WATCHER)?).await? {
        return Ok(true);
    }
    while let Some(change) = changes.next().await {
        if change.args()?.new_owner().is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}
