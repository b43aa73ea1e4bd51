//! Webhooks over real HTTP to servers that hang, die and refuse, and over a restart of the program.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
    routing::post,
};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use uncall_client::WebService;
use uncall_screenpop::{
    Carrier, Courier, Event, Facts, LARGEST_ANSWER, News, Pace, Parcel, Request, Response, Rule, Shelf,
};

use super::{call, rule};

pub(super) fn parcel(id: &str, rule: &Rule, facts: Facts) -> Parcel {
    let at = Timestamp::from_second(1_796_083_200).unwrap();
    Parcel { id: id.to_owned(), rule: rule.name.clone(), event: Event::End, at, facts }
}

/// The panel's own client.
#[derive(Clone)]
struct Http(WebService);

impl Carrier for Http {
    async fn post(&self, request: Request) -> Result<Response, String> {
        let sent = self.0.post(request.url, &request.headers, request.body.into(), LARGEST_ANSWER).await;
        sent.map(|(status, body)| Response { status, body: body.to_vec() }).map_err(|error| error.to_string())
    }
}

/// Long enough for a machine that is busy.
const AMPLE: Duration = Duration::from_secs(30);
const QUICK: Pace = Pace { first: Duration::from_millis(5), longest: Duration::from_millis(20) };

fn courier(shelf: Option<Shelf>, within: Duration) -> (Courier, UnboundedReceiver<News>) {
    let (tell, told) = unbounded_channel();
    let http = Http(WebService::new(within));
    let news = move |news| drop(tell.send(news));
    let (courier, work) = Courier::new(shelf, http, QUICK, Timestamp::now, news);
    tokio::spawn(work);
    (courier, told)
}

/// What a server was sent.
#[derive(Debug)]
struct Got {
    headers: HeaderMap,
    body: Value,
}

impl Got {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

#[derive(Clone)]
struct Script {
    tell: UnboundedSender<Got>,
    /// The statuses in turn; the last for ever.
    statuses: Arc<[u16]>,
    turn: Arc<AtomicUsize>,
}

/// A server that answers with these statuses, and its address.
async fn server(statuses: &[u16]) -> (String, UnboundedReceiver<Got>) {
    let (tell, got) = unbounded_channel();
    let script = Script { tell, statuses: statuses.into(), turn: Arc::default() };
    let take = async |State(script): State<Script>, headers: HeaderMap, body: Bytes| {
        let turn = script.turn.fetch_add(1, Ordering::SeqCst).min(script.statuses.len() - 1);
        let body = serde_json::from_slice(&body).unwrap();
        script.tell.send(Got { headers, body }).unwrap();
        let status = StatusCode::from_u16(script.statuses[turn]).unwrap();
        (status, [("location", "http://127.0.0.1:1/elsewhere")], r#"{"name":"李雷"}"#).into_response()
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(
        async move { axum::serve(listener, Router::new().route("/hook", post(take)).with_state(script)).await },
    );
    (format!("http://{address}/hook"), got)
}

fn hook(address: &str) -> Rule {
    rule(json!({"name": "CRM", "on": "end", "post": address, "secret": "s", "headers": {"Authorization": "Bearer t"}}))
}

async fn next<T>(all: &mut UnboundedReceiver<T>) -> T {
    tokio::time::timeout(AMPLE, all.recv()).await.expect("in time").expect("more to come")
}

/// The news after the delays.
async fn outcome(told: &mut UnboundedReceiver<News>) -> News {
    loop {
        match next(told).await {
            News::Delayed { .. } => {}
            news @ (News::Taken { .. } | News::GivenUp { .. }) => return news,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_sent_again_as_it_was_until_it_is_taken() {
    let (address, mut got) = server(&[500, 503, 307, 404, 200]).await;
    let (courier, mut told) = courier(None, AMPLE);
    let rules = [hook(&address)];
    courier.set_rules(Arc::from(rules.clone()));
    courier.deliver(parcel("msg-1", &rules[0], call()));
    let first = next(&mut got).await;
    assert_eq!((first.header("webhook-id"), first.header("authorization")), ("msg-1", "Bearer t"));
    assert_eq!(first.header("content-type"), "application/json");
    assert!(first.header("webhook-signature").starts_with("v1,"));
    assert_eq!(first.body["event"], "end");
    assert_eq!((&first.body["version"], &first.body["extension"]), (&json!(1), &json!("801")));
    assert_eq!(
        (&first.body["call"]["calla"], &first.body["call"]["name"]),
        (&json!("13421829060"), &json!("李雷 & Co"))
    );
    for _ in 0..4 {
        let again = next(&mut got).await;
        assert_eq!((again.header("webhook-id"), &again.body), ("msg-1", &first.body));
    }
    let News::Delayed { rule, why } = next(&mut told).await else { panic!() };
    assert_eq!((rule.as_str(), why.as_str()), ("CRM", "HTTP status 500"), "told once");
    let News::Taken { parcel, body } = next(&mut told).await else { panic!() };
    assert_eq!((parcel.id.as_str(), body), ("msg-1", r#"{"name":"李雷"}"#.as_bytes().to_vec()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_or_dies_holds_up_no_other() {
    // Accepts and says nothing; accepts, reads a little and hangs up; is not there.
    let hangs = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dies = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = |listener: &TcpListener| format!("http://{}/hook", listener.local_addr().unwrap());
    let (hanging, dying, going) = (at(&hangs), at(&dies), at(&gone));
    drop(gone);
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = hangs.accept().await {
            held.push(stream);
        }
    });
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = dies.accept().await {
            let _ = stream.read(&mut [0; 10]).await;
        }
    });
    let (good, mut got) = server(&[200]).await;
    let rules: Vec<Rule> = [&hanging, &dying, &going, &good]
        .iter()
        .map(|address| rule(json!({"name": address, "on": "end", "post": address})))
        .collect();
    let (courier, mut told) = courier(None, Duration::from_millis(200));
    courier.set_rules(rules.clone().into());
    for (at, rule) in rules.iter().enumerate() {
        courier.deliver(parcel(&format!("msg-{at}"), rule, call()));
    }
    assert_eq!(next(&mut got).await.header("webhook-id"), "msg-3");
    let mut delayed = Vec::new();
    while delayed.len() < 3 {
        match next(&mut told).await {
            News::Delayed { rule, .. } if rule != good => delayed.push(rule),
            // A machine that is busy may be late for the good one, too.
            News::Delayed { .. } | News::Taken { .. } => {}
            News::GivenUp { rule, why } => panic!("{rule}: {why}"),
        }
    }
    delayed.sort();
    let mut bad = vec![hanging, dying, going];
    bad.sort();
    assert_eq!(delayed, bad);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_webhooks_of_a_call_keep_their_order() {
    let (address, mut got) = server(&[500, 500, 200]).await;
    let rules = [hook(&address)];
    let (courier, _told) = courier(None, AMPLE);
    courier.set_rules(Arc::from(rules.clone()));
    for id in ["a", "b", "c"] {
        courier.deliver(parcel(id, &rules[0], call()));
    }
    for expected in ["a", "a", "a", "b", "c"] {
        assert_eq!(next(&mut got).await.header("webhook-id"), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_taken_is_sent_by_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let shelf = || Some(Shelf::new(folder.path().join("webhooks")));
    let (address, mut got) = server(&[500]).await;
    let rules = [hook(&address)];
    let (first, mut told) = courier(shelf(), AMPLE);
    first.set_rules(Arc::from(rules.clone()));
    for id in ["b", "a"] {
        first.deliver(parcel(id, &rules[0], call()));
    }
    assert_eq!(next(&mut got).await.header("webhook-id"), "b");
    assert!(matches!(next(&mut told).await, News::Delayed { .. }));
    // Nothing on the disk is secret, and all of it is its owner's.
    let kept: Vec<_> =
        std::fs::read_dir(folder.path().join("webhooks")).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(kept.len(), 2, "{kept:?}");
    for file in &kept {
        let text = std::fs::read_to_string(file).unwrap();
        assert!(!text.contains("Bearer") && !uncall_files::others_read(file), "{text}");
    }
    // The program ends in the middle of it. Strange files in the folder are no reason not to start.
    drop(first);
    std::fs::write(folder.path().join("webhooks/x.json"), b"\0").unwrap();
    std::fs::write(folder.path().join("webhooks/copy.json"), std::fs::read(&kept[0]).unwrap()).unwrap();
    std::fs::create_dir(folder.path().join("webhooks/y.json")).unwrap();
    let (address, mut got) = server(&[200]).await;
    let (second, mut told) = courier(shelf(), AMPLE);
    second.set_rules(Arc::from([hook(&address)]));
    let mut taken = Vec::new();
    while taken.len() < 2 {
        taken.push(next(&mut got).await.header("webhook-id").to_owned());
    }
    assert_eq!(taken, ["a", "b"], "in the order of time and name");
    for _ in 0..2 {
        assert!(matches!(outcome(&mut told).await, News::Taken { .. }));
    }
    // And by no further one.
    drop(second);
    let (address, mut got) = server(&[200]).await;
    let (third, _told) = courier(shelf(), AMPLE);
    let rules = [hook(&address)];
    third.set_rules(Arc::from(rules.clone()));
    third.deliver(parcel("c", &rules[0], call()));
    assert_eq!(next(&mut got).await.header("webhook-id"), "c");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_wants_any_more_is_given_up() {
    let (address, _got) = server(&[410]).await;
    let folder = tempfile::tempdir().unwrap();
    let (courier, mut told) = courier(Some(Shelf::new(folder.path().to_owned())), AMPLE);
    let rules = [hook(&address)];
    courier.set_rules(Arc::from(rules.clone()));
    courier.deliver(parcel("a", &rules[0], call()));
    assert!(matches!(outcome(&mut told).await, News::GivenUp { .. }));
    // A rule that is gone.
    let gone = rule(json!({"name": "gone", "on": "end", "post": address}));
    courier.deliver(parcel("b", &gone, call()));
    let News::GivenUp { rule, .. } = outcome(&mut told).await else { panic!() };
    assert_eq!((rule.as_str(), std::fs::read_dir(folder.path()).unwrap().count()), ("gone", 0));
}
