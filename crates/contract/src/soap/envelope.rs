//! The envelope: its namespaces, finding it, opening it, and writing it around a body.

use super::{Message, Version};
use crate::{
    DecodeError,
    xml::{self, Element, Tail},
};

pub(super) const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
pub(super) const XSD: &str = "http://www.w3.org/2001/XMLSchema";
/// Where SOAP 1.2 keeps `result`, which names the return element.
pub(super) const RPC: &str = "http://www.w3.org/2003/05/soap-rpc";

impl Version {
    pub(super) const fn namespace(self) -> &'static str {
        match self {
            Version::V11 => "http://schemas.xmlsoap.org/soap/envelope/",
            Version::V12 => "http://www.w3.org/2003/05/soap-envelope",
        }
    }

    pub(super) const fn encoding(self) -> &'static str {
        match self {
            Version::V11 => "http://schemas.xmlsoap.org/soap/encoding/",
            Version::V12 => "http://www.w3.org/2003/05/soap-encoding",
        }
    }

    /// The prefix to write messages with: PHP's, which every client of this family knows.
    pub(super) const fn prefix(self) -> &'static str {
        match self {
            Version::V11 => "SOAP-ENV",
            Version::V12 => "env",
        }
    }

    pub(super) const fn media_type(self) -> &'static str {
        match self {
            Version::V11 => "text/xml; charset=utf-8",
            Version::V12 => "application/soap+xml; charset=utf-8",
        }
    }

    /// The version of an envelope. `None` if it is neither.
    pub(super) fn of(envelope: &Element) -> Option<Version> {
        [Version::V11, Version::V12].into_iter().find(|version| envelope.is(version.namespace(), "Envelope"))
    }
}

/// Finds the envelope in whatever a server printed around it.
pub(super) fn find(text: &str) -> Result<(Version, Element), DecodeError> {
    let Some(at) = xml::locate(text, "Envelope", false) else {
        let start: String = text.trim().chars().take(60).collect();
        return Err(DecodeError::NotUnderstood(format!("no SOAP envelope in the answer {start:?}")));
    };
    let (before, document) = text.split_at_checked(at).unwrap_or(("", text));
    if xml::has_doctype(before) {
        return Err(DecodeError::Doctype);
    }
    let envelope = xml::read(document, Tail::Ignored)?;
    match Version::of(&envelope) {
        Some(version) => Ok((version, envelope)),
        None => Err(DecodeError::NotUnderstood("the envelope is neither SOAP 1.1 nor SOAP 1.2".into())),
    }
}

/// The first element of a body other than `multiRef`, which holds values that others refer to.
pub(super) fn first(body: &Element) -> Option<&Element> {
    body.elements().find(|element| element.name != "multiRef")
}

/// What goes around the body.
pub(super) struct Frame<'a> {
    pub(super) version: Version,
    /// Namespace declarations and attributes of the envelope.
    pub(super) attributes: &'a str,
}

impl Frame<'_> {
    /// Puts `body` into an envelope.
    pub(super) fn around(&self, body: &str) -> Message {
        let Frame { version, attributes } = self;
        let (prefix, namespace) = (version.prefix(), version.namespace());
        let xml = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{prefix}:Envelope xmlns:{prefix}=\"{namespace}\"{attributes}>\
             <{prefix}:Body>{body}</{prefix}:Body></{prefix}:Envelope>\n"
        );
        Message { body: xml.into_bytes(), content_type: version.media_type().into(), soap_action: None }
    }
}
