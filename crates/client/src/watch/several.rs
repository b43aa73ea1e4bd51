//! The servers of one PBX: one is watched, and another takes over while that one is not there.

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
    Means, Nudge, Observation,
    nudge::Nudged,
    run::{Run, denied},
    server::Source,
};
use crate::{Additions, Error};

/// A server that was left within this time after it had been taken again has to be well for longer before it is the next time.
const GOOD_USE: Duration = Duration::from_secs(60);
/// The longest such time.
const LONGEST: Duration = Duration::from_secs(5 * 60);
/// For a server that takes over: until it has said something.
const COMING: Duration = Duration::from_secs(3);

/// How fast another server takes over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// Between two questions whether the server in use is well.
    every: Duration,
    /// For the answer.
    within: Duration,
    /// So long a server has to be well before it is taken again.
    steady: Duration,
}

impl Pace {
    pub(super) fn of(patience: Duration) -> Pace {
        Pace { every: patience.mul_f64(0.4), within: patience.mul_f64(0.6), steady: 2 * patience }
    }
}

pub(super) struct Several<S, W> {
    /// In the order in which they are wanted.
    sources: Vec<Arc<S>>,
    pace: Pace,
    wall: W,
    nudge: Nudge,
    uses: Box<dyn FnMut(usize) + Send>,
    used: Watched<S>,
    coming: Option<Coming<S>>,
    /// What the one in use says meanwhile. What another one begins with may be older than that, and would bring back what is over:
    /// so it is told only when no other one takes over.
    held_back: VecDeque<Observation>,
    /// Whether they are well, by place.
    asking: FuturesUnordered<BoxFuture<'static, (usize, bool)>>,
    is_asked: Vec<bool>,
    next_ask: Instant,
    /// The one in use does not answer, or says that it is not well.
    ill: bool,
    /// The one in use is lost, as its own watch has it,
    lost: bool,
    /// and that is told when no other one is there.
    untold: Option<Error>,
    /// Since when each server before the one in use has been well.
    well_since: Vec<Option<Instant>>,
    steady: Duration,
    taken_again: Option<Instant>,
    /// As last told.
    additions: Additions,
    seen: VecDeque<Observation>,
}

struct Watched<S> {
    place: usize,
    run: Run<Arc<S>>,
    nudge: Nudge,
}

/// A server that takes over as soon as it has said something.
struct Coming<S> {
    watched: Watched<S>,
    additions: Additions,
    until: Instant,
    /// The one in use is not there; else this one is only wanted more.
    instead: bool,
}

enum Turned {
    Seen(Observation),
    /// Nothing: it is too late for that.
    Coming(Option<Observation>),
    AskDue,
    /// Whether the server at this place is well.
    Asked(usize, bool),
    Nudged(Nudged),
}

impl<S: Source, W: Fn() -> SystemTime + Clone + Send + 'static> Several<S, W> {
    /// Begins with the first; `None` when there is none.
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
            // Nothing else comes before it is connected.
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

    /// What the server in use says.
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

    /// Whether the server in use is.
    const fn is_there(&self) -> bool {
        !self.ill && !self.lost
    }

    /// Asks those that are wanted and have not been asked already.
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

    /// What follows from the answer of the server at this place.
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

    /// Nobody takes over.
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

    /// No other one is there.
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

/// What the server that takes over says.
async fn coming<S: Source>(coming: &mut Option<Coming<S>>) -> Option<Observation> {
    match coming {
        Some(Coming { watched, until, .. }) => tokio::select! {
            seen = watched.run.next() => Some(seen),
            () = sleep_until(*until) => None,
        },
        None => pending().await,
    }
}
