//! The model on the recorded traces of `fixtures/ami`, and on what could go wrong with them.

mod codes;
mod names;
mod pbx;
mod queues;
mod rebuilding;
mod trace;
mod traces;

use jiff::Timestamp;
use uncall_contract::event::{CallEvent, Event};
use uncall_contract::{Call, Extension};
use uncall_files::Secret;
use uncall_switch::calls::{Fact, Table};

use super::{Lists, Model, Served};
use crate::device::Technology;
use crate::message::Message;
use crate::options::Options;
pub(super) use trace::{Trace, message};

pub(super) const EXTENS: [&str; 4] = ["801", "802", "803", "804"];

/// A model that feeds a call table, as in the gateway.
pub(super) struct Desk {
    pub(super) model: Model,
    pub(super) table: Table,
    clock: i64,
    /// What the streams were told: extension and event.
    pub(super) told: Vec<(String, Event)>,
}

pub(crate) fn options() -> Options {
    Options {
        address: "127.0.0.1:5038".into(),
        user: "uncall".into(),
        secret: Secret::new("secret"),
        tls: None,
        technology: Technology::PjSip,
        extensions: Vec::new(),
        phones: crate::device::Listed::default(),
        transfer_rings: std::time::Duration::from_secs(15),
        phone_rings: std::time::Duration::from_secs(20),
        hold_reminder: std::time::Duration::from_secs(600),
        without_system: false,
        queue_member: None,
    }
}

impl Desk {
    pub(super) fn new() -> Desk {
        let model = Model::new(Served::new(&options()));
        let mut desk = Desk { model, table: Table::default(), clock: 0, told: Vec::new() };
        let lines: Vec<Fact> = EXTENS
            .iter()
            .filter_map(|exten| desk.model.register(Extension::parse(exten).unwrap(), &format!("PJSIP/{exten}"), true))
            .collect();
        desk.apply(&lines);
        desk
    }

    pub(super) fn take(&mut self, message: &Message) {
        let facts = self.model.take(message);
        self.apply(&facts);
    }

    pub(super) fn rebuild(&mut self, lists: &Lists) {
        let facts = self.model.rebuild(lists);
        self.apply(&facts);
    }

    pub(super) fn apply(&mut self, facts: &[Fact]) {
        self.clock += 1;
        let at = Timestamp::from_second(self.clock).unwrap();
        self.told.extend(self.table.apply(facts, at).into_iter().map(|(exten, event)| (exten.into(), event)));
    }

    pub(super) fn current(&self, exten: &str) -> Option<Call> {
        self.table.current(exten, |_| false)
    }

    /// All calls of all extensions, without times.
    pub(super) fn calls(&self) -> Vec<(&'static str, CallEvent)> {
        let mut calls = Vec::new();
        for exten in EXTENS {
            for mut call in self.table.snapshot(exten).unwrap().calls {
                call.since = Timestamp::UNIX_EPOCH;
                calls.push((exten, call));
            }
        }
        calls.sort_by(|one, other| (one.0, &one.1.uid).cmp(&(other.0, &other.1.uid)));
        calls
    }
}

pub(super) fn word<T: serde::Serialize>(value: T) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
}
