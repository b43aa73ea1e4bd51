//! TLS: the certificate, reloaded when it changes.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls::crypto::ring::{default_provider, sign::any_supported_type};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use serde::Deserialize;

/// `[tls]`: where certificate and key are, both PEM.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The certificate, followed by those of intermediate authorities.
    pub certificate: PathBuf,
    /// Its private key (PKCS #8, PKCS #1 or SEC 1), not encrypted.
    pub key: PathBuf,
}

/// Why certificate or key were rejected.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// Missing, or not PEM.
    #[error("cannot read a certificate from {0}: {1}")]
    Certificate(String, rustls::pki_types::pem::Error),
    /// The file contains none.
    #[error("there is no certificate in {0}")]
    NoCertificate(String),
    /// Missing, not PEM, or encrypted.
    #[error("cannot read a private key from {0}: {1}")]
    Key(String, rustls::pki_types::pem::Error),
    /// Of an unknown kind, or for another certificate.
    #[error("certificate {0} and key {1} cannot be used together: {2}")]
    Pair(String, String, rustls::Error),
}

/// The certificate and key in use. Existing connections keep the ones they began with.
pub(crate) struct Identity {
    files: Tls,
    current: RwLock<Arc<CertifiedKey>>,
}

impl Identity {
    pub(super) fn load(files: &Tls) -> Result<Arc<Identity>, TlsError> {
        let current = RwLock::new(Arc::new(read(files)?));
        Ok(Arc::new(Identity { files: files.clone(), current }))
    }

    pub(super) fn certificate(&self) -> &Path {
        &self.files.certificate
    }

    pub(super) fn key(&self) -> &Path {
        &self.files.key
    }

    /// Reads the pair from its files again. If it is broken, the old one stays.
    pub(super) fn reload(&self) -> Result<(), TlsError> {
        let new = Arc::new(read(&self.files)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = new;
        Ok(())
    }

    /// For accepting connections: TLS 1.2 and 1.3.
    pub(crate) fn config(self: &Arc<Identity>) -> Result<ServerConfig, rustls::Error> {
        let builder = ServerConfig::builder_with_provider(Arc::new(default_provider()));
        let resolver: Arc<dyn ResolvesServerCert> = self.clone();
        let mut config =
            builder.with_safe_default_protocol_versions()?.with_no_client_auth().with_cert_resolver(resolver);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }
}

impl ResolvesServerCert for Identity {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("files", &self.files).finish_non_exhaustive()
    }
}

fn read(files: &Tls) -> Result<CertifiedKey, TlsError> {
    let (certificate, key) = (files.certificate.display().to_string(), files.key.display().to_string());
    let broken = |error| TlsError::Certificate(certificate.clone(), error);
    let chain = CertificateDer::pem_file_iter(&files.certificate).map_err(broken)?;
    let chain: Vec<_> = chain.collect::<Result<_, _>>().map_err(broken)?;
    if chain.is_empty() {
        return Err(TlsError::NoCertificate(certificate));
    }
    let private = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| TlsError::Key(key.clone(), error))?;
    let pair = any_supported_type(&private).and_then(|private| {
        let pair = CertifiedKey::new(chain, private);
        match pair.keys_match() {
            // Some kinds of key cannot be compared; the handshake will tell.
            Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => Ok(pair),
            Err(error) => Err(error),
        }
    });
    pair.map_err(|error| TlsError::Pair(certificate, key, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(folder: &Path, name: &str) -> Tls {
        let made = rcgen::generate_simple_self_signed(vec!["pbx".to_owned()]).unwrap();
        let files = Tls { certificate: folder.join(format!("{name}.crt")), key: folder.join(format!("{name}.key")) };
        std::fs::write(&files.certificate, made.cert.pem()).unwrap();
        std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
        files
    }

    #[test]
    fn a_broken_pair_is_said_and_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (good, other) = (pair(folder.path(), "good"), pair(folder.path(), "other"));
        let identity = Identity::load(&good).unwrap();
        let before = Arc::clone(&identity.current.read().unwrap());
        std::fs::copy(&other.certificate, &good.certificate).unwrap();
        let mixed = identity.reload().unwrap_err().to_string();
        assert!(mixed.contains("good.crt") && mixed.contains("cannot be used together"), "{mixed}");
        std::fs::write(&good.certificate, "no pem").unwrap();
        assert!(identity.reload().unwrap_err().to_string().contains("no certificate in"));
        assert!(Arc::ptr_eq(&before, &identity.current.read().unwrap()));
        std::fs::copy(&other.certificate, &good.certificate).unwrap();
        std::fs::copy(&other.key, &good.key).unwrap();
        identity.reload().unwrap();
        assert!(!Arc::ptr_eq(&before, &identity.current.read().unwrap()));
    }

    #[test]
    fn what_is_missing_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let good = pair(folder.path(), "good");
        let none = Tls { key: "no/such.key".into(), ..good.clone() };
        assert!(Identity::load(&none).unwrap_err().to_string().contains("no/such.key"));
        let none = Tls { certificate: "no/such.crt".into(), ..good.clone() };
        assert!(Identity::load(&none).unwrap_err().to_string().contains("no/such.crt"));
        let swapped = Tls { certificate: good.key.clone(), key: good.certificate.clone() };
        assert!(Identity::load(&swapped).is_err());
    }
}
