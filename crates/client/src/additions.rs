//! What a server supports beyond the vendor's API.

/// What a server supports beyond the vendor's API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Additions {
    /// Verbs take the uid of their call, and setBuys takes a reason (`Link: …; rel="uncall-arguments"` on the WSDL answer).
    pub uid: bool,
}
