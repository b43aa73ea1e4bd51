//! What happened together, beyond what the legs themselves say.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use uncall_contract::event::{CallState, EndReason};
use uncall_contract::{Channel, Extension, Uid};

use super::line::View;

#[derive(Debug, Default)]
pub(super) struct Step {
    /// Whose legs ended, of which call, and why.
    pub(super) ended: Vec<(Extension, Uid, EndReason)>,
    /// For whom a call is with somebody else now.
    pub(super) means: BTreeSet<(Extension, Uid)>,
    /// Legs that go on in another call: whose, from which, to which.
    pub(super) moves: Vec<(Extension, Uid, Uid)>,
    channels: HashMap<Channel, (Extension, Uid)>,
    left: Vec<(Extension, Was)>,
}

/// The call that a call was before two became one.
#[derive(Debug, Clone)]
pub(super) struct Was {
    pub(super) uid: Uid,
    state: CallState,
    since: Timestamp,
}

impl Was {
    /// Since when, if it goes on as it was.
    pub(super) fn since(&self, state: CallState) -> Option<Timestamp> {
        (state == self.state).then_some(self.since)
    }
}

impl Step {
    pub(super) fn ends(&mut self, channel: &Channel, exten: &Extension, uid: &Uid, reason: EndReason) {
        self.ended.push((exten.clone(), uid.clone(), reason));
        self.channels.insert(channel.clone(), (exten.clone(), uid.clone()));
    }

    pub(super) fn begins(&mut self, channel: &Channel, uid: &Uid) {
        if let Some((exten, from)) = self.channels.remove(channel).filter(|(_, from)| from != uid) {
            self.moves.push((exten, from, uid.clone()));
        }
    }

    /// The extension has lost a call.
    pub(super) fn leaves(&mut self, exten: &Extension, view: Option<&View>) {
        if let Some(view) = view {
            let was = Was { uid: view.uid.clone(), state: view.state, since: view.since };
            self.left.push((exten.clone(), was));
        }
    }

    /// Which of its calls is this one now.
    pub(super) fn was(&self, exten: &Extension, uid: &Uid) -> Option<Was> {
        let (_, from, _) = self.moves.iter().find(|(who, _, to)| who == exten && to == uid)?;
        self.left.iter().find(|(who, was)| who == exten && was.uid == *from).map(|(_, was)| was.clone())
    }
}
