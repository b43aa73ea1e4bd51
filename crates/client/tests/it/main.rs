//! The client against servers on real sockets, well behaved and not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

mod failures;
mod imports;
mod login;
// Python packs, which Wine has not.
#[cfg(unix)]
mod packing;
mod recordings;
mod retries;
mod server;
mod watching;
mod ways;
mod web_service;

use std::time::Duration;

use uncall_client::{Client, Settings};
use uncall_contract::{Operation, Request};
use url::Url;

/// A client with short deadlines.
fn client(wsdl: Url) -> Client {
    client_with(wsdl, |_| {})
}

fn client_with(wsdl: Url, change: impl FnOnce(&mut Settings)) -> Client {
    let mut settings = Settings::new(wsdl);
    change(&mut settings);
    Client::new(settings).unwrap()
}

/// Long enough for anything on loopback.
const AMPLE: Duration = Duration::from_secs(20);

fn ping() -> Request {
    Request::Ping { text: "hello".into() }
}

fn current() -> Request {
    Request::Current { exten: "802".into() }
}

fn dial() -> Request {
    Request::Dial { exten: "802".into(), number: "13800138000".into(), action_id: None }
}

fn hang_up() -> Request {
    Request::HangUp { agent: "802".into(), uid: None }
}

/// One request of every operation.
fn every() -> Vec<Request> {
    let all: Vec<Request> = Operation::ALL
        .into_iter()
        .map(|operation| Request::from_arguments(operation, &[Some("802"), Some("803"), None]).unwrap())
        .collect();
    assert_eq!(all.len(), 13);
    all
}
