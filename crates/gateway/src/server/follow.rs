//! Follows files that change while the service runs: agents, certificate, the audit file.

use std::sync::Weak;
use std::time::Duration;

use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::App;

/// How often to check.
const EVERY: Duration = Duration::from_secs(2);

/// Checks every two seconds, and reads everything again on SIGHUP, until the service ends.
pub(super) async fn files(app: Weak<App>, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut hangup = Hangup::new();
    loop {
        let anyway = tokio::select! {
            _ = ticks.tick() => false,
            () = hangup.next() => true,
            () = stop.cancelled() => return,
        };
        let Some(app) = app.upgrade() else { return };
        let looked = tokio::task::spawn_blocking(move || app.access.follow(anyway));
        if looked.await.is_err() {
            return;
        }
    }
}

/// SIGHUP, on systems that have it.
struct Hangup {
    #[cfg(unix)]
    signal: Option<tokio::signal::unix::Signal>,
}

impl Hangup {
    #[cfg(unix)]
    fn new() -> Hangup {
        Hangup { signal: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()).ok() }
    }

    #[cfg(not(unix))]
    fn new() -> Hangup {
        Hangup {}
    }

    #[cfg(unix)]
    async fn next(&mut self) {
        let Some(signal) = &mut self.signal else { return std::future::pending().await };
        if signal.recv().await.is_none() {
            self.signal = None;
        }
    }

    #[cfg(not(unix))]
    async fn next(&mut self) {
        std::future::pending().await
    }
}
