//! Registrars that are not reached, or not believed.

use std::{net::Ipv4Addr, path::Path, process::Command, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;
use uncall_phone::{LineEvent, TroubleKind};

use crate::server::{Message, Seen};

/// What a line at this address is told first of its registration: nothing when it succeeds.
async fn told(address: &str, trust: Option<Arc<ClientConfig>>) -> Option<TroubleKind> {
    let registrar = address.parse().expect("an address");
    let mut seen = Seen::start(([127, 0, 0, 1], 1).into(), |settings| {
        (settings.registrar, settings.trust) = (registrar, trust);
    });
    seen.until("the outcome", |event| match event {
        LineEvent::Registered => Some(None),
        LineEvent::Lost { why, .. } => Some(Some(why.kind)),
        LineEvent::Registering
        | LineEvent::Leg(_)
        | LineEvent::Quality(_)
        | LineEvent::Echo { .. }
        | LineEvent::Device(_) => None,
    })
    .await
}

/// A server whose certificate is its own authority's; who trusts it.
async fn secure() -> (TcpListener, TlsAcceptor, Arc<ClientConfig>) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
    let acceptor = acceptor(made.cert.der().clone(), key);
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).expect("an authority");
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("TLS")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    (listener, acceptor, Arc::new(client))
}

fn acceptor(certificate: CertificateDer<'static>, key: PrivateKeyDer<'static>) -> TlsAcceptor {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let server = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("TLS")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("a server");
    TlsAcceptor::from(Arc::new(server))
}

/// Takes every registration.
fn serve(listener: TcpListener, acceptor: TlsAcceptor) {
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(stream) = acceptor.accept(stream).await {
                tokio::spawn(grant(stream));
            }
        }
    });
}

/// Takes registrations for as long as the connection lasts.
async fn grant(mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    let mut buffer = vec![0; 65_536];
    while let Ok(length @ 1..) = stream.read(&mut buffer).await {
        let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
        let register = Message { text, from: ([127, 0, 0, 1], 1).into() };
        let contact = format!("Contact: {};expires=60\r\n", register.header("Contact").unwrap_or_default());
        if stream.write_all(register.answer("200 OK", "r", &contact, "").as_bytes()).await.is_err() {
            return;
        }
    }
}

#[tokio::test]
async fn a_certificate_is_looked_at() {
    let (listener, acceptor, trust) = secure().await;
    let address = format!("sips:{}", listener.local_addr().expect("bound"));
    serve(listener, acceptor);
    assert_eq!(told(&address, Some(trust)).await, None);
    // Others trust another authority, and the system knows none of both.
    let (_, _, another) = secure().await;
    assert_eq!(told(&address, Some(another)).await, Some(TroubleKind::CertificateRefused));
    assert_eq!(told(&address, None).await, Some(TroubleKind::CertificateRefused));
    // The name is another one than the certificate's.
    let named = address.replace("127.0.0.1", "localhost");
    assert_eq!(told(&named, Some(secure().await.2)).await, Some(TroubleKind::CertificateRefused));
}

/// `openssl req -x509` makes a certificate that calls itself an authority, and administrators put it on the server and into the
/// system's store. The gateway's client takes it, and so does the phone; but not one that only looks like it.
#[cfg(all(unix, not(target_vendor = "apple")))]
#[tokio::test]
async fn a_certificate_of_openssl_in_the_systems_store_is_taken() {
    let Some(folder) = std::env::var_os("UNCALL_CERTIFICATES") else { return in_a_process_of_its_own() };
    for (name, trouble) in [("known", None), ("unknown", Some(TroubleKind::CertificateRefused))] {
        let file = |ending: &str| Path::new(&folder).join(format!("{name}.{ending}"));
        let certificate = CertificateDer::from_pem_file(file("pem")).expect("a certificate");
        let key = PrivateKeyDer::from_pem_file(file("key")).expect("a key");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let address = format!("sips:{}", listener.local_addr().expect("bound"));
        serve(listener, acceptor(certificate, key));
        assert_eq!(told(&address, None).await, trouble, "{name}");
    }
}

/// The system's store is found through an environment variable, which a test must not change for the others.
#[cfg(all(unix, not(target_vendor = "apple")))]
fn in_a_process_of_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["known", "unknown"] {
        let mut openssl = Command::new("openssl");
        openssl.args(["req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-days", "10"]);
        openssl.args(["-subj", "/CN=pbx", "-addext", "subjectAltName=IP:127.0.0.1"]);
        openssl.args(["-keyout", &format!("{name}.key"), "-out", &format!("{name}.pem")]).current_dir(folder.path());
        assert!(openssl.output().expect("openssl is needed").status.success());
    }
    let mut test = Command::new(std::env::current_exe().expect("this program"));
    test.args(["--exact", "secure::a_certificate_of_openssl_in_the_systems_store_is_taken", "--nocapture"]);
    test.env("UNCALL_CERTIFICATES", folder.path()).env("SSL_CERT_FILE", folder.path().join("known.pem"));
    test.env_remove("SSL_CERT_DIR");
    assert!(test.status().expect("the test").success());
}

#[tokio::test]
async fn a_registrar_that_is_not_there_is_told_by_kind() {
    let (_, _, trust) = secure().await;
    // Something else speaks there.
    let other = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    let address = other.local_addr().expect("bound");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = other.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    assert_eq!(told(&format!("sips:{address}"), Some(Arc::clone(&trust))).await, Some(TroubleKind::NoTls));
    // Nobody listens there any more.
    let gone = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port").local_addr().expect("bound");
    assert_eq!(told(&format!("sips:{gone}"), Some(trust)).await, Some(TroubleKind::Unreachable));
    assert_eq!(told(&format!("sip:{gone};transport=tcp"), None).await, Some(TroubleKind::Unreachable));
    assert_eq!(told(&format!("sip:{gone}"), None).await, Some(TroubleKind::Unreachable));
    assert_eq!(told("sip:no-such-host.invalid", None).await, Some(TroubleKind::NoSuchHost));
}

/// The first connection is taken and never answered, as by a router that has forgotten it. The line makes another one.
#[tokio::test]
async fn a_connection_that_is_dead_without_a_word_is_replaced() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    let registrar = format!("sip:{};transport=tcp", listener.local_addr().expect("bound")).parse().expect("an address");
    let mut seen = Seen::start(([127, 0, 0, 1], 1).into(), |settings| settings.registrar = registrar);
    let (mut dead, _) = listener.accept().await.expect("the first");
    let mut request = [0; 8];
    dead.read_exact(&mut request).await.expect("a request");
    let trouble = |event| {
        let LineEvent::Lost { why, .. } = event else { return None };
        Some(why.kind)
    };
    assert_eq!(seen.until("trouble", trouble).await, TroubleKind::Unreachable);
    let (stream, _) = listener.accept().await.expect("a second");
    tokio::spawn(grant(stream));
    seen.until("registered", |event| (event == LineEvent::Registered).then_some(())).await;
}
