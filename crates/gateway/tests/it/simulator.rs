//! The simulator through HTTP: control, a whole call, recordings, streams, the end.

use std::time::Duration;

use crate::support::{Gateway, PATIENCE};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uncall_gateway::Settings;

impl Gateway {
    async fn hands(&self, path: &str, body: &str) -> (u16, Value) {
        let answer = self.post(path, None, body.as_bytes()).await;
        (answer.status, serde_json::from_slice(&answer.body).unwrap_or_default())
    }

    async fn do_to(&self, phone: &str) {
        let (status, answer) = self.hands(&format!("/sim/{phone}"), "").await;
        assert_eq!(status, 200, "{phone}: {answer}");
    }

    async fn ring_801(&self) -> String {
        let (status, answer) = self.hands("/sim/calls", r#"{"from":"13421829060","to":"801"}"#).await;
        assert_eq!(status, 200, "{answer}");
        answer["uid"].as_str().unwrap().to_owned()
    }

    async fn verb(&self, operation: &str, arguments: &[(&str, &str)]) -> String {
        let inner = self.call(operation, arguments).await;
        assert!(inner.contains("<result>1</result>"), "{operation}: {inner}");
        let message = inner.split("<Message>").nth(1).and_then(|rest| rest.split("</Message>").next());
        message.unwrap_or_default().to_owned()
    }
}

/// The stream of an extension, as far as it has come.
struct Stream {
    socket: TcpStream,
    text: String,
}

impl Stream {
    async fn open(gateway: &Gateway, exten: &str) -> Stream {
        let mut socket = TcpStream::connect(gateway.address).await.unwrap();
        let head = format!("GET /uncall_services_api/events?exten={exten} HTTP/1.1\r\nHost: pbx\r\n\r\n");
        socket.write_all(head.as_bytes()).await.unwrap();
        Stream { socket, text: String::new() }
    }

    /// Reads until `wanted` has come; false when the stream has ended before.
    async fn until(&mut self, wanted: &str) -> bool {
        let mut piece = [0; 4096];
        while !self.text.contains(wanted) {
            let read = tokio::time::timeout(PATIENCE, self.socket.read(&mut piece)).await.unwrap().unwrap();
            if read == 0 {
                return false;
            }
            self.text.push_str(&String::from_utf8_lossy(&piece[..read]));
        }
        true
    }
}

#[tokio::test]
async fn a_call_from_its_ringing_to_its_recording() {
    let gateway = Gateway::controlled().await;
    let mut stream = Stream::open(&gateway, "801").await;
    assert!(stream.until("event: snapshot").await);
    let uid = gateway.ring_801().await;
    assert!(stream.until("\"state\":\"ringing\"").await);
    let current = gateway.call("popEvent", &[("strExten", "801")]).await;
    assert_eq!(
        current,
        format!(
            "<uncall><result>1</result><popEvent><calla>13421829060</calla><callb>801</callb><uid>{uid}</uid><status>callin</status></popEvent></uncall>"
        )
    );
    gateway.do_to("extensions/801/answer").await;
    assert!(stream.until("\"state\":\"talking\"").await);
    let channel = gateway.verb("keepCalling", &[("strExten", "801")]).await;
    assert!(stream.until(&format!("\"channel\":\"{channel}\"")).await);
    gateway.verb("restoreCalling", &[("strAgent", "801"), ("strExten", &channel)]).await;
    gateway.verb("monitorExten", &[("strAgent", "803"), ("strExten", "801")]).await;
    gateway.do_to("extensions/803/answer").await;
    let state: Value = serde_json::from_slice(&gateway.get("/sim/state").await.body).unwrap();
    let listener = state["calls"].as_array().unwrap().iter().flat_map(|call| call["legs"].as_array().unwrap());
    let listener = listener.filter(|leg| leg["party"] == "803").collect::<Vec<_>>();
    assert_eq!(listener[0]["hears"], serde_json::json!(["801", "13421829060"]));
    let metrics = gateway.get("/metrics").await.text();
    assert!(metrics.contains("uncall_event_streams 1\n"), "{metrics}");
    assert!(metrics.contains("uncall_requests_total{operation=\"keepCalling\",outcome=\"done\"} 1\n"), "{metrics}");
    assert!(metrics.contains("uncall_extensions{presence=\"idle\"} 10\n"), "{metrics}");

    let transfer = async { gateway.verb("transferCall", &[("strAgent", "801"), ("strExten", "802")]).await };
    let answer = async {
        assert!(stream.until("\"state\":\"transferring\"").await);
        gateway.do_to("extensions/802/answer").await;
        assert!(stream.until("\"reason\":\"transferred\"").await);
    };
    let (message, ()) = tokio::join!(transfer, answer);
    assert_eq!(message, "Transfer successful");
    let refused = gateway.call("getRecording", &[("uid", &uid)]).await;
    assert!(refused.contains("<result>0</result>") && refused.contains("Recording not ready"), "{refused}");
    gateway.verb("hangUp", &[("strAgent", "802")]).await;
    let recorded = gateway.call("getRecording", &[("uid", &uid)]).await;
    let files = recorded.split("<files>").nth(1).unwrap().split("</files>").next().unwrap();
    assert!(files.starts_with("audio:801-13421829060-") && files.ends_with(&format!("{uid}.wav")), "{files}");
    listen_to(&gateway, files).await;
}

async fn listen_to(gateway: &Gateway, files: &str) {
    let path = format!("/outbound/index.php/RecordingAction/index.php?m=Public&a=record&uniqueid={files}");
    let sound = gateway.get(&path).await;
    assert_eq!((sound.status, sound.header("content-type")), (200, Some("audio/wav")));
    assert_eq!(sound.header("content-length").unwrap(), sound.body.len().to_string());
    assert_eq!(&sound.body[..4], b"RIFF");
    let name = files.strip_prefix("audio:").unwrap();
    assert_eq!(sound.header("content-disposition"), Some(format!("inline; filename=\"{name}\"").as_str()));
    let head = format!("GET {path} HTTP/1.1\r\nHost: pbx\r\nRange: bytes=4-43\r\nConnection: close\r\n\r\n");
    let part = gateway.raw(head.as_bytes()).await;
    assert_eq!((part.status, part.body.as_slice()), (206, &sound.body[4..44]));
    assert_eq!(part.header("content-range"), Some(format!("bytes 4-43/{}", sound.body.len()).as_str()));
    let head = format!("GET {path} HTTP/1.1\r\nHost: pbx\r\nRange: bytes=99999999-\r\nConnection: close\r\n\r\n");
    assert_eq!(gateway.raw(head.as_bytes()).await.status, 416);
    let path = "/outbound/index.php/RecordingAction/index.php";
    for (query, status) in [("", 400), ("?uniqueid=audio:no.wav", 404), ("?uniqueid=audio:../../etc/passwd", 404)] {
        assert_eq!(gateway.get(&format!("{path}{query}")).await.status, status, "{query}");
    }
}

#[tokio::test]
async fn hands_that_slip_are_told_why() {
    let gateway = Gateway::controlled().await;
    for (path, body, status) in [
        ("/sim/calls", "", 400),
        ("/sim/calls", "{}", 400),
        ("/sim/calls", r#"{"from":"x","to":"801"}"#, 400),
        ("/sim/calls", r#"{"from":"","to":"801"}"#, 400),
        ("/sim/calls", r#"{"from":"13421829060","to":"899"}"#, 404),
        ("/sim/extensions/801/answer", "", 409),
        ("/sim/extensions/801/hangup", "", 409),
        ("/sim/extensions/801/dance", "", 404),
        ("/sim/extensions/899/answer", "", 404),
        ("/sim/extensions/8%0a1/answer", "", 400),
        ("/sim/numbers/13421829060/answer", "", 409),
        ("/sim/numbers/13421829060/unregister", "", 400),
        ("/sim/numbers/abc/answer", "", 400),
    ] {
        let (answered, words) = gateway.hands(path, body).await;
        assert_eq!(answered, status, "{path} {body}");
        assert!(words["error"].as_str().is_some_and(|text| !text.is_empty()), "{path} {body}: {words}");
    }
    gateway.do_to("extensions/801/unregister").await;
    assert_eq!(gateway.hands("/sim/calls", r#"{"from":"801","to":"802"}"#).await.0, 409);
    gateway.do_to("extensions/801/register").await;
    assert_eq!(gateway.hands("/sim/calls", r#"{"from":"801","to":"802"}"#).await.0, 200);
    assert_eq!(gateway.hands("/sim/calls", r#"{"from":"801","to":"803"}"#).await.0, 409, "in a call");
    gateway.do_to("extensions/802/decline").await;
}

#[tokio::test]
async fn without_the_flag_there_are_no_hands() {
    let gateway = Gateway::start(false, Settings::default()).await;
    assert_eq!(gateway.post("/sim/calls", None, br#"{"from":"13421829060","to":"801"}"#).await.status, 404);
    assert_eq!(gateway.get("/sim/state").await.status, 404);
}

#[tokio::test]
async fn with_once_a_poll_reports_a_call_once() {
    let gateway = Gateway::start(true, Settings { once: true, ..Settings::default() }).await;
    gateway.ring_801().await;
    assert!(gateway.call("popEvent", &[("strExten", "801")]).await.contains("<result>1</result>"));
    assert!(gateway.call("popEvent", &[("strExten", "801")]).await.contains("<result>0</result>"));
}

#[tokio::test]
async fn a_verb_is_carried_through_when_its_asker_has_gone() {
    let gateway = Gateway::controlled().await;
    gateway.ring_801().await;
    gateway.do_to("extensions/801/answer").await;
    let mut stream = Stream::open(&gateway, "801").await;
    assert!(stream.until("\"state\":\"talking\"").await);
    let body = crate::support::envelope("transferCall", &[("strAgent", "801"), ("strExten", "802")]);
    let mut asker = TcpStream::connect(gateway.address).await.unwrap();
    let head = format!(
        "POST /uncall_services_api/index.php HTTP/1.1\r\nHost: pbx\r\nContent-Type: text/xml\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    asker.write_all(head.as_bytes()).await.unwrap();
    assert!(stream.until("\"state\":\"transferring\"").await);
    drop(asker);
    gateway.do_to("extensions/802/answer").await;
    assert!(stream.until("\"reason\":\"transferred\"").await);
    // It is written down although nobody waits for the answer.
    let counted = async {
        while !gateway.get("/metrics").await.text().contains("operation=\"transferCall\",outcome=\"done\"} 1\n") {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, counted).await.unwrap();
}

#[tokio::test]
async fn stopping_ends_streams_and_idle_connections_and_lets_requests_finish() {
    let gateway = Gateway::controlled().await;
    gateway.ring_801().await;
    gateway.do_to("extensions/801/answer").await;
    let mut stream = Stream::open(&gateway, "801").await;
    assert!(stream.until("\"state\":\"talking\"").await);
    let idle = TcpStream::connect(gateway.address).await.unwrap();
    let address = gateway.address;
    // A request that is running: its body is not there yet.
    let body = crate::support::envelope("UncallWorld", &[("text", "late")]);
    let mut running = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /uncall_services_api/index.php HTTP/1.1\r\nHost: pbx\r\nContent-Type: text/xml\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    running.write_all(head.as_bytes()).await.unwrap();
    let mut go = [0; 25];
    running.read_exact(&mut go).await.unwrap();
    assert_eq!(&go[..12], b"HTTP/1.1 100");

    let stopped = gateway.stop();
    assert!(!stream.until("never").await, "the stream ends");
    running.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    running.read_to_string(&mut answer).await.unwrap();
    assert!(answer.contains("200 OK") && answer.contains("UncallWorld:late"), "{answer}");
    tokio::time::timeout(Duration::from_secs(4), stopped).await.expect("well before the bound").unwrap().unwrap();
    drop(idle);
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn stopping_does_not_wait_for_ever() {
    let gateway = Gateway::controlled().await;
    gateway.ring_801().await;
    gateway.do_to("extensions/801/answer").await;
    let mut stream = Stream::open(&gateway, "801").await;
    let body = crate::support::envelope("transferCall", &[("strAgent", "801"), ("strExten", "802")]);
    let mut asker = TcpStream::connect(gateway.address).await.unwrap();
    let head = format!(
        "POST /uncall_services_api/index.php HTTP/1.1\r\nHost: pbx\r\nContent-Type: text/xml\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    asker.write_all(head.as_bytes()).await.unwrap();
    assert!(stream.until("\"state\":\"transferring\"").await);
    // The transfer would take fifteen seconds.
    tokio::time::timeout(Duration::from_secs(9), gateway.stop()).await.expect("five seconds").unwrap().unwrap();
}
