//! Sleep, shutdown and empty chairs, by logind.

use std::time::Duration;

use futures::{StreamExt as _, future};
use uncall_desk::input::Absence;
use zbus::{Connection, OwnedFd, Proxy};

/// The time limit for a query, because a hanging service must not hold up a call.
const ANSWERED_WITHIN: Duration = Duration::from_millis(500);
/// How long sleep and shutdown wait for the server to hear of it; logind allows 5 s.
const TOLD_WITHIN: Duration = Duration::from_secs(2);

const LOGIND: &str = "org.freedesktop.login1";
const MUTTER: &str = "org.gnome.Mutter.IdleMonitor";

/// Tells of sleep and the end of the session for as long as the program runs. `tell` says whether anybody heeds it.
pub(crate) async fn watch_power(tell: impl Fn(Absence, bool) -> bool + Send + 'static) {
    if let Err(error) = listen(tell).await {
        tracing::info!("sleep and shutdown are not noticed in advance: {error}");
    }
}

async fn listen(tell: impl Fn(Absence, bool) -> bool + Send) -> zbus::Result<()> {
    let bus = Connection::system().await?;
    let manager = Proxy::new(&bus, LOGIND, "/org/freedesktop/login1", "org.freedesktop.login1.Manager").await?;
    let sleeps = manager.receive_signal("PrepareForSleep").await?.map(|signal| (Absence::Asleep, signal));
    let leaves = manager.receive_signal("PrepareForShutdown").await?.map(|signal| (Absence::Leaving, signal));
    let mut signals = futures::stream::select(sleeps, leaves);
    // Without a delay the machine is gone before the server has heard of it.
    let mut delay = hold_up(&manager).await;
    while let Some((why, signal)) = signals.next().await {
        let on: bool = signal.body().deserialize()?;
        if tell(why, on) && on && delay.is_some() {
            tokio::time::sleep(TOLD_WITHIN).await;
        }
        // Letting go of it lets the machine go on.
        delay = if on { None } else { hold_up(&manager).await };
    }
    Ok(())
}

async fn hold_up(manager: &Proxy<'_>) -> Option<OwnedFd> {
    let what = ("sleep:shutdown", crate::platform::APP_NAME, "tells the server that nobody is here", "delay");
    manager.call("Inhibit", &what).await.inspect_err(|error| tracing::debug!("sleep does not wait: {error}")).ok()
}

/// How long neither keyboard nor mouse has been touched. `None` if nothing here knows.
pub(crate) async fn untouched_for() -> Option<Duration> {
    let asked = future::join(mutter(), logind());
    let (exact, hint) = tokio::time::timeout(ANSWERED_WITHIN, asked).await.ok()?;
    exact.or(hint).ok()
}

/// GNOME knows it to the millisecond.
async fn mutter() -> zbus::Result<Duration> {
    let bus = Connection::session().await?;
    let path = "/org/gnome/Mutter/IdleMonitor/Core";
    let idle: u64 = Proxy::new(&bus, MUTTER, path, MUTTER).await?.call("GetIdletime", &()).await?;
    Ok(Duration::from_millis(idle))
}

/// Other desktops say so to logind, some time after the last touch.
async fn logind() -> zbus::Result<Duration> {
    let bus = Connection::system().await?;
    let path = "/org/freedesktop/login1/session/auto";
    let session = Proxy::new(&bus, LOGIND, path, "org.freedesktop.login1.Session").await?;
    let idle: bool = session.get_property("IdleHint").await?;
    // In microseconds of the wall clock.
    let since: u64 = session.get_property("IdleSinceHint").await?;
    let now = u64::try_from(jiff::Timestamp::now().as_microsecond()).unwrap_or_default();
    Ok(Duration::from_micros(if idle { now.saturating_sub(since) } else { 0 }))
}
