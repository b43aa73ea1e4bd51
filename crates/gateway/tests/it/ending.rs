//! How a gateway ends: it finishes verbs first, and exits by itself when it can no longer follow the PBX.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};

use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use jiff::Timestamp;
use tokio::io::AsyncWriteExt;
use tokio::sync::{Notify, watch};
use uncall_contract::event::Presence;
use uncall_contract::{BusyReason, Extension, Uid};
use uncall_gateway::Settings;
use uncall_gateway::calls::Fact;
use uncall_gateway::calls::plan::{Dial, HangUp, Pair, Restore, Spy, Survey, Transfer};
use uncall_gateway::pbx::{Failure, Pbx, Recording, Sink, Sound, Transferring, Verb};

use crate::support::{Gateway, request};

/// A PBX with one phone that is slow to become busy, and whose facts may stop.
#[derive(Default)]
struct Slow {
    asked: Notify,
    may: Notify,
    done: AtomicBool,
    over: watch::Sender<bool>,
    sinks: Mutex<Vec<Weak<dyn Sink>>>,
}

fn gone<T: Send + 'static>() -> Verb<'static, T> {
    ready(Err(Failure::Gone)).boxed()
}

impl Pbx for Slow {
    fn attach(&self, sink: Weak<dyn Sink>) {
        let phone = Fact::Line { exten: Extension::parse("801").unwrap(), registered: true };
        sink.upgrade().unwrap().facts(&[phone, Fact::Reachable(true)], Timestamp::UNIX_EPOCH);
        self.sinks.lock().unwrap().push(sink);
    }

    fn set_presence(&self, _: Extension, _: Presence, _: Option<BusyReason>) -> Verb<'_, ()> {
        async {
            self.asked.notify_one();
            self.may.notified().await;
            self.done.store(true, Ordering::SeqCst);
            Ok(())
        }
        .boxed()
    }

    fn ended(&self) -> BoxFuture<'static, String> {
        let mut over = self.over.subscribe();
        async move {
            let _over = over.wait_for(|over| *over).await;
            "the task that follows the PBX has ended: it panicked".to_owned()
        }
        .boxed()
    }

    fn dial(&self, _: Dial) -> Verb<'_, ()> {
        gone()
    }

    fn hold(&self, _: Pair) -> Verb<'_, ()> {
        gone()
    }

    fn restore(&self, _: Restore) -> Verb<'_, ()> {
        gone()
    }

    fn transfer(&self, _: Transfer) -> Verb<'_, Transferring> {
        gone()
    }

    fn survey(&self, _: Survey) -> Verb<'_, ()> {
        gone()
    }

    fn spy(&self, _: Spy) -> Verb<'_, ()> {
        gone()
    }

    fn hang_up(&self, _: HangUp) -> Verb<'_, ()> {
        gone()
    }

    fn recording(&self, _: Uid) -> Verb<'_, Recording> {
        gone()
    }

    fn sound(&self, _: String) -> Verb<'_, Option<Box<dyn Sound>>> {
        gone()
    }
}

#[tokio::test]
async fn a_verb_is_carried_through_before_the_end_though_its_caller_has_gone() {
    let pbx = Arc::new(Slow::default());
    let gateway = Gateway::on(pbx.clone(), Settings::default()).await;
    let mut caller = gateway.connect_from("127.0.0.1").await;
    caller.write_all(&request("setBuys", &[("strExten", "801")], "")).await.unwrap();
    pbx.asked.notified().await;
    drop(caller);
    let stopped = gateway.stop();
    pbx.may.notify_one();
    stopped.await.unwrap().unwrap();
    assert!(pbx.done.load(Ordering::SeqCst));
}

#[tokio::test]
async fn a_gateway_that_is_told_no_more_says_so_and_ends() {
    let pbx = Arc::new(Slow::default());
    let gateway = Gateway::on(pbx.clone(), Settings::default()).await;
    let mut stream = gateway.events("801", "").await;
    assert!(stream.until("snapshot").await);
    pbx.over.send_replace(true);
    stream.finish().await;
    let error = gateway.ended().await.unwrap_err();
    assert!(error.to_string().contains("it panicked"), "{error}");
}

#[tokio::test]
async fn an_answer_names_its_request() {
    let gateway = Gateway::controlled().await;
    let mut named = Vec::new();
    for _ in 0..2 {
        let answer = gateway.raw(&request("setBuys", &[("strExten", "801")], "")).await;
        named.push(answer.header("x-request-id").unwrap().to_owned());
    }
    assert_ne!(named[0], named[1]);
    let process = |id: &str| id.split_once('-').unwrap().0.to_owned();
    assert_eq!(process(&named[0]), process(&named[1]));
}
