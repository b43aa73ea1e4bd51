//! What is tried again, and what never.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use uncall_client::Error;
use uncall_contract::{Operation, Reply, Request};

use crate::{
    AMPLE, client, current, every, ping,
    server::{Answer, Server, fault, healthy, http},
};

/// Fails `times` calls this way, then is healthy.
fn failing(times: usize, answer: impl Fn() -> Answer + Send + Sync + 'static) -> Server {
    let failed = AtomicUsize::new(0);
    Server::start(move |seen| {
        if seen.operation().is_some() && failed.fetch_add(1, Ordering::SeqCst) < times {
            answer()
        } else {
            healthy(seen)
        }
    })
}

fn down() -> Answer {
    Answer::Bytes(http("503 Service Unavailable", "", "starting"))
}

#[tokio::test]
async fn reads_are_tried_up_to_four_times() {
    let answers: [fn() -> Answer; 3] = [down, || Answer::Reset, || Answer::Close];
    let checks = answers.map(|answer| async move {
        let server = failing(3, answer);
        assert_eq!(client(server.wsdl()).call(&ping()).await, Ok(Ok(Reply::Pong { text: "hello".into() })));
        assert_eq!(server.calls(Operation::Ping), 4);
        assert_eq!(server.wsdls(), 1);
    });
    futures::future::join_all(checks).await;
    let server = failing(4, down);
    assert_eq!(client(server.wsdl()).call_within(&current(), AMPLE).await, Err(Error::Http(503)));
    assert_eq!(server.calls(Operation::Current), 4);
}

#[tokio::test]
async fn verbs_are_sent_once_whatever_happens() {
    for answer in [down, || Answer::Reset, || Answer::Close] {
        let server = failing(usize::MAX, answer);
        let client = client(server.wsdl());
        for request in every().into_iter().filter(|request| !request.operation().is_read()) {
            assert!(client.call(&request).await.is_err());
            assert_eq!(server.calls(request.operation()), 1, "{request:?}");
        }
    }
}

#[tokio::test]
async fn an_answer_that_will_not_get_better_is_not_asked_for_again() {
    let answers: [(fn() -> Answer, Error); 2] = [
        (|| Answer::Bytes(http("404 Not Found", "", "")), Error::Http(404)),
        (|| Answer::Bytes(http("500 Oops", "", fault("no"))), Error::Fault("no".into())),
    ];
    for (answer, error) in answers {
        let server = failing(usize::MAX, answer);
        assert_eq!(client(server.wsdl()).call(&ping()).await, Err(error));
        assert_eq!(server.calls(Operation::Ping), 1);
    }
}

#[tokio::test]
async fn the_wsdl_is_tried_again_even_for_a_verb() {
    let asked = AtomicUsize::new(0);
    let server =
        Server::start(
            move |seen| {
                if seen.is_wsdl() && asked.fetch_add(1, Ordering::SeqCst) < 2 { down() } else { healthy(seen) }
            },
        );
    let request = Request::Hold { exten: "802".into(), uid: None };
    assert!(client(server.wsdl()).call(&request).await.unwrap().is_ok());
    assert_eq!((server.wsdls(), server.calls(Operation::Hold)), (3, 1));
}

#[tokio::test]
async fn the_last_answer_decides_when_the_time_is_up() {
    let calls = AtomicUsize::new(0);
    let server = Server::start(move |seen| match (seen.operation(), calls.load(Ordering::SeqCst)) {
        (None, _) => healthy(seen),
        (Some(_), 0) => {
            calls.store(1, Ordering::SeqCst);
            down()
        }
        (Some(_), _) => Answer::Hold,
    });
    // The second try gets no answer before the deadline; the first one's is what there is.
    let result = client(server.wsdl()).call_within(&ping(), Duration::from_secs(2)).await;
    assert_eq!(result, Err(Error::Http(503)));
    assert_eq!(server.calls(Operation::Ping), 2);
}

#[tokio::test]
async fn a_fresh_wsdl_is_not_fetched_again_for_every_fault() {
    let server = failing(usize::MAX, || Answer::Bytes(http("500 Oops", "", fault("no"))));
    let client = client(server.wsdl());
    for _ in 0..5 {
        assert!(client.call(&ping()).await.is_err());
    }
    assert_eq!(server.wsdls(), 1);
}

/// A future that can move between threads, as the panel needs it.
#[test]
fn calls_can_be_spawned() {
    fn sendable<T: Send>(_: &T) {}
    let server = uncall_client::Settings::new("http://pbx.example/?wsdl".parse().unwrap());
    let client = uncall_client::Client::new(server).unwrap();
    let request = ping();
    sendable(&client.call(&request));
    let mut watch = client.watch("801".parse().unwrap());
    sendable(&watch.next());
}
