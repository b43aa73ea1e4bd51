//! TLS with ring and the system's trust store.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use url::Url;

use crate::Error;

/// A configuration that trusts what the system trusts, or nobody, so that a machine without certificates can still reach an http
/// server.
///
/// # Errors
/// [`Error::Unreachable`] when `url` needs certificates and the system has none.
pub(super) fn config(system_trust: bool, url: &Url) -> Result<ClientConfig, Error> {
    let unreachable = |error: rustls::Error| Error::Unreachable(format!("TLS cannot be set up: {error}"));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(unreachable)?;
    let verifier =
        if system_trust { uncall_trust::system(provider) } else { Err(rustls::Error::General("not asked".into())) };
    match verifier {
        Ok(verifier) => Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth()),
        Err(error) if system_trust && url.scheme() == "https" => Err(unreachable(error)),
        Err(error) => {
            tracing::debug!(%error, "without certificates: https will not work");
            Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
        }
    }
}
