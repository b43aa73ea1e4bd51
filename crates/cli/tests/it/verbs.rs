//! Every verb: its object, its words, and what reached the server.

use uncall_contract::{Operation, Reason, Refusal, inner};

use crate::{
    command, run,
    server::{Answer, Server, description, healthy, http, soap},
    uncall,
};

#[test]
fn every_verb_prints_its_object() {
    let server = Server::start(healthy);
    let url = server.url("/outbound/index.php/RecordingAction/index.php?m=Public&a=record&uniqueid=");
    let files = "audio:808-13632510278-20130625-093138-1372123897.17.wav";
    let done = |operation: &str| {
        format!(r#"{{"operation":"{operation}","ok":true,"response":"Success","message":"Well done"}}"#)
    };
    let expected = [
        ("ping hello", Operation::Ping, r#"{"operation":"UncallWorld","ok":true,"response":"UncallWorld:hello"}"#.into()),
        ("dial 13800138000", Operation::Dial, r#"{"operation":"OnClickCall","ok":true,"response":"Success","message":"Originate successfully queued","actionId":"echoed","number":"13800138000"}"#.into()),
        ("current", Operation::Current, r#"{"operation":"popEvent","ok":true,"call":{"calla":"13421829060","callb":"802","uid":"1372123897.17","status":"callin"}}"#.into()),
        ("recording 1372123897.17", Operation::Recording, format!(r#"{{"operation":"getRecording","ok":true,"files":"{files}","url":"{url}{files}"}}"#)),
        ("busy", Operation::Busy, done("setBuys")),
        ("idle", Operation::Idle, done("setIdle")),
        ("hold", Operation::Hold, r#"{"operation":"keepCalling","ok":true,"response":"Success","message":"SIP/802-00000023"}"#.into()),
        ("restore SIP/802-00000023", Operation::Restore, done("restoreCalling")),
        ("transfer 803", Operation::Transfer, done("transferCall")),
        ("survey", Operation::Survey, done("feedBack")),
        ("listen 803", Operation::Listen, done("monitorExten")),
        ("whisper 803", Operation::Whisper, done("whisper")),
        ("hangup", Operation::HangUp, done("hangUp")),
    ];
    assert_eq!(expected.len(), Operation::ALL.len());
    for (words, operation, object) in expected {
        let ended = uncall(&server, &format!("--json {words}"));
        assert_eq!((ended.status, &*ended.stdout, &*ended.stderr), (0, &*format!("{object}\n"), ""), "{words}");
        assert_eq!(server.calls(operation), 1, "{words}");
    }
}

#[test]
fn without_json_it_says_the_same_in_words() {
    let server = Server::start(healthy);
    for (words, said) in [
        ("ping hello", "the server answers: hello\n"),
        ("dial 1", "dialling 1: Success, Originate successfully queued (action id echoed)\n"),
        ("current", "callin 13421829060 -> 802, uid 1372123897.17\n"),
        ("hold", "held; to take it back: uncall restore SIP/802-00000023\n"),
        ("hangup", "Well done\n"),
    ] {
        let ended = uncall(&server, words);
        assert_eq!((ended.status, &*ended.stdout, &*ended.stderr), (0, said, ""), "{words}");
    }
}

#[test]
fn no_call_is_null() {
    let server = Server::start(|seen| match seen.operation() {
        Some(operation) => Answer::Bytes(soap(operation, "<uncall><result>0</result><popEvent/></uncall>")),
        None => healthy(seen),
    });
    let ended = uncall(&server, "current --json");
    assert_eq!((ended.status, &*ended.stdout), (0, "{\"operation\":\"popEvent\",\"ok\":true,\"call\":null}\n"));
    assert_eq!(uncall(&server, "current").stdout, "no call\n");
}

#[test]
fn a_refusal_prints_its_object_and_its_reason_and_ends_with_1() {
    for (words, operation, reason, object, said) in [
        (
            "hangup",
            Operation::HangUp,
            Reason::NoChannels,
            r#"{"operation":"hangUp","ok":false,"response":"Error","message":"No Channels"}"#,
            "No Channels",
        ),
        (
            "transfer 803",
            Operation::Transfer,
            Reason::TargetNotIdle,
            r#"{"operation":"transferCall","ok":false,"response":"Error","message":"Exten is not idle"}"#,
            "Exten is not idle",
        ),
        (
            "dial 1 --action-id mine",
            Operation::Dial,
            Reason::Unavailable,
            r#"{"operation":"OnClickCall","ok":false,"response":"Busy","message":"Busy","actionId":"mine","number":"1"}"#,
            "Busy",
        ),
        (
            "recording 1.1",
            Operation::Recording,
            Reason::NoRecording,
            r#"{"operation":"getRecording","ok":false,"#,
            "there is no recording of this call",
        ),
    ] {
        let server = Server::start(move |seen| match seen.operation() {
            Some(_) => Answer::Bytes(soap(operation, &inner::write(operation, &Err(Refusal::new(operation, reason))))),
            None => healthy(seen),
        });
        let ended = uncall(&server, &format!("--json {words}"));
        assert_eq!(ended.status, 1, "{words}");
        assert!(ended.stdout.starts_with(object) && ended.stdout.lines().count() == 1, "{}", ended.stdout);
        assert_eq!(ended.stderr, format!("uncall: refused: {said}\n"));
        let ended = uncall(&server, words);
        assert_eq!((ended.status, &*ended.stdout), (1, ""), "{words}");
        assert_eq!(server.calls(operation), 2, "a refusal is an answer: nothing is tried again");
    }
}

#[test]
fn typed_separators_are_dropped_and_the_id_is_passed_on() {
    let server = Server::start(healthy);
    let words = ["--action-id", "x<y&z", "dial", " (010) 6552-1234 "];
    let ended = run(command().args(["--server", server.wsdl().as_str(), "--exten", "802"]).args(words));
    assert_eq!(ended.status, 2, "the id belongs to dial");
    let words = ["dial", " (010) 6552-1234 ", "--action-id", "x<y&z"];
    let ended = run(command().args(["--server", server.wsdl().as_str(), "--exten", "802"]).args(words));
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    let body = server.seen().into_iter().find(|seen| seen.method == "POST").unwrap().body;
    assert!(body.contains(">01065521234<") && body.contains(">x&lt;y&amp;z<"), "{body}");
}

#[test]
fn numbers_go_out_as_they_are_meant() {
    for (words, sent, said) in [
        (["dial", "+44 (0)20 7946 0018"], "+442079460018", ""),
        (["dial", "+86 (010) 6552 1234"], "+861065521234", ""),
        (["dial", "010-6552 1234 转 9"], "01065521234", "then 9"),
        (["dial", "1-800-FLOWERS"], "18003569377", ""),
        (["dial", "17012345678-1234"], "17012345678", "then 1234"),
        (["dial", "李雷 13800138000"], "13800138000", "left out: 李雷"),
        (["transfer", "8 03"], "803", ""),
        (["transfer", "+86 138 0013 8000"], "+8613800138000", ""),
        (["transfer", "agent-2"], "agent-2", ""),
    ] {
        let server = Server::start(healthy);
        let ended = run(command().args(["--server", server.wsdl().as_str(), "--exten", "802"]).args(words));
        assert_eq!(ended.status, 0, "{words:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(said), "{words:?}: {}", ended.stderr);
        let body = server.seen().into_iter().find(|seen| seen.method == "POST").unwrap().body;
        assert!(body.contains(&format!(">{sent}<")), "{words:?}: {body}");
    }
}

#[test]
fn a_script_sees_what_was_dialled() {
    let server = Server::start(healthy);
    let dial = |options: &[&str]| {
        let ended = run(command().args(["--server", server.wsdl().as_str(), "--exten", "802", "dial"]).args(options));
        assert_eq!(ended.status, 0, "{}", ended.stderr);
        ended.stdout
    };
    let said = dial(&["010-65521234-801 (李雷)"]);
    assert_eq!(
        said,
        "dialling 01065521234, then 801 (not sent), left out \"李雷\": Success, Originate successfully queued (action id echoed)\n"
    );
    let object: serde_json::Value = serde_json::from_str(&dial(&["010-65521234-801 (李雷)", "--json"])).unwrap();
    assert_eq!(
        (&object["number"], &object["notSent"], &object["leftOut"]),
        (&"01065521234".into(), &"801".into(), &"李雷".into())
    );
}

#[test]
fn the_environment_fills_in_and_ping_and_recording_need_no_extension() {
    let server = Server::start(healthy);
    let with = |exten: Option<&str>, words: &str| {
        let mut command = command();
        command.env("UNCALL_SERVER", server.wsdl().as_str()).args(words.split(' '));
        if let Some(exten) = exten {
            command.env("UNCALL_EXTEN", exten);
        }
        run(&mut command)
    };
    assert_eq!(with(Some("801"), "busy").status, 0);
    assert!(server.seen().last().unwrap().body.contains(">801<"));
    assert_eq!(with(Some("801"), "--exten 803 busy").status, 0);
    assert!(server.seen().last().unwrap().body.contains(">803<"));
    for exten in [None, Some(""), Some("not an extension")] {
        assert_eq!(with(exten, "ping").status, 0);
        assert_eq!(with(exten, "recording 1.1").status, 0);
        assert_eq!(with(exten, "busy").status, 2);
    }
}

#[test]
fn text_from_the_server_does_not_steer_the_terminal() {
    let server = Server::start(|seen| match seen.operation() {
        Some(operation) => Answer::Bytes(soap(
            operation,
            "<uncall><result>0</result><Response>Error</Response><Message>bad \u{9b}31m news</Message></uncall>",
        )),
        None => healthy(seen),
    });
    let ended = uncall(&server, "hangup");
    assert_eq!(ended.stderr, "uncall: refused: bad \u{fffd}31m news\n");
}

#[test]
fn a_proxy_is_used_for_others_but_never_for_loopback() {
    let proxy = Server::start(|_| Answer::Bytes(http("502 Bad Gateway", "", "proxied")));
    let server = Server::start(healthy);
    let proxied = |address: &str| {
        let mut command = command();
        command.env("HTTP_PROXY", proxy.url("").as_str()).env("http_proxy", proxy.url("").as_str());
        run(command.args(["--server", address, "--timeout", "5", "--json", "ping"]))
    };
    assert_eq!(proxied(server.wsdl().as_str()).status, 0);
    assert!(proxy.seen().is_empty());
    let ended = proxied("http://pbx.invalid/index.php?wsdl");
    assert_eq!(ended.status, 4, "{ended:?}");
    assert_eq!(proxy.seen()[0].target, "http://pbx.invalid/index.php?wsdl");
}

/// Each server makes its own uids; what `current` shows is what `recording` and `--uid` take.
#[test]
fn any_uid_that_current_shows_is_taken() {
    let long = "a".repeat(300);
    for uid in [
        "1372123897.17",
        "{6F9619FF-8B86-D011-B42D-00C04FC964FF}",
        "pbx:1372123897.17;2@10.0.0.5/b",
        "-1372123897.17",
        "../../etc/passwd",
        "$(reboot) & 'x' \"y\" <z>",
        "通话 17",
        &long,
    ] {
        let escaped = uid.replace('&', "&amp;").replace('<', "&lt;");
        let shown = escaped.clone();
        let server = Server::start(move |seen| match seen.operation() {
            Some(operation @ Operation::Current) => Answer::Bytes(soap(
                operation,
                &format!(
                    "<uncall><result>1</result><calla>1</calla><callb>2</callb><uid>{shown}</uid><status>callin</status></uncall>"
                ),
            )),
            Some(_) => healthy(seen),
            None => description(seen, TAKES_UID),
        });
        let current: serde_json::Value = serde_json::from_str(&uncall(&server, "--json current").stdout).unwrap();
        let shown = current["call"]["uid"].as_str().unwrap();
        assert_eq!(shown, uid);
        let with =
            |words: &[&str]| run(command().args(["--server", server.wsdl().as_str(), "--exten", "802"]).args(words));
        let ended = with(&["recording", shown, "--json"]);
        assert_eq!(ended.status, 0, "{uid}: {ended:?}");
        let ended = with(&["hold", "--uid", shown]);
        assert_eq!(ended.status, 0, "{uid}: {ended:?}");
        let sent: Vec<String> =
            server.seen().into_iter().filter(|seen| seen.method == "POST").map(|seen| seen.body).collect();
        let escaped = escaped.replace('>', "&gt;");
        assert!(sent[1].contains(&format!(">{escaped}<")), "{}", sent[1]);
        assert!(sent[2].contains(&format!("strUid>{escaped}<")), "{}", sent[2]);
    }
}

const TAKES_UID: &str = "Link: <#strUid>; rel=\"uncall-arguments\"\r\n";

#[test]
fn a_verb_about_one_call_is_sent_only_where_the_server_takes_its_uid() {
    let verbs = [
        ("hold", Operation::Hold),
        ("transfer 803", Operation::Transfer),
        ("survey", Operation::Survey),
        ("hangup", Operation::HangUp),
    ];
    let taking = Server::start(|seen| match seen.operation() {
        Some(_) => healthy(seen),
        None => description(seen, TAKES_UID),
    });
    let old = Server::start(healthy);
    for (words, operation) in verbs {
        assert_eq!(uncall(&taking, &format!("{words} --uid 1.17")).status, 0, "{words}");
        let body = taking.seen().last().unwrap().body.clone();
        assert!(body.contains("strUid>1.17<"), "{body}");

        let ended = uncall(&old, &format!("--json {words} --uid 1.17"));
        assert_eq!((ended.status, old.calls(operation)), (1, 0), "{words}: {ended:?}");
        let object: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
        assert_eq!((&object["ok"], &object["operation"]), (&false.into(), &operation.name().into()));
        assert!(object["message"].as_str().unwrap().contains("--uid"), "{object}");
        assert!(ended.stderr.starts_with("uncall: refused: the server takes no --uid"), "{}", ended.stderr);

        assert_eq!(uncall(&old, words).status, 0, "{words} without it");
        assert!(!old.seen().last().unwrap().body.contains("strUid"));
    }
    let nobody = Server::start(|_| Answer::Close);
    let ended = uncall(&nobody, "--timeout 1 --json hangup --uid 1.17");
    assert_eq!(ended.status, 3, "{ended:?}");
}

#[test]
fn a_reason_is_sent_where_the_server_takes_it_and_busy_goes_without_it_elsewhere() {
    let taking = Server::start(|seen| match seen.operation() {
        Some(_) => healthy(seen),
        None => description(seen, TAKES_UID),
    });
    let busy = |server: &Server| {
        run(command().args(["--server", server.wsdl().as_str(), "--exten", "802", "busy", "--reason", "lunch & rest"]))
    };
    let ended = busy(&taking);
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""), "{ended:?}");
    assert!(taking.seen().last().unwrap().body.contains("strReason>lunch &amp; rest<"));
    let old = Server::start(healthy);
    let ended = busy(&old);
    assert_eq!((ended.status, old.calls(Operation::Busy)), (0, 1), "{ended:?}");
    assert!(ended.stderr.contains("takes no --reason"), "{}", ended.stderr);
    assert!(!old.seen().last().unwrap().body.contains("strReason"));
}

#[test]
fn queues_are_shown_and_changed_where_the_server_has_them() {
    const LINK: &str = "Link: </q>; rel=\"uncall-queues\"\r\n";
    let having = Server::start(|seen| match (seen.method.as_str(), seen.target.as_str()) {
        ("GET", "/q?exten=802") => Answer::Bytes(http(
            "200 OK",
            "",
            r#"{"exten":"802","queues":[{"name":"support","paused":true,"reason":"lunch","waiting":2,"waiting_since":"2026-03-04T05:06:07Z"}],"more":1}"#,
        )),
        ("POST", "/q") if seen.body.contains("\"sales\"") => Answer::Bytes(http("200 OK", "", r#"{"ok":true}"#)),
        ("POST", "/q") => Answer::Bytes(http("200 OK", "", r#"{"ok":false,"message":"No such queue"}"#)),
        _ => description(seen, LINK),
    });
    let ended = uncall(&having, "queues");
    assert_eq!(ended.status, 0, "{ended:?}");
    assert_eq!(ended.stdout, "support: paused (lunch), 2 waiting, the longest since 2026-03-04T05:06:07Z\n");
    let ended = uncall(&having, "--json queues");
    let object: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((&object["operation"], &object["ok"]), (&"queues".into(), &true.into()));
    assert_eq!(object["queues"][0]["reason"], "lunch", "{object}");
    let ended = uncall(&having, "--json queues login sales");
    assert_eq!((ended.status, ended.stdout.trim()), (0, r#"{"operation":"queueLogin","ok":true}"#), "{ended:?}");
    assert_eq!(having.seen().last().unwrap().body, r#"{"exten":"802","queue":"sales","do":"login"}"#);
    let ended = uncall(&having, "--json queues logout other");
    assert_eq!(ended.status, 1, "{ended:?}");
    assert_eq!(ended.stdout.trim(), r#"{"operation":"queueLogout","ok":false,"message":"No such queue"}"#);
    assert!(ended.stderr.contains("No such queue"));

    let old = Server::start(healthy);
    for words in ["queues", "queues login sales"] {
        let ended = uncall(&old, words);
        assert_eq!(ended.status, 1, "{ended:?}");
        assert!(ended.stderr.contains("the server has no queues"), "{ended:?}");
    }
    assert!(old.seen().iter().all(|seen| seen.is_wsdl()));
    let losing = Server::start(|seen| if seen.method == "POST" { Answer::Close } else { description(seen, LINK) });
    assert_eq!(uncall(&losing, "queues login sales").status, 5, "it may have been done");
}
