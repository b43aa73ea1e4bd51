//! Failover between the servers of one PBX: one is watched, and another takes over while it is down.

use std::{
    collections::VecDeque,
    future::pending,
    sync::Arc,
    time::{Duration, SystemTime},
};

use futures::{
    StreamExt as _,
    future::{BoxFuture, FutureExt as _},
    stream::FuturesUnordered,
};
use tokio::time::{Instant, sleep_until};

use super::{
    Additions, Means, Nudge, Observation,
    nudge::Nudged,
    run::{Run, denied},
    server::Source,
};
use crate::Error;

/// If a preferred server has to be left within this time after a return to it, the next return waits longer.
const GOOD_USE: Duration = Duration::from_secs(60);
/// The longest such wait.
const LONGEST: Duration = Duration::from_secs(5 * 60);
/// How long a server that takes over has until it says something.
const COMING: Duration = Duration::from_secs(3);

/// The timing of failover.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// The interval of health checks.
    every: Duration,
    /// The time limit of a health check.
    within: Duration,
    /// How long a preferred server has to be healthy before it is used again.
    steady: Duration,
}

impl Pace {
    pub(super) fn of(patience: Duration) -> Pace {
        Pace { every: patience.mul_f64(0.4), within: patience.mul_f64(0.6), steady: 2 * patience }
    }
}

pub(super) struct Several<S, W> {
    /// In order of preference.
    sources: Vec<Arc<S>>,
    pace: Pace,
    wall: W,
    nudge: Nudge,
    uses: Box<dyn FnMut(usize) + Send>,
    used: Watched<S>,
    coming: Option<Coming<S>>,
    /// What the server in use reports while another is about to take over. The other's first report may be older and would bring
    /// finished calls back, so these observations are dropped if it does take over.
    held_back: VecDeque<Observation>,
    /// Health checks under way, which give index and result.
    asking: FuturesUnordered<BoxFuture<'static, (usize, bool)>>,
    is_asked: Vec<bool>,
    next_ask: Instant,
    /// The server in use fails its health check.
    ill: bool,
    /// The watch of the server in use reports a loss.
    lost: bool,
    /// That loss, until it is reported because no other server is available.
    untold: Option<Error>,
    /// Since when each server not in use has been healthy.
    well_since: Vec<Option<Instant>>,
    steady: Duration,
    taken_again: Option<Instant>,
    /// As last reported.
    additions: Additions,
    seen: VecDeque<Observation>,
}

struct Watched<S> {
    place: usize,
    run: Run<Arc<S>>,
    nudge: Nudge,
}

/// A server that takes over once it says something.
struct Coming<S> {
    watched: Watched<S>,
    additions: Additions,
    until: Instant,
    /// True if the server in use is down, false if this one is merely preferred.
    instead: bool,
}

enum Turned {
    Seen(Observation),
    /// `None` if its time is up.
    Coming(Option<Observation>),
    AskDue,
    /// The result of a health check of the server at this index.
    Asked(usize, bool),
    Nudged(Nudged),
}

impl<S: Source, W: Fn() -> SystemTime + Clone + Send + 'static> Several<S, W> {
    /// Starts with the first server. `None` if there are none.
    pub(super) fn new(
        sources: Vec<S>,
        pace: Pace,
        wall: W,
        nudge: Nudge,
        uses: impl FnMut(usize) + Send + 'static,
    ) -> Option<Several<S, W>> {
        let sources: Vec<Arc<S>> = sources.into_iter().map(Arc::new).collect();
        let now = Instant::now();
        let used = Watched::new(0, Arc::clone(sources.first()?), &wall);
        Some(Several {
            pace,
            wall,
            nudge,
            uses: Box::new(uses),
            used,
            coming: None,
            held_back: VecDeque::new(),
            asking: FuturesUnordered::new(),
            is_asked: vec![false; sources.len()],
            next_ask: now,
            ill: false,
            lost: false,
            untold: None,
            well_since: vec![None; sources.len()],
            steady: pace.steady,
            taken_again: None,
            additions: Additions::default(),
            seen: VecDeque::new(),
            sources,
        })
    }

    pub(super) async fn next(&mut self) -> Observation {
        loop {
            if let Some(seen) = self.seen.pop_front() {
                return seen;
            }
            let turned = tokio::select! {
                seen = self.used.run.next() => Turned::Seen(seen),
                seen = coming(&mut self.coming) => Turned::Coming(seen),
                Some((place, well)) = self.asking.next() => Turned::Asked(place, well),
                () = sleep_until(self.next_ask) => Turned::AskDue,
                nudged = self.nudge.nudged() => Turned::Nudged(nudged),
            };
            self.take(turned, Instant::now());
        }
    }

    fn take(&mut self, turned: Turned, now: Instant) {
        match turned {
            Turned::Seen(seen) if self.coming.is_some() => self.held_back.push_back(seen),
            Turned::Seen(seen) => self.see(seen),
            Turned::Coming(Some(Observation::Described(additions))) => {
                self.coming.iter_mut().for_each(|coming| coming.additions = additions);
            }
            Turned::Coming(Some(Observation::Connected(means))) => self.take_over(means, now),
            Turned::Coming(None | Some(Observation::Lost(_))) => {
                self.stay();
                self.tell_loss();
            }
            // These come only after `Connected`.
            Turned::Coming(Some(Observation::Pushed(_) | Observation::Polled(_) | Observation::Unreadable)) => {}
            Turned::AskDue => {
                self.next_ask = now + self.pace.every;
                let last = if self.is_there() { self.used.place } else { self.sources.len() };
                self.ask(|place| place <= last);
            }
            Turned::Asked(place, well) => {
                self.is_asked.get_mut(place).into_iter().for_each(|asked| *asked = false);
                self.judge(place, well, now);
            }
            Turned::Nudged(nudged) => {
                let coming = self.coming.iter().map(|coming| &coming.watched);
                for watched in coming.chain([&self.used]) {
                    if nudged.hurry {
                        watched.nudge.hurry();
                    }
                    if nudged.wake {
                        watched.nudge.wake();
                    }
                }
                if nudged.wake {
                    self.next_ask = now;
                }
            }
        }
    }

    /// Handles an observation of the server in use.
    fn see(&mut self, seen: Observation) {
        match &seen {
            Observation::Described(additions) => self.additions = *additions,
            Observation::Connected(_) => {
                self.lost = false;
                self.untold = None;
            }
            Observation::Lost(error) if !denied(error) => {
                self.lost = true;
                self.untold = Some(error.clone());
                self.look_for_another();
                return;
            }
            Observation::Lost(_) | Observation::Pushed(_) | Observation::Polled(_) | Observation::Unreadable => {}
        }
        self.seen.push_back(seen);
    }

    /// Whether the server in use is up.
    const fn is_there(&self) -> bool {
        !self.ill && !self.lost
    }

    /// Starts health checks of the wanted servers, unless one is under way.
    fn ask(&mut self, wanted: impl Fn(usize) -> bool) {
        for (place, (source, is_asked)) in self.sources.iter().zip(&mut self.is_asked).enumerate() {
            if wanted(place) && !std::mem::replace(is_asked, true) {
                self.asking.push(source.is_well(self.pace.within).map(move |well| (place, well)).boxed());
            }
        }
    }

    fn look_for_another(&mut self) {
        let used = self.used.place;
        self.ask(|place| place != used);
    }

    /// Handles the result of a health check.
    fn judge(&mut self, place: usize, well: bool, now: Instant) {
        let used = self.used.place;
        if place == used {
            let was_there = self.is_there();
            self.ill = !well;
            if was_there && !self.is_there() && self.coming.is_none() {
                self.look_for_another();
            }
        } else if let Some(since) = self.well_since.get_mut(place) {
            *since = well.then(|| since.unwrap_or(now));
        }
        if self.is_there() {
            if self.coming.as_ref().is_some_and(|coming| coming.instead) {
                self.stay();
            }
            let steady = |since: &Option<Instant>| since.is_some_and(|since| now >= since + self.steady);
            if self.coming.is_none()
                && let Some(place) = self.well_since.iter().take(used).position(steady)
            {
                self.bring(place, false, now);
            }
        } else if self.coming.is_none() {
            let waits = || self.is_asked.iter().enumerate().any(|(place, is_asked)| *is_asked && place != used);
            if well && place != used {
                self.bring(place, true, now);
            } else if !waits() {
                self.tell_loss();
            }
        }
    }

    fn bring(&mut self, place: usize, instead: bool, now: Instant) {
        let Some(source) = self.sources.get(place) else { return };
        let watched = Watched::new(place, Arc::clone(source), &self.wall);
        self.coming = Some(Coming { watched, additions: Additions::default(), until: now + COMING, instead });
    }

    /// Stays with the server in use.
    fn stay(&mut self) {
        self.coming = None;
        for seen in std::mem::take(&mut self.held_back) {
            self.see(seen);
        }
    }

    fn take_over(&mut self, means: Means, now: Instant) {
        let Some(Coming { watched, additions, .. }) = self.coming.take() else { return };
        let (left, place) = (self.used.place, watched.place);
        tracing::info!(place = place + 1, of = self.sources.len(), "another server of the PBX takes over");
        if place < left {
            self.taken_again = Some(now);
        } else {
            let soon = self.taken_again.take().is_some_and(|taken| now < taken + GOOD_USE);
            self.steady = if soon { (2 * self.steady).min(LONGEST.max(self.pace.steady)) } else { self.pace.steady };
        }
        self.used = watched;
        self.held_back.clear();
        (self.uses)(place);
        (self.ill, self.lost, self.untold) = (false, false, None);
        self.well_since.fill(None);
        if std::mem::replace(&mut self.additions, additions) != additions {
            self.seen.push_back(Observation::Described(additions));
        }
        self.seen.push_back(Observation::Connected(means));
    }

    /// Reports the loss, because no other server is available.
    fn tell_loss(&mut self) {
        self.seen.extend(self.untold.take().map(Observation::Lost));
    }
}

impl<S: Source> Watched<S> {
    fn new(place: usize, source: Arc<S>, wall: &(impl Fn() -> SystemTime + Clone + Send + 'static)) -> Watched<S> {
        let nudge = Nudge::default();
        Watched { place, run: Run::new(source, wall.clone(), nudge.clone()), nudge }
    }
}

/// The next observation of the server that takes over. `None` if its time is up.
async fn coming<S: Source>(coming: &mut Option<Coming<S>>) -> Option<Observation> {
    match coming {
        Some(Coming { watched, until, .. }) => tokio::select! {
            seen = watched.run.next() => Some(seen),
            () = sleep_until(*until) => None,
        },
        None => pending().await,
    }
}
