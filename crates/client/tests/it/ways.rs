//! All the ways in which a good answer comes.

use uncall_client::Error;
use uncall_contract::{Call, Direction, Operation, Reason, Reply, Request, limit};
use url::Url;

use crate::{
    client, client_with, current, dial, every, hang_up, ping,
    server::{Answer, ENDPOINT, Seen, Server, WSDL, description, envelope, healthy, http, soap, success},
};

#[tokio::test]
async fn all_thirteen_operations() {
    let server = Server::start(healthy);
    let client = client(server.wsdl());
    for request in every() {
        let operation = request.operation();
        let reply = client.call(&request).await.unwrap().unwrap();
        match (operation, reply) {
            (Operation::Ping, Reply::Pong { text }) => assert_eq!(text, "hello"),
            (Operation::Dial, Reply::Dialled { response, action_id, message }) => {
                assert_eq!(
                    (&*response, &*action_id, &*message),
                    ("Success", "echoed", "Originate successfully queued")
                );
            }
            (Operation::Current, Reply::Current { call }) => {
                let call = call.unwrap();
                assert_eq!((&*call.uid, call.status), ("1372123897.17", Direction::Callin));
            }
            (Operation::Recording, Reply::Recording { files }) => {
                let address = client.recording_address("1372123897.17", &files).unwrap();
                assert_eq!(address.origin(), server.wsdl().origin());
                assert!(
                    address.as_str().ends_with("&uniqueid=audio:808-13632510278-20130625-093138-1372123897.17.wav")
                );
            }
            (Operation::Hold, Reply::Held { channel }) => assert_eq!(channel, "SIP/802-00000023"),
            (_, Reply::Done { message }) => assert_eq!(message, "Well done"),
            (operation, reply) => panic!("{operation:?} gave {reply:?}"),
        }
        assert_eq!(server.calls(operation), 1);
    }
    assert_eq!(server.wsdls(), 1, "the WSDL is fetched once");
    let post = server.seen().into_iter().find(|seen| seen.method == "POST").unwrap();
    assert!(
        post.head.ends_with(&format!("Content-Length: {}", post.body.len())) || post.header("content-length").is_some()
    );
    assert_eq!(post.header("transfer-encoding"), None, "servers of 2013 know no chunked requests");
}

#[tokio::test]
async fn a_refusal_is_no_error() {
    let server = Server::start(|seen| match seen.operation() {
        Some(operation) => Answer::Bytes(soap(
            operation,
            "<uncall><result>1</result><hangUp><Response>Error</Response><Message>No Channels</Message></hangUp></uncall>",
        )),
        None => healthy(seen),
    });
    let refusal = client(server.wsdl()).call(&hang_up()).await.unwrap().unwrap_err();
    assert_eq!((refusal.reason, &*refusal.message), (Reason::NoChannels, "No Channels"));
}

#[tokio::test]
async fn a_dial_always_carries_an_id_of_its_own() {
    let server = Server::start(healthy);
    let client = client(server.wsdl());
    for _ in 0..2 {
        client.call(&dial()).await.unwrap().unwrap();
    }
    let given = Request::Dial { exten: "802".into(), number: "1".into(), action_id: Some("mine".into()) };
    client.call(&given).await.unwrap().unwrap();
    let ids: Vec<String> = server
        .seen()
        .iter()
        .filter(|seen| seen.operation() == Some(Operation::Dial))
        .map(|seen| {
            let behind = seen.body.split_once("strActionID>").unwrap().1;
            behind.split_once('<').unwrap().0.to_owned()
        })
        .collect();
    assert_eq!(ids[0].len(), 16);
    assert_ne!(ids[0], ids[1]);
    assert_eq!(ids[2], "mine");
}

/// Answers every call with these bytes.
fn answering(bytes: impl Fn(Operation) -> Vec<u8> + Send + Sync + 'static) -> Server {
    Server::start(move |seen| match seen.operation() {
        Some(operation) => Answer::Bytes(bytes(operation)),
        None => healthy(seen),
    })
}

#[tokio::test]
async fn any_framing_and_packing_of_the_answer() {
    fn raw(head: &str, operation: Operation) -> Vec<u8> {
        format!("{head}\r\n\r\n{}", envelope(operation, &success(operation))).into_bytes()
    }
    fn chunked(operation: Operation) -> Vec<u8> {
        let body = envelope(operation, &success(operation));
        let chunks: String = body
            .as_bytes()
            .chunks(100)
            .map(|chunk| format!("{:x};x=y\r\n{}\r\n", chunk.len(), std::str::from_utf8(chunk).unwrap()))
            .collect();
        format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/xml\r\n\r\n{chunks}0\r\n\r\n")
            .into_bytes()
    }
    fn zipped(operation: Operation) -> Vec<u8> {
        http(
            "200 OK",
            "Content-Type: text/xml\r\nContent-Encoding: gzip\r\n",
            gzip(envelope(operation, &success(operation)).as_bytes()),
        )
    }
    type Way = fn(Operation) -> Vec<u8>;
    let ways: [(&str, Way); 7] = [
        ("HTTP/1.0", |operation| raw("HTTP/1.0 200 OK\r\nContent-Type: text/xml", operation)),
        ("no length", |operation| raw("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/html", operation)),
        ("100 Continue", |operation| {
            raw("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nConnection: close", operation)
        }),
        ("chunked", chunked),
        ("gzip", zipped),
        ("status 500", |operation| {
            http("500 Oops", "Content-Type: text/xml\r\n", envelope(operation, &success(operation)))
        }),
        ("no type", |operation| http("200 OK", "", envelope(operation, &success(operation)))),
    ];
    for (name, way) in ways {
        let server = answering(way);
        let reply = client(server.wsdl()).call(&ping()).await;
        assert_eq!(reply, Ok(Ok(Reply::Pong { text: "hello".into() })), "{name}");
    }
}

#[tokio::test]
async fn gbk_in_the_header_only() {
    let server = answering(|operation| {
        let text =
            envelope(operation, "<uncall><result>0</result><Response>Error</Response><Message>@@</Message></uncall>");
        let (before, after) = text.split_once("@@").unwrap();
        let before = before.replace("encoding=\"utf-8\"", "");
        let body = [before.as_bytes(), b"\xca\xa7\xb0\xdc", after.as_bytes()].concat();
        http("200 OK", "Content-Type: text/xml; charset=GBK\r\n", body)
    });
    let refusal = client(server.wsdl()).call(&hang_up()).await.unwrap().unwrap_err();
    assert_eq!(refusal.message, "失败");
}

#[tokio::test]
async fn cookies_are_kept() {
    let server = Server::start(|seen| match (seen.operation(), seen.header("cookie")) {
        (None, _) => description(seen, "Set-Cookie: PHPSESSID=abc; path=/\r\n"),
        (Some(operation), Some("PHPSESSID=abc")) => Answer::Bytes(soap(operation, &success(operation))),
        (Some(_), _) => Answer::Bytes(http("403 Forbidden", "", "who are you?")),
    });
    assert!(client(server.wsdl()).call(&hang_up()).await.unwrap().is_ok());
}

#[tokio::test]
async fn a_call_is_named_only_where_the_server_announced_that() {
    let named = || Request::HangUp { agent: "802".into(), uid: Some("1372123897.17".into()) };
    for (headers, is_named) in [
        ("Link: </docs/arguments>; rel=\"uncall-arguments\"\r\n", true),
        ("Link: </e>; rel=\"uncall-events\", <>; rel=\"next uncall-arguments\"\r\n", true),
        ("Link: </e>; rel=\"uncall-events\"\r\n", false),
        ("", false),
    ] {
        let server = Server::start(move |seen| if seen.is_wsdl() { description(seen, headers) } else { healthy(seen) });
        client(server.wsdl()).call(&named()).await.unwrap().unwrap();
        let post = server.seen().into_iter().find(|seen| seen.method == "POST").unwrap();
        assert_eq!(post.body.contains("strUid") && post.body.contains("1372123897.17"), is_named, "{headers}");
        // A reason goes by the same announcement.
        let busy = Request::Busy { exten: "802".into(), reason: Some("lunch".into()) };
        client(server.wsdl()).call(&busy).await.unwrap().unwrap();
        let body = server.seen().pop().unwrap().body;
        assert_eq!(body.contains("strReason") && body.contains(">lunch<"), is_named, "{body}");
    }
}

#[tokio::test]
async fn redirects_that_keep_the_post_are_followed() {
    for status in ["307 Temporary Redirect", "308 Permanent Redirect"] {
        let server = Server::start(move |seen| match seen.operation() {
            Some(operation) if seen.target == "/moved" => Answer::Bytes(soap(operation, &success(operation))),
            Some(_) => Answer::Bytes(http(status, "Location: /moved\r\n", "")),
            None => healthy(seen),
        });
        assert!(client(server.wsdl()).call(&hang_up()).await.unwrap().is_ok());
        let posts: Vec<Seen> = server.seen().into_iter().filter(|seen| seen.method == "POST").collect();
        assert_eq!(posts.len(), 2);
        assert_eq!(posts[0].body, posts[1].body);
        assert_eq!(posts[0].header("soapaction"), posts[1].header("soapaction"));
    }
}

#[tokio::test]
async fn redirects_of_the_wsdl_are_followed_and_their_number_is_bounded() {
    let server = Server::start(|seen| match (&*seen.target, seen.operation()) {
        ("/old", None) => Answer::Bytes(http("302 Found", &format!("Location: {WSDL}\r\n"), "")),
        ("/loop", None) => Answer::Bytes(http("302 Found", "Location: /loop\r\n", "")),
        _ => healthy(seen),
    });
    assert!(client(server.url("/old")).call(&ping()).await.is_ok());
    assert_eq!(client(server.url("/loop")).call(&ping()).await, Err(Error::Http(302)));
    assert_eq!(server.seen().iter().filter(|seen| seen.target == "/loop").count(), 6);
}

#[tokio::test]
async fn the_typed_host_is_used_unless_the_wsdl_is_to_be_followed() {
    let other = Server::start(healthy);
    let named = other.address;
    let server = Server::start(move |seen| match seen.operation() {
        Some(_) => healthy(seen),
        None => {
            let wsdl = uncall_contract::wsdl::write(&format!("http://{named}{ENDPOINT}?from=wsdl"));
            Answer::Bytes(http("200 OK", "Content-Type: text/xml\r\n", wsdl))
        }
    });
    assert!(client(server.wsdl()).call(&ping()).await.is_ok());
    assert_eq!((server.calls(Operation::Ping), other.calls(Operation::Ping)), (1, 0));
    let post = server.seen().into_iter().find(|seen| seen.method == "POST").unwrap();
    assert_eq!(post.target, format!("{ENDPOINT}?from=wsdl"));
    let following = client_with(server.wsdl(), |settings| settings.follow_wsdl_host = true);
    assert!(following.call(&ping()).await.is_ok());
    assert_eq!((server.calls(Operation::Ping), other.calls(Operation::Ping)), (1, 1));
}

#[tokio::test]
async fn no_call_in_every_form() {
    for inner in
        ["", "<uncall><result>0</result><popEvent/></uncall>", "<uncall><result>1</result><uid></uid></uncall>"]
    {
        let server = answering(move |operation| soap(operation, inner));
        let reply = client(server.wsdl()).call(&current()).await;
        assert_eq!(reply, Ok(Ok(Reply::Current { call: None })), "{inner:?}");
    }
    let server = Server::start(healthy);
    let Ok(Ok(Reply::Current { call: Some(Call { calla, .. }) })) = client(server.wsdl()).call(&current()).await else {
        panic!("no call")
    };
    assert_eq!(calla, "13421829060");
}

#[tokio::test]
async fn many_callers_fetch_the_wsdl_once() {
    let server = Server::start(healthy);
    let client = client(server.wsdl());
    let calls: Vec<_> = (0..8)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.call(&current()).await })
        })
        .collect();
    for call in calls {
        assert!(call.await.unwrap().is_ok());
    }
    assert_eq!((server.wsdls(), server.calls(Operation::Current)), (1, 8));
}

#[test]
fn an_address_that_is_not_http_is_refused_at_once() {
    for address in ["ftp://pbx.example/?wsdl", "file:///etc/passwd", "mailto:a@b"] {
        let settings = uncall_client::Settings::new(Url::parse(address).unwrap());
        assert!(matches!(uncall_client::Client::new(settings), Err(Error::Unreachable(_))), "{address}");
    }
}

#[tokio::test]
async fn a_zip_bomb_stops_at_the_limit() {
    let server =
        answering(|_| http("200 OK", "Content-Encoding: gzip\r\n", gzip(&vec![b' '; limit::DOCUMENT_BYTES + 1])));
    assert!(matches!(client(server.wsdl()).call(&ping()).await, Err(Error::Limit(_))));
}

/// A gzip member of stored blocks.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    let mut blocks = bytes.chunks(0xffff).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap();
        out.push(u8::from(blocks.peek().is_none()));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend(block);
    }
    let crc = !bytes.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
    });
    out.extend(crc.to_le_bytes());
    out.extend(u32::try_from(bytes.len()).unwrap().to_le_bytes());
    out
}
