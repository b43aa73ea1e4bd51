//! TLS over real sockets, and a new certificate while a stream runs.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use uncall_contract::wsdl;
use uncall_gateway::Settings;
use uncall_gateway::access::Tls;

use crate::support::{Events, Gateway, exchange, request, until};

struct Certificate {
    der: CertificateDer<'static>,
    pem: String,
    key: String,
}

fn certificate() -> Certificate {
    let made = rcgen::generate_simple_self_signed(vec!["pbx".to_owned()]).unwrap();
    Certificate { der: made.cert.der().clone(), pem: made.cert.pem(), key: made.signing_key.serialize_pem() }
}

fn write(folder: &Path, certificate: &Certificate) -> Tls {
    let files = Tls { certificate: folder.join("pbx.crt"), key: folder.join("pbx.key") };
    std::fs::write(&files.certificate, &certificate.pem).unwrap();
    std::fs::write(&files.key, &certificate.key).unwrap();
    files
}

async fn connect(
    gateway: &Gateway,
    trusted: &Certificate,
    versions: &[&'static SupportedProtocolVersion],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.der.clone()).unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let config = builder.with_protocol_versions(versions).unwrap().with_root_certificates(roots).with_no_client_auth();
    let stream = TcpStream::connect(gateway.address).await?;
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("pbx").unwrap(), stream).await
}

#[tokio::test]
async fn both_versions_are_served_and_the_wsdl_says_https() {
    let folder = tempfile::tempdir().unwrap();
    let own = certificate();
    let gateway = Gateway::start(true, Settings { tls: Some(write(folder.path(), &own)), ..Settings::default() }).await;
    for versions in [&[&TLS13][..], &[&TLS12]] {
        let stream = connect(&gateway, &own, versions).await.unwrap();
        let head = "GET /uncall_services_api/index.php?wsdl HTTP/1.1\r\nHost: pbx:8443\r\nConnection: close\r\n\r\n";
        let answer = exchange(stream, head.as_bytes()).await;
        let address = wsdl::read(&answer.body, None).unwrap().address;
        assert_eq!(address, "https://pbx:8443/uncall_services_api/index.php");
        let stream = connect(&gateway, &own, versions).await.unwrap();
        let pong = exchange(stream, &request("UncallWorld", &[("text", "x")], "")).await;
        assert!(pong.text().contains("UncallWorld:x"), "{}", pong.text());
    }
    assert!(connect(&gateway, &certificate(), &[&TLS13]).await.is_err(), "another certificate is not this one");
    let plain = gateway.get("/healthz").await;
    assert_eq!((plain.status, plain.text().as_str()), (400, "This port speaks HTTPS.\n"));
}

#[tokio::test]
async fn garbage_for_a_handshake_ends_that_connection_only() {
    let folder = tempfile::tempdir().unwrap();
    let own = certificate();
    let gateway = Gateway::start(true, Settings { tls: Some(write(folder.path(), &own)), ..Settings::default() }).await;
    let mut garbage = TcpStream::connect(gateway.address).await.unwrap();
    garbage.write_all(&[0x16, 3, 1, 0xff, 0xff, 0, 0, 0]).await.unwrap();
    garbage.shutdown().await.unwrap();
    let mut rest = Vec::new();
    let _reset_or_alert = garbage.read_to_end(&mut rest).await;
    assert!(connect(&gateway, &own, &[&TLS13]).await.is_ok());
}

#[tokio::test]
async fn a_new_certificate_is_served_and_the_streams_that_run_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (certificate(), certificate());
    let gateway = Gateway::start(true, Settings { tls: Some(write(folder.path(), &old)), ..Settings::default() }).await;
    let mut stream = Events::open(connect(&gateway, &old, &[&TLS13]).await.unwrap(), "801", "").await;
    assert!(stream.until("event: snapshot").await);
    write(folder.path(), &new);
    until("the new certificate is served", async || connect(&gateway, &new, &[&TLS13]).await.is_ok()).await;
    assert!(connect(&gateway, &old, &[&TLS13]).await.is_err(), "the old one is not");
    let verb = request("setBuys", &[("strExten", "801")], "");
    let done = exchange(connect(&gateway, &new, &[&TLS13]).await.unwrap(), &verb).await;
    assert_eq!(done.status, 200);
    assert!(stream.until("event: presence").await, "the old stream goes on: {}", stream.text);
    std::fs::write(folder.path().join("pbx.key"), "broken").unwrap();
    assert!(connect(&gateway, &new, &[&TLS13]).await.is_ok(), "a broken one changes nothing");
}
