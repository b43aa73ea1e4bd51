//! Anybody's WSDL 1.1, as far as it describes our operations.

use super::{
    Description,
    port::{Port, ports},
    types::Types,
};
use crate::{
    DecodeError, Operation, charset,
    soap::{Binding, Style, Version},
    xml::{self, Element, Tail},
};

pub(super) const WSDL: &str = "http://schemas.xmlsoap.org/wsdl/";

/// Reads a WSDL 1.1. Of several ports the SOAP 1.1 one with the most of our operations is taken (1.2 when there is only
/// that); imports within the document are followed, others are not fetched.
///
/// Operation names are compared exactly first, then without regard to case; what goes on the wire is what the WSDL says.
/// The error is [`DecodeError::NotUnderstood`] for a document that is no WSDL 1.1 or has none of our operations.
pub fn read(bytes: &[u8], content_type: Option<&str>) -> Result<Description, DecodeError> {
    let text = charset::decode(bytes, content_type)?;
    let no_wsdl = || {
        let start: String = text.trim().chars().take(60).collect();
        DecodeError::NotUnderstood(format!("not a WSDL 1.1: {start:?}"))
    };
    let at = xml::locate(&text, "definitions", false).ok_or_else(no_wsdl)?;
    let (before, document) = text.split_at_checked(at).unwrap_or(("", &text));
    if xml::has_doctype(before) {
        return Err(DecodeError::Doctype);
    }
    let root = xml::read(document, Tail::Ignored)?;
    if !root.is_in(WSDL) {
        return Err(no_wsdl());
    }
    let types = Types::of(&root);
    let mut best: Option<(Version, Description)> = None;
    for port in ports(&root) {
        let operations = operations(&root, &types, &port);
        if operations.is_empty() {
            continue;
        }
        let rank = |version: Version, offered: usize| (version == Version::V11, offered);
        let better = match &best {
            None => true,
            Some((version, known)) => rank(port.version, operations.len()) > rank(*version, known.operations.len()),
        };
        if better {
            best = Some((port.version, Description { address: port.address.clone(), operations }));
        }
    }
    let none = || DecodeError::NotUnderstood("the WSDL has none of the API's operations in a SOAP binding".into());
    best.map(|(_, description)| description).ok_or_else(none)
}

fn operations(root: &Element, types: &Types<'_>, port: &Port<'_>) -> Vec<(Operation, Binding)> {
    let offered: Vec<&Element> = port.binding.elements().filter(|element| element.is(WSDL, "operation")).collect();
    let named = |wanted: &dyn Fn(&str) -> bool| {
        offered.iter().find(|element| element.attribute("name").is_some_and(wanted)).copied()
    };
    let find = |operation: Operation| {
        let name = operation.name();
        let element = named(&|known| known == name).or_else(|| named(&|known| known.eq_ignore_ascii_case(name)))?;
        Some((operation, binding(root, types, port, operation, element)))
    };
    Operation::ALL.into_iter().filter_map(find).collect()
}

/// How `operation` is called by this port; `element` is its `operation` in the binding.
fn binding(root: &Element, types: &Types<'_>, port: &Port<'_>, operation: Operation, element: &Element) -> Binding {
    let name = element.attribute("name").unwrap_or(operation.name());
    let soap = element.elements().find(|child| port.is_soap(child) && child.name == "operation");
    let style = soap.and_then(|soap| soap.attribute("style")).unwrap_or(port.style);
    let body = element
        .child("input")
        .and_then(|input| input.descendants().into_iter().find(|below| port.is_soap(below) && below.name == "body"));
    let encoded = body.and_then(|body| body.attribute("use")) == Some("encoded");
    let parts = parts(root, port, name, body);
    let target = root.attribute("targetNamespace").unwrap_or_default();
    let vendors = || operation.parameters().iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let mut binding = Binding {
        version: port.version,
        style: if encoded { Style::RpcEncoded } else { Style::RpcLiteral },
        wrapper: name.to_owned(),
        namespace: body.and_then(|body| body.attribute("namespace")).unwrap_or(target).to_owned(),
        qualified: false,
        action: soap.and_then(|soap| soap.attribute("soapAction")).unwrap_or_default().trim().to_owned(),
        parameters: parts.iter().filter_map(|part| part.attribute("name")).map(str::to_owned).collect(),
    };
    let wrapping = parts.iter().find_map(|part| Some((*part, part.attribute("element")?)));
    if style != "rpc"
        && let Some((part, reference)) = wrapping
    {
        let (namespace, local) = part.resolve(reference);
        binding.style = Style::DocumentLiteral;
        binding.wrapper = local.to_owned();
        binding.namespace = namespace.as_deref().unwrap_or_default().to_owned();
        // A schema that stands elsewhere is not fetched; most are qualified, and the names are the vendor's.
        let parameters = types.parameters(namespace.as_deref(), local);
        binding.qualified = parameters.as_ref().is_none_or(|parameters| parameters.iter().any(|known| known.qualified));
        binding.parameters = parameters.unwrap_or_default().into_iter().map(|parameter| parameter.name).collect();
    }
    // These become tags.
    if !xml::is_name(&binding.wrapper) {
        binding.wrapper = operation.name().to_owned();
    }
    if binding.parameters.is_empty() || !binding.parameters.iter().all(|name| xml::is_name(name)) {
        binding.parameters = vendors();
    }
    binding
}

/// The parts of the operation's input message that travel in the body.
fn parts<'a>(root: &'a Element, port: &Port<'_>, operation: &str, body: Option<&Element>) -> Vec<&'a Element> {
    let abstract_operation = port.port_type.and_then(|port_type| {
        let port_type = named(root, "portType", port_type)?;
        port_type
            .elements()
            .find(|element| element.is(WSDL, "operation") && element.attribute("name") == Some(operation))
    });
    let message = abstract_operation
        .and_then(|operation| operation.child("input")?.attribute("message"))
        .and_then(|message| named(root, "message", message));
    let Some(message) = message else { return Vec::new() };
    let wanted = body.and_then(|body| body.attribute("parts"));
    let in_body = |part: &&Element| match wanted {
        Some(wanted) => wanted.split_whitespace().any(|name| part.attribute("name") == Some(name)),
        None => true,
    };
    message.elements().filter(|element| element.is(WSDL, "part")).filter(in_body).collect()
}

/// The top-level `kind` that a qualified name refers to. One document has one target namespace, so the local name is
/// enough.
pub(super) fn named<'a>(root: &'a Element, kind: &str, reference: &str) -> Option<&'a Element> {
    let local = reference.rsplit(':').next().unwrap_or_default().trim();
    root.elements().find(|element| element.is(WSDL, kind) && element.attribute("name") == Some(local))
}
