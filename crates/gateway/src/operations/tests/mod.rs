//! The decisions of `docs/api.md`, one test each, on the simulator with the clock stopped.

mod failures;
mod holding;
mod reports;
mod spying;
mod transfers;
mod verbs;

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use uncall_contract::event::{CallState, Event};
use uncall_contract::{Call, Outcome, Reply, Request};
use uncall_simulator::{Options, Simulator};
use uncall_switch::{Gesture, Hands, Pbx, Site};

use super::answer::answer;

pub(super) const CUSTOMER: &str = "13421829060";

pub(super) struct Lab {
    pub(super) sim: Arc<Simulator>,
    pub(super) site: Arc<Site>,
}

impl Lab {
    /// Tests are the hands.
    pub(super) fn new() -> Lab {
        Lab::with(Options { control: true, ..Options::default() })
    }

    pub(super) fn with(options: Options) -> Lab {
        let sim = Simulator::start(options);
        let pbx: Arc<dyn Pbx> = sim.clone();
        Lab { site: Arc::new(Site::new(pbx, "e".to_owned(), false, None)), sim }
    }

    /// A lab in which 801 talks with the customer; the call's uid.
    pub(super) fn talking() -> (Lab, String) {
        let lab = Lab::new();
        let uid = lab.call(CUSTOMER, "801");
        lab.answer("801");
        (lab, uid)
    }

    pub(super) fn call(&self, from: &str, to: &str) -> String {
        self.sim.call(from, to).unwrap().into()
    }

    pub(super) fn answer(&self, party: &str) {
        self.gesture(party, Gesture::Answer);
    }

    /// Three digits are an extension.
    pub(super) fn gesture(&self, party: &str, gesture: Gesture) {
        let done = if party.len() == 3 { self.sim.extension(party, gesture) } else { self.sim.number(party, gesture) };
        done.unwrap();
    }

    pub(super) async fn ask(&self, request: Request) -> Outcome {
        answer(&self.site, &request, false).await
    }

    /// `Message` of what has to succeed.
    pub(super) async fn ok(&self, request: Request) -> String {
        match self.ask(request).await.unwrap() {
            Reply::Done { message } | Reply::Dialled { message, .. } => message,
            Reply::Held { channel } => channel,
            Reply::Pong { text } => text,
            Reply::Recording { files } => files,
            Reply::Current { call } => panic!("{call:?}"),
        }
    }

    /// `Response` and `Message` of what has to be refused.
    pub(super) async fn no(&self, request: Request) -> (String, String) {
        let refusal = self.ask(request).await.unwrap_err();
        (refusal.response, refusal.message)
    }

    pub(super) async fn refused(&self, request: Request, message: &str) {
        assert_eq!(self.no(request).await, ("Error".to_owned(), message.to_owned()));
    }

    pub(super) fn current(&self, exten: &str) -> Option<Call> {
        self.site.board().current(exten)
    }

    /// uid and state of every call of an extension, as the push stream has them.
    pub(super) fn calls(&self, exten: &str) -> Vec<(String, CallState)> {
        let snapshot = self.site.board().look(|table| table.snapshot(exten)).unwrap();
        snapshot.calls.into_iter().map(|call| (call.uid, call.state)).collect()
    }

    pub(super) fn state(&self, exten: &str) -> Option<CallState> {
        let calls = self.calls(exten);
        assert!(calls.len() < 2, "{calls:?}");
        calls.first().map(|(_, state)| *state)
    }

    /// State and reason of the events that an extension was sent, in order.
    pub(super) fn told(&self, exten: &str) -> Vec<String> {
        let batch = self.site.board().since(exten, Some(0));
        let events = batch.items.iter().map(|item| Event::from_json(item.name, &item.json).unwrap().unwrap());
        let words = events.map(|event| match event {
            Event::Call(call) => {
                let word = |value: serde_json::Value| value.as_str().map(str::to_owned);
                let state = word(serde_json::to_value(call.state).unwrap()).unwrap();
                let reason = call.reason.and_then(|reason| word(serde_json::to_value(reason).unwrap()));
                reason.map_or(state.clone(), |reason| format!("{state} {reason}"))
            }
            Event::Presence(presence) => format!("{:?}", presence.presence).to_lowercase(),
            Event::Snapshot(_) | Event::Team(_) | Event::Member(_) | Event::Queues(_) => event.name().to_owned(),
        });
        words.collect()
    }

    /// What the party's legs hear, the oldest first.
    pub(super) fn hears(&self, party: &str) -> Vec<String> {
        let state = self.sim.state();
        let mut legs: Vec<&serde_json::Value> =
            state["calls"].as_array().unwrap().iter().flat_map(|call| call["legs"].as_array().unwrap()).collect();
        legs.retain(|leg| leg["party"] == party);
        let heard = legs.iter().flat_map(|leg| leg["hears"].as_array().unwrap());
        heard.map(|word| word.as_str().unwrap().to_owned()).collect()
    }

    /// Number of legs in the PBX.
    pub(super) fn legs(&self) -> usize {
        self.sim.state()["calls"].as_array().unwrap().iter().map(|call| call["legs"].as_array().unwrap().len()).sum()
    }

    /// Asks, and lets the request come to its waiting.
    pub(super) async fn begin(&self, request: Request) -> JoinHandle<Outcome> {
        let site = Arc::clone(&self.site);
        let asked = tokio::spawn(async move { answer(&site, &request, false).await });
        for _ in 0..5 {
            tokio::task::yield_now().await;
        }
        asked
    }

    /// Lets time pass, and everybody act on it.
    pub(super) async fn pass(&self, seconds: u64) {
        tokio::time::sleep(Duration::from_secs(seconds) + Duration::from_millis(5)).await;
    }
}

pub(super) fn dial(exten: &str, number: &str) -> Request {
    Request::Dial { exten: exten.into(), number: number.into(), action_id: None }
}
pub(super) fn hold(exten: &str) -> Request {
    Request::Hold { exten: exten.into(), uid: None }
}
pub(super) fn restore(agent: &str, channel: &str) -> Request {
    Request::Restore { agent: agent.into(), channel: channel.into() }
}
pub(super) fn transfer(agent: &str, target: &str) -> Request {
    Request::Transfer { agent: agent.into(), target: target.into(), uid: None }
}
pub(super) fn survey(agent: &str) -> Request {
    Request::Survey { agent: agent.into(), uid: None }
}
pub(super) fn listen(agent: &str, target: &str) -> Request {
    Request::Listen { agent: agent.into(), target: target.into() }
}
pub(super) fn whisper(agent: &str, target: &str) -> Request {
    Request::Whisper { agent: agent.into(), target: target.into() }
}
pub(super) fn hang_up(agent: &str) -> Request {
    Request::HangUp { agent: agent.into(), uid: None }
}
pub(super) fn busy(exten: &str) -> Request {
    Request::Busy { exten: exten.into(), reason: None }
}
pub(super) fn idle(exten: &str) -> Request {
    Request::Idle { exten: exten.into() }
}
pub(super) fn recording(uid: &str) -> Request {
    Request::Recording { uid: uid.into() }
}
