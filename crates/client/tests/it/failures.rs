//! What goes wrong, and which error says so.

use std::time::{Duration, Instant};

use uncall_client::Error;
use uncall_contract::{Operation, limit};
use url::Url;

use crate::{
    AMPLE, client, client_with, current, dial, hang_up, ping,
    server::{Answer, Server, envelope, fault, healthy, http, soap, success},
};

/// What the server does with every call; the WSDL is fine.
fn doing(answer: impl Fn() -> Answer + Send + Sync + 'static) -> Server {
    Server::start(move |seen| if seen.operation().is_some() { answer() } else { healthy(seen) })
}

fn saying(bytes: Vec<u8>) -> Server {
    doing(move || Answer::Bytes(bytes.clone()))
}

/// An address at which nobody listens.
fn nobody() -> Url {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    Url::parse(&format!("http://{}/?wsdl", listener.local_addr().unwrap())).unwrap()
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    let unknown = Url::parse("http://no-such-host.invalid/?wsdl").unwrap();
    let attempts =
        [(nobody(), ping()), (nobody(), hang_up()), (unknown, ping())].map(|(address, request)| async move {
            let host = address.host_str().unwrap().to_owned();
            let error = client(address).call(&request).await.unwrap_err();
            assert!(matches!(&error, Error::Unreachable(why) if why.contains(&host)), "{error:?}");
        });
    futures::future::join_all(attempts).await;
}

#[tokio::test]
async fn a_server_without_tls_is_unreachable_by_https() {
    let server = Server::start(healthy);
    let mut address = server.wsdl();
    address.set_scheme("https").unwrap();
    // The plain server waits for a line that a TLS greeting never ends, so the handshake's deadline decides.
    let client = client_with(address, |settings| settings.connect_timeout = Duration::from_millis(200));
    let error = client.call_within(&ping(), Duration::from_millis(300)).await.unwrap_err();
    assert!(matches!(error, Error::Timeout(_) | Error::Unreachable(_)), "{error:?}");
}

#[tokio::test]
async fn a_verb_whose_answer_is_lost_has_an_unknown_outcome_and_is_sent_once() {
    let good = || soap(Operation::Dial, &success(Operation::Dial));
    let losses: Vec<(&str, Server)> = vec![
        ("closed", doing(|| Answer::Close)),
        ("reset", doing(|| Answer::Reset)),
        ("half a head", saying(b"HTTP/1.1 200 OK\r\nContent-".to_vec())),
        ("half a body", saying(good()[..good().len() - 20].to_vec())),
        ("lying length", saying(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n<x/>".to_vec())),
        ("broken chunks", saying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nxx".to_vec())),
        ("garbage", saying(b"\x16\x03\x01 what is this?\r\n\r\n".to_vec())),
        ("broken gzip", saying(http("200 OK", "Content-Encoding: gzip\r\n", "no gzip"))),
    ];
    let checks = losses.into_iter().map(|(name, server)| async move {
        let client = client(server.wsdl());
        let error = client.call(&dial()).await.unwrap_err();
        assert!(matches!(error, Error::OutcomeUnknown(_)), "{name}: {error:?}");
        assert_eq!(server.calls(Operation::Dial), 1, "{name}");
        let error = client.call(&current()).await.unwrap_err();
        assert!(matches!(error, Error::Io(_)), "{name}: {error:?}");
    });
    futures::future::join_all(checks).await;
}

#[tokio::test]
async fn a_server_that_is_too_slow() {
    let good = soap(Operation::Ping, &success(Operation::Ping));
    // Ample for the WSDL and the request, hopeless for 500 bytes at ten a second.
    let budget = Duration::from_millis(1500);
    let servers: Vec<(&str, Server)> = vec![
        ("silent", doing(|| Answer::Hold)),
        ("dripping", doing(move || Answer::Drip(good.clone(), Duration::from_millis(100)))),
    ];
    let start = Instant::now();
    let checks = servers.into_iter().map(|(name, server)| async move {
        let client = client(server.wsdl());
        let verb = client.call_within(&dial(), budget).await;
        assert!(matches!(verb, Err(Error::OutcomeUnknown(_))), "{name}: {verb:?}");
        let read = client.call_within(&ping(), budget).await;
        assert!(matches!(read, Err(Error::Timeout(_))), "{name}: {read:?}");
        assert_eq!(server.calls(Operation::Dial), 1, "{name}");
    });
    futures::future::join_all(checks).await;
    assert!(start.elapsed() < 3 * budget, "the deadline bounds the whole call");
}

#[tokio::test]
async fn a_verb_that_gets_no_wsdl_in_time_was_not_sent() {
    let server = Server::start(|_| Answer::Hold);
    let result = client(server.wsdl()).call_within(&dial(), Duration::from_millis(200)).await;
    assert!(matches!(result, Err(Error::Timeout(_))), "{result:?}");
    assert_eq!(server.calls(Operation::Dial), 0);
    let result = client(server.wsdl()).call_within(&dial(), Duration::ZERO).await;
    assert!(matches!(result, Err(Error::Timeout(_))), "{result:?}");
}

#[tokio::test]
async fn a_complete_answer_that_is_none() {
    let html = "<!DOCTYPE html><html><body>It works!</body></html>";
    type Expected = fn(&Error) -> bool;
    let not_understood: Expected = |error| matches!(error, Error::NotUnderstood(_));
    let answers: Vec<(&str, Vec<u8>, Expected)> = vec![
        ("html", http("200 OK", "Content-Type: text/html\r\n", html), not_understood),
        ("nothing", http("200 OK", "", ""), not_understood),
        ("no content", b"HTTP/1.1 204 No Content\r\n\r\n".to_vec(), not_understood),
        (
            "cut short by its length",
            http("200 OK", "", &envelope(Operation::HangUp, "<uncall/>")[..90]),
            not_understood,
        ),
        ("other inner document", soap(Operation::HangUp, "<html/>"), not_understood),
        ("404", http("404 Not Found", "", html), |error| *error == Error::Http(404)),
        ("500 with an unknown document", http("500 Oops", "", envelope(Operation::HangUp, "<x/>")), |error| {
            *error == Error::Http(500)
        }),
        ("301", http("301 Moved Permanently", "Location: /x\r\n", html), |error| *error == Error::Http(301)),
        ("302", http("302 Found", "Location: /x\r\n", html), |error| *error == Error::Http(302)),
        ("303", http("303 See Other", "Location: /x\r\n", html), |error| *error == Error::Http(303)),
        ("307 nowhere", http("307 Temporary Redirect", "", html), |error| *error == Error::Http(307)),
        ("307 elsewhere", http("307 Temporary Redirect", "Location: ftp://x/\r\n", html), |error| {
            *error == Error::Http(307)
        }),
        ("fault with 500", http("500 Oops", "Content-Type: text/xml\r\n", fault("no such thing")), |error| {
            *error == Error::Fault("no such thing".into())
        }),
        ("fault with 200", http("200 OK", "Content-Type: text/xml\r\n", fault("no such thing")), |error| {
            *error == Error::Fault("no such thing".into())
        }),
        ("too large", http("200 OK", "", vec![b' '; limit::DOCUMENT_BYTES + 1]), |error| {
            matches!(error, Error::Limit(_))
        }),
        ("404 and too large", http("404 Not Found", "", vec![b' '; limit::DOCUMENT_BYTES + 1]), |error| {
            *error == Error::Http(404)
        }),
    ];
    for (name, bytes, expected) in answers {
        let server = saying(bytes);
        let error = client(server.wsdl()).call(&hang_up()).await.unwrap_err();
        assert!(expected(&error), "{name}: {error:?}");
        assert_eq!(server.calls(Operation::HangUp), 1, "{name}");
        assert!(
            server.seen().iter().all(|seen| seen.method == "POST" || seen.is_wsdl()),
            "{name}: a POST became a GET"
        );
    }
}

/// A proxy that did not wait for the server, and a program that broke off, say nothing about what was done.
#[tokio::test]
async fn a_status_that_leaves_a_verb_open_is_an_unknown_outcome_and_an_error_of_a_read() {
    let statuses = [
        ("502 Bad Gateway", 502),
        ("504 Gateway Time-out", 504),
        ("408 Request Timeout", 408),
        ("524 A Timeout Occurred", 524),
        ("500 Internal Server Error", 500),
    ];
    let checks = statuses.map(|(line, status)| async move {
        let server = saying(http(line, "Content-Type: text/html\r\n", "<html><h1>nginx</h1></html>"));
        let client = client(server.wsdl());
        let error = client.call(&dial()).await.unwrap_err();
        assert!(matches!(&error, Error::OutcomeUnknown(why) if why.contains(&status.to_string())), "{error:?}");
        assert_eq!(server.calls(Operation::Dial), 1, "{status}");
        assert_eq!(client.call(&ping()).await, Err(Error::Http(status)));
        assert_eq!(server.calls(Operation::Ping), if status < 500 { 1 } else { 4 }, "{status}");
    });
    futures::future::join_all(checks).await;
    for (line, status) in [("503 Service Unavailable", 503), ("501 Not Implemented", 501), ("404 Not Found", 404)] {
        let server = saying(http(line, "", "<html/>"));
        assert_eq!(client(server.wsdl()).call(&dial()).await, Err(Error::Http(status)), "nobody took it");
    }
    // With SOAP in it, 500 is an answer.
    let server = saying(http("500 Oops", "Content-Type: text/xml\r\n", fault("no such thing")));
    assert_eq!(client(server.wsdl()).call(&dial()).await, Err(Error::Fault("no such thing".into())));
    // Of the WSDL: nothing was sent.
    let server = Server::start(|_| Answer::Bytes(http("502 Bad Gateway", "", "")));
    assert_eq!(client(server.wsdl()).call(&dial()).await, Err(Error::Http(502)));
}

#[tokio::test]
async fn an_endless_answer_stops_at_the_limit() {
    let server = doing(|| {
        let (sender, pieces) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let _ = sender.send(b"HTTP/1.1 200 OK\r\n\r\n".to_vec());
            while sender.send(vec![b' '; 10_000]).is_ok() {
                // No more ahead of the reader than a socket holds.
                std::thread::yield_now();
            }
        });
        Answer::Stream(pieces)
    });
    let result = client(server.wsdl()).call_within(&hang_up(), AMPLE).await;
    assert!(matches!(result, Err(Error::Limit(_))), "{result:?}");
}

#[tokio::test]
async fn no_wsdl_no_call() {
    let html = "<html><body>Forbidden</body></html>";
    let answers: Vec<(&str, Vec<u8>, Error)> = vec![
        ("403", http("403 Forbidden", "", html), Error::Forbidden(String::new())),
        ("410", http("410 Gone", "", html), Error::Http(410)),
        (
            "fault",
            http("500 Oops", "Content-Type: text/xml\r\n", fault("broken WSDL")),
            Error::Fault("broken WSDL".into()),
        ),
        (
            "fault with 200",
            http("200 OK", "Content-Type: text/xml\r\n", fault("broken WSDL")),
            Error::Fault("broken WSDL".into()),
        ),
    ];
    for (name, bytes, expected) in answers {
        let server = Server::start(move |_| Answer::Bytes(bytes.clone()));
        assert_eq!(client(server.wsdl()).call(&hang_up()).await, Err(expected), "{name}");
        assert!(server.seen().iter().all(|seen| seen.method == "GET"));
    }
    for body in [html, "", "<definitions xmlns=\"http://schemas.xmlsoap.org/wsdl/\"/>"] {
        let server = Server::start(move |_| Answer::Bytes(http("200 OK", "", body)));
        let error = client(server.wsdl()).call(&hang_up()).await.unwrap_err();
        assert!(matches!(error, Error::NotUnderstood(_)), "{body}: {error:?}");
    }
}

#[tokio::test]
async fn an_operation_that_the_wsdl_lacks_is_not_sent() {
    let server = Server::start(|seen| {
        if seen.operation().is_some() {
            return healthy(seen);
        }
        let wsdl = uncall_contract::wsdl::write("http://x/y").replace("hangUp", "hangOn");
        Answer::Bytes(http("200 OK", "", wsdl))
    });
    let error = client(server.wsdl()).call(&hang_up()).await.unwrap_err();
    assert!(matches!(&error, Error::NotUnderstood(why) if why.contains("hangUp")), "{error:?}");
    assert!(server.seen().iter().all(|seen| seen.method == "GET"));
    assert!(client(server.wsdl()).call(&ping()).await.is_ok());
}
