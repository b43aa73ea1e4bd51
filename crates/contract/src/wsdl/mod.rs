//! The server's description: reads any WSDL, and writes our own.

mod components;
mod document;
mod documents;
mod port;
mod reading;
mod types;
mod writing;

use crate::{DecodeError, Operation, soap::Binding};

pub use documents::Documents;
pub use writing::write;

/// What a client needs from a WSDL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// `soap:address` of the chosen port, as written in the WSDL.
    pub address: String,
    /// How to call each operation. Operations that the server does not offer are absent.
    pub operations: Vec<(Operation, Binding)>,
}

impl Description {
    /// How to call `operation`.
    pub fn binding(&self, operation: Operation) -> Option<&Binding> {
        self.operations.iter().find(|(known, _)| *known == operation).map(|(_, binding)| binding)
    }
}

/// Target namespace of our WSDL.
pub const NAMESPACE: &str = "urn:uncall";

/// Reads a WSDL 1.1 in one document. Does not follow imports; [`Documents`] does that.
///
/// Of several ports the SOAP 1.1 one with the most of our operations is taken (1.2 when there is only that).
/// The error is [`DecodeError::NotUnderstood`] for a document that is no WSDL 1.1 or has none of our operations.
pub fn read(bytes: &[u8], content_type: Option<&str>) -> Result<Description, DecodeError> {
    let root = document::Document::root(bytes, content_type)?;
    let none = || DecodeError::NotUnderstood("the WSDL has none of the API's operations in a SOAP binding".into());
    reading::describe(&[root]).description.ok_or_else(none)
}
