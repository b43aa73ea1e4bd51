//! A call centre's day: calls of every recorded kind, begun at a given rate, and the events that each agent should receive of
//! them.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;
use uncall_contract::event::CallState;

use super::listeners::Heard;
use super::pbx::{Pbx, Saying, Written};
use super::trace::{Filling, Form, NUMBERS};

/// Recorded traces, and how many of twenty calls are of each.
pub const MIX: [(&str, usize); 9] = [
    ("inbound-answered", 6),
    ("click", 3),
    ("queue", 3),
    ("ring-group", 2),
    ("hold-restore", 2),
    ("transfer", 1),
    ("extension-to-extension", 1),
    ("inbound-no-answer", 1),
    ("inbound-abandoned", 1),
];
/// A prime that spreads durations and moments.
const SPREAD: usize = 7_919;
/// How long to wait for the effects of one event when nothing else happens.
const QUIET: Duration = Duration::from_millis(50);

/// The PBX, its agents and their calls.
#[derive(Debug)]
pub struct Day {
    pbx: Pbx,
    scenarios: Vec<Scenario>,
    /// Scenarios in the order in which calls take them.
    order: Vec<usize>,
    agents: usize,
    free: Mutex<VecDeque<String>>,
    calls: Mutex<HashMap<String, Live>>,
    next: AtomicU64,
}

#[derive(Debug)]
struct Scenario {
    name: &'static str,
    form: Form,
    expected: Vec<Expected>,
}

/// What an agent hears of a call.
#[derive(Debug, Clone, Copy)]
struct Expected {
    agent: usize,
    state: CallState,
    /// The event of the PBX that causes it.
    event: usize,
}

/// A call that has begun and is not forgotten.
#[derive(Debug)]
struct Live {
    scenario: usize,
    agents: Vec<String>,
    written: Written,
}

/// An extension's part in a call: each state that it should receive, and when the PBX sent the event that causes it, if it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// In their order.
    pub told: Vec<(CallState, Option<std::time::Instant>)>,
}

/// How calls follow each other.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Calls in all.
    pub calls: usize,
    /// Calls that begin within a second.
    pub a_second: usize,
    /// The shortest call.
    pub shortest: Duration,
    /// The longest call.
    pub longest: Duration,
}

impl Day {
    /// Reads the traces; nobody has called yet.
    pub fn new(pbx: Pbx, extens: &[String]) -> Result<Day> {
        let folder = crate::tests_folder().join("../crates/asterisk/fixtures/ami");
        let mut scenarios = Vec::new();
        for (name, _) in MIX {
            let text = std::fs::read_to_string(folder.join(format!("{name}.txt")))?;
            let form = Form::read(&text).with_context(|| format!("the trace {name}"))?;
            scenarios.push(Scenario { name, form, expected: Vec::new() });
        }
        // As evenly as possible: every kind has its turn in each twenty calls.
        let mut order: Vec<(usize, usize)> = MIX
            .iter()
            .enumerate()
            .flat_map(|(scenario, (_, count))| (0..*count).map(move |turn| ((2 * turn + 1) * 1000 / count, scenario)))
            .collect();
        order.sort_unstable();
        let order = order.into_iter().map(|(_, scenario)| scenario).collect();
        let free = Mutex::new(extens.iter().cloned().collect());
        Ok(Day {
            pbx,
            scenarios,
            order,
            agents: extens.len(),
            free,
            calls: Mutex::default(),
            next: AtomicU64::new(NUMBERS),
        })
    }

    /// Makes a call of each kind, event after event, and notes what each event leads to.
    pub async fn learn(&mut self, heard: &mut mpsc::UnboundedReceiver<Heard>) -> Result<()> {
        for at in 0..self.scenarios.len() {
            let scenario = self.scenarios.get(at).context("no scenario")?;
            let filling = self.filling(scenario)?;
            let mut expected = Vec::new();
            for (number, event) in scenario.form.sections.iter().flatten().enumerate() {
                let mut text = String::new();
                event.write(&filling, &mut text)?;
                self.pbx.say(Saying { text, events: 1, written: Written::default() })?;
                tokio::time::sleep(QUIET).await;
                while let Ok(Heard { stream, exten, call, .. }) = heard.try_recv() {
                    // One stream of each agent is enough.
                    if stream >= self.agents {
                        continue;
                    }
                    ensure!(call.uid == filling.uid(), "an event of another call: {call:?}");
                    let agent = filling.agents.iter().position(|agent| **agent == *exten).context("a stranger")?;
                    expected.push(Expected { agent, state: call.state, event: number });
                }
            }
            let ends = expected.iter().filter(|expected| expected.state == CallState::Ended).count();
            ensure!(ends >= scenario.form.agents, "{}: not everybody's call ends: {expected:?}", scenario.name);
            self.give_back(filling.agents);
            if let Some(scenario) = self.scenarios.get_mut(at) {
                scenario.expected = expected;
            }
        }
        Ok(())
    }

    /// Makes the calls, and returns when the last of them is over. Returns the number of events that agents should receive.
    pub async fn play(self: &Arc<Day>, pace: Pace) -> Result<usize> {
        let began = Instant::now();
        let mut under_way = JoinSet::new();
        for number in 0..pace.calls {
            let second = Duration::from_secs((number / pace.a_second).try_into()?);
            let share = u32::try_from(number * SPREAD % 1000)?;
            let due = began + second + Duration::from_millis(share.into());
            let lasts = pace.shortest + (pace.longest - pace.shortest) * ((share * 7) % 1000) / 1000;
            let day = Arc::clone(self);
            under_way.spawn(async move {
                tokio::time::sleep_until(due).await;
                day.call(number, lasts).await
            });
        }
        let mut events = 0;
        while let Some(over) = under_way.join_next().await {
            events += over??;
        }
        Ok(events)
    }

    async fn call(&self, number: usize, lasts: Duration) -> Result<usize> {
        let at = *self.order.get(number % self.order.len()).context("no scenario")?;
        let scenario = self.scenarios.get(at).context("no scenario")?;
        let filling = self.filling(scenario)?;
        let written = Written::default();
        let live = Live { scenario: at, agents: filling.agents.clone(), written: Arc::clone(&written) };
        lock(&self.calls).insert(filling.uid(), live);
        let sections = &scenario.form.sections;
        let step = lasts / u32::try_from(sections.len().saturating_sub(1).max(1))?;
        for (place, section) in sections.iter().enumerate() {
            if place > 0 {
                tokio::time::sleep(step).await;
            }
            let mut text = String::new();
            section.iter().try_for_each(|event| event.write(&filling, &mut text))?;
            self.pbx.say(Saying { text, events: section.len(), written: Arc::clone(&written) })?;
        }
        self.give_back(filling.agents);
        Ok(scenario.expected.len())
    }

    fn filling(&self, scenario: &Scenario) -> Result<Filling> {
        let mut free = lock(&self.free);
        let agents: Vec<String> = (0..scenario.form.agents).map_while(|_| free.pop_front()).collect();
        ensure!(agents.len() == scenario.form.agents, "every agent has a call already");
        Ok(Filling { agents, first: self.next.fetch_add(NUMBERS, Ordering::Relaxed) })
    }

    fn give_back(&self, agents: Vec<String>) {
        lock(&self.free).extend(agents);
    }

    /// The PBX.
    pub const fn pbx(&self) -> &Pbx {
        &self.pbx
    }

    /// What an extension should receive of a call, as of now. `None` if the call is not one of its own.
    pub fn part(&self, uid: &str, exten: &str) -> Option<Part> {
        let calls = lock(&self.calls);
        let live = calls.get(uid)?;
        let scenario = self.scenarios.get(live.scenario)?;
        let agent = live.agents.iter().position(|agent| agent == exten)?;
        let written = lock(&live.written).clone();
        let own = scenario.expected.iter().filter(|expected| expected.agent == agent);
        let told = own.map(|expected| (expected.state, written.get(expected.event).copied())).collect();
        Some(Part { told })
    }

    /// The calls that have begun and are not forgotten, each with its agents.
    pub fn begun(&self) -> Vec<(String, Vec<String>)> {
        lock(&self.calls).iter().map(|(uid, live)| (uid.clone(), live.agents.clone())).collect()
    }

    /// Forgets a call.
    pub fn forget(&self, uid: &str) {
        lock(&self.calls).remove(uid);
    }

    /// When the PBX's event was written that caused this one, which is the `place`th of the call on this stream.
    pub fn cause(&self, heard: &Heard, place: usize) -> Result<std::time::Instant> {
        let calls = lock(&self.calls);
        let live = calls.get(&heard.call.uid).context("an event of a call that was not made")?;
        let scenario = self.scenarios.get(live.scenario).context("no scenario")?;
        let agent = live.agents.iter().position(|agent| **agent == *heard.exten).context("another's event")?;
        let expected = scenario.expected.iter().filter(|expected| expected.agent == agent).nth(place);
        let expected = expected.with_context(|| format!("{}: an event too much: {heard:?}", scenario.name))?;
        ensure!(expected.state == heard.call.state, "{}: {expected:?} was expected: {heard:?}", scenario.name);
        let written = lock(&live.written).get(expected.event).copied();
        written.with_context(|| format!("{}: heard before it was written: {heard:?}", scenario.name))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
