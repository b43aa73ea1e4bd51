//! TLS, on real sockets.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::link::session::Session;
use crate::link::stream::{Stream, Target};
use crate::options::Tls;

/// A PBX's certificate, and a file with what to trust.
struct Identity {
    chain: CertificateDer<'static>,
    key: KeyPair,
    trusted: String,
}

/// Signed by an authority that is in the file.
fn signed() -> Identity {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    let trusted = authority.self_signed(&authority_key).unwrap().pem();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["pbx.example".to_owned()])
        .unwrap()
        .signed_by(&key, &Issuer::new(authority, authority_key))
        .unwrap();
    Identity { chain: certificate.der().clone(), key, trusted }
}

/// Signed by itself and marked as an authority, as `openssl req -x509` makes them.
fn self_signed() -> Identity {
    let mut params = CertificateParams::new(vec!["elsewhere".to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    Identity { chain: certificate.der().clone(), key, trusted: certificate.pem() }
}

/// Serves one connection, which logs in.
async fn serve(identity: &Identity) -> SocketAddr {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::Pkcs8(identity.key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![identity.chain.clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move {
        let (tcp, _peer) = listener.accept().await.unwrap();
        let Ok(mut stream) = acceptor.accept(tcp).await else { return };
        stream.write_all(BANNER.as_bytes()).await.unwrap();
        let mut some = [0; 1024];
        if stream.read(&mut some).await.unwrap_or(0) > 0 {
            stream.write_all(b"Response: Success\r\n\r\n").await.unwrap();
            let _closed = stream.read(&mut some).await;
        }
    });
    address
}

fn target(address: SocketAddr, authorities: Option<PathBuf>, name: Option<&str>) -> Target {
    Target::new(address.to_string(), Some(Tls { authorities, name: name.map(ToOwned::to_owned) }))
}

/// Connects and logs in.
async fn open(target: Target) -> Result<(), Trouble> {
    let stream: Stream = target.dial().await?;
    Session::open(stream, &login()).await.map(|_session| ())
}

fn file(folder: &tempfile::TempDir, text: &str) -> PathBuf {
    let path = folder.path().join("trusted.pem");
    std::fs::write(&path, text).unwrap();
    path
}

#[tokio::test]
async fn an_authority_of_the_file_is_trusted_for_its_names() {
    let folder = tempfile::tempdir().unwrap();
    let pbx = signed();
    let trusted = file(&folder, &pbx.trusted);
    assert_eq!(open(target(serve(&pbx).await, Some(trusted.clone()), Some("pbx.example"))).await, Ok(()));
    for name in [None, Some("other.example")] {
        let refused = open(target(serve(&pbx).await, Some(trusted.clone()), name)).await.unwrap_err();
        assert!(refused.to_string().contains("not valid for name"), "{refused}");
    }
}

#[tokio::test]
async fn a_certificate_that_is_itself_in_the_file_is_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let (pbx, other) = (self_signed(), self_signed());
    let trusted = file(&folder, &pbx.trusted);
    assert_eq!(open(target(serve(&pbx).await, Some(trusted.clone()), None)).await, Ok(()));
    let refused = open(target(serve(&other).await, Some(trusted), None)).await;
    assert!(matches!(refused, Err(Trouble::Tls(_))), "{refused:?}");
}

#[tokio::test]
async fn the_system_does_not_trust_just_anybody() {
    let refused = open(target(serve(&self_signed()).await, None, Some("elsewhere"))).await;
    assert!(matches!(refused, Err(Trouble::Tls(_))), "{refused:?}");
}

#[tokio::test]
async fn a_file_that_is_no_certificate_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("nowhere.pem");
    for path in [file(&folder, "no certificate"), nowhere] {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let refused = open(target(SocketAddr::from(([127, 0, 0, 1], 1)), Some(path), None)).await.unwrap_err();
        assert!(matches!(refused, Trouble::Tls(_)) && refused.to_string().contains(&name), "{refused}");
    }
}

#[tokio::test]
async fn plain_speech_to_a_tls_port_and_the_other_way_round_end_with_a_hint() {
    let pbx = signed();
    let plain = Target::new(serve(&pbx).await.to_string(), None);
    let refused = open(plain).await.unwrap_err();
    assert!(!matches!(refused, Trouble::Silent(_)), "{refused}");

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut tcp, _peer) = listener.accept().await.unwrap();
        tcp.write_all(BANNER.as_bytes()).await.unwrap();
        let _closed = tcp.read(&mut [0; 1024]).await;
    });
    let refused = open(target(address, None, Some("pbx.example"))).await;
    assert!(matches!(refused, Err(Trouble::Tls(_))), "{refused:?}");
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let refused = open(Target::new(address.to_string(), None)).await;
    assert!(matches!(refused, Err(Trouble::Unreachable(_))), "{refused:?}");
}
