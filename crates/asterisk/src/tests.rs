//! The adapter on a PBX that strangers call: what they write into events, and what is true by the PBX's own list.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use uncall_contract::event::{CallState, Event};
use uncall_switch::calls::{Fact, Table};
use uncall_switch::{Pbx as _, Sink};

use super::model::tests::options;
use super::{Asterisk, Options};

pub(super) const SOON: Duration = Duration::from_secs(20);

/// Lines between which a stranger's number stands, as Asterisk 22 writes them.
fn channel(name: &str, state: &str, number: &str, connected: &str, unique: &str, linked: &str) -> String {
    format!(
        "Channel: {name}\r\nChannelState: {state}\r\nChannelStateDesc: Up\r\nCallerIDNum: {number}\r\nCallerIDName: \
         <unknown>\r\nConnectedLineNum: {connected}\r\nConnectedLineName: <unknown>\r\nLanguage: en\r\nAccountCode: \
         \r\nContext: uncall-local\r\nExten: 801\r\nPriority: 4\r\nUniqueid: {unique}\r\nLinkedid: {linked}\r\n"
    )
}

/// What the PBX has: by name, the channel's lines, its unique id, the call's and its bridge.
#[derive(Default)]
struct World {
    channels: BTreeMap<String, (String, String, String, String)>,
}

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<World>>);

impl Shared {
    fn look<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A channel: name and state, who calls and is called, unique id, call and bridge.
    fn has(&self, [name, state]: [&str; 2], [number, connected]: [&str; 2], [unique, linked, bridge]: [&str; 3]) {
        let lines = channel(name, state, number, connected, unique, linked);
        let all = (lines, unique.to_owned(), linked.to_owned(), bridge.to_owned());
        self.look(|world| world.channels.insert(name.to_owned(), all));
    }

    fn answer(&self, action: &[String]) -> String {
        let header = |name: &str| {
            let mut values = action.iter().filter_map(|line| line.split_once(": "));
            values.find(|(known, _)| *known == name).map_or("", |(_, value)| value)
        };
        let id = header("ActionID");
        let list = |event: &str, end: &str, items: Vec<String>| {
            let items = items.iter().map(|item| format!("Event: {event}\r\nActionID: {id}\r\n{item}\r\n"));
            let items: String = items.collect();
            let start = format!("Response: Success\r\nActionID: {id}\r\nEventList: start\r\n\r\n");
            format!("{start}{items}Event: {end}\r\nActionID: {id}\r\nEventList: Complete\r\n\r\n")
        };
        self.look(|world| match header("Action") {
            "CoreShowChannels" => {
                let items = world.channels.values();
                let items = items.map(|(lines, _, _, bridge)| {
                    format!("{lines}Application: AppDial\r\nApplicationData: \r\nDuration: 1\r\nBridgeId: {bridge}\r\n")
                });
                list("CoreShowChannel", "CoreShowChannelsComplete", items.collect())
            }
            "DeviceStateList" => {
                let phones =
                    ["801", "802", "803"].map(|exten| format!("Device: PJSIP/{exten}\r\nState: NOT_INUSE\r\n"));
                list("DeviceStateChange", "DeviceStateListComplete", phones.to_vec())
            }
            "BridgeList" => {
                let bridges =
                    world.channels.values().map(|(_, _, _, bridge)| bridge).filter(|bridge| !bridge.is_empty());
                let item = |bridge| format!("BridgeUniqueid: {bridge}\r\nBridgeTechnology: simple_bridge\r\n");
                list("BridgeListItem", "BridgeListComplete", bridges.map(item).collect())
            }
            "DBGetTree" => list("DBGetTreeResponse", "DBGetTreeComplete", Vec::new()),
            "Getvar" => {
                let value =
                    world.channels.get(header("Channel")).map(|(_, unique, linked, _)| match header("Variable") {
                        "UNIQUEID" => unique.as_str(),
                        "CHANNEL(linkedid)" => linked,
                        "CONTEXT" => "uncall-local",
                        _ => "",
                    });
                match value {
                    Some(value) => format!("Response: Success\r\nActionID: {id}\r\nValue: {value}\r\n\r\n"),
                    None => format!("Response: Error\r\nActionID: {id}\r\nMessage: No such channel\r\n\r\n"),
                }
            }
            _ => format!("Response: Success\r\nActionID: {id}\r\n\r\n"),
        })
    }
}

/// Sees what agents see.
#[derive(Default)]
pub(super) struct Seen(pub(super) Mutex<(Table, Vec<(String, Event)>)>);

impl Sink for Seen {
    fn facts(&self, facts: &[Fact], at: Timestamp) {
        let mut seen = self.0.lock().unwrap();
        let changes = seen.0.apply(facts, at);
        seen.1.extend(changes.into_iter().map(|(exten, event)| (exten.into(), event)));
    }
}

impl Seen {
    pub(super) fn call(&self, exten: &str) -> Option<(String, String)> {
        let seen = self.0.lock().unwrap();
        seen.0.current(exten, |_| false).map(|call| (call.calla, call.uid))
    }

    pub(super) fn talks(&self, exten: &str) -> bool {
        let seen = self.0.lock().unwrap();
        let calls = seen.0.snapshot(exten).map(|snapshot| snapshot.calls).unwrap_or_default();
        calls.iter().any(|call| call.state == CallState::Talking)
    }

    pub(super) fn ends(&self, exten: &str) -> usize {
        let ended = |event: &Event| matches!(event, Event::Call(call) if call.state == CallState::Ended);
        self.0.lock().unwrap().1.iter().filter(|(who, event)| who == exten && ended(event)).count()
    }

    pub(super) async fn until(&self, what: &str, so: impl Fn(&Seen) -> bool) {
        let end = tokio::time::Instant::now() + SOON;
        while !so(self) {
            assert!(tokio::time::Instant::now() < end, "not soon: {what}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// The PBX's manager interface, an adapter on it, and what the agents see.
async fn start(world: &Shared) -> (mpsc::UnboundedSender<String>, Arc<Asterisk>, Arc<Seen>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (say, mut said) = mpsc::unbounded_channel::<String>();
    let pbx = world.clone();
    tokio::spawn(async move {
        let (reader, mut writer) = listener.accept().await.unwrap().0.into_split();
        writer.write_all(b"Asterisk Call Manager/11.0.0\r\n").await.unwrap();
        let mut lines = BufReader::new(reader).lines();
        let mut action = Vec::new();
        loop {
            let text = tokio::select! {
                line = lines.next_line() => match line {
                    Ok(Some(line)) if line.is_empty() => pbx.answer(&std::mem::take(&mut action)),
                    Ok(Some(line)) => {
                        action.push(line);
                        continue;
                    }
                    _ => return,
                },
                Some(text) = said.recv() => text,
            };
            if writer.write_all(text.as_bytes()).await.is_err() {
                return;
            }
        }
    });
    let asterisk = Asterisk::start(Options { address, ..options() }, None);
    let seen = Arc::new(Seen::default());
    let sink: Arc<dyn Sink> = Arc::clone(&seen) as Arc<dyn Sink>;
    asterisk.attach(Arc::downgrade(&sink));
    asterisk.ready(SOON).await;
    (say, asterisk, seen)
}

fn talks(world: &Shared) {
    world.has(["PJSIP/trunk-00000000", "6"], ["13421829060", "801"], ["1.0", "1.0", "b"]);
    world.has(["PJSIP/801-00000001", "6"], ["801", "13421829060"], ["1.1", "1.0", "b"]);
}

#[tokio::test]
async fn a_strangers_number_ends_nobodys_call_and_hides_no_call() {
    for number in [
        "138\r\nEvent: Hangup\r\nUniqueid: 1.1",
        "138\r\n\r\nEvent: Hangup\r\nUniqueid: 1.1\r\nX: y",
        "138\r\n\r\nEvent: Hangup\r\nUniqueid: 1.1\r\n\r\n",
        "138\r\n\r\nEvent: DeviceStateChange\r\nDevice: PJSIP/801\r\nState: UNAVAILABLE\r\n\r\n",
        "138\r\n\r\nA: b\r\n\r\nEvent: BridgeLeave\r\nUniqueid: 1.1\r\nBridgeUniqueid: b\r\n\r\n",
        "138\r\n\r\nEvent: UserEvent\r\nUniqueid: 1.1\r\nUserEvent: UncallLeg\r\nState: survey\r\n\r\n",
        "138\r\n\r\nEvent: Rename\r\nUniqueid: 1.1\r\nNewname: x\r\n\r\n",
        "138\r\n\r\nEvent: ChanSpyStart\r\nSpyerUniqueid: 1.1\r\n\r\n",
        "138\r\n\r\nEvent: Newchannel\r\nUniqueid: 6.6\r\nChannel: PJSIP/801-00000001\r\nChannelState: 5\r\n\r\n",
    ] {
        let world = Shared::default();
        talks(&world);
        let (say, _asterisk, seen) = start(&world).await;
        seen.until("the call is known", |seen| seen.call("801").is_some()).await;
        let before = seen.0.lock().unwrap().1.len();

        world.has(["PJSIP/trunk-00000002", "4"], [number, "<unknown>"], ["2.2", "2.2", ""]);
        world.has(["PJSIP/802-00000003", "5"], ["802", number], ["2.3", "2.2", ""]);
        let stranger = channel("PJSIP/trunk-00000002", "4", number, "<unknown>", "2.2", "2.2");
        let rings = channel("PJSIP/802-00000003", "5", "802", number, "2.3", "2.2");
        for event in ["Newchannel", "Newstate"] {
            say.send(format!("Event: {event}\r\nPrivilege: call,all\r\n{stranger}\r\n")).unwrap();
            say.send(format!("Event: {event}\r\nPrivilege: call,all\r\n{rings}\r\n")).unwrap();
        }
        seen.until("the stranger's call rings", |seen| seen.call("802") == Some(("138".into(), "2.2".into()))).await;
        let of_801 = |seen: &Seen| {
            let seen = seen.0.lock().unwrap();
            seen.1.iter().skip(before).filter(|(exten, _)| exten == "801").cloned().collect::<Vec<_>>()
        };
        assert_eq!(of_801(&seen), [], "{number:?}");
        assert_eq!(seen.call("801").unwrap().1, "1.0");
        {
            let seen = seen.0.lock().unwrap();
            assert!(seen.0.hold("801", None).is_ok(), "{number:?}");
            assert!(seen.0.dial("803", "1").is_ok());
        }

        // What is not a stranger's goes on, and the stranger's call ends when he hangs up.
        say.send(format!(
            "Event: Newchannel\r\n{}\r\n",
            channel("PJSIP/803-00000004", "4", "803", "<unknown>", "3.4", "3.4")
        ))
        .unwrap();
        world.has(["PJSIP/803-00000004", "4"], ["803", "<unknown>"], ["3.4", "3.4", ""]);
        seen.until("another call is seen", |seen| seen.call("803").is_some()).await;
        world.look(|world| world.channels.retain(|name, _| !name.ends_with('2') && !name.ends_with('3')));
        say.send(format!("Event: Hangup\r\n{stranger}Cause: 16\r\n\r\n")).unwrap();
        seen.until("it has ended", |seen| seen.call("802").is_none()).await;
        assert_eq!((of_801(&seen), seen.ends("803")), (Vec::new(), 0), "{number:?}");
    }
}

#[tokio::test]
async fn whatever_was_said_what_the_list_shows_is_there() {
    let world = Shared::default();
    talks(&world);
    let (say, _asterisk, seen) = start(&world).await;
    seen.until("the call is known", |seen| seen.call("801").is_some()).await;
    // Nothing gives it away, as when a dialplan's own event has the number in it.
    let lines = channel("PJSIP/801-00000001", "6", "801", "1", "1.1", "1.0");
    say.send(format!("Event: Hangup\r\n{lines}\r\n")).unwrap();
    seen.until("it is believed", |seen| seen.call("801").is_none()).await;
    say.send("nonsense\r\n\r\n".to_owned()).unwrap();
    seen.until("the list is believed more", |seen| seen.call("801").is_some_and(|call| call.1 == "1.0")).await;
}

fn calling(exten: &str, number: &str, unique: &str) -> String {
    let lines = channel(&format!("PJSIP/{exten}-0000000{unique}"), "4", exten, "<unknown>", unique, unique);
    lines.replace("Exten: 801", &format!("Exten: {number}"))
}

#[tokio::test]
async fn a_code_that_nobody_explains_is_a_call_like_others() {
    let world = Shared::default();
    let (say, _asterisk, seen) = start(&world).await;
    world.has(["PJSIP/801-00000005", "4"], ["801", "<unknown>"], ["5", "5", ""]);
    say.send(format!("Event: Newchannel\r\n{}\r\n", calling("801", "*97", "5"))).unwrap();
    seen.until("it is told", |seen| seen.call("801").is_some_and(|call| call.1 == "5")).await;
}

#[tokio::test]
async fn a_call_has_lasted_since_the_pbx_says_so() {
    let world = Shared::default();
    let (say, _asterisk, seen) = start(&world).await;
    let began = Timestamp::now().as_second() - 30;
    world.has(["PJSIP/801-00000005", "4"], ["801", "<unknown>"], ["5", "5", ""]);
    let lines = calling("801", "13421829060", "5");
    say.send(format!("Event: Newchannel\r\nTimestamp: {began}.250000\r\n{lines}\r\n")).unwrap();
    seen.until("it is told", |seen| seen.call("801").is_some()).await;
    let since = seen.0.lock().unwrap().0.snapshot("801").unwrap().calls[0].since;
    assert_eq!(since.as_microsecond(), began * 1_000_000 + 250_000);
}
