//! The watch on real sockets. The unit tests cover its timing, on a paused clock.

use std::{
    net::TcpListener,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
};

use tokio::time::timeout;
use uncall_client::{Error, Means, Observation, Watch};
use uncall_contract::{Operation, event::Event};

use crate::{
    AMPLE, client,
    server::{Answer, Seen, Server, description, healthy, http, soap},
};

const LINK: &str = "Link: </uncall_services_api/events>; rel=\"uncall-events\"\r\n";
const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n\r\n";

type Feed = mpsc::Sender<Vec<u8>>;

/// A server that announces a stream, and the feeds of the streams it opened.
fn pushing(refuse: Arc<AtomicBool>) -> (Server, Arc<Mutex<Vec<Feed>>>) {
    let feeds: Arc<Mutex<Vec<Feed>>> = Arc::default();
    let opened = Arc::clone(&feeds);
    let server = Server::start(move |seen| {
        if seen.is_wsdl() {
            return description(seen, LINK);
        }
        if !seen.target.starts_with("/uncall_services_api/events") {
            return idle(seen);
        }
        if refuse.load(Ordering::SeqCst) {
            return Answer::Bytes(http("503 Service Unavailable", "", "later"));
        }
        let (feed, pieces) = mpsc::channel();
        feed.send(HEAD.to_vec()).unwrap();
        feed.send(b": hello\n\n".to_vec()).unwrap();
        opened.lock().unwrap().push(feed);
        Answer::Stream(pieces)
    });
    (server, feeds)
}

/// A server without a call.
fn idle(seen: &Seen) -> Answer {
    match seen.operation() {
        Some(Operation::Current) => Answer::Bytes(soap(Operation::Current, "<uncall><result>0</result></uncall>")),
        Some(_) | None => healthy(seen),
    }
}

async fn next(watch: &mut Watch) -> Observation {
    timeout(AMPLE, watch.next()).await.expect("nothing was seen").unwrap()
}

/// The next observation that is not an answer to a poll.
async fn next_news(watch: &mut Watch) -> Observation {
    loop {
        let seen = next(watch).await;
        if seen != Observation::Polled(None) {
            return seen;
        }
    }
}

fn feed(feeds: &Mutex<Vec<Feed>>, text: &str) {
    feeds.lock().unwrap().last().unwrap().send(text.as_bytes().to_vec()).unwrap();
}

fn streams(server: &Server) -> Vec<Seen> {
    server.seen().into_iter().filter(|seen| seen.target.contains("/events")).collect()
}

#[tokio::test]
async fn push_then_polls_while_it_is_away_then_push_again_from_the_last_id() {
    let refuse = Arc::new(AtomicBool::new(false));
    let (server, feeds) = pushing(Arc::clone(&refuse));
    let mut watch = client(server.wsdl()).watch("801".parse().unwrap());
    assert_eq!(next(&mut watch).await, Observation::Connected(Means::Push));
    feed(&feeds, "id: 5\nevent: presence\nda");
    feed(&feeds, "ta: {\"exten\":\"801\",\"presence\":\"busy\"}\r\n\r\n");
    assert!(matches!(next(&mut watch).await, Observation::Pushed(Event::Presence(_))));
    assert_eq!(server.calls(Operation::Current), 0);

    refuse.store(true, Ordering::SeqCst);
    feeds.lock().unwrap().clear();
    assert_eq!(next(&mut watch).await, Observation::Connected(Means::Poll));
    assert_eq!(next(&mut watch).await, Observation::Polled(None));
    refuse.store(false, Ordering::SeqCst);
    assert_eq!(next_news(&mut watch).await, Observation::Connected(Means::Push));

    let asked = streams(&server);
    assert_eq!(asked[0].target, "/uncall_services_api/events?exten=801");
    assert_eq!((asked[0].header("last-event-id"), asked[0].header("accept")), (None, Some("text/event-stream")));
    assert!(asked[1..].iter().all(|seen| seen.header("last-event-id") == Some("5")));
}

#[tokio::test]
async fn a_stream_of_the_wrong_kind_means_polls() {
    for answer in [
        http("404 Not Found", "", ""),
        http("405 No", "", ""),
        http("200 OK", "Content-Type: text/html\r\n", "data: x\n\n"),
    ] {
        let server = Server::start(move |seen| match seen.is_wsdl() {
            true => description(seen, LINK),
            false if seen.operation().is_some() => idle(seen),
            false => Answer::Bytes(answer.clone()),
        });
        let mut watch = client(server.wsdl()).watch("801".parse().unwrap());
        assert_eq!(next(&mut watch).await, Observation::Connected(Means::Poll));
        assert_eq!(next(&mut watch).await, Observation::Polled(None));
        assert_eq!(streams(&server).len(), 1);
    }
}

#[tokio::test]
async fn a_server_that_announces_nothing_is_polled() {
    let server = Server::start(healthy);
    let mut watch = client(server.wsdl()).watch("802".parse().unwrap());
    assert_eq!(next(&mut watch).await, Observation::Connected(Means::Poll));
    let Observation::Polled(Some(call)) = next(&mut watch).await else { panic!("no call") };
    assert_eq!(call.uid, "1372123897.17");
    assert!(streams(&server).is_empty());
}

#[tokio::test]
async fn a_server_that_goes_and_comes_back() {
    // Nothing listens here until the server "starts", so connections are refused.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let wsdl = format!("http://{address}{}", crate::server::WSDL).parse().unwrap();
    let mut watch = client(wsdl).watch("801".parse().unwrap());
    assert!(matches!(next(&mut watch).await, Observation::Lost(Error::Unreachable(_))));
    let server = Server::on(TcpListener::bind(address).unwrap(), idle);
    watch.wake();
    assert_eq!(next(&mut watch).await, Observation::Connected(Means::Poll));
    assert_eq!(next(&mut watch).await, Observation::Polled(None));
    assert_eq!(server.wsdls(), 1);
}

/// PHP that concatenates strings sends a caller's name unescaped.
#[tokio::test]
async fn a_caller_whose_name_breaks_the_answer_rings_and_loses_nothing() {
    let calla = Arc::new(Mutex::new("R&D 801"));
    let now = Arc::clone(&calla);
    let (asked, mut polls) = tokio::sync::mpsc::unbounded_channel();
    let server = Server::start(move |seen| match seen.operation() {
        Some(Operation::Current) => {
            let calla = *now.lock().unwrap();
            let _ = asked.send(calla);
            let glued = format!(
                "<uncall><result>1</result><popEvent><calla>{calla}</calla><callb>802</callb><uid>1.17</uid>\
                 <status>callin</status></popEvent></uncall>"
            );
            Answer::Bytes(soap(Operation::Current, &glued))
        }
        Some(_) | None => healthy(seen),
    });
    let client = client(server.wsdl());
    let mut watch = client.watch("802".parse().unwrap());
    assert_eq!(next(&mut watch).await, Observation::Connected(Means::Poll));
    let Observation::Polled(Some(call)) = next(&mut watch).await else { panic!("no call") };
    assert_eq!(call.calla, "R&D 801");

    // It is impossible to tell where this caller's name ends.
    *calla.lock().unwrap() = "R&D <calla>";
    let mut unreadable = 0;
    while unreadable < 3 {
        let seen = tokio::select! {
            seen = next(&mut watch) => seen,
            calla = polls.recv() => {
                unreadable += usize::from(calla == Some("R&D <calla>"));
                continue;
            }
        };
        match seen {
            Observation::Unreadable => {}
            Observation::Polled(Some(call)) => assert_eq!(call.calla, "R&D 801"),
            other @ (Observation::Described(_) | Observation::Connected(_) | Observation::Lost(_)) => {
                panic!("{other:?}")
            }
            other @ (Observation::Pushed(_) | Observation::Polled(None)) => panic!("{other:?}"),
        }
    }
    *calla.lock().unwrap() = "801";
    loop {
        match next(&mut watch).await {
            Observation::Polled(Some(call)) if call.calla == "801" => break,
            Observation::Polled(Some(call)) => assert_eq!(call.calla, "R&D 801"),
            Observation::Unreadable => {}
            other @ (Observation::Described(_) | Observation::Connected(_) | Observation::Lost(_)) => {
                panic!("{other:?}")
            }
            other @ (Observation::Pushed(_) | Observation::Polled(_)) => panic!("{other:?}"),
        }
    }
}
