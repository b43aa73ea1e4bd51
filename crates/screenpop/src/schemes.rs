//! Which schemes an address may have.

use crate::misfit::Misfit;
use crate::template::Fault;

/// Never opened: they run code, read files, or are the browser's own.
const FORBIDDEN: [&str; 11] = [
    "about",
    "blob",
    "data",
    "file",
    "filesystem",
    "javascript",
    "ms-msdt",
    "search-ms",
    "shell",
    "vbscript",
    "view-source",
];

/// The schemes that are opened: http, https, and those that a policy adds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schemes(Vec<String>);

impl Schemes {
    /// Http and https, and these.
    ///
    /// # Errors
    /// [`Fault::Forbidden`] for one that is never opened, [`Fault::NoAddress`] for one that is no scheme.
    pub fn with(more: &[String]) -> Result<Schemes, Fault> {
        let mut all = Vec::new();
        for scheme in more {
            let scheme = scheme.trim().trim_end_matches(':').to_ascii_lowercase();
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
            if !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) || !scheme.chars().all(plain) {
                return Err(Fault::NoAddress);
            }
            never(&scheme)?;
            all.push(scheme);
        }
        Ok(Schemes(all))
    }

    /// Those beyond http and https.
    pub fn more(&self) -> &[String] {
        &self.0
    }

    /// Whether an address of this scheme is opened.
    ///
    /// # Errors
    /// [`Misfit::Scheme`] if not.
    pub fn allow(&self, scheme: &str) -> Result<(), Misfit> {
        let allowed = matches!(scheme, "http" | "https") || self.0.iter().any(|more| more == scheme);
        if allowed && never(scheme).is_ok() { Ok(()) } else { Err(Misfit::Scheme(scheme.to_owned())) }
    }
}

/// Refuses what is never opened.
pub(crate) fn never(scheme: &str) -> Result<(), Fault> {
    if FORBIDDEN.contains(&scheme) { Err(Fault::Forbidden(scheme.to_owned())) } else { Ok(()) }
}
