//! https by the system's trust store, which on Linux `SSL_CERT_FILE` names.
#![cfg(target_os = "linux")]

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread,
};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::{ServerConfig, ServerConnection, StreamOwned, pki_types::PrivateKeyDer};

use crate::{
    Ended, command, run,
    server::{Answer, Server, WSDL, healthy, http},
};

/// An authority, and a server certificate for 127.0.0.1 by it.
fn certificates() -> (String, ServerConfig) {
    let mut authority = CertificateParams::new(vec![]).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let root = authority.self_signed(&key).unwrap();
    let issuer = Issuer::new(authority, key);
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["127.0.0.1".into()]).unwrap().signed_by(&key, &issuer).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .unwrap();
    (root.pem(), config)
}

/// Speaks TLS before a plain server.
fn front(server: SocketAddr, config: ServerConfig) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let config = Arc::new(config);
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let config = Arc::clone(&config);
            thread::spawn(move || relay(connection, config, server).ok());
        }
    });
    address
}

/// One request there, one answer back.
fn relay(connection: TcpStream, config: Arc<ServerConfig>, server: SocketAddr) -> std::io::Result<()> {
    let mut outside = StreamOwned::new(ServerConnection::new(config).unwrap(), connection);
    let mut inside = TcpStream::connect(server)?;
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let got = outside.read(&mut buffer)?;
        if got == 0 {
            return Ok(());
        }
        request.extend_from_slice(&buffer[..got]);
        let text = String::from_utf8_lossy(&request).to_lowercase();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.split_once("content-length: ").map_or("0", |(_, behind)| behind.lines().next().unwrap());
        if body.len() >= length.parse().unwrap() {
            break;
        }
    }
    inside.write_all(&request)?;
    inside.shutdown(std::net::Shutdown::Write)?;
    let mut answer = Vec::new();
    inside.read_to_end(&mut answer)?;
    outside.write_all(&answer)?;
    outside.conn.send_close_notify();
    outside.flush()
}

fn ping(address: &str, trusted: &str) -> Ended {
    run(command()
        .env("SSL_CERT_FILE", trusted)
        .env_remove("SSL_CERT_DIR")
        .args(["--server", address, "--json", "ping"]))
}

#[test]
fn a_trusted_certificate_is_taken_and_another_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let (root, config) = certificates();
    let (trusted, other) = (folder.path().join("root.pem"), folder.path().join("other.pem"));
    std::fs::write(&trusted, root).unwrap();
    std::fs::write(&other, certificates().0).unwrap();
    let server = Server::start(healthy);
    let address = format!("https://{}{WSDL}", front(server.address, config));

    let ended = ping(&address, trusted.to_str().unwrap());
    assert_eq!(ended.status, 0, "{ended:?}");
    assert_eq!(server.seen().len(), 2, "WSDL and call, both by https");

    for untrusted in [other.to_str().unwrap(), "/nonexistent/certificates"] {
        let ended = ping(&address, untrusted);
        assert_eq!(ended.status, 3, "{ended:?}");
        assert!(ended.stdout.contains(r#""error":"unreachable""#), "{ended:?}");
    }
    assert_eq!(server.seen().len(), 2);
    // Without a single certificate http works as ever.
    assert_eq!(ping(server.wsdl().as_str(), "/nonexistent/certificates").status, 0);
}

#[test]
fn no_redirect_leads_from_https_to_http() {
    let folder = tempfile::tempdir().unwrap();
    let (root, config) = certificates();
    let trusted = folder.path().join("root.pem");
    std::fs::write(&trusted, root).unwrap();
    let plain = Server::start(healthy);
    let target = plain.wsdl();
    let server = Server::start(move |_| Answer::Bytes(http("302 Found", &format!("Location: {target}\r\n"), "")));
    let ended = ping(&format!("https://{}{WSDL}", front(server.address, config)), trusted.to_str().unwrap());
    assert_eq!(ended.status, 4, "{ended:?}");
    assert!(ended.stdout.contains("HTTP status 302"), "{ended:?}");
    assert!(plain.seen().is_empty());
}
