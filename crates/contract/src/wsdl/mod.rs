//! The server's description: read from anybody's, written for ours.

mod port;
mod reading;
mod types;
mod writing;

use crate::{Operation, soap::Binding};

pub use reading::read;
pub use writing::write;

/// What a client needs from a WSDL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// `soap:address` of the chosen port, as it stands there.
    pub address: String,
    /// How each operation is called; operations that the server does not offer are absent.
    pub operations: Vec<(Operation, Binding)>,
}

impl Description {
    /// How `operation` is called here.
    pub fn binding(&self, operation: Operation) -> Option<&Binding> {
        self.operations.iter().find(|(known, _)| *known == operation).map(|(_, binding)| binding)
    }
}

/// Target namespace of our WSDL.
pub const NAMESPACE: &str = "urn:uncall";
