//! Who may do what, over real sockets: every way to log in, every right, every operation, in one gateway at once.

use uncall_contract::Operation;
use uncall_gateway::access::secret;
use uncall_gateway::{Settings, access::Group};

use crate::support::{Answer, Gateway, basic, envelope, request};

/// From here no login is needed.
const OPEN: &str = "127.0.0.2";
/// Here is the trusted proxy.
const PROXY: &str = "127.0.0.3";
/// From here everybody has to log in.
const ELSEWHERE: &str = "127.0.0.1";

/// 801 supervises 801 to 803; 805 is nobody's.
pub(crate) fn settings() -> Settings {
    let mut settings = Settings::default().with_groups([Group::new(&["801"], &["801-803"]).unwrap()]);
    let (boss, agent, token) =
        (secret::hash(b"chef").unwrap(), secret::hash("geheim:ä".as_bytes()).unwrap(), secret::digest("wert"));
    let agents = format!(
        "boss = {{ extension = \"801\", password = \"{boss}\" }}\n\"li.na\" = {{ extension = \"802\", password = \"{agent}\" }}\n\
         wang = {{ extension = \"803\", token_sha256 = \"{token}\" }}\nprometheus = {{ rights = [\"metrics\"], token_sha256 = \"{}\" }}\n",
        secret::digest("messen")
    );
    settings.access.roster.agents = toml::from_str(&agents).unwrap();
    settings.access.open = Some(vec![OPEN.parse().unwrap()]);
    settings.access.user_header = Some("X-Remote-User".into());
    settings.trusted_proxies = vec![PROXY.parse().unwrap()];
    settings
}

/// Somebody who asks: from where, and with which header lines.
struct Asker {
    name: &'static str,
    from: &'static str,
    head: String,
}

fn askers() -> Vec<(Asker, Who)> {
    let asker = |name, from, head: String| Asker { name, from, head };
    let proxied = |user: &str| format!("X-Forwarded-For: 203.0.113.9\r\nX-Remote-User: {user}\r\n");
    vec![
        (asker("open", OPEN, String::new()), Who::Open),
        (asker("agent by password", ELSEWHERE, basic("li.na", "geheim:ä")), Who::Agent("802")),
        (asker("agent by token", ELSEWHERE, "Authorization: Bearer wert\r\n".into()), Who::Agent("803")),
        (asker("agent by proxy", PROXY, proxied("li.na")), Who::Agent("802")),
        (asker("supervisor by password", ELSEWHERE, basic("boss", "chef")), Who::Boss),
        (asker("supervisor by proxy", PROXY, proxied("boss")), Who::Boss),
        (asker("a login counts in an open network too", OPEN, basic("li.na", "geheim:ä")), Who::Agent("802")),
        (asker("metrics", ELSEWHERE, "Authorization: Bearer messen\r\n".into()), Who::Metrics),
        (asker("nobody", ELSEWHERE, String::new()), Who::Nobody),
        (asker("wrong password", OPEN, basic("boss", "x")), Who::Nobody),
        (asker("wrong token", OPEN, "Authorization: Bearer x\r\n".into()), Who::Nobody),
        (asker("header without the proxy", ELSEWHERE, proxied("boss")), Who::Nobody),
        (asker("proxy without a name", PROXY, "X-Forwarded-For: 203.0.113.9\r\n".into()), Who::Nobody),
        (asker("unknown proxy in an open network", OPEN, "X-Forwarded-For: 127.0.0.2\r\n".into()), Who::Nobody),
    ]
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    Open,
    Agent(&'static str),
    Boss,
    Metrics,
    Nobody,
}

impl Who {
    fn acts_for(self, exten: &str) -> bool {
        match self {
            Who::Open => true,
            Who::Agent(own) => own == exten,
            Who::Boss => matches!(exten, "801" | "802" | "803"),
            Who::Metrics | Who::Nobody => false,
        }
    }

    /// The status that an operation of `first` about `second` has.
    fn status(self, operation: Operation, first: &str, second: &str) -> u16 {
        let supervises = |who: &str, whom: &str| who == "801" && matches!(whom, "802" | "803");
        let listens = match self {
            Who::Open => supervises(first, second),
            Who::Boss => supervises("801", second),
            Who::Agent(_) | Who::Metrics | Who::Nobody => false,
        };
        let may = match operation {
            Operation::Ping | Operation::Recording => true,
            Operation::Listen | Operation::Whisper => self.acts_for(first) && listens,
            Operation::Dial
            | Operation::Current
            | Operation::Busy
            | Operation::Idle
            | Operation::Hold
            | Operation::Restore
            | Operation::Transfer
            | Operation::Survey
            | Operation::HangUp => self.acts_for(first),
        };
        match (self, may) {
            (Who::Nobody, _) => 401,
            (_, true) => 200,
            (_, false) => 403,
        }
    }
}

async fn get(gateway: &Gateway, asker: &Asker, path: &str) -> Answer {
    let head = format!("GET {path} HTTP/1.1\r\nHost: pbx\r\nConnection: close\r\n{}\r\n", asker.head);
    gateway.raw_from(asker.from, head.as_bytes()).await
}

#[tokio::test]
async fn every_way_and_every_right_and_every_operation() {
    let gateway = Gateway::start(true, settings()).await;
    let mut seen = 0;
    for (asker, who) in askers() {
        for operation in Operation::ALL {
            for (first, second) in [("801", "802"), ("802", "803"), ("803", "805"), ("805", "802"), ("899", "899")] {
                let values = [first, second, ""];
                let arguments: Vec<_> = operation.parameters().iter().copied().zip(values).collect();
                let answer = gateway.raw_from(asker.from, &request(operation.name(), &arguments, &asker.head)).await;
                let expected = who.status(operation, first, second);
                assert_eq!(
                    answer.status,
                    expected,
                    "{}: {operation:?} {first} {second}: {}",
                    asker.name,
                    answer.text()
                );
                if expected != 200 {
                    assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
                    assert!(answer.text().ends_with(".\n"), "a sentence: {}", answer.text());
                }
                let challenges = answer.head.matches("www-authenticate: ").count();
                assert_eq!(challenges, if expected == 401 { 2 } else { 0 }, "{}", answer.head);
                seen += 1;
                if who == Who::Nobody && asker.name.starts_with("wrong") {
                    break;
                }
            }
            if who == Who::Nobody && asker.name.starts_with("wrong") {
                // More than a few would be slowed down.
                break;
            }
        }
    }
    assert!(seen > 700, "{seen}");
}

#[tokio::test]
async fn every_way_to_events_recordings_metrics_and_what_is_for_everybody() {
    let gateway = Gateway::start(true, settings()).await;
    for (asker, who) in askers().into_iter().filter(|(asker, _)| !asker.name.starts_with("wrong")) {
        for exten in ["801", "802", "803", "805"] {
            let mut events =
                crate::support::Events::open(gateway.connect_from(asker.from).await, exten, &asker.head).await;
            assert!(events.until("\r\n\r\n").await);
            let expected = who.status(Operation::Current, exten, "");
            assert!(
                events.text.starts_with(&format!("HTTP/1.1 {expected} ")),
                "{} {exten}: {}",
                asker.name,
                events.text
            );
        }
        let file = "audio:802-13421829060-20130625-093138-1372123897.17.wav";
        let path = format!("/outbound/index.php/RecordingAction/index.php?m=Public&a=record&uniqueid={file}");
        let recording = get(&gateway, &asker, &path);
        let heard = match who {
            Who::Open | Who::Boss | Who::Agent("802") => 404,
            Who::Agent(_) | Who::Metrics => 403,
            Who::Nobody => 401,
        };
        assert_eq!(recording.await.status, heard, "{}", asker.name);
        let measured = match who {
            Who::Open | Who::Metrics => 200,
            Who::Boss | Who::Agent(_) => 403,
            Who::Nobody => 401,
        };
        assert_eq!(get(&gateway, &asker, "/metrics").await.status, measured, "{}", asker.name);
        for path in ["/healthz", "/uncall_services_api/index.php?wsdl", "/uncall_services_api/index.php"] {
            assert_eq!(get(&gateway, &asker, path).await.status, 200, "{} {path}", asker.name);
        }
    }
}

#[tokio::test]
async fn a_recording_of_others_is_not_told_about() {
    let gateway = Gateway::start(true, settings()).await;
    // Calls itself from where no login is needed; /sim is for this machine.
    let hands = async |path: &str, body: &str| {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: pbx\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = gateway.raw(head.as_bytes()).await;
        assert_eq!(answer.status, 200, "{path}");
        answer.text()
    };
    let uid = hands("/sim/calls", r#"{"from":"13421829060","to":"802"}"#).await;
    let uid = uid.split('"').nth(3).unwrap().to_owned();
    hands("/sim/extensions/802/answer", "").await;
    hands("/sim/extensions/802/hangup", "").await;
    for (head, status) in [
        (basic("li.na", "geheim:ä"), 200),
        (basic("boss", "chef"), 200),
        ("Authorization: Bearer wert\r\n".to_owned(), 403),
        ("Authorization: Bearer messen\r\n".to_owned(), 403),
    ] {
        let answer = gateway.raw(&request("getRecording", &[("uid", &uid)], &head)).await;
        assert_eq!(answer.status, status, "{head}");
        assert_eq!(answer.text().contains("audio:802-13421829060-"), status == 200, "{}", answer.text());
    }
}

#[tokio::test]
async fn guessing_is_slowed_down_and_the_agents_beside_go_on() {
    let gateway = Gateway::start(true, settings()).await;
    let ask = async |user: &str, password: &str| {
        gateway.raw(&request("UncallWorld", &[("text", "x")], &basic(user, password))).await
    };
    assert_eq!(ask("li.na", "geheim:ä").await.status, 200);
    let mut slowed = None;
    for _ in 0..6 {
        let answer = ask("boss", "falsch").await;
        if answer.status == 429 {
            slowed = answer.header("retry-after").map(str::to_owned);
            break;
        }
        assert_eq!(answer.status, 401);
    }
    let wait: u64 = slowed.unwrap().parse().unwrap();
    assert!((1..=11).contains(&wait), "{wait}");
    assert_eq!(ask("boss", "chef").await.status, 429, "the right one has to wait for a moment too");
    assert_eq!(ask("li.na", "geheim:ä").await.status, 200);
    assert_eq!(
        gateway.raw(&request("UncallWorld", &[("text", "x")], "Authorization: Bearer wert\r\n")).await.status,
        200
    );
}

#[tokio::test]
async fn a_page_under_a_name_of_its_own_gets_nothing_from_an_open_gateway() {
    let gateway = Gateway::controlled().await;
    let body = envelope("setBuys", &[("strExten", "801")]);
    let post = async |host: &str, origin: &str| {
        let head = format!(
            "POST /uncall_services_api/index.php HTTP/1.1\r\nHost: {host}\r\n{origin}Content-Type: text/plain\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        gateway.raw(head.as_bytes()).await.status
    };
    assert_eq!(post("evil.example:8088", "Origin: http://evil.example:8088\r\n").await, 403, "rebound");
    assert_eq!(post("pbx.example:8088", "").await, 200, "an old client by a long name");
    assert_eq!(post("localhost:8088", "Origin: http://localhost:8088\r\n").await, 200);
    assert_eq!(post("10.2.0.1", "Origin: http://10.2.0.1\r\n").await, 200);
    for path in ["/uncall_services_api/events?exten=801", "/metrics", "/sim/state"] {
        let head = format!(
            "GET {path} HTTP/1.1\r\nHost: evil.example\r\nUser-Agent: Mozilla/5.0\r\nConnection: close\r\n\r\n"
        );
        assert_eq!(gateway.raw(head.as_bytes()).await.status, 403, "{path}");
    }
    let mut named = Settings::default();
    named.access.names = vec!["pbx.example".into()];
    let gateway = Gateway::start(true, named).await;
    let head = "GET /metrics HTTP/1.1\r\nHost: pbx.example\r\nUser-Agent: Mozilla/5.0\r\nConnection: close\r\n\r\n";
    assert_eq!(gateway.raw(head.as_bytes()).await.status, 200);
}

#[tokio::test]
async fn without_logins_a_stranger_is_not_asked_for_one() {
    let mut settings = Settings::default();
    settings.access.open = Some(vec![OPEN.parse().unwrap()]);
    let gateway = Gateway::start(true, settings).await;
    let answer = gateway.raw(&request("popEvent", &[("strExten", "801")], "")).await;
    assert_eq!(answer.status, 403);
    assert!(answer.text().contains("no logins") && !answer.head.contains("www-authenticate"), "{}", answer.head);
    assert_eq!(gateway.raw_from(OPEN, &request("popEvent", &[("strExten", "801")], "")).await.status, 200);
}

#[tokio::test]
async fn who_is_turned_away_can_go_on_with_the_same_connection() {
    let gateway = Gateway::start(true, settings()).await;
    let keep = |head: &str| String::from_utf8(request("UncallWorld", &[("text", "x")], head)).unwrap();
    let first = keep("").replace("Connection: close\r\n", "");
    let both = first + &keep(&basic("li.na", "geheim:ä"));
    let answer = gateway.raw(both.as_bytes()).await;
    assert_eq!(answer.status, 401);
    assert!(answer.text().contains("HTTP/1.1 200 OK") && answer.text().contains("UncallWorld:x"), "{}", answer.text());
}
