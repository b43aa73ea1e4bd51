//! Finds out whether this desktop shows tray icons, which needs a watcher on the session bus.

use futures::StreamExt as _;

const WATCHER: &str = "org.kde.StatusNotifierWatcher";

/// Waits for the tray, which may come seconds after the panel at login. False if there is no bus.
pub(crate) async fn tray_appears() -> bool {
    wait().await.unwrap_or_else(|error| {
        tracing::debug!("the session bus does not answer: {error}");
        false
    })
}

async fn wait() -> zbus::Result<bool> {
    let bus = zbus::Connection::session().await?;
    let names = zbus::fdo::DBusProxy::new(&bus).await?;
    // Listen first, so that it cannot appear unnoticed before the query.
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
