//! The call table: which calls exist, how each extension sees them, and what an agent may do with them.
//!
//! Pure: facts and the time go in, events come out. Both adapters feed it, so both answer alike. What an agent may do
//! stands in [`rules`](self::plan): every verb's preconditions and refusals, and the plan that an adapter carries out.

mod fact;
mod legs;
mod line;
mod meant;
mod phone;
pub mod plan;
mod rules;
mod step;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use uncall_contract::event::{CallEvent, CallState, EndReason, Event, Presence, PresenceEvent, Snapshot};
use uncall_contract::{Call, Channel, Direction, Extension, Uid};

pub use fact::{Fact, Party, Purpose};
use legs::Legs;
use line::{Line, View};
pub use phone::Phone;
use step::Step;

/// An event, and the extension whose stream it belongs to.
pub type Change = (Extension, Event);

/// The table.
#[derive(Debug)]
pub struct Table {
    lines: HashMap<String, Line>,
    legs: Legs,
    /// Extensions that see a call.
    viewers: HashMap<Uid, BTreeSet<Extension>>,
    holds: Vec<Hold>,
    reachable: bool,
    /// Counts legs and views, so that "newest" has a meaning when times are equal.
    count: u64,
}

impl Default for Table {
    fn default() -> Table {
        Table {
            lines: HashMap::new(),
            legs: Legs::default(),
            viewers: HashMap::new(),
            holds: Vec::new(),
            reachable: true,
            count: 0,
        }
    }
}

#[derive(Debug)]
struct Leg {
    uid: Uid,
    party: Party,
    purpose: Purpose,
    rings: bool,
    /// Its own phone has put the call on hold, by a key or because it took another one.
    on_hold: bool,
    place: Place,
    /// Order of beginning.
    order: u64,
    /// Since when it does what it does, where it was there before this table was.
    since: Option<Timestamp>,
}

/// Where a leg that is not in a bridge was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    /// On its way: dialling, or between two places.
    Free,
    Bridge(u64),
    /// The agent's leg of a transfer.
    Transferring,
    /// The other party's leg of a transfer, with the agent's leg.
    Waiting(Channel),
    /// In the survey.
    Aside,
    /// The PBX itself talks with it.
    Pbx,
}

#[derive(Debug)]
struct Hold {
    uid: Uid,
    by: Extension,
    own: Channel,
    channel: Channel,
}

impl Leg {
    fn is_of(&self, exten: &Extension) -> bool {
        self.party.extension() == Some(exten)
    }

    /// Whether its extension sees it as a call.
    fn reported(&self) -> bool {
        self.purpose != Purpose::Spies && self.place != Place::Aside
    }
}

impl Table {
    /// Takes in what happened at `at` and says what that means for whom. Facts about unknown legs change nothing: an
    /// adapter that has just connected hears the end of calls whose beginning it missed.
    pub fn apply(&mut self, facts: &[Fact], at: Timestamp) -> Vec<Change> {
        let mut changes = Vec::new();
        let mut touched: BTreeSet<Uid> = BTreeSet::new();
        let mut step = Step::default();
        for fact in facts {
            match fact {
                Fact::Reachable(reachable) => self.reachable = *reachable,
                Fact::Line { exten, registered } => {
                    self.lines
                        .entry(exten.as_str().to_owned())
                        .or_insert_with(|| Line::new(exten.clone()))
                        .registered = *registered;
                }
                Fact::Presence { exten, presence } => changes.extend(self.set_presence(exten, *presence)),
                Fact::LegBegan { channel, uid, party, purpose, rings } => {
                    self.count += 1;
                    let leg = Leg {
                        uid: uid.clone(),
                        party: party.clone(),
                        purpose: purpose.clone(),
                        rings: *rings,
                        on_hold: false,
                        place: Place::Free,
                        order: self.count,
                        since: None,
                    };
                    step.begins(channel, uid);
                    // A channel's name is used once at a time: the end of the older one was missed.
                    if let Some(older) = self.legs.insert(channel.clone(), leg) {
                        touched.insert(older.uid);
                    }
                    touched.insert(uid.clone());
                }
                Fact::LegSince { channel, at } => self.legs.since(channel, *at),
                Fact::LegMeans { channel, purpose } => {
                    if let Some((uid, party)) = self.legs.means(channel, purpose) {
                        step.means.extend(party.extension().map(|exten| (exten.clone(), uid.clone())));
                        touched.insert(uid);
                    }
                }
                Fact::LegAnswered { channel } => touched.extend(self.legs.answered(channel)),
                Fact::PhoneHold { channel, on } => touched.extend(self.legs.phone_hold(channel, *on)),
                Fact::Bridged { channel, bridge } => {
                    self.holds.retain(|hold| hold.channel != *channel);
                    self.legs.answered(channel);
                    touched.extend(self.legs.place(channel, Place::Bridge(*bridge)));
                }
                Fact::WithPbx { channel } => {
                    self.holds.retain(|hold| hold.channel != *channel);
                    self.legs.answered(channel);
                    touched.extend(self.legs.place(channel, Place::Pbx));
                }
                Fact::Unbridged { channel } => {
                    self.holds.retain(|hold| hold.channel != *channel);
                    touched.extend(self.legs.place(channel, Place::Free));
                }
                Fact::Held { channel, by, own } => {
                    if let Some(uid) = self.legs.place(channel, Place::Free) {
                        self.holds.retain(|hold| hold.channel != *channel);
                        let hold =
                            Hold { uid: uid.clone(), by: by.clone(), own: own.clone(), channel: channel.clone() };
                        self.holds.push(hold);
                        touched.insert(uid);
                    }
                }
                Fact::Transferring { channel, other } => {
                    touched.extend(self.legs.place(channel, Place::Transferring));
                    touched.extend(self.legs.place(other, Place::Waiting(channel.clone())));
                }
                Fact::Aside { channel } => {
                    self.holds.retain(|hold| hold.channel != *channel);
                    touched.extend(self.legs.place(channel, Place::Aside));
                }
                Fact::LegEnded { channel, reason } => {
                    self.holds.retain(|hold| hold.channel != *channel);
                    if let Some(leg) = self.legs.remove(channel) {
                        if let Some(exten) = leg.party.extension() {
                            step.ends(channel, exten, &leg.uid, *reason);
                        }
                        touched.insert(leg.uid);
                    }
                }
            }
        }
        // A call that goes on under another uid ends under the old one first.
        let left: BTreeSet<Uid> = step.moves.iter().map(|(_, from, _)| from.clone()).collect();
        let (first, then): (Vec<Uid>, Vec<Uid>) = touched.into_iter().partition(|uid| left.contains(uid));
        for uid in first.into_iter().chain(then) {
            self.refresh(&uid, &mut step, at, &mut changes);
        }
        changes
    }

    /// The current call of an extension, as popEvent reports it: the newest that rings, else the one that is talking,
    /// else the held one. `skip` passes over calls by their uid.
    pub fn current(&self, exten: &str, skip: impl Fn(&Uid) -> bool) -> Option<Call> {
        let line = self.lines.get(exten.trim())?;
        line.views.iter().filter(|view| !skip(&view.uid)).max_by_key(|view| view.rank()).map(View::call)
    }

    /// Everything about an extension; `None` when there is no such extension.
    pub fn snapshot(&self, exten: &str) -> Option<Snapshot> {
        let line = self.lines.get(exten)?;
        Some(Snapshot {
            exten: line.exten.as_str().to_owned(),
            presence: line.presence,
            calls: line.views.iter().map(View::event).collect(),
        })
    }

    /// Whether the PBX can be reached.
    pub const fn reachable(&self) -> bool {
        self.reachable
    }

    /// Calls with at least one leg.
    pub fn calls_up(&self) -> usize {
        self.legs.calls()
    }

    /// How many extensions are idle and how many are busy, as set.
    pub fn presences(&self) -> (usize, usize) {
        let busy = self.lines.values().filter(|line| line.presence == Presence::Busy).count();
        (self.lines.len() - busy, busy)
    }

    fn set_presence(&mut self, exten: &Extension, presence: Presence) -> Option<Change> {
        let line = self.lines.get_mut(exten.as_str())?;
        if line.presence == presence {
            return None;
        }
        line.presence = presence;
        Some((exten.clone(), Event::Presence(PresenceEvent { exten: exten.as_str().to_owned(), presence })))
    }

    /// Brings the views of one call up to date, for every extension that has, had or holds a leg of it.
    fn refresh(&mut self, uid: &Uid, step: &mut Step, at: Timestamp, changes: &mut Vec<Change>) {
        let mut extens: BTreeSet<Extension> =
            self.holds.iter().filter(|hold| hold.uid == *uid).map(|hold| hold.by.clone()).collect();
        extens.extend(self.legs.of_call(uid).filter_map(|(_, leg)| leg.party.extension().cloned()));
        extens.extend(step.ended.iter().filter(|(_, ended, _)| ended == uid).map(|(exten, _, _)| exten.clone()));
        extens.extend(self.viewers.get(uid).into_iter().flatten().cloned());
        for exten in extens {
            let previous = self.lines.get(exten.as_str()).and_then(|line| line.view(uid));
            let derived = self.derive(&exten, uid, previous);
            let anew = previous.is_none() || step.means.contains(&(exten.clone(), uid.clone()));
            let opening = if anew { self.opening(&exten, uid) } else { None };
            let since = self.since(&exten, uid);
            let reason = step
                .ended
                .iter()
                .rev()
                .find(|(who, ended, _)| *who == exten && ended == uid)
                .map(|(_, _, reason)| *reason);
            self.count += 1;
            let order = self.count;
            let Some(line) = self.lines.get_mut(exten.as_str()) else { continue };
            let event = match (derived, opening) {
                (Some((state, channel)), Some(opening)) if line.view(uid).is_some() => {
                    line.rename(uid, opening, state, channel, at)
                }
                (Some((state, channel)), Some((calla, callb, status))) => {
                    let was = step.was(&exten, uid);
                    let since = was.as_ref().and_then(|was| was.since(state)).or(since).unwrap_or(at);
                    let was = was.map(|was| was.uid);
                    let view = View { uid: uid.clone(), calla, callb, status, state, since, channel, order, was };
                    let event = view.event();
                    line.views.push(view);
                    self.viewers.entry(uid.clone()).or_default().insert(exten.clone());
                    Some(event)
                }
                (Some((state, channel)), None) => line.change(uid, state, channel, at),
                (None, _) => {
                    step.leaves(&exten, line.view(uid));
                    let event = line.end(uid, reason.unwrap_or(EndReason::Hangup), at);
                    self.sees_no_more(&exten, uid);
                    event
                }
            };
            changes.extend(event.map(|event| (exten, Event::Call(event))));
        }
    }

    fn sees_no_more(&mut self, exten: &Extension, uid: &Uid) {
        if let Some(viewers) = self.viewers.get_mut(uid) {
            viewers.remove(exten);
            if viewers.is_empty() {
                self.viewers.remove(uid);
            }
        }
    }

    /// What the call does for this extension now; `None` when it has no part in it any more.
    fn derive(&self, exten: &Extension, uid: &Uid, previous: Option<&View>) -> Option<(CallState, Option<Channel>)> {
        let own = || self.legs.of_call(uid).filter(|(_, leg)| leg.is_of(exten) && leg.reported());
        let hold = self.holds.iter().rev().find(|hold| hold.uid == *uid && hold.by == *exten);
        if own().any(|(_, leg)| leg.rings) {
            return Some((CallState::Ringing, None));
        }
        let mut talks = own().filter(|(channel, leg)| self.others(channel, leg).next().is_some()).peekable();
        if talks.peek().is_some() {
            // What the phone holds by itself, only the phone can take back: there is no channel to restore.
            let heard = talks.any(|(_, leg)| !leg.on_hold);
            return Some((if heard { CallState::Talking } else { CallState::Held }, None));
        }
        if own().any(|(_, leg)| leg.place == Place::Transferring) {
            return Some((CallState::Transferring, None));
        }
        // The phone that was rung for a held call has answered, and is not with the other party yet.
        let fetches = |hold: &Hold| own().any(|(channel, _)| *channel != hold.own);
        if hold.is_some_and(fetches) && previous.is_some_and(|view| view.state == CallState::Ringing) {
            return Some((CallState::Ringing, None));
        }
        if let Some(hold) = hold {
            return Some((CallState::Held, Some(hold.channel.clone())));
        }
        // In somebody else's hold or transfer.
        let waits = |channel: &Channel, leg: &Leg| {
            matches!(leg.place, Place::Waiting(_)) || self.holds.iter().any(|hold| hold.channel == *channel)
        };
        if own().any(|(channel, leg)| waits(channel, leg)) {
            return Some((CallState::Talking, None));
        }
        if own().any(|(_, leg)| leg.place == Place::Pbx) {
            return Some((CallState::Talking, None));
        }
        // A leg between two places: what it was before, until it is said where it went.
        // A caller's leg rings until the far end answers.
        let previous = previous.map(|view| (view.state, view.channel.clone()));
        // One who is called and rings no more has answered, as after a pick-up: who calls is with him in a moment.
        own().next().map(|(_, leg)| {
            let answered = matches!(leg.purpose, Purpose::CalledBy { .. });
            previous.unwrap_or((if answered { CallState::Talking } else { CallState::Ringing }, None))
        })
    }

    /// Since when the extension has this call, where the PBX has said so.
    fn since(&self, exten: &Extension, uid: &Uid) -> Option<Timestamp> {
        let own = self.legs.of_call(uid).map(|(_, leg)| leg).filter(|leg| leg.is_of(exten) && leg.reported());
        own.filter_map(|leg| leg.since).min()
    }

    /// Caller, called and direction of a call that this extension has just come into.
    fn opening(&self, exten: &Extension, uid: &Uid) -> Option<(String, String, Direction)> {
        let own = self.legs.of_call(uid).map(|(_, leg)| leg).filter(|leg| leg.is_of(exten)).min_by_key(|leg| leg.order);
        let own = own.map(|leg| match &leg.purpose {
            Purpose::Calls { to } => Some((exten.as_str().to_owned(), to.clone(), Direction::Callout)),
            Purpose::CalledBy { from } => Some((from.clone(), exten.as_str().to_owned(), Direction::Callin)),
            Purpose::Spies => None,
        });
        // Without a leg it is a held call that was there before this table was.
        own.unwrap_or_else(|| {
            let hold = self.holds.iter().find(|hold| hold.uid == *uid && hold.by == *exten)?;
            let held = self.legs.get(&hold.channel)?;
            Some((held.party.as_str().to_owned(), exten.as_str().to_owned(), Direction::Callin))
        })
    }
}

fn event_of(view: &View, reason: Option<EndReason>) -> CallEvent {
    CallEvent {
        uid: view.uid.as_str().to_owned(),
        calla: view.calla.clone(),
        callb: view.callb.clone(),
        status: view.status,
        state: view.state,
        since: view.since,
        channel: view.channel.as_ref().map(|channel| channel.as_str().to_owned()),
        reason,
        was: view.was.as_ref().map(|was| was.as_str().to_owned()),
    }
}
