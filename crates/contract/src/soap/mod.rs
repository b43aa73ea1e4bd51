//! The SOAP envelope, 1.1 and 1.2, in the three styles of this family.

mod answer;
mod dialect;
mod envelope;
mod fault;
mod request;
mod value;

use serde::{Deserialize, Serialize};

use crate::Request;

pub use answer::{read_answer, write_answer};
pub use fault::write_fault;
pub use request::{read_request, write_request};

/// SOAP version of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Version {
    /// SOAP 1.1
    V11,
    /// SOAP 1.2
    V12,
}

/// Binding style of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Style {
    /// rpc/encoded
    RpcEncoded,
    /// rpc/literal
    RpcLiteral,
    /// document/literal wrapped
    DocumentLiteral,
}

/// How one operation is called on a server: from its WSDL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// SOAP version.
    pub version: Version,
    /// Style.
    pub style: Style,
    /// Name of the wrapper element as the WSDL spells it: the operation's, possibly in other letter case.
    pub wrapper: String,
    /// Namespace of the wrapper element (rpc: the body's namespace).
    pub namespace: String,
    /// Whether the argument elements are in the namespace (document/literal with qualified elements).
    pub qualified: bool,
    /// `SOAPAction`, possibly empty.
    pub action: String,
    /// The argument elements' names as the WSDL spells them, in order. The operation's own names stand in for missing ones.
    pub parameters: Vec<String>,
}

/// A message ready for HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The body, UTF-8.
    pub body: Vec<u8>,
    /// `Content-Type` (SOAP 1.2 carries the action in it).
    pub content_type: String,
    /// Value of the `SOAPAction` header including its quotes; `None` for SOAP 1.2.
    pub soap_action: Option<String>,
}

/// A SOAP fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Who is to blame.
    pub code: FaultCode,
    /// The reason in words.
    pub reason: String,
}

/// Whose fault it is: 1.1 `Client`/`Server`/`VersionMismatch`/`MustUnderstand`, 1.2 `Sender`/`Receiver`/the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultCode {
    /// The message was wrong.
    Client,
    /// The server failed.
    Server,
    /// Neither SOAP 1.1 nor 1.2.
    VersionMismatch,
    /// A header with mustUnderstand that is not known.
    MustUnderstand,
}

/// A request as the server read it, with everything needed to answer in the same style.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// The request.
    pub request: Request,
    /// The style to answer in.
    pub dialect: Dialect,
}

/// The style of a request, for the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialect {
    /// SOAP version of the request.
    pub version: Version,
    /// Style of the request.
    pub style: Style,
    /// The wrapper's namespace in the request.
    pub namespace: String,
}

/// What a client read from an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The returned string; `None` when it was nil or there was no return element.
    Return(Option<String>),
    /// A fault (with HTTP 500 or 200).
    Fault(Fault),
}
