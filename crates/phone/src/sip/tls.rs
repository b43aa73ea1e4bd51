//! TLS to the registrar.

use std::{
    error::Error as _,
    io,
    sync::{Arc, Once},
};

use async_trait::async_trait;
use rsipstack::platform::tls::{TlsClientConfig, TlsConnector as Seam, TlsStream, set_client_connector};
use rustls::{ClientConfig, pki_types::ServerName};
use tokio_rustls::TlsConnector;

use crate::{Trouble, TroubleKind};

/// A connector with the given or the system's trust.
pub(super) fn connector(trust: Option<Arc<ClientConfig>>) -> Result<TlsConnector, Trouble> {
    // The stack's own connector trusts nobody and needs a process-wide crypto provider. Connections are made here instead,
    // so it is disabled.
    static DISABLED: Once = Once::new();
    DISABLED.call_once(|| set_client_connector(Arc::new(Never)));
    let config = match trust {
        Some(config) => config,
        None => Arc::new(of_system().map_err(|error| Trouble::new(TroubleKind::CertificateRefused, error))?),
    };
    Ok(TlsConnector::from(config))
}

fn of_system() -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = uncall_trust::system(Arc::clone(&provider))?;
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

/// The expected name of the certificate.
pub(super) fn name(host: &str) -> Result<ServerName<'static>, Trouble> {
    ServerName::try_from(host.to_owned()).map_err(|error| Trouble::new(TroubleKind::NoSuchHost, error))
}

/// Classifies a failed handshake.
pub(super) fn trouble(error: &io::Error) -> Trouble {
    let cause = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let kind = match cause {
        Some(rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented) => {
            TroubleKind::CertificateRefused
        }
        _ => TroubleKind::NoTls,
    };
    let detail = cause.map_or_else(|| error.to_string(), ToString::to_string);
    Trouble::new(kind, error.source().map_or(detail.clone(), |source| format!("{detail}: {source}")))
}

struct Never;

#[async_trait]
impl Seam for Never {
    async fn connect(&self, _: &TlsClientConfig, _: std::net::SocketAddr) -> rsipstack::Result<Box<dyn TlsStream>> {
        Err(rsipstack::Error::Error("the connection to the registrar is gone".to_owned()))
    }
}
