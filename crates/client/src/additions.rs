//! What a server announces beyond the vendor's API.

/// What a server announces beyond the vendor's API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Additions {
    /// Verbs take the uid of the call that they mean, and setBuys a reason (`Link: …; rel="uncall-arguments"` on the WSDL
    /// answer).
    pub uid: bool,
}
