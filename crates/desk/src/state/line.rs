//! The panel's own phone: how its line stands, and what its legs do. Believed is the phone for its own leg and the server for the
//! rest, so a call with a leg that is up is there whatever the server says, and one whose leg is over is not. Which call a leg belongs
//! to is in `legs`.

use std::collections::VecDeque;

use uncall_contract::Direction;
use uncall_contract::event::EndReason;

use crate::journal::Departure;
use crate::line::{Leg, LegEnd, LegState, Said, Sound};
use crate::moment::Moment;
use crate::problem::Problem;
use crate::snapshot::{CallViewState, DeviceView, LineState, LineView, Verb};

use super::Desk;
use super::call::Hold;

/// An INVITE that answers to a click-to-dial comes within this time.
const EXPECTED_MS: i64 = 30_000;
/// What became of a device is read or of no interest after so long.
const DEVICE_MS: i64 = 30_000;
/// So many uids of calls that go on under another one are remembered, and as many legs that are over.
const KEPT: usize = 64;

/// What is known of the phone beside its legs, which the calls have.
#[derive(Debug, Default)]
pub(super) struct Line {
    pub(super) view: Option<LineView>,
    /// Click-to-dials that this desk has just asked for.
    expected: Vec<Expected>,
    /// What calls were called before the server's uid was known.
    renamed: VecDeque<(String, String)>,
    /// Legs that are over and of which the server has said nothing.
    pub(super) over: VecDeque<Over>,
}

#[derive(Debug)]
struct Expected {
    action: String,
    number: String,
    until: i64,
}

/// A leg that is over, and was a call of its own until then.
#[derive(Debug)]
pub(super) struct Over {
    pub(super) uid: String,
    pub(super) call_id: String,
    pub(super) direction: Direction,
    pub(super) other: String,
    pub(super) at: Moment,
    pub(super) talked: bool,
}

/// A leg on the desk.
#[derive(Debug, Clone)]
pub(super) struct OwnLeg {
    pub(super) told: Leg,
    pub(super) since: Moment,
    pub(super) sound: Option<Sound>,
}

impl Line {
    /// Whether the phone is on.
    pub(super) const fn is_on(&self) -> bool {
        self.view.is_some()
    }

    /// Whether it can call, and be called.
    pub(super) fn is_registered(&self) -> bool {
        self.view.as_ref().is_some_and(|view| view.state == LineState::Registered)
    }

    /// The INVITE with this action id is to be answered at once.
    pub(super) fn expect(&mut self, action: String, number: String, now: Moment) {
        self.expected.push(Expected { action, number, until: now.ms.saturating_add(EXPECTED_MS) });
    }

    /// The number that was dialled by this action id, once.
    fn expected(&mut self, action: &str, now: Moment) -> Option<String> {
        self.expected.retain(|expected| expected.until >= now.ms);
        let at = self.expected.iter().position(|expected| expected.action == action)?;
        Some(self.expected.remove(at).number)
    }

    /// The uid that a call has now which was shown under this one.
    pub(super) fn now_called(&self, uid: &str) -> String {
        let later = self.renamed.iter().rev().find(|(was, _)| was == uid).map(|(_, uid)| uid);
        later.map_or(uid, String::as_str).to_owned()
    }

    pub(super) fn renamed(&mut self, was: &str, uid: &str) {
        for (_, later) in self.renamed.iter_mut().filter(|(_, later)| later == was) {
            uid.clone_into(later);
        }
        self.renamed.push_back((was.to_owned(), uid.to_owned()));
        if self.renamed.len() > KEPT {
            self.renamed.pop_front();
        }
    }

    fn remember(&mut self, over: Over) {
        self.over.push_back(over);
        if self.over.len() > KEPT {
            self.over.pop_front();
        }
    }
}

impl Desk {
    pub(super) fn said(&mut self, said: Said, now: Moment) {
        match said {
            Said::Off => self.line_off(now),
            Said::Registering => self.line_is(LineState::Registering, None, now),
            Said::Registered => self.line_is(LineState::Registered, None, now),
            Said::Lost(problem) => self.line_is(LineState::Lost, Some(problem), now),
            Said::Leg(leg) => self.leg_told(leg, now),
            Said::Sound { leg, sound } => {
                let legs = self.calls.iter_mut().filter_map(|call| call.leg.as_mut());
                legs.filter(|own| own.told.id == leg).for_each(|own| own.sound = Some(sound));
            }
            Said::Device(device) => {
                if let Some(view) = &mut self.line.view {
                    view.device = Some(DeviceView { name: device.name, gone: device.gone, at: now });
                }
            }
            Said::Done { ask, result } => self.phone_answered(ask, result, now),
        }
    }

    fn line_is(&mut self, state: LineState, problem: Option<Problem>, now: Moment) {
        let known = self.line.view.take();
        if known.is_none() {
            // Whatever legs there are, the phone has told of them. Those of an earlier program went with it.
            let gone = |uid: &str| super::legs::is_own_name(uid);
            self.forget_recalled(gone, Departure::Vanished);
        }
        let since = known.as_ref().filter(|known| known.state == state).map_or(now, |known| known.since);
        let device = known.and_then(|known| known.device);
        self.line.view = Some(LineView { state, since, problem, device });
    }

    /// The phone is gone: what the server knows, it knows; the rest is over.
    fn line_off(&mut self, now: Moment) {
        self.line.view = None;
        self.asks.abandon_phone();
        let uids: Vec<String> =
            self.calls.iter().filter(|call| call.leg.is_some()).map(|call| call.entry.uid.clone()).collect();
        for uid in uids {
            let Some(call) = self.call_mut(&uid) else { continue };
            call.leg = None;
            if !call.served {
                self.end(&uid, None, Departure::Vanished, None, now);
            }
        }
    }

    fn leg_told(&mut self, leg: Leg, now: Moment) {
        let known = self.calls.iter().find(|call| call.leg.as_ref().is_some_and(|own| own.told.id == leg.id));
        let known = known.map(|call| call.entry.uid.clone());
        if let LegState::Ended(end) = leg.state {
            return known.into_iter().for_each(|uid| self.leg_ended(&uid, end, now));
        }
        let dialled = leg.action.as_deref().and_then(|action| self.line.expected(action, now));
        let begins = known.is_none();
        let uid = known.unwrap_or_else(|| self.leg_begins(&leg, dialled.as_deref(), now));
        self.take_leg(&uid, leg, begins, now);
        if begins && dialled.is_some() {
            self.answer_by_itself(&uid, now);
        } else {
            self.pop(&uid, now);
        }
    }

    fn take_leg(&mut self, uid: &str, leg: Leg, begins: bool, now: Moment) {
        let own = self.extension.as_str().to_owned();
        let Some(call) = self.call_mut(uid) else { return };
        let before = call.leg.take();
        let since = before.as_ref().filter(|before| before.told.state == leg.state).map_or(now, |before| before.since);
        let sound = before.and_then(|before| before.sound);
        call.dropped = None;
        let mut news = begins;
        if !call.served && call.entry.direction == leg.direction {
            news |= call.take_parties(&super::legs::parties(uid, &leg, &own));
        }
        news |= call.entry.holds(leg.state == LegState::Held, now.at);
        if leg.state.is_up() && call.answered.is_none() {
            call.answered = Some(now);
            call.entry.answered = Some(now.at);
            news = true;
        }
        call.take_leg(OwnLeg { told: leg, since, sound }, now);
        if news {
            let entry = call.entry.clone();
            self.write(&entry);
        }
    }

    /// The leg is over, and with it the call: at once, unless the server has it on hold, or another phone has it.
    fn leg_ended(&mut self, uid: &str, end: LegEnd, now: Moment) {
        let Some(call) = self.call_mut(uid) else { return };
        let Some(leg) = call.leg.take() else { return };
        if end == LegEnd::AnsweredElsewhere && call.served {
            return;
        }
        call.dropped = Some(end);
        let unanswered = leg.told.direction == Direction::Callout && call.answered.is_none();
        if let Some(code) = why(end, unanswered) {
            // The agent looks at the call that the colleague was asked about.
            let about = leg.told.consults.and_then(|id| {
                let own = |call: &&super::Call| call.leg.as_ref().is_some_and(|leg| leg.told.id == id);
                self.calls.iter().find(own).map(|call| call.entry.uid.clone())
            });
            let verb = match (&about, unanswered) {
                (Some(_), _) => Verb::Consult,
                (None, true) => Verb::Dial,
                (None, false) => Verb::HangUp,
            };
            self.notify(verb, about.as_deref(), Problem::new(code, ""), now);
        }
        self.settle_dropped(now);
    }

    /// Calls whose leg is over end, but for those that go on without one: on hold at the server, or about to be.
    pub(super) fn settle_dropped(&mut self, now: Moment) {
        let goes_on = |call: &super::Call| {
            let held = matches!(self.state_of(call), CallViewState::Held | CallViewState::HoldUnknown);
            let holding = self.asks.under_way(Verb::Hold, Some(&call.entry.uid));
            self.online() && call.served && (held || holding)
        };
        let over = self.calls.iter().filter(|call| call.leg.is_none() && !goes_on(call));
        let over: Vec<(String, LegEnd)> =
            over.filter_map(|call| call.dropped.map(|end| (call.entry.uid.clone(), end))).collect();
        for (uid, end) in over {
            self.end_with_leg(&uid, end, now);
        }
    }

    fn end_with_leg(&mut self, uid: &str, end: LegEnd, now: Moment) {
        let Some(call) = self.call(uid) else { return };
        let (talked, said) = (call.answered.is_some(), call.said_ended);
        let entry = &call.entry;
        let handing = [Verb::Transfer, Verb::Complete].iter().any(|verb| self.asks.under_way(*verb, Some(uid)));
        let handed_on = handing || !entry.transfers.is_empty() || self.state_of(call) == CallViewState::Transferring;
        let by_leg = match end {
            LegEnd::Transferred => EndReason::Transferred,
            LegEnd::HungUp if handed_on => EndReason::Transferred,
            LegEnd::AnsweredElsewhere => EndReason::AnsweredElsewhere,
            LegEnd::GaveUp | LegEnd::NoAnswer => EndReason::NoAnswer,
            LegEnd::HungUp | LegEnd::Busy | LegEnd::Declined | LegEnd::NoSuchNumber => EndReason::Hangup,
            LegEnd::Refused | LegEnd::NoCommonSound | LegEnd::Silence | LegEnd::Lost => EndReason::Hangup,
        };
        if super::legs::is_own_name(uid) {
            let (direction, other) = (entry.direction, entry.other.clone());
            let call_id = super::legs::call_id(uid).to_owned();
            self.line.remember(Over { uid: uid.to_owned(), call_id, direction, other, at: now, talked });
        }
        let reason = said.flatten().unwrap_or(by_leg);
        self.end(uid, Some(reason), Departure::Ended, Some(now), now);
        // The server has its turn to say so, and until then what it says of the call is old.
        self.lives.left_line(uid, talked, said.is_some(), now);
    }

    /// The server says that a call is over. One whose leg is up goes on: the phone knows better.
    pub(super) fn end_by_server(
        &mut self,
        uid: &str,
        reason: Option<EndReason>,
        departure: Departure,
        told: Option<Moment>,
        now: Moment,
    ) {
        match self.call_mut(uid).filter(|call| call.leg.is_some()) {
            Some(call) => {
                call.said_ended = Some(reason);
                call.forget_server();
                call.set_hold(Hold::No, now);
            }
            None => self.end(uid, reason, departure, told, now),
        }
    }

    /// After each input: calls whose leg is up are there; what the phone told of devices grows old.
    pub(super) fn settle_line(&mut self, now: Moment) {
        self.calls.iter_mut().filter(|call| call.leg.is_some()).for_each(|call| call.confirm(now));
        self.settle_dropped(now);
        if let Some(view) = &mut self.line.view {
            view.device.take_if(|device| now.since(device.at) >= DEVICE_MS);
        }
    }

    /// When time alone changes something about the line.
    pub(super) fn line_due(&self) -> Option<i64> {
        let device = self.line.view.as_ref()?.device.as_ref()?;
        Some(device.at.ms.saturating_add(DEVICE_MS))
    }
}

/// What is to be said of a leg's end: where the called party was not reached, and where nobody wanted it.
const fn why(end: LegEnd, unanswered: bool) -> Option<&'static str> {
    match end {
        LegEnd::Busy if unanswered => Some("callee_busy"),
        LegEnd::Declined if unanswered => Some("callee_declined"),
        LegEnd::NoAnswer if unanswered => Some("callee_no_answer"),
        LegEnd::NoSuchNumber if unanswered => Some("callee_unknown"),
        LegEnd::Refused if unanswered => Some("callee_refused"),
        LegEnd::NoCommonSound => Some("line_no_common_sound"),
        LegEnd::Silence => Some("line_silence"),
        LegEnd::Lost => Some("line_lost_call"),
        LegEnd::Busy | LegEnd::Declined | LegEnd::NoAnswer | LegEnd::NoSuchNumber | LegEnd::Refused => None,
        LegEnd::HungUp | LegEnd::GaveUp | LegEnd::AnsweredElsewhere | LegEnd::Transferred => None,
    }
}
