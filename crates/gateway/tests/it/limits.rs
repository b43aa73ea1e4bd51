//! What a hostile network can take: connections and streams are bounded.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use uncall_gateway::Settings;
use uncall_gateway::settings::Limits;

use crate::support::{Gateway, PATIENCE, until};

#[tokio::test]
async fn connections_beyond_the_limit_are_closed_and_a_place_that_is_free_is_given() {
    let limits = Limits { connections: 3, ..Limits::default() };
    let gateway = Gateway::start(true, Settings { limits, ..Settings::default() }).await;
    let mut kept = Vec::new();
    for _ in 0..3 {
        let mut connection = gateway.connect_from("127.0.0.1").await;
        connection.write_all(b"GET /healthz HTTP/1.1\r\nHost: pbx\r\n\r\n").await.unwrap();
        let mut first = [0; 12];
        connection.read_exact(&mut first).await.unwrap();
        assert_eq!(&first, b"HTTP/1.1 200");
        kept.push(connection);
    }
    let mut beyond = gateway.connect_from("127.0.0.1").await;
    let closed = tokio::time::timeout(PATIENCE, beyond.read(&mut [0; 1])).await.unwrap();
    assert!(closed.is_err() || closed.is_ok_and(|read| read == 0));
    kept.pop();
    until("a place is free again", async || {
        let mut connection = gateway.connect_from("127.0.0.1").await;
        let sent = connection.write_all(b"GET /healthz HTTP/1.1\r\nHost: pbx\r\nConnection: close\r\n\r\n").await;
        let mut text = Vec::new();
        sent.is_ok() && connection.read_to_end(&mut text).await.is_ok() && text.starts_with(b"HTTP/1.1 200")
    })
    .await;
}

#[tokio::test]
async fn the_oldest_stream_of_an_extension_makes_room() {
    let limits = Limits { streams_per_extension: 2, ..Limits::default() };
    let gateway = Gateway::start(true, Settings { limits, ..Settings::default() }).await;
    let mut streams = Vec::new();
    for exten in ["801", "801", "802", "801"] {
        let mut stream = gateway.events(exten, "").await;
        assert!(stream.until("event: snapshot").await);
        streams.push(stream);
    }
    streams[0].finish().await;
    for exten in ["801", "802"] {
        assert!(gateway.call("setBuys", &[("strExten", exten)]).await.contains("<result>1</result>"));
    }
    for stream in &mut streams[1..] {
        assert!(stream.until("event: presence").await, "{}", stream.text);
    }
    assert!(!streams[0].text.contains("event: presence"));
}
