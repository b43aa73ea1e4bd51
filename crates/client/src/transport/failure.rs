//! Why no complete answer arrived.

use std::{error::Error as StdError, io};

use rustls::CertificateError;
use url::Url;

use crate::{Error, Flaw, Untrusted};

/// The error of a failed request to `url`.
pub(super) fn broken(error: reqwest::Error, url: &Url) -> Error {
    let at = || format!("{}{}", url.host_str().unwrap_or(""), url.port().map(|p| format!(":{p}")).unwrap_or_default());
    if let Some(certificate) = certificate(&error) {
        return Error::Certificate(Untrusted { server: at(), flaw: flaw(certificate) });
    }
    let cause = root_cause(&error);
    if error.is_connect() && error.is_timeout() {
        Error::Timeout(format!("no connection to {}", at()))
    } else if error.is_connect() || error.is_builder() {
        Error::Unreachable(format!("{}: {cause}", at()))
    } else {
        Error::Io(cause)
    }
}

/// The last of the causes: what the system or the protocol said. The layers above it only say that a request failed.
pub(super) fn root_cause(error: &reqwest::Error) -> String {
    causes(error).last().map_or_else(|| error.to_string(), ToString::to_string)
}

/// The fault of the server's certificate, if that is the cause.
fn certificate(error: &reqwest::Error) -> Option<&CertificateError> {
    causes(error).find_map(|cause| match cause.downcast_ref::<rustls::Error>() {
        Some(rustls::Error::InvalidCertificate(why)) => Some(why),
        Some(_) | None => None,
    })
}

fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    std::iter::successors(error.source(), |cause| below(*cause))
}

fn below<'a>(cause: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        // The source of an I/O error is the source of the error inside it, so look inside first.
        Some(held) => Some(held),
        None => cause.source(),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "rustls may add to it")]
fn flaw(why: &CertificateError) -> Flaw {
    match why {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Flaw::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Flaw::NotYetValid,
        CertificateError::NotValidForNameContext { presented, .. } => {
            Flaw::OtherName(presented.iter().map(|name| plain(name).to_owned()).collect())
        }
        CertificateError::NotValidForName => Flaw::OtherName(Vec::new()),
        CertificateError::UnknownIssuer => Flaw::UnknownIssuer,
        CertificateError::Revoked => Flaw::Revoked,
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => Flaw::Purpose,
        CertificateError::BadSignature => Flaw::Signature,
        CertificateError::BadEncoding => Flaw::Unreadable,
        CertificateError::Other(why) if uncall_trust::is_authority(why) => Flaw::Authority,
        other => Flaw::Other(other.to_string()),
    }
}

/// The plain name in a certificate's debug form, such as `DnsName("pbx.example")`.
fn plain(name: &str) -> &str {
    name.split_once('"').and_then(|(_, rest)| rest.split_once('"')).map_or(name, |(inside, _)| inside)
}
