//! The check, on a PBX that is a table. A real one is checked by the end-to-end tests.

use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::file::AsteriskFile;

/// A PBX with extensions 801 and 802, and what it lacks.
#[derive(Clone, Copy, Default)]
struct Lacks {
    /// Actions that are not permitted.
    actions: &'static [&'static str],
    /// Contexts that are not there, `*` for all, `?` when it does not say.
    contexts: &'static [&'static str],
    /// Events that do not come.
    events: &'static [&'static str],
    /// `PJSIP/802` and its hint.
    second: bool,
    /// Music: nothing is played.
    music: bool,
    /// A version of today: it is this one.
    version: &'static str,
    /// Modules that are not loaded.
    modules: &'static [&'static str],
}

const ACTIONS: &[&str] = &[
    "Bridge",
    "CoreShowChannels",
    "DBDel",
    "DBGet",
    "DBPut",
    "DeviceStateList",
    "ExtensionState",
    "ExtensionStateList",
    "Getvar",
    "Hangup",
    "MixMonitorMute",
    "ModuleCheck",
    "Originate",
    "QueueAdd",
    "QueuePause",
    "QueueRemove",
    "QueueStatus",
    "Redirect",
    "Setvar",
];

impl Lacks {
    fn answer(self, action: &[(String, String)]) -> String {
        let value = |name: &str| action.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
        let id = format!("ActionID: {}\r\n", value("ActionID"));
        let done = format!("Response: Success\r\n{id}");
        if self.actions.contains(&value("Action")) {
            return format!("Response: Error\r\n{id}Message: Permission denied\r\n\r\n");
        }
        match value("Action") {
            "ListCommands" => {
                let permitted = ACTIONS.iter().filter(|action| !self.actions.contains(action));
                let lines: String = permitted.map(|action| format!("{action}: words  (Priv: x)\r\n")).collect();
                format!("{done}{lines}\r\n")
            }
            "CoreSettings" => {
                let version = if self.version.is_empty() { "22.0" } else { self.version };
                format!("{done}AsteriskVersion: {version}\r\n\r\n")
            }
            "Getvar" => format!("{done}Value: {}\r\n\r\n", self.variable(value("Variable"))),
            "DeviceStateList" => {
                let second = if self.second { "" } else { "PJSIP/802" };
                let items: String = ["PJSIP/trunk", "PJSIP/801", second]
                    .map(|device| {
                        format!("Event: DeviceStateChange\r\n{id}Device: {device}\r\nState: NOT_INUSE\r\n\r\n")
                    })
                    .concat();
                format!("{done}EventList: start\r\n\r\n{items}Event: End\r\n{id}EventList: Complete\r\n\r\n")
            }
            "QueueStatus" => {
                let members = [
                    ("PJSIP/801", "PJSIP/801"),
                    ("Local/802@from-queue/n", "hint:802@ext-local"),
                    ("PJSIP/desk-1", "PJSIP/desk-1"),
                ];
                let member = |(interface, state)| {
                    format!(
                        "Event: QueueMember\r\n{id}Queue: q\r\nLocation: {interface}\r\nStateInterface: {state}\r\nPaused: 0\r\n\r\n"
                    )
                };
                let items: String = members.map(member).concat();
                format!(
                    "{done}EventList: start\r\n\r\nEvent: QueueParams\r\n{id}Queue: q\r\n\r\n{items}Event: End\r\n{id}EventList: Complete\r\n\r\n"
                )
            }
            "ExtensionState" => {
                let known = value("Exten") == "801" || !self.second;
                format!(
                    "{done}Hint: {}\r\n\r\n",
                    if known { format!("PJSIP/{}", value("Exten")) } else { String::new() }
                )
            }
            "ExtensionStateList" => {
                format!("{done}EventList: start\r\n\r\nEvent: End\r\n{id}EventList: Complete\r\n\r\n")
            }
            "ModuleCheck" if self.modules.contains(&value("Module")) => {
                format!("Response: Error\r\n{id}Message: Module not loaded\r\n\r\n")
            }
            "Originate" => {
                format!("{done}Message: Originate successfully queued\r\n\r\n{}", self.leg(value("Channel"), &id))
            }
            _login_and_others => format!("{done}\r\n"),
        }
    }

    fn variable(self, name: &str) -> String {
        if let Some(place) = name.strip_prefix("DIALPLAN_EXISTS(") {
            let context = place.split(',').next().unwrap();
            let lacking =
                self.contexts.contains(&"*") && context != "from-internal" || self.contexts.contains(&context);
            return if self.contexts == ["?"] { String::new() } else { u8::from(!lacking).to_string() };
        }
        let lacks = |module: &str| self.modules.contains(&module);
        let value = match name {
            "CUT(UNCALL_MUSIC,-,1)" if lacks("func_cut") => "",
            "TIMEOUT(absolute)" if lacks("func_timeout") => "",
            "CUT(UNCALL_MUSIC,-,1)" => "uncall",
            "TIMEOUT(absolute)" | "DB_EXISTS(DND/0)" => "0",
            "DEVICE_STATE(Custom:DND0)" => "NOT_INUSE",
            "IF(1?1:0)" | "FILTER(0-9,1)" => "1",
            "UNCALL_TECH" => "PJSIP",
            "UNCALL_MUSIC" => "uncall-hold",
            "UNCALL_SILENCE" => "uncall-silence",
            "UNCALL_TRANSFERRING" => "uncall-transferring",
            _unset => "",
        };
        value.to_owned()
    }

    /// The events of a leg to a waiting place.
    fn leg(self, channel: &str, id: &str) -> String {
        let context = channel.strip_prefix("Local/s@").unwrap().strip_suffix("/n").unwrap();
        let class = if context == "uncall-hold-agent" { "uncall-silence" } else { "" };
        let class = if context == "uncall-xfer-agent" { "uncall-transferring" } else { class };
        let class = if class.is_empty() { "uncall-hold" } else { class };
        let far = format!("Channel: Local/s@{context}-00000001;2\r\n");
        let near = format!("Channel: Local/s@{context}-00000001;1\r\n");
        let mut events = vec![
            ("Newchannel", far.clone()),
            ("DeviceStateChange", format!("Device: Local/s@{context}\r\nState: INUSE\r\n")),
            ("DialBegin", near.replace("Channel", "DestChannel")),
            ("DialEnd", near.replace("Channel", "DestChannel")),
            ("OriginateResponse", format!("{near}{id}")),
            ("UserEvent", format!("{far}UserEvent: UncallLeg\r\nState: hold\r\n")),
        ];
        if !self.music {
            events.push(("MusicOnHoldStart", format!("{far}Class: {class}\r\n")));
        }
        events.extend([("Hangup", near), ("Hangup", far)]);
        let coming = events.into_iter().filter(|(name, _)| !self.events.contains(name));
        coming.map(|(name, headers)| format!("Event: {name}\r\n{headers}\r\n")).collect()
    }
}

async fn serve(stream: TcpStream, lacks: Lacks) {
    let (reader, mut writer) = stream.into_split();
    writer.write_all(b"Asterisk Call Manager/11.0.0\r\n").await.unwrap();
    let mut lines = BufReader::new(reader).lines();
    let mut action = Vec::new();
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some((name, value)) = line.split_once(": ") {
            action.push((name.to_owned(), value.to_owned()));
        } else if !action.is_empty()
            && writer.write_all(lacks.answer(&std::mem::take(&mut action)).as_bytes()).await.is_err()
        {
            return;
        }
    }
}

/// The findings on such a PBX.
async fn checked(lacks: Lacks, more: &str) -> Vec<Finding> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (stream, _peer) = listener.accept().await.unwrap();
        serve(stream, lacks).await;
    });
    let text = format!("address = \"{address}\"\nuser = \"uncall\"\nsecret = \"hush hush\"\n{more}");
    let file: AsteriskFile = toml::from_str(&text).unwrap();
    let check = Check { options: file.options(|_| None).unwrap(), prompts: None };
    tokio::time::timeout(Duration::from_secs(20), run(&check)).await.unwrap()
}

fn with(findings: &[Finding], verdict: Verdict) -> Vec<&str> {
    findings.iter().filter(|finding| finding.verdict == verdict).map(|finding| finding.text.as_str()).collect()
}

/// What is missing, which is just one thing.
fn the_one_missing(findings: &[Finding]) -> &str {
    match with(findings, Verdict::Missing).as_slice() {
        [one] => one,
        other => panic!("{other:#?}"),
    }
}

#[tokio::test]
async fn nothing_is_missing_where_all_is_there() {
    for more in ["", "without_system = true", "extensions = [\"801-802\"]"] {
        let findings = checked(Lacks::default(), more).await;
        assert_eq!(with(&findings, Verdict::Missing), [""; 0], "{more}");
        assert_eq!(with(&findings, Verdict::NotChecked).len(), 1, "the prompts: {findings:#?}");
        let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
        assert!(lines[0].starts_with("ok           login: uncall at 127.0.0.1:"), "{}", lines[0]);
        assert!(lines.iter().all(|line| !line.contains('\n')));
    }
}

#[tokio::test]
async fn a_right_that_is_missing_is_named_with_its_line() {
    let lacks = Lacks { actions: &["DBPut", "DBDel"], ..Lacks::default() };
    let findings = checked(lacks, "").await;
    let text = the_one_missing(&findings);
    for word in ["`system`", "DBPut, DBDel", "[uncall]", "without_system"] {
        assert!(text.contains(word), "{text}");
    }
    assert_eq!(with(&checked(lacks, "without_system = true").await, Verdict::Missing), [""; 0]);

    let lacks = Lacks { actions: &["Originate", "Redirect"], ..Lacks::default() };
    let findings = checked(lacks, "").await;
    let missing = with(&findings, Verdict::Missing);
    assert!(missing[0].contains("`call`: Redirect not") && missing[1].contains("`originate`"), "{missing:#?}");
    assert!(with(&findings, Verdict::NotChecked).iter().any(|text| text.starts_with("events, waiting places")));

    let lacks = Lacks { actions: &["DeviceStateList"], ..Lacks::default() };
    assert!(the_one_missing(&checked(lacks, "").await).contains("res_manager_devicestate.so"));
}

#[tokio::test]
async fn contexts_that_are_missing_are_named() {
    let lacks = Lacks { contexts: &["uncall-xfer", "uncall-hold"], ..Lacks::default() };
    let findings = checked(lacks, "").await;
    assert!(the_one_missing(&findings).contains("no uncall-hold (s), uncall-xfer (801);"), "{findings:#?}");
    let tried = with(&findings, Verdict::Ok);
    assert!(tried.iter().any(|text| text.starts_with("uncall-hold-agent: a leg")), "the others are tried: {tried:#?}");

    let findings = checked(Lacks { contexts: &["*"], ..Lacks::default() }, "").await;
    assert!(the_one_missing(&findings).contains("none of the contexts"), "{findings:#?}");

    let findings = checked(Lacks { contexts: &["?"], ..Lacks::default() }, "").await;
    assert_eq!(with(&findings, Verdict::Missing), [""; 0]);
    assert!(with(&findings, Verdict::NotChecked).iter().any(|text| text.contains("func_dialplan.so")));

    let dnd = Lacks { contexts: &["uncall-dnd-on"], ..Lacks::default() };
    assert!(the_one_missing(&checked(dnd, "without_system = true").await).contains("uncall-dnd-on (801)"));
    assert_eq!(with(&checked(dnd, "").await, Verdict::Missing), [""; 0]);
}

#[tokio::test]
async fn the_technology_must_be_the_dialplans() {
    let findings = checked(Lacks::default(), "technology = \"SIP\"").await;
    let missing = with(&findings, Verdict::Missing);
    assert!(missing[0].contains("UNCALL_TECH is PJSIP"), "{missing:#?}");
    assert!(missing[1].contains("no SIP phone"), "{missing:#?}");
}

#[tokio::test]
async fn an_extension_without_endpoint_or_hint_is_named() {
    let lacks = Lacks { second: true, ..Lacks::default() };
    let findings = checked(lacks, "extensions = [\"801-802\"]").await;
    let missing = with(&findings, Verdict::Missing);
    assert!(missing[0].starts_with("endpoints:") && missing[0].contains("phone PJSIP/802;"), "{missing:#?}");
    assert_eq!(missing.len(), 1, "a pattern's hint comes with the phone: {missing:#?}");

    let lacks = Lacks { contexts: &["from-internal"], ..Lacks::default() };
    assert!(the_one_missing(&checked(lacks, "").await).contains("from-internal does not know 801, 802;"));
}

#[tokio::test]
async fn events_that_do_not_come_are_named() {
    let none = Lacks {
        events: &[
            "Newchannel",
            "DeviceStateChange",
            "DialBegin",
            "DialEnd",
            "OriginateResponse",
            "UserEvent",
            "MusicOnHoldStart",
            "Hangup",
        ],
        ..Lacks::default()
    };
    assert!(the_one_missing(&checked(none, "").await).contains("none came"));
    let user = Lacks { events: &["UserEvent"], ..Lacks::default() };
    assert!(the_one_missing(&checked(user, "").await).contains("add `user`"));
    let some = Lacks { events: &["DialBegin"], ..Lacks::default() };
    assert!(the_one_missing(&checked(some, "").await).contains("no DialBegin;"));
}

#[tokio::test]
async fn a_waiting_place_without_music_is_named() {
    let findings = checked(Lacks { music: true, ..Lacks::default() }, "").await;
    let missing = with(&findings, Verdict::Missing);
    assert_eq!(missing.len(), 3, "{findings:#?}");
    assert!(missing[0].starts_with("uncall-hold: no music") && missing[1].contains("uncall-silence"), "{missing:#?}");
}

#[tokio::test]
async fn without_a_login_it_says_why() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let text = format!("address = \"{address}\"\nuser = \"uncall\"\nsecret = \"hush hush\"\n");
    let file: AsteriskFile = toml::from_str(&text).unwrap();
    let findings = run(&Check { options: file.options(|_| None).unwrap(), prompts: None }).await;
    let text = the_one_missing(&findings);
    assert!(text.contains("cannot be reached") && text.contains("enabled = yes"), "{text}");
    assert!(!format!("{findings:?}").contains("hush"));
}

#[tokio::test]
async fn queues_are_looked_at() {
    let findings = checked(Lacks::default(), "").await;
    let queues = findings.iter().find(|finding| finding.text.starts_with("queues: 1")).unwrap();
    assert!(queues.text.contains("1 by device, 1 through the dialplan"), "{}", queues.text);
    assert!(queues.text.contains("1 belong to no extension here") && queues.text.contains("PJSIP/desk-1"));
    let findings = checked(Lacks { actions: &["QueuePause"], ..Lacks::default() }, "").await;
    assert!(matches!(with(&findings, Verdict::Missing).as_slice(), [one] if one.contains("right `agent`: QueuePause")));
    let findings = checked(Lacks { actions: &["QueueStatus", "QueuePause"], ..Lacks::default() }, "").await;
    assert!(with(&findings, Verdict::Missing).is_empty(), "a PBX without queues needs no right for them");
}

#[tokio::test]
async fn a_version_that_is_too_old_is_said_first() {
    for version in ["11.25.3", "12.8.2"] {
        let findings = checked(Lacks { version, ..Lacks::default() }, "").await;
        assert!(findings[1].verdict == Verdict::Missing && findings[1].text.contains(version), "{findings:#?}");
    }
    assert!(with(&checked(Lacks { version: "13.38.3", ..Lacks::default() }, "").await, Verdict::Missing).is_empty());
}

#[tokio::test]
async fn a_module_that_is_missing_is_named_with_what_it_breaks() {
    let lacks = Lacks { modules: &["func_cut", "app_chanspy"], ..Lacks::default() };
    let findings = checked(lacks, "").await;
    let missing = with(&findings, Verdict::Missing);
    assert_eq!(missing.len(), 2, "{findings:#?}");
    assert!(missing[0].starts_with("module app_chanspy: not loaded, so there is no listening"), "{missing:#?}");
    assert!(missing[1].starts_with("module func_cut:") && missing[1].contains("the reminder"), "{missing:#?}");

    // Without the right `system` functions are still seen by their values; applications are not.
    let lacks = Lacks { actions: &["ModuleCheck"], modules: &["func_timeout", "app_read"], ..Lacks::default() };
    let findings = checked(lacks, "").await;
    assert!(the_one_missing(&findings).starts_with("module func_timeout:"), "{findings:#?}");
    let unknown = with(&findings, Verdict::NotChecked);
    assert!(unknown.iter().any(|text| text.contains("app_read") && text.contains("`system`")), "{unknown:#?}");
}
