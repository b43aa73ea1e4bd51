//! One document of a description: a WSDL or a schema, and the documents that it refers to.

use super::{reading::WSDL, types::SCHEMA};
use crate::{
    DecodeError, charset,
    xml::{self, Element, Tail},
};

/// A parsed document: `definitions` or `schema`.
#[derive(Debug)]
pub(super) struct Document(Element);

/// A reference from one document to another.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Import<'a> {
    pub(super) kind: Kind,
    /// The location as written: absolute or relative to this document.
    pub(super) location: &'a str,
}

/// The kind of an imported document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `wsdl:import`: bindings, port types, messages, and any schemas in them.
    Definitions,
    /// `xsd:import`, `xsd:include` and `xsd:redefine`.
    Schema,
}

impl Document {
    /// Reads the document at the WSDL's address.
    pub(super) fn root(bytes: &[u8], content_type: Option<&str>) -> Result<Document, DecodeError> {
        let text = charset::decode(bytes, content_type)?;
        find(&text, "definitions")?
            .filter(|root| root.is_in(WSDL))
            .map(Document)
            .ok_or_else(|| unlike("a WSDL 1.1", &text))
    }

    /// Reads an imported document, which may be a schema as well.
    pub(super) fn imported(bytes: &[u8], content_type: Option<&str>) -> Result<Document, DecodeError> {
        let text = charset::decode(bytes, content_type)?;
        let wsdl = find(&text, "definitions")?.filter(|root| root.is_in(WSDL));
        let either = match wsdl {
            Some(wsdl) => Some(wsdl),
            None => find(&text, "schema")?.filter(|root| root.is_in(SCHEMA)),
        };
        either.map(Document).ok_or_else(|| unlike("a WSDL 1.1 or a schema", &text))
    }

    /// The root element if this is a WSDL.
    pub(super) fn definitions(&self) -> Option<&Element> {
        Some(&self.0).filter(|root| root.is_in(WSDL))
    }

    /// All schemas in this document.
    pub(super) fn schemas(&self) -> impl Iterator<Item = &Element> {
        let below = self.0.descendants().into_iter();
        std::iter::once(&self.0).chain(below).filter(|element| element.is(SCHEMA, "schema"))
    }

    /// The documents that this one refers to, in document order, WSDLs first.
    pub(super) fn imports(&self) -> Vec<Import<'_>> {
        let wsdls = self.definitions().into_iter().flat_map(Element::elements);
        let wsdls =
            wsdls.filter(|element| element.is(WSDL, "import")).map(|element| (Kind::Definitions, element, "location"));
        let parts = self.schemas().flat_map(Element::elements);
        let parts = parts
            .filter(|element| element.is_in(SCHEMA) && matches!(&*element.name, "import" | "include" | "redefine"))
            .map(|element| (Kind::Schema, element, "schemaLocation"));
        wsdls
            .chain(parts)
            .filter_map(|(kind, element, attribute)| {
                let location = element.attribute(attribute)?.trim();
                (!location.is_empty()).then_some(Import { kind, location })
            })
            .collect()
    }
}

/// Finds the element `name` in whatever a server printed around it, and reads it.
fn find(text: &str, name: &str) -> Result<Option<Element>, DecodeError> {
    let Some(at) = xml::locate(text, name, false) else { return Ok(None) };
    let (before, document) = text.split_at_checked(at).unwrap_or(("", text));
    if xml::has_doctype(before) {
        return Err(DecodeError::Doctype);
    }
    xml::read(document, Tail::Ignored).map(Some)
}

fn unlike(expected: &str, text: &str) -> DecodeError {
    let start: String = text.trim().chars().take(60).collect();
    DecodeError::NotUnderstood(format!("not {expected}: {start:?}"))
}
