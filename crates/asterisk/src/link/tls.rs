//! TLS to the PBX.

use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::trouble::Trouble;
use crate::options::Tls;

/// What a handshake needs.
pub(super) struct Client {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl Client {
    /// A client for the PBX at `address` (host and port).
    pub(super) fn new(tls: &Tls, address: &str) -> Result<Client, Trouble> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier: Arc<dyn ServerCertVerifier> = match &tls.authorities {
            Some(path) => Arc::new(Given::read(path, Arc::clone(&provider))?),
            None => Arc::new(
                rustls_platform_verifier::Verifier::new(Arc::clone(&provider))
                    .map_err(|error| Trouble::Tls(format!("the system's authorities cannot be used: {error}")))?,
            ),
        };
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| Trouble::Tls(error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        let name = tls.name.as_deref().unwrap_or_else(|| host(address)).to_owned();
        let name = ServerName::try_from(name.clone())
            .map_err(|_error| Trouble::Tls(format!("`{name}` cannot stand in a certificate; set tls_name")))?;
        Ok(Client { connector: TlsConnector::from(Arc::new(config)), name })
    }

    pub(super) async fn handshake(self, tcp: TcpStream) -> Result<TlsStream<TcpStream>, Trouble> {
        self.connector.connect(self.name, tcp).await.map_err(|error| Trouble::Tls(error.to_string()))
    }
}

fn host(address: &str) -> &str {
    let host = address.rsplit_once(':').map_or(address, |(host, _port)| host);
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

/// Trusts the authorities in a file, and a certificate that is itself in the file: most PBXs have a self-signed one, often marked
/// as an authority, which the rules for authorities would not accept as a server's.
#[derive(Debug)]
struct Given {
    certificates: Vec<CertificateDer<'static>>,
    authorities: Arc<WebPkiServerVerifier>,
}

impl Given {
    fn read(path: &Path, provider: Arc<CryptoProvider>) -> Result<Given, Trouble> {
        let trouble = |why: String| Trouble::Tls(format!("tls_authorities {}: {why}", path.display()));
        let certificates: Vec<_> = CertificateDer::pem_file_iter(path)
            .and_then(Iterator::collect)
            .map_err(|error: rustls::pki_types::pem::Error| trouble(error.to_string()))?;
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(certificates.iter().cloned());
        let authorities = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .map_err(|error| trouble(error.to_string()))?;
        Ok(Given { certificates, authorities })
    }
}

impl ServerCertVerifier for Given {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.certificates.iter().any(|given| given == end_entity) {
            return Ok(ServerCertVerified::assertion());
        }
        self.authorities.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.authorities.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.authorities.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.authorities.supported_verify_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_to_expect_is_the_address_host() {
        for (address, expected) in
            [("pbx.example:5039", "pbx.example"), ("10.0.0.1:5039", "10.0.0.1"), ("[::1]:5039", "::1"), ("pbx", "pbx")]
        {
            assert_eq!(host(address), expected);
            assert!(ServerName::try_from(host(address)).is_ok());
        }
    }
}
