//! What happened in one step, beyond what the legs themselves show.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use uncall_contract::event::{CallState, EndReason};
use uncall_contract::{Channel, Extension, Uid};

use super::line::View;

#[derive(Debug, Default)]
pub(super) struct Step {
    /// Calls whose other party has changed, and for which extension.
    pub(super) means: BTreeSet<(Uid, Extension)>,
    ended: BTreeMap<(Uid, Extension), EndReason>,
    /// Legs that continue in another call: whose, from which, to which.
    moves: Vec<(Extension, Uid, Uid)>,
    channels: HashMap<Channel, (Extension, Uid)>,
    left: Vec<(Extension, Was)>,
}

/// The former call of one that two were merged into.
#[derive(Debug, Clone)]
pub(super) struct Was {
    pub(super) uid: Uid,
    state: CallState,
    since: Timestamp,
}

impl Was {
    /// Since when, if its state is the same.
    pub(super) fn since(&self, state: CallState) -> Option<Timestamp> {
        (state == self.state).then_some(self.since)
    }
}

impl Step {
    pub(super) fn ends(&mut self, channel: &Channel, uid: &Uid, exten: &Extension, reason: EndReason) {
        self.ended.insert((uid.clone(), exten.clone()), reason);
        self.channels.insert(channel.clone(), (exten.clone(), uid.clone()));
    }

    pub(super) fn begins(&mut self, channel: &Channel, uid: &Uid) {
        if let Some((exten, from)) = self.channels.remove(channel).filter(|(_, from)| from != uid) {
            self.moves.push((exten, from, uid.clone()));
        }
    }

    /// Notes that the extension's call is part of another one from now on.
    pub(super) fn goes_on(&mut self, exten: &Extension, from: &Uid, to: &Uid) {
        self.moves.push((exten.clone(), from.clone(), to.clone()));
    }

    /// Why the extension's leg has ended. Nobody has hung up in a call that continues as another.
    pub(super) fn reason(&self, uid: &Uid, exten: &Extension) -> EndReason {
        if self.moves_from(uid, exten) {
            return EndReason::Transferred;
        }
        self.ended.get(&(uid.clone(), exten.clone())).copied().unwrap_or(EndReason::Hangup)
    }

    /// Whether the extension's call continues as another.
    pub(super) fn moves_from(&self, uid: &Uid, exten: &Extension) -> bool {
        self.moves.iter().any(|(who, from, _)| who == exten && from == uid)
    }

    /// Notes that the extension has lost a call.
    pub(super) fn leaves(&mut self, exten: &Extension, view: Option<&View>) {
        if let Some(view) = view {
            let was = Was { uid: view.uid.clone(), state: view.state, since: view.since };
            self.left.push((exten.clone(), was));
        }
    }

    /// The extension's call that this one was before.
    pub(super) fn was(&self, uid: &Uid, exten: &Extension) -> Option<Was> {
        let (_, from, _) = self.moves.iter().find(|(who, _, to)| who == exten && to == uid)?;
        self.left.iter().find(|(who, was)| who == exten && was.uid == *from).map(|(_, was)| was.clone())
    }
}
