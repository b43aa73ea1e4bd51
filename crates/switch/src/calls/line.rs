//! An extension and the calls that it sees.

use std::collections::BTreeMap;

use jiff::Timestamp;
use uncall_contract::event::{CallEvent, CallState, EndReason};
use uncall_contract::{BusyReason, Call, Channel, Direction, Extension, Uid};

use super::event_of;
use super::fact::Membership;

#[derive(Debug)]
pub(super) struct Line {
    pub(super) exten: Extension,
    pub(super) registered: bool,
    /// Whether it is busy for all callers.
    pub(super) do_not_disturb: bool,
    /// Why.
    pub(super) reason: Option<BusyReason>,
    /// The queues whose calls it takes, by name.
    pub(super) queues: BTreeMap<String, Membership>,
    /// In order of their beginning.
    pub(super) views: Vec<View>,
}

/// A call as one extension sees it.
#[derive(Debug)]
pub(super) struct View {
    pub(super) uid: Uid,
    pub(super) calla: String,
    pub(super) callb: String,
    pub(super) status: Direction,
    pub(super) state: CallState,
    pub(super) since: Timestamp,
    /// For a held call: the channel to restore.
    pub(super) channel: Option<Channel>,
    pub(super) order: u64,
    /// The uid under which the extension had this call before two became one.
    pub(super) was: Option<Uid>,
}

impl View {
    /// The rank for popEvent, which reports the call with the highest.
    pub(super) const fn rank(&self) -> (u8, u64) {
        let rank = match self.state {
            CallState::Ringing => 3,
            CallState::Talking | CallState::Transferring => 2,
            CallState::Held => 1,
            CallState::Ended => 0,
        };
        (rank, self.order)
    }

    pub(super) fn call(&self) -> Call {
        Call {
            calla: self.calla.clone(),
            callb: self.callb.clone(),
            uid: self.uid.as_str().to_owned(),
            status: self.status,
        }
    }

    pub(super) fn event(&self) -> CallEvent {
        event_of(self, None)
    }
}

impl Line {
    pub(super) const fn new(exten: Extension) -> Line {
        Line {
            exten,
            registered: true,
            do_not_disturb: false,
            reason: None,
            queues: BTreeMap::new(),
            views: Vec::new(),
        }
    }

    pub(super) fn view(&self, uid: &Uid) -> Option<&View> {
        self.views.iter().find(|view| view.uid == *uid)
    }

    pub(super) fn current(&self) -> Option<&View> {
        self.views.iter().max_by_key(|view| view.rank())
    }

    /// The newest call in this state.
    pub(super) fn in_state(&self, state: CallState) -> Option<&View> {
        self.views.iter().filter(|view| view.state == state).max_by_key(|view| view.order)
    }

    pub(super) fn change(
        &mut self,
        uid: &Uid,
        state: CallState,
        channel: Option<Channel>,
        at: Timestamp,
    ) -> Option<CallEvent> {
        let view = self.views.iter_mut().find(|view| view.uid == *uid)?;
        if view.state == state && view.channel == channel {
            return None;
        }
        if view.state != state {
            view.since = at;
        }
        view.state = state;
        view.channel = channel;
        Some(view.event())
    }

    /// Changes the call's other party, or sets it once it is known.
    pub(super) fn rename(
        &mut self,
        uid: &Uid,
        (calla, callb, status): (String, String, Direction),
        state: CallState,
        channel: Option<Channel>,
        at: Timestamp,
    ) -> Option<CallEvent> {
        let view = self.views.iter_mut().find(|view| view.uid == *uid)?;
        if view.calla == calla && view.callb == callb && view.status == status {
            return self.change(uid, state, channel, at);
        }
        (view.calla, view.callb, view.status) = (calla, callb, status);
        let event = view.event();
        Some(self.change(uid, state, channel, at).unwrap_or(event))
    }

    pub(super) fn end(&mut self, uid: &Uid, reason: EndReason, at: Timestamp) -> Option<CallEvent> {
        let place = self.views.iter().position(|view| view.uid == *uid)?;
        let mut view = self.views.remove(place);
        view.state = CallState::Ended;
        view.since = at;
        view.channel = None;
        Some(event_of(&view, Some(reason)))
    }
}
