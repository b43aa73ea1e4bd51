//! The audit log, read back from its file.

use serde_json::Value;

use crate::access;
use crate::support::{Gateway, basic, request};

/// From where, which operation with which arguments and login, and the status it has.
type Asked<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], &'a str, u16);

#[tokio::test]
async fn every_verb_is_a_line_and_no_line_holds_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let mut settings = access::settings();
    settings.access.audit_file = Some(path.clone());
    let gateway = Gateway::start(true, settings).await;
    let agent = basic("li.na", "geheim:ä");
    let long = "9".repeat(500);
    let proxy = "X-Forwarded-For: 203.0.113.9\r\nX-Remote-User: boss\r\n";
    let asked: [Asked<'_>; 8] = [
        ("127.0.0.1", "setBuys", &[("strExten", "802")], &agent, 200),
        ("127.0.0.1", "popEvent", &[("strExten", "802")], &agent, 200),
        ("127.0.0.1", "hangUp", &[("strAgent", "802")], &agent, 200),
        ("127.0.0.1", "hangUp", &[("strAgent", "803")], &agent, 403),
        ("127.0.0.2", "OnClickCall", &[("strExten", "801"), ("strToTel", &long)], "", 200),
        ("127.0.0.3", "monitorExten", &[("strAgent", "801"), ("strExten", "805\u{1b}[31m")], proxy, 403),
        ("127.0.0.1", "hangUp", &[("strAgent", "802")], &basic("li.na", "GEHEIM1"), 401),
        ("127.0.0.1", "hangUp", &[("strAgent", "802")], &basic("GEHEIM2", "x"), 401),
    ];
    for (from, operation, arguments, head, status) in asked {
        let answer = gateway.raw_from(from, &request(operation, arguments, head)).await;
        assert_eq!(answer.status, status, "{operation}: {}", answer.text());
    }
    gateway.raw(&request("hangUp", &[("strAgent", "802")], "")).await;

    gateway.stop().await.unwrap().unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    for secret in ["geheim", "GEHEIM", "Basic", "argon2", "\u{1b}"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let said = |line: &Value| {
        let part = |key: &str| line[key].as_str().unwrap_or("-").to_owned();
        ["operation", "user", "way", "from", "via", "exten", "outcome"].map(part).join(" ")
    };
    let said: Vec<String> = lines.iter().map(said).collect();
    assert_eq!(
        said,
        [
            "setBuys li.na password 127.0.0.1 - 802 done",
            "hangUp li.na password 127.0.0.1 - 802 No Channels",
            "hangUp li.na password 127.0.0.1 - 803 403",
            "OnClickCall - open 127.0.0.2 - 801 The number is longer than 40 characters",
            "monitorExten boss proxy 203.0.113.9 127.0.0.3 801 403",
            "- li.na - 127.0.0.1 - - 401",
            "- - - 127.0.0.1 - - 401",
        ]
    );
    assert_eq!(lines[3]["arguments"][1].as_str().unwrap().len(), 64);
    assert!(lines[0]["time"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok());
}

#[tokio::test]
async fn who_listened_to_what_is_written_down() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let mut settings = access::settings();
    settings.access.audit_file = Some(path.clone());
    let gateway = Gateway::start(true, settings).await;
    let hands = async |path: &str, body: &str| {
        let length = body.len();
        let head =
            format!("POST {path} HTTP/1.1\r\nHost: pbx\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}");
        gateway.raw(head.as_bytes()).await.text()
    };
    let uid = hands("/sim/calls", r#"{"from":"13421829060","to":"802"}"#).await;
    let uid = uid.split('"').nth(3).unwrap().to_owned();
    hands("/sim/extensions/802/answer", "").await;
    hands("/sim/extensions/802/hangup", "").await;
    let named = gateway.raw(&request("getRecording", &[("uid", &uid)], &basic("boss", "chef"))).await.inner();
    let file = named.split("audio:").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let listen = async |head: &str| {
        let path = format!("/outbound/index.php/RecordingAction/index.php?m=Public&a=record&uniqueid=audio:{file}");
        let head = format!("GET {path} HTTP/1.1\r\nHost: pbx\r\nConnection: close\r\n{head}\r\n");
        gateway.raw(head.as_bytes()).await.status
    };
    assert_eq!(listen(&basic("boss", "chef")).await, 200);
    assert_eq!(listen("Authorization: Bearer wert\r\n").await, 403);
    gateway.stop().await.unwrap().unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let heard: Vec<&Value> = lines.iter().filter(|line| line["operation"] == "recording").collect();
    assert_eq!(heard.len(), 2, "{text}");
    for (line, user, outcome) in [(heard[0], "boss", "done"), (heard[1], "wang", "403")] {
        assert_eq!((line["user"].as_str(), line["outcome"].as_str()), (Some(user), Some(outcome)));
        assert_eq!((line["arguments"][0].as_str(), line["exten"].as_str()), (Some(file.as_str()), None));
    }
}
