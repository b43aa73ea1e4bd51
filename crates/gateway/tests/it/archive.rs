//! A PBX that has recordings and nothing else.

use std::sync::{Arc, Mutex, Weak};

use futures::FutureExt;
use futures::future::ready;
use jiff::Timestamp;
use uncall_contract::event::Presence;
use uncall_contract::{BusyReason, Extension, Uid};
use uncall_recordings::Recordings;
use uncall_switch::calls::Fact;
use uncall_switch::calls::plan::{Dial, HangUp, Pair, Restore, Spy, Survey, Transfer};
use uncall_switch::{Failure, Pbx, Recording, Sink, Sound, Transferring, Verb};

pub(crate) struct Archive {
    recordings: Arc<Recordings>,
    /// The call that is up.
    up: Uid,
    sink: Mutex<Option<Weak<dyn Sink>>>,
}

impl Archive {
    pub(crate) fn new(recordings: Arc<Recordings>, up: Uid) -> Arc<Archive> {
        Arc::new(Archive { recordings, up, sink: Mutex::default() })
    }

    /// These things happen.
    pub(crate) fn happens(&self, facts: &[Fact]) {
        let sink = self.sink.lock().unwrap().as_ref().and_then(Weak::upgrade).expect("a gateway");
        sink.facts(facts, Timestamp::now());
    }
}

fn fails<T: Send + 'static>() -> Verb<'static, T> {
    ready(Err(Failure::Unreachable)).boxed()
}

impl Pbx for Archive {
    fn attach(&self, sink: Weak<dyn Sink>) {
        *self.sink.lock().unwrap() = Some(sink);
        self.happens(&[Fact::Reachable(true)]);
    }
    fn dial(&self, _: Dial) -> Verb<'_, ()> {
        fails()
    }
    fn hold(&self, _: Pair) -> Verb<'_, ()> {
        fails()
    }
    fn restore(&self, _: Restore) -> Verb<'_, ()> {
        fails()
    }
    fn transfer(&self, _: Transfer) -> Verb<'_, Transferring> {
        fails()
    }
    fn survey(&self, _: Survey) -> Verb<'_, ()> {
        fails()
    }
    fn spy(&self, _: Spy) -> Verb<'_, ()> {
        fails()
    }
    fn hang_up(&self, _: HangUp) -> Verb<'_, ()> {
        fails()
    }
    fn set_presence(&self, _: Extension, _: Presence, _: Option<BusyReason>) -> Verb<'_, ()> {
        fails()
    }
    fn recording(&self, uid: Uid) -> Verb<'_, Recording> {
        if uid == self.up {
            return ready(Ok(Recording::NotReady)).boxed();
        }
        async move { Ok(self.recordings.recording(&uid).await) }.boxed()
    }
    fn sound(&self, file: String) -> Verb<'_, Option<Box<dyn Sound>>> {
        async move { self.recordings.sound(&file).await }.boxed()
    }
}
