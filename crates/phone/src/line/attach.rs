//! Registration, kept up over failures and network changes.

use std::{
    sync::{Arc, atomic::AtomicU64},
    time::{Duration, Instant, SystemTime},
};

use tokio::{
    sync::{Notify, mpsc::UnboundedSender},
    time::{sleep, timeout},
};

use super::dialogue::Work;
use crate::{
    LineSettings, Trouble, TroubleKind,
    sip::{Registering, Seen, Sip},
};

/// The registration time that is asked for, in seconds.
const EXPIRES: u32 = 120;
/// The longest refresh interval. It keeps NAT bindings open and detects a dead server.
const REFRESH: Duration = Duration::from_secs(30);
/// The first and the longest pause after failures.
const FIRST: Duration = Duration::from_secs(1);
const LAST: Duration = Duration::from_secs(60);
/// Servers ban clients that repeat wrong secrets quickly.
const WRONG_SECRET: Duration = Duration::from_secs(60);
/// How often the local address is checked.
const LOOK: Duration = Duration::from_secs(1);
/// If the wall clock gains more than this on the monotonic clock, the machine has slept.
const SLEPT: Duration = Duration::from_secs(5);
/// The time limit for unregistering.
const LEAVING: Duration = Duration::from_secs(2);

/// Changes of the registration.
#[derive(Debug)]
pub(super) enum Attached {
    /// A new stack on a new local address.
    Stack(Arc<Sip>),
    Registering,
    /// `first`: the line was not registered before.
    Registered {
        first: bool,
    },
    Lost {
        why: Trouble,
        again_in: Duration,
    },
}

/// Keeps the line registered until the line ends.
pub(super) async fn run(
    settings: LineSettings,
    ids: Arc<AtomicU64>,
    seen: UnboundedSender<Seen>,
    work: UnboundedSender<Work>,
    nudge: Arc<Notify>,
) {
    let tell = |attached| work.send(Work::Attached(attached)).is_ok();
    let mut wait = Wait::default();
    let mut here = None::<Here>;
    let mut registered = false;
    loop {
        if !registered && !tell(Attached::Registering) {
            return;
        }
        let tried = attempt(&settings, &ids, &seen, &mut here, &tell).await;
        let pause = match tried {
            Ok(granted) => {
                if !tell(Attached::Registered { first: !registered }) {
                    return;
                }
                registered = true;
                wait = Wait::default();
                REFRESH.min(granted / 2).max(FIRST)
            }
            Err(why) => {
                registered = false;
                let again_in = wait.next(why.kind);
                if !tell(Attached::Lost { why, again_in }) {
                    return;
                }
                again_in
            }
        };
        let moved = until(pause, here.as_ref(), &nudge).await;
        if moved {
            (wait, registered) = (Wait::default(), false);
        }
    }
}

/// A stack and its registration.
struct Here {
    sip: Arc<Sip>,
    registering: Registering,
}

async fn attempt(
    settings: &LineSettings,
    ids: &Arc<AtomicU64>,
    seen: &UnboundedSender<Seen>,
    here: &mut Option<Here>,
    tell: &impl Fn(Attached) -> bool,
) -> Result<Duration, Trouble> {
    if let Some(old) = here.take_if(|here| !here.sip.stands()) {
        old.sip.stop();
    }
    let there = match here {
        Some(there) => there,
        None => {
            let sip = Sip::start(settings, Arc::clone(ids), seen.clone()).await?;
            tell(Attached::Stack(Arc::clone(&sip)));
            here.insert(Here { registering: Registering::new(Arc::clone(&sip)), sip })
        }
    };
    there.registering.attempt(EXPIRES).await
}

/// Waits for the pause or a nudge. Returns true early if the machine has slept or its address has changed.
async fn until(pause: Duration, here: Option<&Here>, nudge: &Notify) -> bool {
    let (end, mut wall, mut clock) = (Instant::now() + pause, SystemTime::now(), Instant::now());
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return false;
        }
        tokio::select! {
            () = nudge.notified() => return false,
            () = sleep(LOOK.min(left)) => {}
        }
        let by_wall = wall.elapsed().unwrap_or_default();
        let slept = by_wall > clock.elapsed() + SLEPT;
        (wall, clock) = (SystemTime::now(), Instant::now());
        if slept || here.is_some_and(|here| !here.sip.stands()) {
            return true;
        }
    }
}

/// Unregisters, within the time limit.
pub(super) async fn leave(sip: &Arc<Sip>) {
    let mut registering = Registering::new(Arc::clone(sip));
    if let Ok(Err(trouble)) = timeout(LEAVING, registering.attempt(0)).await {
        tracing::debug!(?trouble, "the register was not left");
    }
}

/// Counts failures.
#[derive(Debug, Default)]
struct Wait(u32);

impl Wait {
    fn next(&mut self, kind: TroubleKind) -> Duration {
        let doubled = FIRST.saturating_mul(1 << self.0.min(6));
        self.0 = self.0.saturating_add(1);
        match kind {
            TroubleKind::WrongSecret | TroubleKind::UnknownUser => WRONG_SECRET,
            TroubleKind::Refused
            | TroubleKind::NoSuchHost
            | TroubleKind::NoNetwork
            | TroubleKind::Unreachable
            | TroubleKind::CertificateRefused
            | TroubleKind::NoTls => doubled.min(LAST),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_waited_for_ever_longer_up_to_a_minute() {
        let mut wait = Wait::default();
        let waits: Vec<u64> = (0..9).map(|_| wait.next(TroubleKind::Unreachable).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(Wait::default().next(TroubleKind::WrongSecret).as_secs(), 60);
    }
}
