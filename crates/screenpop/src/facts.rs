//! What is known about a call.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::event::Direction;

/// What is known about a call when something happens to it. Texts may be anything: they come from the network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The agent's extension.
    pub exten: String,
    /// The call's identifier.
    pub uid: String,
    /// Caller.
    pub calla: String,
    /// Callee.
    pub callb: String,
    /// Of the two, the one that is not this extension.
    pub other: String,
    /// Direction.
    pub direction: Direction,
    /// The other party's name.
    pub name: Option<String>,
    /// Its firm.
    pub company: Option<String>,
    /// The queue it came through, if the server says so.
    pub queue: Option<String>,
    /// The agent's note.
    pub note: Option<String>,
    /// What came of it.
    pub disposition: Option<String>,
    /// Where it was handed on to.
    pub transferred_to: Option<String>,
    /// When it was first seen.
    pub began: Timestamp,
    /// When it was connected, if that was seen.
    pub answered: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
}

impl Facts {
    /// A call for trying rules out, from number 138 0013 8000.
    pub fn sample(exten: &str) -> Facts {
        let began = Timestamp::UNIX_EPOCH;
        let some = |text: &str| Some(text.to_owned());
        Facts {
            exten: exten.to_owned(),
            uid: "1372123897.17".to_owned(),
            calla: "13800138000".to_owned(),
            callb: exten.to_owned(),
            other: "13800138000".to_owned(),
            direction: Direction::Callin,
            name: some("李雷 & Co. #1"),
            company: some("上海某某有限公司"),
            queue: some("sales"),
            note: some("100% \"sure\"?\nCall back."),
            disposition: some("sold"),
            transferred_to: some("802"),
            began,
            answered: Some(began),
            ended: Some(began),
        }
    }
}
