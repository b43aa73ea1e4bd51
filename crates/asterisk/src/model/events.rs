//! Takes in events one by one.

use uncall_contract::Extension;
use uncall_switch::calls::Fact;

use super::leg::{Dialled, Fresh, Id, Leg, Place};
use super::{Model, Touched};
use crate::message::Message;

impl Model {
    /// Takes in an event and returns the changes.
    pub(crate) fn take(&mut self, message: &Message) -> Vec<Fact> {
        let mut touched = Touched::new();
        let mut facts = self.absorb(message, &mut touched);
        if self.has_codes() {
            self.explains_code(message, &mut touched);
        }
        facts.extend(self.changes(&touched));
        facts
    }

    /// Takes in an event. The touched legs' changes are reported later.
    pub(super) fn absorb(&mut self, message: &Message, touched: &mut Touched) -> Vec<Fact> {
        let mut facts = Vec::new();
        match message.event() {
            "Newchannel" => {
                // Only one channel has a name at a time, so the end of the older one was missed.
                let older = self.names.get(message.get("Channel")).copied();
                if let Some(older) = older.filter(|older| self.known(message, "") != Some(*older)) {
                    facts.extend(self.end(older, "", touched));
                }
                self.seen(message, "", true, touched);
            }
            "DialBegin" => self.dial_begins(message, touched),
            "DialEnd" => self.dial_ends(message, touched),
            "DialState" => {
                self.seen(message, "", false, touched);
                let dest = self.seen(message, "Dest", false, touched);
                if let Some(leg) = dest.and_then(|dest| self.legs.get_mut(&dest)) {
                    // Nothing else shows that a phone behind a `Local` channel rings.
                    let near = message.get("DialStatus") == "RINGING" && leg.name.starts_with("Local/");
                    leg.alerts |= near || message.get("DialStatus") == "PROGRESS";
                }
            }
            "BridgeEnter" => self.enters(message, touched),
            "BridgeLeave" => self.leaves(message, touched),
            "Rename" => {
                if let Some(id) = self.known(message, "") {
                    self.change(id, touched, |served, leg| leg.rename(served, message.get("Newname")));
                }
            }
            "Hangup" => {
                if let Some(id) = self.known(message, "") {
                    self.touch_conversation(id, touched);
                    facts.extend(self.end(id, message.get("Cause"), touched));
                }
            }
            "UserEvent" => self.user_event(message, touched),
            "ChanSpyStart" => {
                if let Some(id) = self.known(message, "Spyer") {
                    self.change(id, touched, |_, leg| leg.spies = true);
                }
            }
            "Hold" | "Unhold" => {
                if let Some(id) = self.seen(message, "", false, touched) {
                    self.change(id, touched, |_, leg| {
                        leg.on_hold = message.event() == "Hold";
                        leg.asks_for = None;
                        leg.fresh.phone_hold = true;
                    });
                }
            }
            "DeviceStateChange" => facts.extend(self.device(message)),
            queue if queue.starts_with("Queue") => {
                facts.extend(self.queue_event(message));
                self.seen(message, "", false, touched);
            }
            "OriginateResponse" => {
                if let Some(known) = self.originated.get_mut(message.get("ActionID")) {
                    *known = Some(message.get("Response") == "Success");
                }
                if let Some(id) = self.known(message, "") {
                    self.reaches(id, message.get("Exten"), touched);
                }
            }
            "Pickup" => self.picks_up(message, touched),
            "BlindTransfer" if message.get("Result") == "Success" => {
                self.hands_on(message, &["Transferer"], touched);
            }
            "AttendedTransfer" if message.get("Result") == "Success" && message.get("DestType") != "Threeway" => {
                self.hands_on(message, &["OrigTransferer", "SecondTransferer"], touched);
            }
            // Any other event that shows a channel shows its present state.
            _ => {
                self.seen(message, "", false, touched);
            }
        }
        facts
    }

    pub(super) fn known(&self, message: &Message, prefix: &str) -> Option<Id> {
        self.ids.get(message.get_of(prefix, "Uniqueid")).copied()
    }

    /// Updates the channel that a message shows.
    fn seen(&mut self, message: &Message, prefix: &'static str, begins: bool, touched: &mut Touched) -> Option<Id> {
        if let Some(id) = self.known(message, prefix) {
            self.change(id, touched, |served, leg| leg.note(served, message, prefix));
            let held = self.legs.get(&id).is_some_and(|leg| matches!(leg.place, Place::Hold(_)));
            if held && prefix.is_empty() && leaves_hold(message) {
                self.put(id, Place::LeftHold, touched);
                self.freshen(id, |fresh| fresh.place = true);
            }
            return Some(id);
        }
        let unique = message.get("Uniqueid");
        if !begins || unique.is_empty() || self.gone.contains(unique) {
            return None;
        }
        let mut leg = Leg::new(unique, &self.served, message, prefix);
        leg.fresh.began = true;
        let id = self.begin(leg, touched);
        self.may_be_code(id);
        Some(id)
    }

    fn freshen(&mut self, id: Id, said: impl FnOnce(&mut Fresh)) {
        if let Some(leg) = self.legs.get_mut(&id) {
            said(&mut leg.fresh);
        }
    }

    fn dial_begins(&mut self, message: &Message, touched: &mut Touched) {
        let by = self.seen(message, "", false, touched);
        let Some(dest) = self.seen(message, "Dest", false, touched) else { return };
        let originated = message.get("Channel").is_empty();
        if let Some(leg) = self.legs.get_mut(&dest) {
            leg.dialled = match by {
                Some(by) => Dialled::By(by),
                None if originated => Dialled::Originated,
                None => Dialled::Found,
            };
        }
        if let Some(leg) = by.and_then(|by| self.legs.get_mut(&by)) {
            leg.outcome = None;
        }
        if let Some(by) = by {
            let dialled = message.get("DialString").split(['@', '/']).next().unwrap_or_default();
            let exten = if is_number(message.get("Exten")) { message.get("Exten") } else { dialled };
            self.reaches(by, exten, touched);
        }
    }

    /// Notes the number that a leg made by another program calls.
    fn reaches(&mut self, id: Id, exten: &str, touched: &mut Touched) {
        let Some(leg) = self.legs.get_mut(&id).filter(|leg| leg.dialled == Dialled::Originated) else { return };
        if leg.reached.is_none() && is_number(exten) {
            leg.reached = Some(exten.to_owned());
            touched.insert(id);
        }
    }

    /// A phone picks up a call that rings at another one. From now on its leg belongs to that call, although events go on showing
    /// its former `Linkedid`.
    fn picks_up(&mut self, message: &Message, touched: &mut Touched) {
        let by = self.seen(message, "", false, touched);
        let target = self.known(message, "Target").and_then(|target| self.legs.get_mut(&target));
        let Some(target) = target else { return };
        target.picked_up = true;
        let (linked, dialled) = (target.linked.clone(), target.dialled.clone());
        if let Some(by) = by {
            self.change(by, touched, |_, leg| {
                leg.stale = Some(std::mem::replace(&mut leg.linked, linked));
                leg.dialled = dialled;
            });
        }
    }

    /// The parties brought together by these legs' transfer see each other from now on, not the one who transferred.
    fn hands_on(&mut self, message: &Message, prefixes: &[&'static str], touched: &mut Touched) {
        let by: Touched = prefixes.iter().filter_map(|prefix| self.known(message, prefix)).collect();
        let (mut shown, mut calls) = (Vec::new(), Vec::new());
        for id in &by {
            shown.extend(self.told.get(id).map(|told| told.party.as_str().to_owned()));
            let Some(leg) = self.legs.get_mut(id) else { continue };
            leg.transferred = true;
            calls.extend(self.calls.legs(&leg.linked));
            touched.insert(*id);
        }
        for id in calls.into_iter().filter(|id| !by.contains(id)) {
            let other = self.told.get(&id).and_then(|told| told.purpose.other());
            let handed = other.is_some_and(|other| shown.iter().any(|shown| shown == other));
            if let Some(leg) = self.legs.get_mut(&id).filter(|_| handed) {
                leg.handed = true;
                touched.insert(id);
            }
        }
    }

    fn dial_ends(&mut self, message: &Message, touched: &mut Touched) {
        let status = message.get("DialStatus");
        if let Some(leg) = self.seen(message, "", false, touched).and_then(|by| self.legs.get_mut(&by)) {
            leg.outcome = Some(status.to_owned());
        }
        if let Some(leg) = self.seen(message, "Dest", false, touched).and_then(|dest| self.legs.get_mut(&dest)) {
            leg.dial_status = Some(status.to_owned());
        }
    }

    fn enters(&mut self, message: &Message, touched: &mut Touched) {
        let Some(id) = self.seen(message, "", false, touched) else { return };
        self.enter_bridge(id, message.get("BridgeUniqueid"), message.get("BridgeTechnology"));
        self.touch_conversation(id, touched);
        self.put(id, Place::Nowhere, touched);
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.left = false;
            leg.turned_back = false;
            leg.fresh.bridge = true;
            leg.fresh.place = true;
        }
    }

    fn leaves(&mut self, message: &Message, touched: &mut Touched) {
        let Some(id) = self.seen(message, "", false, touched) else { return };
        self.touch_conversation(id, touched);
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.fresh.bridge = true;
        if leg.bridge.as_deref() == Some(message.get("BridgeUniqueid")) {
            self.leave_bridge(id);
        }
    }

    fn user_event(&mut self, message: &Message, touched: &mut Touched) {
        let Some(id) = self.seen(message, "", false, touched) else { return };
        match message.get("UserEvent") {
            "UncallLeg" => {
                let place = match message.get("State") {
                    "hold" => Place::Hold(Extension::parse(message.get("Holder")).ok()),
                    "hold-agent" => Place::HoldAgent,
                    "xfer" => Place::Transfer,
                    "xfer-agent" => Place::TransferAgent,
                    "survey" => Place::Survey,
                    _ => return,
                };
                // It has arrived, so it is no longer in a bridge, whichever event comes first.
                self.touch_conversation(id, touched);
                self.leave_bridge(id);
                self.put(id, place, touched);
                if let Some(leg) = self.legs.get_mut(&id) {
                    leg.left = false;
                    leg.turned_back = false;
                    leg.handed_on = false;
                    leg.fresh.bridge = true;
                    leg.fresh.place = true;
                }
            }
            "UncallTransfer" if message.get("Result") == "ANSWER" => {
                let agent = self.names.get(message.get("Agent"));
                if let Some(leg) = agent.and_then(|agent| self.legs.get_mut(agent)) {
                    leg.transferred = true;
                }
                let call = self.legs.get(&id).map(|leg| self.calls.waiting(&leg.linked).collect::<Vec<Id>>());
                for leg in call.unwrap_or_default() {
                    let waits = |leg: &&mut Leg| {
                        leg.place == Place::Transfer && leg.mate.as_deref() == Some(message.get("Agent"))
                    };
                    if let Some(leg) = self.legs.get_mut(&leg).filter(waits) {
                        leg.handed_on = true;
                    }
                }
            }
            "UncallTransfer" => {
                if let Some(leg) = self.legs.get_mut(&id) {
                    leg.turned_back = true;
                }
            }
            _ => {}
        }
    }
}

/// Whether somebody can call this extension; `s` and the like are places in the dialplan.
fn is_number(exten: &str) -> bool {
    exten.chars().any(|c| c.is_ascii_digit())
}

/// Whether the message shows its channel in the dialplan but not on hold. Bridge events may come late.
fn leaves_hold(message: &Message) -> bool {
    let late = matches!(message.event(), "BridgeEnter" | "BridgeLeave");
    !late && !matches!(message.get("Context"), "" | "uncall-hold")
}
