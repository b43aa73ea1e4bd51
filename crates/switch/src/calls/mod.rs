//! The call table: which calls exist, how each extension sees them, and what an agent may do with them.
//!
//! Pure: facts and the time go in, events come out. Both adapters feed it, so both answer alike. [`rules`](self::plan) has every
//! verb's preconditions and refusals, and the plan that an adapter carries out.

mod fact;
mod legs;
mod line;
mod meant;
mod phone;
pub mod plan;
mod queues;
mod rules;
mod step;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use uncall_contract::event::{CallEvent, CallState, EndReason, Event, Presence, PresenceEvent, Snapshot};
use uncall_contract::{Call, Channel, Direction, Extension, Uid};

pub use fact::{Fact, Membership, Party, Purpose};
use legs::Legs;
use line::{Line, View};
pub use phone::Phone;
use queues::Waiting;
use step::Step;

/// An event, and the extension whose stream it belongs to.
pub type Change = (Extension, Event);

/// Extensions whose view of a call may have changed.
type Touched = BTreeSet<(Uid, Extension)>;

/// The table.
#[derive(Debug)]
pub struct Table {
    lines: HashMap<String, Line>,
    legs: Legs,
    holds: Vec<Hold>,
    waiting: Waiting,
    reachable: bool,
    /// Counts legs and views, so that "newest" has a meaning even if times are equal.
    count: u64,
}

impl Default for Table {
    fn default() -> Table {
        Table {
            lines: HashMap::new(),
            legs: Legs::default(),
            holds: Vec::new(),
            waiting: Waiting::default(),
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
    /// Whether its own phone has put the call on hold, by a key or because it took another one.
    on_hold: bool,
    place: Place,
    /// Order of beginning.
    order: u64,
    /// Since when it has been in its state, if it existed before this table.
    since: Option<Timestamp>,
}

/// Where a leg that is not in a bridge was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    /// Dialling, or between two places.
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
    /// Takes in what happened at `at` and returns the changes by extension. Facts about unknown legs change nothing, because an
    /// adapter that has just connected hears of the end of calls whose beginning it missed.
    pub fn apply(&mut self, facts: &[Fact], at: Timestamp) -> Vec<Change> {
        let mut changes = Vec::new();
        let mut touched = Touched::new();
        let mut step = Step::default();
        let mut presented: BTreeMap<Extension, PresenceEvent> = BTreeMap::new();
        for fact in facts {
            match fact {
                Fact::Reachable(reachable) => self.reachable = *reachable,
                Fact::Line { exten, registered } => {
                    self.lines
                        .entry(exten.as_str().to_owned())
                        .or_insert_with(|| Line::new(exten.clone()))
                        .registered = *registered;
                }
                Fact::Presence { exten, presence, reason } => self.presents(exten, &mut presented, |line| {
                    line.do_not_disturb = *presence == Presence::Busy;
                    line.reason = reason.clone().filter(|_| line.do_not_disturb);
                }),
                Fact::Membership { exten, queue, now } => self.presents(exten, &mut presented, |line| match now {
                    Some(now) => drop(line.queues.insert(queue.clone(), now.clone())),
                    None => drop(line.queues.remove(queue)),
                }),
                Fact::QueueJoined { queue, caller, waited } => self.waiting.joined(queue, caller, *waited, at),
                Fact::QueueLeft { queue, caller } => self.waiting.left(queue, caller),
                Fact::LegBegan { channel, uid, party, purpose, rings } => {
                    // Only one channel has a name at a time, so the end of the older one was missed.
                    self.touch(channel, &mut touched);
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
                    self.legs.insert(channel.clone(), leg);
                    self.touch(channel, &mut touched);
                }
                Fact::LegSince { channel, at } => self.legs.since(channel, *at),
                Fact::LegMeans { channel, purpose } => {
                    let leg = self.legs.means(channel, purpose);
                    step.means.extend(leg.and_then(|leg| Some((leg.uid.clone(), leg.party.extension()?.clone()))));
                    self.touch(channel, &mut touched);
                }
                Fact::LegAnswered { channel } => {
                    self.legs.answered(channel);
                    self.touch(channel, &mut touched);
                }
                Fact::PhoneHold { channel, on } => {
                    self.legs.phone_hold(channel, *on);
                    self.touch(channel, &mut touched);
                }
                Fact::Bridged { channel, bridge } => {
                    self.legs.answered(channel);
                    self.put(channel, Place::Bridge(*bridge), &mut touched);
                    self.meet(*bridge, &mut touched);
                }
                Fact::WithPbx { channel } => {
                    self.release(channel, &mut touched);
                    self.legs.answered(channel);
                    self.put(channel, Place::Pbx, &mut touched);
                }
                Fact::Unbridged { channel } => {
                    self.release(channel, &mut touched);
                    self.put(channel, Place::Free, &mut touched);
                }
                Fact::Held { channel, by, own } => {
                    let Some(uid) = self.legs.get(channel).map(|leg| leg.uid.clone()) else { continue };
                    // In a conference everybody has come by a call of his own: it is the agent's own call that is held.
                    let seen = self.legs.get(own).filter(|leg| leg.is_of(by) && leg.reported());
                    let uid = seen.map_or(uid, |leg| leg.uid.clone());
                    self.put(channel, Place::Free, &mut touched);
                    self.release(channel, &mut touched);
                    touched.insert((uid.clone(), by.clone()));
                    self.holds.push(Hold { uid, by: by.clone(), own: own.clone(), channel: channel.clone() });
                }
                Fact::Transferring { channel, other } => {
                    self.put(channel, Place::Transferring, &mut touched);
                    self.put(other, Place::Waiting(channel.clone()), &mut touched);
                }
                Fact::Aside { channel } => {
                    self.release(channel, &mut touched);
                    self.put(channel, Place::Aside, &mut touched);
                }
                Fact::LegEnded { channel, reason } => {
                    self.release(channel, &mut touched);
                    self.leave_hold(channel, &mut touched, &mut step);
                    self.touch(channel, &mut touched);
                    if let Some(leg) = self.legs.remove(channel)
                        && let Some(exten) = leg.party.extension()
                    {
                        step.ends(channel, &leg.uid, exten, *reason);
                    }
                }
            }
        }
        for (exten, before) in presented {
            let now = self.lines.get(exten.as_str()).map(Line::presence_event);
            changes.extend(now.filter(|now| *now != before).map(|now| (exten, Event::Presence(now))));
        }
        // A call that continues with another uid ends with the old one first.
        let (first, then): (Touched, Touched) =
            touched.into_iter().partition(|(uid, exten)| step.moves_from(uid, exten));
        for (uid, exten) in first.into_iter().chain(then) {
            changes.extend(self.refresh(&uid, exten, &mut step, at));
        }
        changes
    }

    /// Marks the leg's extension and those in a bridge with it.
    fn touch(&self, channel: &Channel, touched: &mut Touched) {
        let Some(leg) = self.legs.get(channel) else { return };
        let bridge = if let Place::Bridge(bridge) = leg.place { Some(bridge) } else { None };
        let together = bridge.into_iter().flat_map(|bridge| self.legs.in_bridge(bridge)).map(|(_, leg)| leg);
        let alone = bridge.is_none().then_some(leg);
        for leg in alone.into_iter().chain(together) {
            touched.extend(leg.party.extension().map(|exten| (leg.uid.clone(), exten.clone())));
        }
    }

    fn put(&mut self, channel: &Channel, place: Place, touched: &mut Touched) {
        if matches!(self.legs.get(channel), Some(Leg { place: Place::Bridge(_), .. })) {
            self.touch(channel, touched);
        }
        self.legs.place(channel, place);
        self.touch(channel, touched);
    }

    /// Ends the leg's hold.
    fn release(&mut self, channel: &Channel, touched: &mut Touched) {
        for hold in self.holds.extract_if(.., |hold| hold.channel == *channel) {
            touched.insert((hold.uid, hold.by));
        }
    }

    /// Ends the holds of those who are in this bridge, once they are not alone there: until somebody has come, nobody has them back.
    fn meet(&mut self, bridge: u64, touched: &mut Touched) {
        if self.holds.is_empty() || self.legs.in_bridge(bridge).nth(1).is_none() {
            return;
        }
        let here = |hold: &mut Hold| self.legs.get(&hold.channel).is_some_and(|leg| leg.place == Place::Bridge(bridge));
        for hold in self.holds.extract_if(.., here) {
            touched.insert((hold.uid, hold.by));
        }
    }

    /// Follows a hold whose agent's leg is about to end: from now on it belongs to the call of the held party.
    fn leave_hold(&mut self, own: &Channel, touched: &mut Touched, step: &mut Step) {
        for hold in self.holds.iter_mut().filter(|hold| hold.own == *own) {
            let Some(held) = self.legs.get(&hold.channel).filter(|held| held.uid != hold.uid) else { continue };
            let from = std::mem::replace(&mut hold.uid, held.uid.clone());
            step.goes_on(&hold.by, &from, &hold.uid);
            touched.extend([(from, hold.by.clone()), (hold.uid.clone(), hold.by.clone())]);
        }
    }

    /// The current call of an extension, as popEvent reports it: the newest that rings, else the one that is talking,
    /// else the held one. `skip` passes over calls by their uid.
    pub fn current(&self, exten: &str, skip: impl Fn(&Uid) -> bool) -> Option<Call> {
        let line = self.lines.get(exten.trim())?;
        line.views.iter().filter(|view| !skip(&view.uid)).max_by_key(|view| view.rank()).map(View::call)
    }

    /// Everything about an extension. `None` if it does not exist.
    pub fn snapshot(&self, exten: &str) -> Option<Snapshot> {
        let line = self.lines.get(exten)?;
        let PresenceEvent { exten, presence, reason, detail } = line.presence_event();
        Some(Snapshot { exten, presence, reason, detail, calls: line.views.iter().map(View::event).collect() })
    }

    /// Checks consistency: no call without a leg, no hold of a missing leg.
    ///
    /// # Errors
    /// A sentence that says what is inconsistent.
    pub fn check(&self) -> Result<(), String> {
        for line in self.lines.values() {
            for view in &line.views {
                let held = self.holds.iter().any(|hold| hold.uid == view.uid && hold.by == line.exten);
                if !held && self.legs.seen(&line.exten, &view.uid).next().is_none() {
                    return Err(format!("{} sees {}, where it has no leg", line.exten, view.uid));
                }
            }
        }
        match self.holds.iter().find(|hold| !self.legs.contains_key(&hold.channel)) {
            Some(hold) => Err(format!("{} holds {}, which is not there", hold.by, hold.channel)),
            None => Ok(()),
        }
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
        let busy = self.lines.values().filter(|line| line.presence() == Presence::Busy).count();
        (self.lines.len() - busy, busy)
    }

    /// Changes an extension's presence. `before` keeps what it was before these facts, so that their result is one event.
    fn presents(
        &mut self,
        exten: &Extension,
        before: &mut BTreeMap<Extension, PresenceEvent>,
        change: impl FnOnce(&mut Line),
    ) {
        if let Some(line) = self.lines.get_mut(exten.as_str()) {
            before.entry(exten.clone()).or_insert_with(|| line.presence_event());
            change(line);
        }
    }

    /// Brings an extension's view of a call up to date.
    fn refresh(&mut self, uid: &Uid, exten: Extension, step: &mut Step, at: Timestamp) -> Option<Change> {
        let previous = self.lines.get(exten.as_str()).and_then(|line| line.view(uid));
        let derived = self.derive(&exten, uid, previous);
        let anew = previous.is_none() || step.means.contains(&(uid.clone(), exten.clone()));
        let opening = if anew { self.opening(&exten, uid) } else { None };
        let since = self.since(&exten, uid);
        self.count += 1;
        let order = self.count;
        let line = self.lines.get_mut(exten.as_str())?;
        let event = match (derived, opening) {
            (Some((state, channel)), Some(opening)) if line.view(uid).is_some() => {
                line.rename(uid, opening, state, channel, at)
            }
            (Some((state, channel)), Some((calla, callb, status))) => {
                let was = step.was(uid, &exten);
                let since = was.as_ref().and_then(|was| was.since(state)).or(since).unwrap_or(at);
                let was = was.map(|was| was.uid);
                let view = View { uid: uid.clone(), calla, callb, status, state, since, channel, order, was };
                let event = view.event();
                line.views.push(view);
                Some(event)
            }
            (Some((state, channel)), None) => line.change(uid, state, channel, at),
            (None, _) => {
                step.leaves(&exten, line.view(uid));
                line.end(uid, step.reason(uid, &exten), at)
            }
        };
        event.map(|event| (exten, Event::Call(event)))
    }

    /// The call's state for this extension. `None` if it is no longer involved.
    fn derive(&self, exten: &Extension, uid: &Uid, previous: Option<&View>) -> Option<(CallState, Option<Channel>)> {
        let own = || self.legs.seen(exten, uid);
        let hold = self.holds.iter().rev().find(|hold| hold.uid == *uid && hold.by == *exten);
        if own().any(|(_, leg)| leg.rings) {
            return Some((CallState::Ringing, None));
        }
        let mut talks = own().filter(|(channel, leg)| self.others(channel, leg).next().is_some()).peekable();
        if talks.peek().is_some() {
            // If the phone itself holds the call, only the phone can take it back, so there is no channel to restore.
            let heard = talks.any(|(_, leg)| !leg.on_hold);
            return Some((if heard { CallState::Talking } else { CallState::Held }, None));
        }
        if own().any(|(_, leg)| leg.place == Place::Transferring) {
            return Some((CallState::Transferring, None));
        }
        // The phone that was rung for a held call has answered, but is not yet with the other party.
        let fetches = |hold: &Hold| own().any(|(channel, _)| *channel != hold.own);
        if hold.is_some_and(fetches) && previous.is_some_and(|view| view.state == CallState::Ringing) {
            return Some((CallState::Ringing, None));
        }
        if let Some(hold) = hold {
            return Some((CallState::Held, Some(hold.channel.clone())));
        }
        // Held or being transferred by somebody else.
        let waits = |channel: &Channel, leg: &Leg| {
            matches!(leg.place, Place::Waiting(_)) || self.holds.iter().any(|hold| hold.channel == *channel)
        };
        if own().any(|(channel, leg)| waits(channel, leg)) {
            return Some((CallState::Talking, None));
        }
        if own().any(|(_, leg)| leg.place == Place::Pbx) {
            return Some((CallState::Talking, None));
        }
        // A leg between two places keeps its state until it is known where it went.
        // A caller's leg rings until the far end answers.
        let previous = previous.map(|view| (view.state, view.channel.clone()));
        // A called leg that no longer rings has answered, as after a pick-up: its caller will be with it in a moment.
        own().next().map(|(_, leg)| {
            let state = match leg.purpose {
                _ if leg.on_hold => CallState::Held,
                Purpose::CalledBy { .. } => CallState::Talking,
                Purpose::Calls { .. } | Purpose::Spies => CallState::Ringing,
            };
            previous.unwrap_or((state, None))
        })
    }

    /// Since when the extension has had this call, if the PBX has said so.
    fn since(&self, exten: &Extension, uid: &Uid) -> Option<Timestamp> {
        self.legs.seen(exten, uid).filter_map(|(_, leg)| leg.since).min()
    }

    /// Caller, callee and direction of a call that is new to this extension.
    fn opening(&self, exten: &Extension, uid: &Uid) -> Option<(String, String, Direction)> {
        let own = self.legs.of_exten(exten).map(|(_, leg)| leg).filter(|leg| leg.uid == *uid);
        let own = own.min_by_key(|leg| leg.order);
        let own = own.map(|leg| match &leg.purpose {
            Purpose::Calls { to } => Some((exten.as_str().to_owned(), to.clone(), Direction::Callout)),
            Purpose::CalledBy { from } => Some((from.clone(), exten.as_str().to_owned(), Direction::Callin)),
            Purpose::Spies => None,
        });
        // Without a leg it is a held call that existed before this table.
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
        sip: None,
    }
}
