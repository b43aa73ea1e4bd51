//! Why bytes could not be read as part of this API.

/// What is wrong with a received document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// A limit of [`crate::limit`] was exceeded.
    #[error("the document passes the limit on {what} ({max})")]
    Limit {
        /// Which limit: `size`, `depth`, `elements`, `attributes`, `namespaces`, `value size`; of a WSDL in several documents also
        /// `documents`, `imports in a row`, `size of all documents`.
        what: &'static str,
        /// Its value.
        max: usize,
    },
    /// A document type declaration, which is never read because it can define entities.
    #[error("the document has a DOCTYPE, which is refused")]
    Doctype,
    /// Not well-formed XML, or an entity that is not one of XML's five.
    #[error("not well-formed XML: {0}")]
    Xml(String),
    /// Well-formed, but not the document that was expected.
    #[error("not understood: {0}")]
    NotUnderstood(String),
}
