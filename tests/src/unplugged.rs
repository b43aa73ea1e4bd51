//! A PBX that cannot be reached: every verb fails, as it does behind a gateway whose PBX is down.

use std::sync::{Arc, Weak};

use futures::{FutureExt, future::ready};
use uncall_contract::{BusyReason, Extension, Uid, event::Presence};
use uncall_switch::{
    Failure, Pbx, Recording, Sink, Sound, Transferring, Verb,
    calls::{
        Fact,
        plan::{Dial, HangUp, Pair, Restore, Spy, Survey, Transfer},
    },
};

/// The PBX that is not there.
#[derive(Debug, Clone, Copy)]
pub struct Unplugged;

fn fails<T: Send + 'static>() -> Verb<'static, T> {
    ready(Err(Failure::Unreachable)).boxed()
}

impl Pbx for Unplugged {
    fn attach(&self, sink: Weak<dyn Sink>) {
        if let Some(sink) = Weak::upgrade(&sink) {
            Arc::as_ref(&sink).facts(&[Fact::Reachable(false)], jiff::Timestamp::UNIX_EPOCH);
        }
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

    fn recording(&self, _: Uid) -> Verb<'_, Recording> {
        fails()
    }

    fn sound(&self, _: String) -> Verb<'_, Option<Box<dyn Sound>>> {
        fails()
    }
}
