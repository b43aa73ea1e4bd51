//! What came of a call: where the settings require a result, there is no idle before it.

use serde::{Deserialize, Serialize};
use uncall_contract::Direction;

use crate::journal::Entry;
use crate::snapshot::MissingResult;

use super::Desk;

/// Beyond that, the oldest is let go.
const KEPT: usize = 50;
/// A call of an earlier program that ended longer ago, in hours, belongs to another day.
const SAME_DAY_HOURS: i64 = 12;

/// After which calls a result is required before the next idle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Required {
    /// None.
    #[default]
    Never,
    /// Incoming ones.
    In,
    /// Outgoing ones.
    Out,
    /// All.
    Both,
}

impl Required {
    const ALL: [Required; 4] = [Required::Never, Required::In, Required::Out, Required::Both];

    /// The name in the settings.
    pub const fn name(self) -> &'static str {
        match self {
            Required::Never => "never",
            Required::In => "in",
            Required::Out => "out",
            Required::Both => "both",
        }
    }

    /// The value of a name.
    pub fn from_name(name: &str) -> Option<Required> {
        Required::ALL.into_iter().find(|required| required.name() == name)
    }

    const fn is_for(self, direction: Direction) -> bool {
        match (self, direction) {
            (Required::Both, _) | (Required::In, Direction::Callin) | (Required::Out, Direction::Callout) => true,
            (Required::Never, _) | (Required::In, Direction::Callout) | (Required::Out, Direction::Callin) => false,
        }
    }
}

/// The conversations of this program, and the last one of the program before.
#[derive(Debug, Default)]
pub(super) struct Results {
    over: Vec<Conversation>,
}

#[derive(Debug)]
struct Conversation {
    uid: String,
    other: String,
    direction: Direction,
    has_result: bool,
}

impl Results {
    fn add(&mut self, entry: &Entry) {
        self.over.retain(|known| known.uid != entry.uid);
        self.over.push(Conversation {
            uid: entry.uid.clone(),
            other: entry.other.clone(),
            direction: entry.direction,
            has_result: entry.disposed,
        });
        if self.over.len() > KEPT {
            self.over.remove(0);
        }
    }

    /// A call goes on under another uid.
    pub(super) fn rename(&mut self, was: &str, uid: &str) {
        for known in self.over.iter_mut().filter(|known| known.uid == was) {
            uid.clone_into(&mut known.uid);
        }
    }
}

impl Desk {
    /// A conversation has just ended.
    pub(super) fn result_after(&mut self, entry: &Entry) {
        self.results.add(entry);
    }

    /// The agent has chosen a result for this call, or has taken it back.
    pub(super) fn disposed(&mut self, uid: &str, has_result: bool) {
        let uid = &self.line.now_called(uid);
        self.results.over.iter_mut().filter(|known| known.uid == *uid).for_each(|known| known.has_result = has_result);
        self.call_mut(uid).into_iter().for_each(|call| call.entry.disposed = has_result);
    }

    /// The program before ended without the result of its last conversation.
    pub(super) fn recall_result(&mut self) {
        let now = self.now.at;
        let same_day = |entry: &&Entry| {
            entry.ended.is_some_and(|ended| now.duration_since(ended).as_hours() < SAME_DAY_HOURS)
                && entry.answered.is_some()
        };
        if let Some(last) = self.journal.entries().iter().find(same_day).cloned() {
            self.results.add(&last);
        }
    }

    /// The last call whose result is required and missing.
    pub(super) fn missing_result(&self) -> Option<MissingResult> {
        let required = self.options.dispositions_required;
        let missing = |known: &&Conversation| !known.has_result && required.is_for(known.direction);
        let Conversation { uid, other, .. } = self.results.over.iter().rev().find(missing)?;
        Some(MissingResult { uid: uid.clone(), other: other.clone() })
    }
}
