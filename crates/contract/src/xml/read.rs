//! Parses text to a tree.

use std::sync::Arc;

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

use super::{Attribute, Element, Node, Scope, entity};
use crate::{DecodeError, limit};

const XML_NAMESPACE: &str = "http://www.w3.org/XML/1998/namespace";

/// What may follow the root element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tail {
    /// Anything; it is not read.
    Ignored,
    /// White space, comments and processing instructions only.
    Checked,
}

/// Reads the document at the beginning of `text`.
pub(crate) fn read(text: &str, tail: Tail) -> Result<Element, DecodeError> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    let mut elements = 0;
    let root = loop {
        let closed = match reader.read_event().map_err(broken)? {
            Event::Start(tag) => {
                let element = begin(&tag, open.last(), open.len(), &mut elements)?;
                open.push(element);
                None
            }
            Event::Empty(tag) => Some(begin(&tag, open.last(), open.len(), &mut elements)?),
            Event::End(_) => open.pop(),
            Event::Text(text) => {
                append(&mut open, &text.xml10_content())?;
                None
            }
            Event::CData(text) => {
                append(&mut open, &text.xml10_content())?;
                None
            }
            Event::GeneralRef(name) => {
                let c = entity::resolve(&name).ok_or_else(|| DecodeError::Xml(entity::unknown(&name)))?;
                append(&mut open, c.encode_utf8(&mut [0; 4]))?;
                None
            }
            Event::DocType(_) => return Err(DecodeError::Doctype),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => None,
            Event::Eof => return Err(DecodeError::Xml("it ends before its root element does".into())),
        };
        if let Some(element) = closed {
            match open.last_mut() {
                Some(parent) => parent.nodes.push(Node::Element(element)),
                None => break element,
            }
        }
    };
    match tail {
        Tail::Ignored => Ok(root),
        Tail::Checked => end(&mut reader).map(|()| root),
    }
}

fn end(reader: &mut Reader<&[u8]>) -> Result<(), DecodeError> {
    loop {
        match reader.read_event().map_err(broken)? {
            Event::Eof => return Ok(()),
            Event::Comment(_) | Event::PI(_) => {}
            Event::Text(text) if text.trim().is_empty() => {}
            Event::DocType(_) => return Err(DecodeError::Doctype),
            Event::Start(_)
            | Event::End(_)
            | Event::Empty(_)
            | Event::Text(_)
            | Event::CData(_)
            | Event::Decl(_)
            | Event::GeneralRef(_) => {
                return Err(DecodeError::Xml("there is something behind its root element".into()));
            }
        }
    }
}

fn broken(error: quick_xml::Error) -> DecodeError {
    DecodeError::Xml(error.to_string().chars().take(200).collect())
}

/// Adds character data to the innermost open element.
fn append(open: &mut [Element], text: &str) -> Result<(), DecodeError> {
    let Some(element) = open.last_mut() else {
        return match text.trim_matches('\u{feff}').trim().is_empty() {
            true => Ok(()),
            false => Err(DecodeError::Xml("there is text before its root element".into())),
        };
    };
    match element.nodes.last_mut() {
        Some(Node::Text(before)) => before.push_str(text),
        Some(Node::Element(_)) | None => element.nodes.push(Node::Text(text.to_owned())),
    }
    Ok(())
}

/// Makes the element of a start tag inside `depth` open elements.
fn begin(
    tag: &BytesStart<'_>,
    parent: Option<&Element>,
    depth: usize,
    elements: &mut usize,
) -> Result<Element, DecodeError> {
    *elements += 1;
    within(*elements, "elements", limit::ELEMENTS)?;
    within(depth + 1, "depth", limit::DEPTH)?;
    let raw = attributes(tag)?;
    let scope = scope(parent, &raw)?;
    let (prefix, name) = split(tag.name().0)?;
    let namespace = namespace(&scope, prefix.unwrap_or_default());
    let mut attributes = Vec::new();
    for (qualified, value) in raw {
        let (prefix, local) = split(qualified)?;
        if qualified == "xmlns" || prefix == Some("xmlns") {
            continue;
        }
        // An undeclared prefix must not make it equal to the attribute without a prefix.
        let namespace = prefix.map(|prefix| self::namespace(&scope, prefix).unwrap_or_default());
        attributes.push(Attribute { name: local.to_owned(), namespace, value });
    }
    Ok(Element { name: name.to_owned(), namespace, attributes, nodes: Vec::new(), scope })
}

fn within(count: usize, what: &'static str, max: usize) -> Result<(), DecodeError> {
    if count > max { Err(DecodeError::Limit { what, max }) } else { Ok(()) }
}

fn attributes<'a>(tag: &'a BytesStart<'_>) -> Result<Vec<(&'a str, String)>, DecodeError> {
    let mut raw: Vec<(&str, String)> = Vec::new();
    // Check the limit first; duplicates are checked below.
    for attribute in tag.attributes().with_checks(false) {
        let attribute = attribute.map_err(|error| DecodeError::Xml(error.to_string()))?;
        within(raw.len() + 1, "attributes", limit::ATTRIBUTES)?;
        if raw.iter().any(|(known, _)| *known == attribute.key.0) {
            return Err(DecodeError::Xml("an attribute occurs twice in one tag".into()));
        }
        let value = entity::unescape_strictly(&attribute.value).map_err(DecodeError::Xml)?;
        raw.push((attribute.key.0, value));
    }
    Ok(raw)
}

/// The declarations in scope inside a tag with these attributes.
fn scope(parent: Option<&Element>, attributes: &[(&str, String)]) -> Result<Arc<Scope>, DecodeError> {
    let declared: Vec<(String, Arc<str>)> = attributes
        .iter()
        .filter_map(|(name, uri)| match name.strip_prefix("xmlns")? {
            "" => Some((String::new(), Arc::from(uri.trim()))),
            prefixed => prefixed.strip_prefix(':').map(|prefix| (prefix.to_owned(), Arc::from(uri.trim()))),
        })
        .collect();
    let outer = parent.map(|parent| parent.scope.clone());
    if declared.is_empty() {
        return Ok(outer.unwrap_or_default());
    }
    let total = outer.as_ref().map_or(0, |scope| scope.total) + declared.len();
    within(total, "namespaces", limit::NAMESPACES)?;
    Ok(Arc::new(Scope { outer, declared, total }))
}

fn namespace(scope: &Scope, prefix: &str) -> Option<Arc<str>> {
    if prefix == "xml" { Some(Arc::from(XML_NAMESPACE)) } else { scope.lookup(prefix) }
}

/// Splits a qualified name and checks its characters, which quick-xml does not.
fn split(qualified: &str) -> Result<(Option<&str>, &str), DecodeError> {
    let (prefix, local) = match qualified.split_once(':') {
        Some((prefix, local)) => (Some(prefix), local),
        None => (None, qualified),
    };
    if prefix.is_none_or(is_name) && is_name(local) {
        return Ok((prefix, local));
    }
    Err(DecodeError::Xml(format!("{:?} is not a name", qualified.chars().take(40).collect::<String>())))
}

/// Whether this is a name without a prefix, or close enough that it cannot break out of its tag.
pub(crate) fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || !c.is_ascii())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.') || !c.is_ascii())
}
