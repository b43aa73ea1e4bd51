//! One call, one card: which leg of the phone is which call of the server. By the uid that the INVITE carries; else by SIP's Call-ID,
//! where the server tells it; else, as with the vendor's servers, by direction, number and time, where exactly one call fits. Whoever
//! comes first pops, and the other is recognised.

use uncall_contract::Direction;
use uncall_number::same;

use crate::effect::Effect;
use crate::journal::{Departure, Entry};
use crate::line::{Leg, LegState};
use crate::moment::Moment;
use crate::snapshot::Verb;

use super::Desk;
use super::call::Call;
use super::line::Over;
use super::lives::Sighting;
use super::parties::Parties;

/// What a leg's call is called as long as the server's uid is not known.
const OWN: &str = "sip:";
/// A Call-ID that is longer is cut.
const LONGEST: usize = 200;
/// A call and its leg begin within this time.
const TOGETHER_MS: i64 = 3_000;
/// A server names a call that late for the first time: some go on naming the last one when it is over. A new call of the same caller
/// has a leg of its own.
const LATE_MS: i64 = 600_000;

/// Whether a uid is the phone's own name for a call.
pub(super) fn is_own_name(uid: &str) -> bool {
    uid.starts_with(OWN)
}

/// The Call-ID in the phone's own name for a call.
pub(super) fn call_id(uid: &str) -> &str {
    uid.strip_prefix(OWN).unwrap_or_default()
}

fn own_name(leg: &Leg) -> String {
    let call_id: String = leg.call_id.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    format!("{OWN}{call_id}")
}

/// Who calls whom, as the phone knows it.
pub(super) fn parties(uid: &str, leg: &Leg, own: &str) -> Parties {
    let other = if leg.number.trim().is_empty() { &leg.name } else { &leg.number };
    Parties::of_phone(uid, leg.direction, other, own)
}

impl Desk {
    /// A leg comes onto the desk: the uid of its call, which is there then.
    pub(super) fn leg_begins(&mut self, leg: &Leg, dialled: Option<&str>, now: Moment) -> String {
        let mut leg = leg.clone();
        if let Some(number) = dialled {
            // A click-to-dial comes in and is the agent's own call out.
            leg.direction = Direction::Callout;
            number.clone_into(&mut leg.number);
        }
        if let Some(uid) = self.served_call(&leg, now) {
            return uid;
        }
        let named = leg.uid.as_deref().map(str::trim).filter(|uid| !uid.is_empty() && self.call(uid).is_none());
        let just_ended = || self.just_ended(&leg, now);
        let uid = named.map(str::to_owned).or_else(just_ended).unwrap_or_else(|| own_name(&leg));
        if self.call(&uid).is_some() {
            // Two legs with one Call-ID: the phone has them apart.
            let uid = format!("{uid}#{}", leg.id);
            self.leg_appears(&uid, &leg, now);
            return uid;
        }
        self.leg_appears(&uid, &leg, now);
        uid
    }

    fn leg_appears(&mut self, uid: &str, leg: &Leg, now: Moment) {
        if leg.state == LegState::Ringing && leg.direction == Direction::Callin {
            self.forget_recalled(|recalled| recalled == uid, Departure::Vanished);
        } else {
            self.recognise(uid, None);
        }
        let parties = parties(uid, leg, self.extension.as_str());
        self.appear(&parties, Sighting::Leg, now, now);
        self.lives.has_leg(uid, now);
    }

    /// The call of the server that this leg belongs to.
    fn served_call(&mut self, leg: &Leg, now: Moment) -> Option<String> {
        let free = |call: &&Call| call.leg.is_none();
        let by_uid = leg.uid.as_deref().and_then(|uid| self.call(uid.trim())).filter(free);
        let by_call_id =
            || self.calls.iter().filter(free).find(|call| call.sip.as_deref() == Some(leg.call_id.as_str()));
        let fits = |call: &&Call| {
            let together = now.since(call.appeared) <= TOGETHER_MS;
            let rung_back = self.asks.under_way(Verb::Restore, Some(&call.entry.uid));
            call.leg.is_none()
                && (together || rung_back)
                && call.entry.direction == leg.direction
                && same(&call.entry.other, &leg.number)
        };
        // An INVITE that carries another uid is another call.
        let by_number = || only(self.calls.iter().filter(fits).filter(|_| leg.uid.is_none()));
        let call = by_uid.or_else(by_call_id).or_else(by_number)?;
        let (uid, over) = (call.entry.uid.clone(), call.over);
        if over {
            // As far as polls tell, it had ended: this is its next offer.
            self.end(&uid, None, Departure::Ended, None, now);
            return None;
        }
        self.lives.has_leg(&uid, now);
        Some(uid)
    }

    /// A call of the server that was over before the phone told of its leg: the leg is no new offer.
    fn just_ended(&self, leg: &Leg, now: Moment) -> Option<String> {
        let fits = |entry: &&Entry| {
            entry.direction == leg.direction
                && same(&entry.other, &leg.number)
                && self.lives.just_ended_without_leg(&entry.uid, now)
                && self.journal.last(&entry.uid) == Some(*entry)
        };
        only(self.journal.entries().iter().filter(fits)).map(|entry| entry.uid.clone())
    }

    /// The server names a call. Where a leg stands that is this call, it is that one from now on; where one is over that was, so is the
    /// call.
    pub(super) fn claim(&mut self, parties: &Parties, sip: Option<&str>, now: Moment) {
        let uid = parties.uid.as_str();
        let known = self.call(uid);
        if known.is_some_and(|call| call.leg.is_some()) {
            return;
        }
        let own = |call: &&Call| is_own_name(&call.entry.uid) && call.leg.is_some();
        let by_call_id =
            self.calls.iter().filter(own).find(|call| {
                sip.is_some() && call.leg.as_ref().is_some_and(|leg| Some(leg.told.call_id.as_str()) == sip)
            });
        let fits = |call: &&Call| {
            call.leg.as_ref().is_some_and(|leg| leg.told.uid.is_none())
                && call.entry.direction == parties.direction
                && same(&call.entry.other, parties.other())
        };
        // A call that stands beside a leg since some time is another one.
        let is_news = known.is_none_or(|call| call.over || now.since(call.appeared) <= TOGETHER_MS);
        let by_number = || if is_news { only(self.calls.iter().filter(own).filter(fits)) } else { None };
        if let Some(was) = by_call_id.or_else(by_number).map(|call| call.entry.uid.clone()) {
            if known.is_some_and(|call| call.over) {
                self.retire(uid, &was, now);
            }
            return self.rename(&was, uid, now);
        }
        if known.is_none() {
            self.claim_over(parties, sip, now);
        }
    }

    /// A call that may be over is, and what is on the screen of it becomes that of its next offer.
    fn retire(&mut self, uid: &str, next: &str, now: Moment) {
        let Some(at) = self.calls.iter().position(|call| call.entry.uid == uid) else { return };
        let call = self.calls.remove(at);
        self.asks.abandon(uid);
        self.lives.leave(uid, Departure::Ended, now);
        let notified = call.notified;
        self.call_mut(next).into_iter().for_each(|next| next.notified |= notified);
        let entry = call.finished(None, Departure::Ended, None, now);
        self.write(&entry);
    }

    /// The same of a leg that is over already: what the server tells of it is old.
    fn claim_over(&mut self, parties: &Parties, sip: Option<&str>, now: Moment) {
        let by_call_id = |over: &&Over| sip == Some(over.call_id.as_str());
        let fits = |over: &&Over| {
            self.line.is_on()
                && now.since(over.at) <= LATE_MS
                && over.direction == parties.direction
                && same(&over.other, parties.other())
        };
        let over = &self.line.over;
        // Of a call whose leg is known to be over it is the rest of the server's news.
        let by_number = || if self.lives.is_old(&parties.uid, None, now) { None } else { over.iter().rev().find(fits) };
        let found = over.iter().find(by_call_id).or_else(by_number).map(|over| over.uid.clone());
        let Some(at) = found.and_then(|uid| over.iter().position(|over| over.uid == uid)) else { return };
        let Some(over) = self.line.over.remove(at) else { return };
        self.lives.goes_on_under(&over.uid, &parties.uid, now);
        self.lives.left_line(&parties.uid, over.talked, false, now);
        self.line.renamed(&over.uid, &parties.uid);
        self.results.rename(&over.uid, &parties.uid);
        if let Some(Entry { began, .. }) = self.journal.rename(&over.uid, &parties.uid) {
            let uid = parties.uid.clone();
            self.occasions.renamed(&over.uid, &uid, began);
            self.out.renamed.push(Effect::Renamed { was: over.uid, began, uid, now_began: began });
        }
    }

    /// The server's uid of a leg's call is known. A call that the server had told of beside it becomes one with it.
    pub(super) fn rename(&mut self, was: &str, uid: &str, now: Moment) {
        let Some(at) = self.calls.iter().position(|call| call.entry.uid == was) else { return };
        let began = self.calls.get(at).map(|call| call.entry.began);
        let beside = self.call(uid).is_some();
        if beside {
            let mut own = self.calls.remove(at);
            let (leg, answered) = (own.leg.take(), own.answered);
            if let Some(call) = self.call_mut(uid) {
                call.leg = leg;
                call.dropped = None;
                call.answered = call.answered.or(answered);
                call.entry.answered = call.entry.answered.or(own.entry.answered);
                call.entry.popped |= own.entry.popped;
                call.notified |= own.notified;
            }
        } else if let Some(call) = self.calls.get_mut(at) {
            uid.clone_into(&mut call.entry.uid);
        }
        self.lives.goes_on_under(was, uid, now);
        self.asks.rename(was, uid);
        if self.popups.iter().any(|popup| popup == uid) {
            self.popups.retain(|popup| popup != was);
        }
        self.popups.iter_mut().filter(|popup| *popup == was).for_each(|popup| uid.clone_into(popup));
        for named in self.notice.iter_mut().filter_map(|notice| notice.uid.as_mut()).filter(|named| *named == was) {
            uid.clone_into(named);
        }
        self.line.renamed(was, uid);
        self.journal.rename(was, uid);
        let Some(entry) = self.call(uid).map(|call| call.entry.clone()) else { return };
        self.occasions.renamed(was, uid, entry.began);
        if let Some(began) = began {
            let (was, uid) = (was.to_owned(), uid.to_owned());
            self.out.renamed.push(Effect::Renamed { was, began, uid, now_began: entry.began });
        }
        self.out.journal.retain(|line| line.uid != was);
        self.write(&entry);
    }
}

/// The only one.
fn only<T>(mut all: impl Iterator<Item = T>) -> Option<T> {
    all.next().filter(|_| all.next().is_none())
}
