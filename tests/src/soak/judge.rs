//! Compares what the agents saw with the traffic: nothing may be lost, reported twice or made up.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use uncall_contract::event::{CallEvent, CallState};

use super::agents::{Sighting, What};
use crate::figures::ami::day::{Day, Part};

/// How long after its end a call may still be visible to a client. It is judged after that.
pub const GRACE: Duration = Duration::from_secs(30);
/// A call that was up for this long while nothing was broken must have been seen.
const SEEN: Duration = Duration::from_secs(10);

/// Something breaks, or is whole again.
#[derive(Debug, Clone, Copy)]
pub struct Trouble {
    at: Instant,
    begins: bool,
    /// Whether it only affects clients behind the proxy.
    proxy: bool,
}

impl Trouble {
    /// Something is broken from now on.
    pub fn begins(proxy: bool) -> Trouble {
        Trouble { at: Instant::now(), begins: true, proxy }
    }

    /// It is repaired now, and everything is as before after `settled`.
    pub fn ends(proxy: bool, settled: Duration) -> Trouble {
        Trouble { at: Instant::now() + settled, begins: false, proxy }
    }
}

/// What one client has seen of one call.
#[derive(Debug, Default)]
struct Seen {
    states: Vec<CallState>,
    /// Whether a snapshot has summed it up, mentioned or not, so that single events may be missing.
    summed_up: bool,
    /// Whether the client currently shows it.
    shown: bool,
    polled: usize,
}

#[derive(Debug)]
struct Client {
    streams: bool,
    proxied: bool,
    calls: HashMap<String, Seen>,
}

/// The judge.
pub struct Judge {
    day: Arc<Day>,
    clients: BTreeMap<String, Client>,
    troubles: Vec<Trouble>,
    findings: Vec<String>,
    judged: usize,
    exactly: usize,
    events: usize,
    polls: usize,
}

impl fmt::Display for Judge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Judge { judged, exactly, events, polls, findings, .. } = self;
        let wrong = findings.len();
        write!(
            f,
            "{judged} parts in calls judged, {exactly} of them event by event, {events} events and {polls} polls, {wrong} wrong"
        )
    }
}

impl Judge {
    /// A judge without clients.
    pub fn new(day: Arc<Day>) -> Judge {
        Judge {
            day,
            clients: BTreeMap::new(),
            troubles: Vec::new(),
            findings: Vec::new(),
            judged: 0,
            exactly: 0,
            events: 0,
            polls: 0,
        }
    }

    /// Adds a client of this extension.
    pub fn knows(&mut self, exten: &str, streams: bool, proxied: bool) {
        self.clients.insert(exten.to_owned(), Client { streams, proxied, calls: HashMap::new() });
    }

    /// Something breaks, or is whole again.
    pub fn trouble(&mut self, trouble: Trouble) {
        self.troubles.push(trouble);
    }

    /// Whether the proxy is broken.
    pub fn is_proxy_broken(&self) -> bool {
        self.troubles.iter().rev().find(|trouble| trouble.proxy).is_some_and(|trouble| trouble.begins)
    }

    /// The faults found.
    pub fn findings(&self) -> &[String] {
        &self.findings
    }

    /// Takes a sighting of a client.
    pub fn take(&mut self, Sighting { exten, at, what }: Sighting) {
        match what {
            What::Snapshot(calls) => self.snapshot(&exten, &calls),
            What::Change(call) => self.change(&exten, &call),
            What::Polled(uid) => self.polled(&exten, uid, at),
        }
    }

    fn snapshot(&mut self, exten: &str, calls: &[CallEvent]) {
        let Some(client) = self.clients.get_mut(exten) else { return };
        for (uid, seen) in &mut client.calls {
            seen.summed_up = true;
            seen.shown &= calls.iter().any(|call| call.uid == *uid);
        }
        for call in calls {
            self.sees(exten, call, true);
        }
    }

    fn change(&mut self, exten: &str, call: &CallEvent) {
        self.events += 1;
        self.sees(exten, call, false);
    }

    fn sees(&mut self, exten: &str, call: &CallEvent, summed_up: bool) {
        let uid = &call.uid;
        let Some(part) = self.day.part(uid, exten) else {
            return self.find(format!("a ghost at {exten}: {call:?} was never its call, or is long over"));
        };
        let ends =
            |states: &mut dyn Iterator<Item = CallState>| states.filter(|state| *state == CallState::Ended).count();
        let Some(client) = self.clients.get_mut(exten) else { return };
        let seen = client.calls.entry(uid.clone()).or_default();
        // A queue may ring a phone again.
        let is_over =
            ends(&mut seen.states.iter().copied()) >= ends(&mut part.told.iter().map(|(state, _)| *state)).max(1);
        seen.summed_up |= summed_up;
        seen.states.push(call.state);
        seen.shown = call.state != CallState::Ended;
        if is_over {
            let states = seen.states.clone();
            self.find(format!("doubled at {exten}: {uid} after its end: {states:?}"));
        }
    }

    fn polled(&mut self, exten: &str, uid: Option<String>, at: Instant) {
        self.polls += 1;
        let Some(uid) = uid else { return };
        let Some(part) = self.day.part(&uid, exten) else {
            return self.find(format!("a ghost at {exten}: the poll's {uid} was never its call, or is long over"));
        };
        if end(&part).is_some_and(|end| at > end + GRACE) {
            self.find(format!("a ghost at {exten}: {uid} is named {:?} after its end", end(&part).map(|end| at - end)));
        }
        if let Some(client) = self.clients.get_mut(exten) {
            client.calls.entry(uid).or_default().polled += 1;
        }
    }

    fn find(&mut self, finding: String) {
        self.findings.push(finding);
    }

    /// Judges the calls that ended long enough ago.
    pub fn settle(&mut self, now: Instant) {
        for (uid, extens) in self.day.begun() {
            let parts: Vec<(String, Part)> =
                extens.into_iter().filter_map(|exten| Some((exten.clone(), self.day.part(&uid, &exten)?))).collect();
            let is_over = |(_, part): &(String, Part)| end(part).is_some_and(|end| now > end + GRACE);
            if !parts.iter().all(is_over) {
                continue;
            }
            self.day.forget(&uid);
            for (exten, part) in parts {
                self.judge(&uid, &exten, &part);
            }
        }
    }

    fn judge(&mut self, uid: &str, exten: &str, part: &Part) {
        let Some(client) = self.clients.get_mut(exten) else { return };
        let seen = client.calls.remove(uid).unwrap_or_default();
        let (streams, proxied) = (client.streams, client.proxied);
        let life = part.told.iter().filter_map(|(_, at)| *at);
        let (Some(from), Some(to)) = (life.clone().min(), life.max()) else { return };
        let whole = self.undisturbed(from, to, proxied);
        let is_whole = whole >= to - from;
        self.judged += 1;
        let expected: Vec<CallState> = part.told.iter().map(|(state, _)| *state).collect();
        let states = &seen.states;
        if !streams {
            if seen.polled == 0 && whole >= SEEN && from + SEEN <= to {
                self.find(format!("lost at {exten}: {uid} was up for {:?} and no poll named it", to - from));
            }
        } else if is_whole && !seen.summed_up {
            self.exactly += 1;
            if *states != expected {
                self.find(format!("at {exten}: {uid} was told as {states:?}, and was {expected:?}"));
            }
        } else if seen.shown {
            self.find(format!("a ghost at {exten}: {uid} is still shown {GRACE:?} after its end: {states:?}"));
        } else if states.is_empty() && whole >= SEEN {
            self.find(format!("lost at {exten}: {uid} was up for {:?}, {whole:?} of it undisturbed", to - from));
        }
    }

    /// How long nothing was broken within this period.
    fn undisturbed(&self, from: Instant, to: Instant, proxied: bool) -> Duration {
        let mut disturbed = Duration::ZERO;
        for kind in [false, true] {
            if kind && !proxied {
                continue;
            }
            let mut began = None;
            for trouble in self.troubles.iter().filter(|trouble| trouble.proxy == kind) {
                match (trouble.begins, began) {
                    (true, _) => began = Some(trouble.at),
                    (false, Some(since)) => {
                        disturbed += trouble.at.min(to).saturating_duration_since(since.max(from));
                        began = None;
                    }
                    (false, None) => {}
                }
            }
            disturbed += began.map_or(Duration::ZERO, |since| to.saturating_duration_since(since.max(from)));
        }
        (to - from).saturating_sub(disturbed)
    }
}

/// When the PBX sent the event that ends the part, if it has.
fn end(part: &Part) -> Option<Instant> {
    part.told.iter().map(|(_, at)| *at).collect::<Option<Vec<_>>>()?.into_iter().max()
}
