//! A PBX that cannot be reached, and plans that are out of date.

use std::sync::Weak;

use futures::FutureExt;
use jiff::Timestamp;
use uncall_contract::event::{EndReason, Presence};
use uncall_contract::{BusyReason, Channel, Extension, PhoneNumber, Uid};
use uncall_switch::calls::plan::{Dial, HangUp, Pair, Restore, Spy, Survey, Transfer};
use uncall_switch::calls::{Fact, Party, Purpose};
use uncall_switch::{Failure, Recording, Sink, Sound, Transferring, Verb};

use super::*;

/// Every verb fails in one way. 801 talks with a customer, 802 holds one, 803 and 804 are free.
struct Broken {
    failure: Failure,
    reachable: bool,
    /// Every verb takes so long.
    takes: Duration,
}

impl Broken {
    fn fails<T: Send + 'static>(&self) -> Verb<'_, T> {
        let (failure, takes) = (self.failure, self.takes);
        async move {
            tokio::time::sleep(takes).await;
            Err(failure)
        }
        .boxed()
    }
}

impl Pbx for Broken {
    fn attach(&self, sink: Weak<dyn Sink>) {
        let exten = |text: &str| Extension::parse(text).unwrap();
        let channel = |text: &str| Channel::parse(text).unwrap();
        let mut facts: Vec<Fact> =
            ["801", "802", "803", "804"].map(|line| Fact::Line { exten: exten(line), registered: true }).to_vec();
        let mut leg = |name: &str, uid: &str, party: Party, purpose: Purpose| {
            let uid = Uid::parse(uid).unwrap();
            facts.push(Fact::LegBegan { channel: channel(name), uid, party, purpose, rings: false });
        };
        let customer = |number: &str| Party::Number(PhoneNumber::parse(number).unwrap());
        let from = || Purpose::CalledBy { from: "1".into() };
        leg("SIP/trunk-1", "1.1", customer("1"), Purpose::Calls { to: "801".into() });
        leg("SIP/801-1", "1.1", Party::Extension(exten("801")), from());
        leg("SIP/trunk-2", "1.2", customer("2"), Purpose::Calls { to: "802".into() });
        leg("SIP/802-2", "1.2", Party::Extension(exten("802")), from());
        for name in ["SIP/trunk-1", "SIP/801-1"] {
            facts.push(Fact::Bridged { channel: channel(name), bridge: 1 });
        }
        facts.push(Fact::Held { channel: channel("SIP/trunk-2"), by: exten("802"), own: channel("SIP/802-2") });
        facts.push(Fact::Reachable(self.reachable));
        sink.upgrade().unwrap().facts(&facts, Timestamp::UNIX_EPOCH);
    }
    fn dial(&self, _: Dial) -> Verb<'_, ()> {
        self.fails()
    }
    fn hold(&self, _: Pair) -> Verb<'_, ()> {
        self.fails()
    }
    fn restore(&self, _: Restore) -> Verb<'_, ()> {
        self.fails()
    }
    fn transfer(&self, _: Transfer) -> Verb<'_, Transferring> {
        self.fails()
    }
    fn survey(&self, _: Survey) -> Verb<'_, ()> {
        self.fails()
    }
    fn spy(&self, _: Spy) -> Verb<'_, ()> {
        self.fails()
    }
    fn hang_up(&self, _: HangUp) -> Verb<'_, ()> {
        self.fails()
    }
    fn set_presence(&self, _: Extension, _: Presence, _: Option<BusyReason>) -> Verb<'_, ()> {
        self.fails()
    }
    fn recording(&self, _: Uid) -> Verb<'_, Recording> {
        self.fails()
    }
    fn sound(&self, _: String) -> Verb<'_, Option<Box<dyn Sound>>> {
        self.fails()
    }
}

fn verbs() -> [Request; 11] {
    [
        dial("803", "13800138000"),
        busy("801"),
        idle("801"),
        hold("801"),
        restore("802", "SIP/trunk-2"),
        transfer("801", "803"),
        survey("801"),
        listen("803", "801"),
        whisper("803", "801"),
        hang_up("801"),
        recording("1.1"),
    ]
}

async fn messages(failure: Failure, reachable: bool) -> Vec<(String, String)> {
    let site = Site::new(Arc::new(Broken { failure, reachable, takes: Duration::ZERO }), "e".into(), false, None);
    let mut messages = Vec::new();
    for request in verbs() {
        let refusal = answer(&site, &request, false).await.unwrap_err();
        messages.push((refusal.response, refusal.message));
    }
    messages
}

#[tokio::test]
async fn an_unreachable_pbx_is_connection_failed_for_every_verb() {
    for reachable in [true, false] {
        let messages = messages(Failure::Unreachable, reachable).await;
        for (at, (response, message)) in messages.iter().enumerate() {
            assert_eq!(message, "Connection Failed", "{at}");
            assert_eq!(response, if at == 0 { "Connection Failed" } else { "Error" });
        }
    }
}

#[tokio::test]
async fn an_unreachable_pbx_leaves_reads_alone() {
    let site = Site::new(
        Arc::new(Broken { failure: Failure::Unreachable, reachable: false, takes: Duration::ZERO }),
        "e".into(),
        false,
        None,
    );
    assert_eq!(site.board().current("801").unwrap().uid, "1.1");
    assert!(answer(&site, &Request::Ping { text: "x".into() }, false).await.is_ok());
}

#[tokio::test]
async fn a_plan_that_is_out_of_date_is_refused_in_the_documents_words() {
    let texts = |messages: Vec<(String, String)>| messages.into_iter().map(|(_, message)| message).collect::<Vec<_>>();
    let failed = "Failed to update entry";
    assert_eq!(
        texts(messages(Failure::Gone, true).await),
        [
            "Busy",
            failed,
            failed,
            "Agent not in use",
            "Channel not exist",
            "Agent not in use",
            "Agent not in use",
            "Spy or whisper failed",
            "Spy or whisper failed",
            "No Channels",
            "",
        ]
    );
    assert_eq!(
        texts(messages(Failure::Unavailable, true).await),
        [
            "Busy",
            failed,
            failed,
            "Agent not in use",
            "Connection Failed",
            "Exten is not idle",
            "Agent not in use",
            "Agent not in use",
            "Agent not in use",
            "No Channels",
            "",
        ]
    );
}

#[tokio::test]
async fn a_pbx_that_comes_back_is_used_again() {
    let site = Site::new(
        Arc::new(Broken { failure: Failure::Gone, reachable: false, takes: Duration::ZERO }),
        "e".into(),
        false,
        None,
    );
    let refused = |site: Arc<Site>| async move { answer(&site, &hold("801"), false).await.unwrap_err().message };
    let site = Arc::new(site);
    assert_eq!(refused(Arc::clone(&site)).await, "Connection Failed");
    site.board().facts(&[Fact::Reachable(true)], Timestamp::UNIX_EPOCH);
    assert_eq!(refused(Arc::clone(&site)).await, "Agent not in use");
    let gone = Fact::LegEnded { channel: Channel::parse("SIP/trunk-1").unwrap(), reason: EndReason::Hangup };
    site.board().facts(&[gone], Timestamp::UNIX_EPOCH);
    assert_eq!(answer(&site, &transfer("801", "803"), false).await.unwrap_err().message, "Agent not in bridge");
}

#[tokio::test(start_paused = true)]
async fn the_verbs_of_one_call_run_one_after_another_and_hanging_up_waits_for_none() {
    let takes = Duration::from_secs(1);
    let site = Arc::new(Site::new(
        Arc::new(Broken { failure: Failure::Gone, reachable: true, takes }),
        "e".into(),
        false,
        None,
    ));
    let began = tokio::time::Instant::now();
    let timed = |request: Request| {
        let site = Arc::clone(&site);
        async move {
            drop(answer(&site, &request, false).await);
            began.elapsed().as_secs()
        }
    };
    let times = tokio::join!(
        timed(hold("801")),
        timed(transfer("801", "803")),
        timed(survey("801")),
        timed(restore("802", "SIP/trunk-2")),
        timed(hang_up("801")),
    );
    assert_eq!(times, (1, 2, 3, 1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_phone_that_one_verb_is_about_to_ring_is_refused_to_the_others() {
    let takes = Duration::from_secs(1);
    let broken = Broken { failure: Failure::Unavailable, reachable: true, takes };
    let site = Arc::new(Site::new(Arc::new(broken), "e".into(), false, None));
    let began = tokio::time::Instant::now();
    let ask = |request: Request| {
        let site = Arc::clone(&site);
        async move {
            let refusal = answer(&site, &request, false).await.unwrap_err();
            (refusal.message, began.elapsed().as_secs())
        }
    };
    // Whoever comes first is the one that this PBX then fails, a second later.
    for [first, second, third] in [
        [dial("803", "10086"), dial("803", "10010"), transfer("801", "803")],
        [transfer("801", "803"), listen("803", "801"), dial("803", "10010")],
        [listen("803", "801"), whisper("803", "801"), transfer("801", "803")],
    ] {
        let before = began.elapsed().as_secs();
        let said = tokio::join!(ask(first), ask(second), ask(third));
        assert_eq!((said.0.1, said.1.1, said.2.1), (before + 1, before, before), "{said:?}");
        let documented = ["Busy", "Exten is not idle", "Agent not in use"];
        assert!(documented.contains(&said.1.0.as_str()) && documented.contains(&said.2.0.as_str()), "{said:?}");
    }
    // It is free again, and others never were taken.
    let before = began.elapsed().as_secs();
    let said = tokio::join!(ask(dial("803", "10086")), ask(transfer("801", "804")));
    assert_eq!((said.0.1, said.1.1), (before + 1, before + 1));
}
