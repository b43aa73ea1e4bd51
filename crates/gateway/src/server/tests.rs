//! The event stream on a stopped clock, and a PBX that cannot be reached.

use std::sync::Weak;

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use jiff::Timestamp;
use tower::ServiceExt;
use uncall_contract::Extension;
use uncall_contract::event::Presence;
use uncall_simulator::{Options, Simulator};
use uncall_switch::calls::Fact;
use uncall_switch::{HISTORY, Hands, Sink};

use super::*;

struct Stand {
    app: Arc<App>,
    sim: Arc<Simulator>,
}

impl Stand {
    fn new() -> Stand {
        let sim = Simulator::start(Options { control: true, queues: Vec::new(), ..Options::default() });
        let local = "127.0.0.1:8088".parse().unwrap();
        let app = App::new(sim.clone(), None, Settings::default(), local, CancellationToken::new()).unwrap();
        Stand { app: Arc::new(app), sim }
    }

    async fn get(&self, path: &str, last: Option<&str>) -> axum::response::Response {
        self.get_from("127.0.0.1:5", path, last).await
    }

    async fn get_from(&self, peer: &str, path: &str, last: Option<&str>) -> axum::response::Response {
        let ends = Ends { peer: peer.parse().unwrap(), local: "127.0.0.1:8088".parse().unwrap(), tls: false };
        let mut request = Request::get(path).extension(ends).header("host", "pbx");
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        router(Arc::clone(&self.app)).oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    async fn stream(&self, last: Option<&str>) -> Stream {
        let response = self.get("/uncall_services_api/events?exten=801", last).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Stream(response.into_body())
    }

    async fn metrics(&self) -> String {
        let body = self.get("/metrics", None).await.into_body().collect().await.unwrap();
        String::from_utf8(body.to_bytes().to_vec()).unwrap()
    }

    fn flip(&self, times: usize) {
        for at in 0..times {
            let presence = if at % 2 == 0 { Presence::Busy } else { Presence::Idle };
            let exten = Extension::parse("801").unwrap();
            self.app.site().board().facts(&[Fact::Presence { exten, presence, reason: None }], Timestamp::UNIX_EPOCH);
        }
    }
}

struct Stream(Body);

impl Stream {
    /// The next piece; `None` at the end.
    async fn next(&mut self) -> Option<String> {
        let frame = self.0.frame().await?.unwrap();
        Some(String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap())
    }

    /// id and name of the next event.
    async fn event(&mut self) -> (String, String) {
        let text = self.next().await.unwrap();
        let field =
            |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim().to_owned();
        (field("id:"), field("event:"))
    }
}

#[tokio::test(start_paused = true)]
async fn a_fresh_stream_begins_with_a_snapshot_and_goes_on_with_events() {
    let stand = Stand::new();
    let mut stream = stand.stream(None).await;
    let text = stream.next().await.unwrap();
    assert!(
        text.contains("event: snapshot\ndata: {\"exten\":\"801\",\"presence\":\"idle\",\"calls\":[]}\n\n"),
        "{text}"
    );
    let uid = stand.sim.call("13421829060", "801").unwrap();
    let text = stream.next().await.unwrap();
    assert!(text.contains("event: call\ndata: {") && text.contains(&format!("\"uid\":\"{uid}\"")), "{text}");
    assert!(text.contains("\"calla\":\"13421829060\"") && text.contains("\"state\":\"ringing\""), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_stream_goes_on_where_it_broke_off() {
    let stand = Stand::new();
    let (first, _) = stand.stream(None).await.event().await;
    stand.flip(2);
    let mut stream = stand.stream(Some(&first)).await;
    let (second, name) = stream.event().await;
    assert_eq!(name, "presence");
    assert_eq!(stream.event().await.1, "presence");
    let mut stream = stand.stream(Some(&second)).await;
    assert_eq!(stream.event().await.1, "presence");
    stand.flip(1);
    assert_eq!(stream.event().await.1, "presence");
}

#[tokio::test(start_paused = true)]
async fn an_unknown_id_gets_a_snapshot() {
    let stand = Stand::new();
    let (known, _) = stand.stream(None).await.event().await;
    let future = format!("{}-99", known.rsplit_once('-').unwrap().0);
    for id in ["", "1", "abc-0", &future] {
        assert_eq!(stand.stream(Some(id)).await.event().await.1, "snapshot", "{id}");
    }
    let other = Stand::new();
    assert_eq!(other.stream(Some(&known)).await.event().await.1, "snapshot", "an id of another run");
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_gets_a_snapshot_for_what_it_missed() {
    let stand = Stand::new();
    let mut stream = stand.stream(None).await;
    assert_eq!(stream.event().await.1, "snapshot");
    stand.flip(HISTORY + 10);
    assert_eq!(stream.event().await.1, "snapshot");
    stand.flip(2);
    assert_eq!(stream.event().await.1, "presence");
}

#[tokio::test(start_paused = true)]
async fn a_quiet_stream_beats_every_fifteen_seconds() {
    let stand = Stand::new();
    let mut stream = stand.stream(None).await;
    assert_eq!(stream.event().await.1, "snapshot");
    for _ in 0..3 {
        let began = tokio::time::Instant::now();
        let text = stream.next().await.unwrap();
        assert!(text.starts_with(':') && text.ends_with("\n\n"), "{text:?}");
        assert_eq!(began.elapsed().as_secs(), 15);
    }
}

#[tokio::test(start_paused = true)]
async fn streams_end_when_the_service_stops_and_are_counted() {
    let stand = Stand::new();
    let mut stream = stand.stream(None).await;
    stream.event().await;
    assert!(stand.metrics().await.contains("uncall_event_streams 1\n"));
    stand.app.stop.cancel();
    assert_eq!(stream.next().await, None);
    drop(stream);
    assert!(stand.metrics().await.contains("uncall_event_streams 0\n"));
}

#[tokio::test(start_paused = true)]
async fn whose_events_has_to_be_said() {
    let stand = Stand::new();
    for (query, status) in
        [("", 400), ("?exten=", 400), ("?exten=8%0a1", 400), ("?exten=899", 404), ("?exten=%20801", 200)]
    {
        let response = stand.get(&format!("/uncall_services_api/events{query}"), None).await;
        assert_eq!(response.status(), status, "{query}");
    }
}

#[tokio::test(start_paused = true)]
async fn health_follows_the_pbx() {
    let stand = Stand::new();
    assert_eq!(stand.get("/healthz", None).await.status(), 200);
    stand.app.site().board().facts(&[Fact::Reachable(false)], Timestamp::UNIX_EPOCH);
    assert_eq!(stand.get("/healthz", None).await.status(), 503);
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_is_gone_is_forgotten() {
    let stand = Stand::new();
    let gone = Arc::downgrade(stand.app.site().board());
    drop(stand.app);
    stand.sim.call("13421829060", "801").unwrap();
    assert_eq!(Weak::strong_count(&gone), 0);
}

#[tokio::test(start_paused = true)]
async fn hands_from_elsewhere_are_refused() {
    let stand = Stand::new();
    for (peer, status) in [
        ("127.0.0.1:5", 200),
        ("[::1]:5", 200),
        ("[::ffff:127.0.0.1]:5", 200),
        ("10.0.0.9:5", 403),
        ("[fe80::1]:5", 403),
    ] {
        assert_eq!(stand.get_from(peer, "/sim/state", None).await.status(), status, "{peer}");
        assert_eq!(stand.get_from(peer, "/healthz", None).await.status(), 200);
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let stand = Stand::new();
    let ends = Ends { peer: "127.0.0.1:5".parse().unwrap(), local: "127.0.0.1:8088".parse().unwrap(), tls: false };
    let never = futures::stream::pending::<Result<axum::body::Bytes, std::io::Error>>();
    let request = Request::post(ENDPOINT_PATH).extension(ends).body(Body::from_stream(never)).unwrap();
    let began = tokio::time::Instant::now();
    let response = router(Arc::clone(&stand.app)).oneshot(request).await.unwrap();
    assert_eq!((response.status().as_u16(), began.elapsed().as_secs()), (408, 30));
}

#[tokio::test(start_paused = true)]
async fn queues_are_told_to_whoever_asked_when_they_change() {
    use uncall_switch::calls::Membership;
    let stand = Stand::new();
    let exten = |exten: &str| Extension::parse(exten).unwrap();
    let tell = |facts: &[Fact]| stand.app.site().board().facts(facts, Timestamp::from_second(100).unwrap());
    let member = |of: &str, queue: &str, paused| Fact::Membership {
        exten: exten(of),
        queue: queue.into(),
        now: Some(Membership { paused, reason: None }),
    };
    let joins = |queue: &str, caller: &str| Fact::QueueJoined {
        queue: queue.into(),
        caller: caller.into(),
        waited: jiff::SignedDuration::from_secs(40),
    };
    tell(&[member("801", "b", false), joins("b", "1.1")]);
    let response = stand.get("/uncall_services_api/events?exten=801&with=queues", None).await;
    let mut stream = Stream(response.into_body());
    assert_eq!(stream.event().await.1, "snapshot");
    let text = stream.next().await.unwrap();
    let waits = r#"{"name":"b","paused":false,"waiting":1,"waiting_since":"1970-01-01T00:01:00Z"}"#;
    assert!(text.contains("event: queues\n") && text.contains(waits) && !text.contains("id:"), "{text}");
    // Others' queues and others' members are nothing to him.
    tell(&[member("802", "c", true), joins("c", "1.2")]);
    tell(&[member("802", "b", true)]);
    tell(&[member("801", "a", true)]);
    assert_eq!(stream.event().await.1, "presence", "idle, paused in some");
    let text = stream.next().await.unwrap();
    assert!(text.contains(r#"[{"name":"a","paused":true,"waiting":0},{"name":"b""#), "{text}");
    tell(&[Fact::QueueLeft { queue: "b".into(), caller: "1.1".into() }]);
    let text = stream.next().await.unwrap();
    assert!(text.contains(r#"{"name":"b","paused":false,"waiting":0}"#), "{text}");
    tell(&[Fact::Membership { exten: exten("801"), queue: "b".into(), now: None }]);
    assert_eq!(stream.event().await.1, "presence", "busy, paused in all");
    assert!(stream.next().await.unwrap().contains(r#"[{"name":"a","paused":true,"waiting":0}]"#));
    // Whoever comes back is told what they are now.
    drop(stream);
    let response = stand.get("/uncall_services_api/events?exten=801&with=queues", Some("nobody's")).await;
    let mut stream = Stream(response.into_body());
    assert_eq!((stream.event().await.1.as_str(), stream.event().await.1.as_str()), ("snapshot", "queues"));
}
