//! Certificates made by openssl, as an administrator makes them.

use std::{fs, path::Path, process::Command};

use rustls::pki_types::pem::PemObject as _;
use tempfile::TempDir;

use super::*;

const RSA: &[&str] = &["-newkey", "rsa:2048"];
const P256: &[&str] = &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
const NAME: &str = "subjectAltName=DNS:pbx.example";

/// Runs `openssl` in this folder.
fn openssl(folder: &Path, arguments: &[&str]) {
    let output = Command::new("openssl").args(arguments).current_dir(folder).output().expect("openssl is needed");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The bytes of a certificate made by `openssl req -x509` with these additional arguments.
fn made(folder: &Path, key: &[&str], more: &[&str]) -> CertificateDer<'static> {
    let plain = ["req", "-x509", "-nodes", "-subj", "/CN=pbx.example", "-keyout", "key.pem", "-out", "made.pem"];
    openssl(folder, &[&plain, key, more].concat());
    CertificateDer::from_pem_slice(&fs::read(folder.join("made.pem")).unwrap()).unwrap()
}

fn store(certificates: &[&CertificateDer<'static>]) -> Store {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Store::new(provider, certificates.iter().map(|certificate| (*certificate).clone()).collect()).unwrap()
}

fn verified(store: &Store, shown: &CertificateDer<'_>, name: &'static str, now: UnixTime) -> Result<(), Error> {
    store.verify_server_cert(shown, &[], &ServerName::try_from(name).unwrap(), &[], now).map(drop)
}

fn refusal(result: Result<(), Error>) -> CertificateError {
    match result {
        Err(Error::InvalidCertificate(why)) => why,
        other => panic!("{other:?}"),
    }
}

const DAY: u64 = 24 * 60 * 60;

fn in_days(days: u64) -> UnixTime {
    UnixTime::since_unix_epoch(std::time::Duration::from_secs(UnixTime::now().as_secs() + days * DAY))
}

#[test]
fn an_openssl_certificate_in_the_store_is_taken_for_its_name_and_time_only() {
    for key in [RSA, P256] {
        let folder = TempDir::new().unwrap();
        let certificate = made(folder.path(), key, &["-days", "10", "-addext", NAME]);
        let store = store(&[&certificate]);
        assert_eq!(verified(&store, &certificate, "pbx.example", UnixTime::now()), Ok(()));
        let wrong_name = refusal(verified(&store, &certificate, "evil.example", UnixTime::now()));
        assert!(matches!(wrong_name, CertificateError::NotValidForNameContext { .. }), "{wrong_name:?}");
        let expired = refusal(verified(&store, &certificate, "pbx.example", in_days(11)));
        assert!(matches!(expired, CertificateError::ExpiredContext { .. } | CertificateError::Expired), "{expired:?}");
        let early =
            refusal(verified(&store, &certificate, "pbx.example", UnixTime::since_unix_epoch(Default::default())));
        assert!(
            matches!(early, CertificateError::NotValidYetContext { .. } | CertificateError::NotValidYet),
            "{early:?}"
        );
        // webpki checks the dates, and they are checked here again, so that nothing depends on the order of its checks.
        let name = ServerName::try_from("pbx.example").unwrap();
        assert!(verify_itself(&certificate, &name, UnixTime::now()).is_ok());
        assert_eq!(verify_itself(&certificate, &name, in_days(11)).unwrap_err(), CertificateError::Expired.into());
    }
}

#[test]
fn the_same_key_in_other_bytes_is_not_taken() {
    let folder = TempDir::new().unwrap();
    let trusted = made(folder.path(), RSA, &["-days", "10", "-addext", NAME]);
    // Made again with the first one's key, so the serial number differs.
    let again = ["req", "-x509", "-key", "key.pem", "-subj", "/CN=pbx.example", "-addext", NAME, "-out", "again.pem"];
    openssl(folder.path(), &again);
    let other = CertificateDer::from_pem_slice(&fs::read(folder.path().join("again.pem")).unwrap()).unwrap();
    let store = store(&[&trusted]);
    refusal(verified(&store, &other, "pbx.example", UnixTime::now()));
    // One bit of the signature.
    let mut bytes = trusted.to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    let damaged = CertificateDer::from(bytes);
    refusal(verified(&store, &damaged, "pbx.example", UnixTime::now()));
    let name = ServerName::try_from("pbx.example").unwrap();
    let signature = verify_itself(&damaged, &name, UnixTime::now()).unwrap_err();
    assert_eq!(signature, CertificateError::BadSignature.into());
}

#[test]
fn an_authority_is_taken_for_no_server_that_it_signed_unless_webpki_takes_it() {
    let folder = TempDir::new().unwrap();
    let authority = made(folder.path(), P256, &["-days", "10", "-addext", NAME]);
    fs::rename(folder.path().join("made.pem"), folder.path().join("ca.pem")).unwrap();
    fs::rename(folder.path().join("key.pem"), folder.path().join("ca.key")).unwrap();
    let signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-days", "10", "-addext", NAME];
    let server = made(folder.path(), P256, &[&signed[..], &["-addext", "basicConstraints=critical,CA:FALSE"]].concat());
    let intermediate = made(folder.path(), P256, &signed);
    let store_of_authority = store(&[&authority]);
    assert_eq!(verified(&store_of_authority, &server, "pbx.example", UnixTime::now()), Ok(()));
    refusal(verified(&store_of_authority, &intermediate, "pbx.example", UnixTime::now()));
    // In the store, but signed by somebody else: an authority, not a server's own certificate.
    let both = store(&[&authority, &intermediate]);
    let why = refusal(verified(&both, &intermediate, "pbx.example", UnixTime::now()));
    assert_eq!(why, CertificateError::BadSignature);
}

#[test]
fn a_certificate_for_another_purpose_is_not_taken() {
    let folder = TempDir::new().unwrap();
    let client = made(folder.path(), P256, &["-days", "10", "-addext", NAME, "-addext", "extendedKeyUsage=clientAuth"]);
    assert_eq!(
        refusal(verified(&store(&[&client]), &client, "pbx.example", UnixTime::now())),
        CertificateError::InvalidPurpose
    );
}

#[test]
fn an_unknown_certificate_is_not_taken() {
    let folder = TempDir::new().unwrap();
    let trusted = made(folder.path(), P256, &["-days", "10", "-addext", "subjectAltName=DNS:other.example"]);
    let stranger = made(folder.path(), P256, &["-days", "10", "-addext", NAME]);
    refusal(verified(&store(&[&trusted]), &stranger, "pbx.example", UnixTime::now()));
}
