//! Which servers' certificates are trusted: those that the system trusts, one rule for every connection.

use std::sync::Arc;

use rustls::{Error, OtherError, client::danger::ServerCertVerifier, crypto::CryptoProvider};

#[cfg(all(unix, not(target_vendor = "apple"), not(target_os = "android")))]
mod store;

/// Verifies against the system's certificates.
///
/// # Errors
/// The system has none.
#[cfg(all(unix, not(target_vendor = "apple"), not(target_os = "android")))]
pub fn system(provider: Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, Error> {
    Ok(Arc::new(store::Store::of_system(provider)?))
}

/// Verifies against the system's certificates.
///
/// # Errors
/// The system's verifier cannot be used.
#[cfg(not(all(unix, not(target_vendor = "apple"), not(target_os = "android"))))]
pub fn system(provider: Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, Error> {
    Ok(Arc::new(rustls_platform_verifier::Verifier::new(provider)?))
}

/// Whether the server presented an authority's certificate as its own.
pub fn is_authority(why: &OtherError) -> bool {
    matches!(why.0.downcast_ref::<webpki::Error>(), Some(webpki::Error::CaUsedAsEndEntity))
}
