//! Certificates that are not accepted.

use std::fmt::{self, Display, Formatter};

/// Whose certificate it is, and what is wrong with it. `Display` is English; the panel has its own words for [`Untrusted::code`].
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Untrusted {
    /// Host, with the port unless it is the default.
    pub server: String,
    /// What is wrong.
    pub flaw: Flaw,
}

/// What is wrong with a certificate.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Flaw {
    /// It has expired, or this computer's clock is wrong.
    Expired,
    /// It is not valid yet, or this computer's clock is wrong.
    NotYetValid,
    /// It is for these names, which are not this server's. May be empty.
    OtherName(Vec<String>),
    /// Neither it nor its issuer is trusted by this system.
    UnknownIssuer,
    /// It belongs to a certificate authority that this system does not trust.
    Authority,
    /// It has been revoked.
    Revoked,
    /// It is not meant for servers.
    Purpose,
    /// Its signature is wrong.
    Signature,
    /// It cannot be read.
    Unreadable,
    /// Anything else, in the TLS library's words.
    Other(String),
}

impl Untrusted {
    /// Its key in the panel's locales, by what people can do about it: check the date (`certificate_date`), the address
    /// (`certificate_name`) or the computer's trusted authorities (`certificate_unknown`), or tell the administrator
    /// (`certificate`).
    pub const fn code(&self) -> &'static str {
        match self.flaw {
            Flaw::Expired | Flaw::NotYetValid => "certificate_date",
            Flaw::OtherName(_) => "certificate_name",
            Flaw::UnknownIssuer | Flaw::Authority => "certificate_unknown",
            Flaw::Revoked | Flaw::Purpose | Flaw::Signature | Flaw::Unreadable | Flaw::Other(_) => "certificate",
        }
    }
}

impl Display for Untrusted {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.server, self.flaw)
    }
}

impl Display for Flaw {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Flaw::Expired => "it has expired (or this computer's clock is wrong)",
            Flaw::NotYetValid => "it is not valid yet (or this computer's clock is wrong)",
            Flaw::OtherName(names) if !names.is_empty() => {
                return write!(f, "it is for other names: {}", names.join(", "));
            }
            Flaw::OtherName(_) => "it does not name this server",
            Flaw::UnknownIssuer => "neither it nor its issuer is trusted by this system",
            Flaw::Authority => "it is an authority's, and not among those that this system trusts",
            Flaw::Revoked => "it was revoked",
            Flaw::Purpose => "it is not made for a server",
            Flaw::Signature => "its signature is wrong",
            Flaw::Unreadable => "it cannot be read",
            Flaw::Other(words) => return write!(f, "this system does not accept it: {words}"),
        })
    }
}
