//! A real Asterisk behind the port, through its manager interface (AMI).
//!
//! - `link`: keeps one connection up, with the PBX's events and its answers;
//! - [`options`]: where the PBX is and how it is set up;
//! - [`file`]: the same in the configuration file;
//! - [`device`]: which phones are whose;
//! - [`check`]: what a PBX lacks;
//! - `model`: turns AMI's messages into facts for the call table;
//! - `verbs`: carries out the call table's plans as actions, each to its observed end;
//! - `feed`, `listing`: the task between link and model, and the lists that it requests;
//! - `doubt`: handles strangers' text among the PBX's events.

mod action;
pub mod check;
pub mod device;
mod doubt;
mod feed;
pub mod file;
mod link;
mod listing;
mod message;
mod model;
pub mod offline;
pub mod options;
#[cfg(test)]
mod played;
mod recorded;
mod state;
#[cfg(test)]
mod tests;
mod verbs;
mod version;
#[cfg(test)]
mod world;

use std::sync::{Arc, Weak};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::Timestamp;
use uncall_contract::event::{Presence, QueueAct};
use uncall_contract::{BusyReason, Extension, Uid};

use uncall_recordings::Recordings;
use uncall_switch::calls::plan::{Dial, HangUp, Pair, Restore, Spy, Survey, Transfer};
use uncall_switch::{Pbx, Pressure, Recording, Sink, Sound, Transferring, Verb, Vital};

pub use options::Options;

use state::Shared;

/// An Asterisk. The connection ends when it is dropped.
pub struct Asterisk {
    shared: Arc<Shared>,
    recordings: Option<Arc<Recordings>>,
    feed: Vital,
}

impl Asterisk {
    /// Connects, and keeps connected. Must be called within a tokio runtime. Without `recordings` no call has one.
    pub fn start(options: Options, recordings: Option<Arc<Recordings>>) -> Arc<Asterisk> {
        let (link, news) = link::Link::start(&options);
        let (shared, looks) = Shared::new(link, options);
        let ledger = recordings.as_ref().map(|recordings| Arc::clone(recordings.ledger()));
        let feed = Vital::spawn("follows the PBX", feed::run(Arc::clone(&shared), news, looks, ledger));
        Arc::new(Asterisk { shared, recordings, feed })
    }

    /// Waits until the PBX's calls are known, but at most this long.
    pub async fn ready(&self, within: Duration) {
        let known = self.shared.when(|_| Some(()));
        let _in_time = tokio::time::timeout(within, known).await;
    }
}

impl Pbx for Asterisk {
    fn attach(&self, sink: Weak<dyn Sink>) {
        self.shared.attach(sink, Timestamp::now());
    }

    fn ended(&self) -> BoxFuture<'static, String> {
        self.feed.ended()
    }

    fn pressure(&self) -> Option<&Pressure> {
        Some(&self.shared.pressure)
    }

    fn dial(&self, plan: Dial) -> Verb<'_, ()> {
        self.shared.dial(plan).boxed()
    }

    fn hold(&self, plan: Pair) -> Verb<'_, ()> {
        self.shared.hold(plan).boxed()
    }

    fn restore(&self, plan: Restore) -> Verb<'_, ()> {
        self.shared.restore(plan).boxed()
    }

    fn transfer(&self, plan: Transfer) -> Verb<'_, Transferring> {
        Arc::clone(&self.shared).transfer(plan).boxed()
    }

    fn survey(&self, plan: Survey) -> Verb<'_, ()> {
        self.shared.survey(plan).boxed()
    }

    fn spy(&self, plan: Spy) -> Verb<'_, ()> {
        self.shared.spy(plan).boxed()
    }

    fn hang_up(&self, plan: HangUp) -> Verb<'_, ()> {
        self.shared.hang_up(plan).boxed()
    }

    fn set_presence(&self, exten: Extension, presence: Presence, reason: Option<BusyReason>) -> Verb<'_, ()> {
        self.shared.set_presence(exten, presence, reason).boxed()
    }

    fn queue(&self, exten: Extension, queue: String, act: QueueAct) -> Verb<'_, ()> {
        self.shared.queue(exten, queue, act).boxed()
    }

    fn recording(&self, uid: Uid) -> Verb<'_, Recording> {
        async move {
            let Some(recordings) = &self.recordings else { return Ok(Recording::Unknown) };
            // The recorder writes the samples when it stops, at the end of the call.
            if self.shared.lock().model.is_up(&uid) {
                return Ok(Recording::NotReady);
            }
            Ok(recordings.recording(&uid).await)
        }
        .boxed()
    }

    fn sound(&self, file: String) -> Verb<'_, Option<Box<dyn Sound>>> {
        async move {
            match &self.recordings {
                Some(recordings) => recordings.sound(&file).await,
                None => Ok(None),
            }
        }
        .boxed()
    }
}

/// The PBX's text, made safe for a terminal or a log.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}
