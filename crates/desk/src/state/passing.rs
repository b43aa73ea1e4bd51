//! The effects of time: unconfirmed calls fade, notices grow old, and the machine may have slept.

use std::cmp::Reverse;

use crate::effect::Effect;
use crate::moment::Moment;
use crate::snapshot::Link;

use super::Desk;
use super::call::Call;

/// A refusal disappears after this long: it has been read or no longer matters.
const NOTICE_MS: i64 = 30_000;
/// A server that is up has answered within this time.
const SILENT_MS: i64 = 3_000;
/// While the stream reports a call, the desk looks at the clock this often...
const LOOK_MS: i64 = 15_000;
/// ...so a longer gap means that the machine slept, and that the stream has proved nothing in that time.
const SLEPT_MS: i64 = 45_000;

impl Desk {
    /// When the desk next wants [`crate::input::Input::Due`], in milliseconds of [`Moment::ms`].
    pub fn due(&self) -> Option<i64> {
        let notice = self.notice.as_ref().map(|notice| notice.at.ms.saturating_add(NOTICE_MS));
        let look = (self.streaming() && !self.calls.is_empty()).then(|| self.now.ms.saturating_add(LOOK_MS));
        let silent = self.owed_since().map(|since| since.ms.saturating_add(SILENT_MS));
        let silent = silent.filter(|due| *due > self.now.ms);
        let calls = self.calls.iter().flat_map(|call| call.due(self.now));
        let counted = self.countdown().map(|countdown| countdown.until.ms);
        let wrap_up = self.arbiter.wrap_up.due().filter(|due| *due > self.now.ms);
        let held = self.calls.iter().filter_map(|call| self.hold_alert_due(call));
        calls
            .chain(self.line_due())
            .chain(wrap_up)
            .chain(self.owed_due())
            .chain(self.unattended_due())
            .chain(held)
            .chain(notice)
            .chain(look)
            .chain(silent)
            .chain(counted)
            .min()
    }

    /// Since when an answer from the server is overdue.
    pub(super) fn silent_since(&self, now: Moment) -> Option<Moment> {
        self.owed_since().filter(|since| now.since(*since) >= SILENT_MS)
    }

    /// Since when an answer is outstanding: to a verb, or to the poll that follows the last answer.
    fn owed_since(&self) -> Option<Moment> {
        if !self.online() {
            return None;
        }
        let poll = (self.connection.state == Link::Poll).then_some(self.polls.answered).flatten();
        let poll = poll.map(|answered| answered.later(i64::from(self.options.poll_seconds) * 1000));
        self.asks.owed_since().into_iter().chain(poll).min_by_key(|since| since.ms)
    }

    /// Accounts for the time since the last input.
    pub(super) fn pass(&mut self, now: Moment) {
        let slept = now.since(self.now) > SLEPT_MS && self.connection.state == Link::Push && !self.calls.is_empty();
        if slept {
            self.blind = true;
            self.calls.iter_mut().for_each(|call| call.out_of_sight = true);
        }
        self.now = now;
        for call in self.calls.iter().filter(|call| call.leg.is_some()) {
            self.lives.named(&call.entry.uid, now);
        }
        // What the stream said stays true while it is open and says nothing else.
        if self.streaming() && !self.blind {
            self.calls.iter_mut().filter(|call| call.is_streamed()).for_each(|call| call.seen = now);
        }
    }

    /// After each input: takes what is too old off the screen.
    pub(super) fn settle(&mut self, now: Moment) {
        self.settle_line(now);
        if self.notice.as_ref().is_some_and(|notice| now.since(notice.at) >= NOTICE_MS) {
            self.notice = None;
        }
        for uid in self.uids(|call| call.has_faded(now)) {
            if self.close_popup(&uid) {
                self.call_mut(&uid).into_iter().for_each(|call| call.put_away = true);
            }
        }
        self.bring_back();
        for uid in self.uids(|call| call.notified && (call.has_faded(now) || !call.is_offer(now))) {
            self.out.shell.push(Effect::CloseNotification { uid: uid.clone() });
            self.call_mut(&uid).into_iter().for_each(|call| call.notified = false);
        }
    }

    /// Puts a call that is confirmed again back into the pop-up, silently, because it was announced when it came.
    fn bring_back(&mut self) {
        if !self.online() || (self.streaming() && self.blind) {
            return;
        }
        for uid in self.uids(|call| call.put_away && call.unconfirmed.is_none()) {
            self.call_mut(&uid).into_iter().for_each(|call| call.put_away = false);
            self.popups.push(uid.clone());
            self.out.shell.push(Effect::Popup { uid });
        }
        let order =
            |uid: &String| self.calls.iter().find(|call| call.entry.uid == *uid).map(|call| Reverse(call.order));
        self.popups.sort_by_key(order);
    }

    fn uids(&self, which: impl Fn(&Call) -> bool) -> Vec<String> {
        self.calls.iter().filter(|call| which(call)).map(|call| call.entry.uid.clone()).collect()
    }
}
