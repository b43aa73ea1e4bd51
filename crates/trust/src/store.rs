//! The system's certificates where these are files, as on Linux.
//!
//! `openssl req -x509` makes a certificate that calls itself an authority, and administrators install it both on a server and in
//! the system's store. Browsers and curl accept that; webpki does not let an authority be a server. Here it may, if the store
//! contains exactly the same bytes.

#[cfg(test)]
mod tests;

use std::{collections::HashSet, sync::Arc};

use rustls::{
    CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_name,
    },
    crypto::CryptoProvider,
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::is_authority;

/// Verifies against the system's certificate files.
#[derive(Debug)]
pub(super) struct Store {
    webpki: Arc<WebPkiServerVerifier>,
    certificates: HashSet<CertificateDer<'static>>,
}

impl Store {
    /// The system's store, or the one that `SSL_CERT_FILE` and `SSL_CERT_DIR` name instead.
    ///
    /// # Errors
    /// The store is empty.
    pub(super) fn of_system(provider: Arc<CryptoProvider>) -> Result<Store, Error> {
        let found = rustls_native_certs::load_native_certs();
        for error in &found.errors {
            tracing::warn!(%error, "a certificate of the system cannot be read");
        }
        Store::new(provider, found.certs)
    }

    fn new(provider: Arc<CryptoProvider>, certificates: Vec<CertificateDer<'static>>) -> Result<Store, Error> {
        let mut roots = RootCertStore::empty();
        let (taken, ignored) = roots.add_parsable_certificates(certificates.iter().cloned());
        tracing::debug!(taken, ignored, "certificates of the system");
        if roots.is_empty() {
            return Err(Error::General("this system has no certificates".into()));
        }
        let webpki = WebPkiServerVerifier::builder_with_provider(roots.into(), provider)
            .build()
            .map_err(|error| Error::General(error.to_string()))?;
        Ok(Store { webpki, certificates: certificates.into_iter().collect() })
    }
}

impl ServerCertVerifier for Store {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match self.webpki.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            Err(Error::InvalidCertificate(CertificateError::Other(why)))
                if is_authority(&why) && self.certificates.contains(end_entity) =>
            {
                verify_itself(end_entity, server_name, now)
            }
            decided => decided,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.webpki.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.webpki.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.webpki.supported_verify_schemes()
    }
}

/// All checks of a server's certificate, for one that is its own authority.
fn verify_itself(
    certificate: &CertificateDer<'_>,
    server_name: &ServerName<'_>,
    now: UnixTime,
) -> Result<ServerCertVerified, Error> {
    let (rest, read) = X509Certificate::from_der(certificate).map_err(|_| CertificateError::BadEncoding)?;
    if !rest.is_empty() {
        return Err(CertificateError::BadEncoding.into());
    }
    let time = |time: x509_parser::time::ASN1Time| u64::try_from(time.timestamp()).unwrap_or_default();
    if now.as_secs() < time(read.validity.not_before) {
        return Err(CertificateError::NotValidYet.into());
    }
    if now.as_secs() > time(read.validity.not_after) {
        return Err(CertificateError::Expired.into());
    }
    let purposes = read.extended_key_usage().map_err(|_| CertificateError::BadEncoding)?;
    if purposes.is_some_and(|purposes| !purposes.value.server_auth) {
        return Err(CertificateError::InvalidPurpose.into());
    }
    read.verify_signature(None).map_err(|_| CertificateError::BadSignature)?;
    verify_server_name(&ParsedCertificate::try_from(certificate)?, server_name)?;
    Ok(ServerCertVerified::assertion())
}
