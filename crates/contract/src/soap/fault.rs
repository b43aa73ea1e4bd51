//! Faults, in both versions' shapes.

use super::{Fault, FaultCode, Message, Version, envelope::Frame, value};
use crate::{
    DecodeError,
    xml::{self, Element},
};

/// Reads a `Fault` element of either version, by its children's local names.
pub(super) fn read(fault: &Element) -> Result<Fault, DecodeError> {
    let code = match (fault.child("faultcode"), fault.child("Code").and_then(|code| code.child("Value"))) {
        (Some(code), _) | (None, Some(code)) => code.text(),
        (None, None) => String::new(),
    };
    let reason = match (fault.child("faultstring"), fault.child("Reason").and_then(|reason| reason.child("Text"))) {
        (Some(reason), _) | (None, Some(reason)) => reason.text(),
        (None, None) => String::new(),
    };
    Ok(Fault { code: FaultCode::from_wire(&code), reason: value::bounded(reason.trim().to_owned())? })
}

impl FaultCode {
    /// Reads `prefix:Name` with the names of either version, `Client.Authentication` included. An unknown code counts as the
    /// server's failure.
    fn from_wire(code: &str) -> FaultCode {
        let local = code.rsplit(':').next().unwrap_or_default().trim();
        let name = local.split('.').next().unwrap_or_default();
        match name.to_ascii_lowercase().as_str() {
            "client" | "sender" => FaultCode::Client,
            "versionmismatch" => FaultCode::VersionMismatch,
            "mustunderstand" => FaultCode::MustUnderstand,
            _ => FaultCode::Server,
        }
    }

    const fn as_str(self, version: Version) -> &'static str {
        match (self, version) {
            (FaultCode::Client, Version::V11) => "Client",
            (FaultCode::Client, Version::V12) => "Sender",
            (FaultCode::Server, Version::V11) => "Server",
            (FaultCode::Server, Version::V12) => "Receiver",
            (FaultCode::VersionMismatch, Version::V11 | Version::V12) => "VersionMismatch",
            (FaultCode::MustUnderstand, Version::V11 | Version::V12) => "MustUnderstand",
        }
    }
}

/// Server: writes a fault (HTTP status 500 goes with it; SOAP 1.2 `Client` 400).
pub fn write_fault(version: Version, fault: &Fault) -> Message {
    let prefix = version.prefix();
    let code = fault.code.as_str(version);
    let mut reason = String::new();
    xml::text(&mut reason, &fault.reason);
    let body = match version {
        Version::V11 => format!(
            "<{prefix}:Fault><faultcode>{prefix}:{code}</faultcode><faultstring>{reason}</faultstring></{prefix}:Fault>"
        ),
        Version::V12 => format!(
            "<{prefix}:Fault><{prefix}:Code><{prefix}:Value>{prefix}:{code}</{prefix}:Value></{prefix}:Code>\
             <{prefix}:Reason><{prefix}:Text xml:lang=\"en\">{reason}</{prefix}:Text></{prefix}:Reason></{prefix}:Fault>"
        ),
    };
    Frame { version, attributes: "" }.around(&body)
}
