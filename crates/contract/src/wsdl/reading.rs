//! Reads our operations from any WSDL 1.1.

use super::{
    Description,
    components::Components,
    document::Document,
    port::{Port, ports},
    types::Types,
};
use crate::{
    Operation,
    soap::{Binding, Style, Version},
    xml::{self, Element},
};

pub(super) const WSDL: &str = "http://schemas.xmlsoap.org/wsdl/";

/// What a set of documents describes, and what they refer to but do not contain.
pub(super) struct Reading {
    /// `None` if no SOAP port has one of our operations.
    pub(super) description: Option<Description>,
    /// A binding, port type, message or service that is declared elsewhere.
    pub(super) missing_component: Option<String>,
    /// A wrapper element or type that is declared elsewhere.
    pub(super) missing_type: Option<String>,
}

/// Reads the description from all documents together; the first is the root.
///
/// Of several ports the SOAP 1.1 one with the most of our operations is taken (1.2 when there is only that). Operation names
/// are compared exactly first, then without regard to case; what goes on the wire is what the WSDL says.
pub(super) fn describe(documents: &[Document]) -> Reading {
    let components = Components::of(documents);
    let types = Types::of(documents);
    let mut best: Option<(Version, Description)> = None;
    for port in ports(&components) {
        let operations = operations(&components, &types, &port);
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
    Reading {
        description: best.map(|(_, description)| description),
        missing_component: components.dangling(),
        missing_type: types.dangling(),
    }
}

fn operations(components: &Components<'_>, types: &Types<'_>, port: &Port<'_>) -> Vec<(Operation, Binding)> {
    let offered: Vec<&Element> = operations_of(port.binding).collect();
    let find = |operation: Operation| {
        let element = by_name(&offered, operation.name())?;
        Some((operation, binding(components, types, port, operation, element)?))
    };
    Operation::ALL.into_iter().filter_map(find).collect()
}

/// The `operation` elements of a binding or port type.
fn operations_of(element: &Element) -> impl Iterator<Item = &Element> {
    element.elements().filter(|element| element.is(WSDL, "operation"))
}

/// The element of this name, spelt exactly or else in different letter case.
fn by_name<'a>(elements: &[&'a Element], name: &str) -> Option<&'a Element> {
    let named = |wanted: &dyn Fn(&str) -> bool| {
        elements.iter().find(|element| element.attribute("name").is_some_and(wanted)).copied()
    };
    named(&|known| known == name).or_else(|| named(&|known| known.eq_ignore_ascii_case(name)))
}

/// How to call `operation` at this port; `element` is its `operation` in the binding.
///
/// `None` in document style without the input message, because only that names the wrapper, and a guess could call in another
/// style. In rpc style the binding says everything but the arguments' names, and those are the vendor's.
fn binding(
    components: &Components<'_>,
    types: &Types<'_>,
    port: &Port<'_>,
    operation: Operation,
    element: &Element,
) -> Option<Binding> {
    let name = element.attribute("name").unwrap_or(operation.name());
    let soap = element.elements().find(|child| port.is_soap(child) && child.name == "operation");
    let style = soap.and_then(|soap| soap.attribute("style")).unwrap_or(port.style);
    let body = element
        .child("input")
        .and_then(|input| input.descendants().into_iter().find(|below| port.is_soap(below) && below.name == "body"));
    let encoded = body.and_then(|body| body.attribute("use")) == Some("encoded");
    let message = input_message(components, port, name);
    if message.is_none() && style != "rpc" && !encoded {
        return None;
    }
    let parts = message.map(|message| body_parts(message, body)).unwrap_or_default();
    let vendors = || operation.parameters().iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let mut binding = Binding {
        version: port.version,
        style: if encoded { Style::RpcEncoded } else { Style::RpcLiteral },
        wrapper: name.to_owned(),
        namespace: body.and_then(|body| body.attribute("namespace")).unwrap_or(port.target).to_owned(),
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
        // Without the schema: most are qualified, and the names are the vendor's.
        let parameters = types.parameters(namespace.as_deref(), local);
        binding.qualified = parameters.as_ref().is_none_or(|parameters| parameters.iter().any(|known| known.qualified));
        binding.parameters = parameters.unwrap_or_default().into_iter().map(|parameter| parameter.name).collect();
    }
    // These names become tags.
    if !xml::is_name(&binding.wrapper) {
        binding.wrapper = operation.name().to_owned();
    }
    if binding.parameters.is_empty() || !binding.parameters.iter().all(|name| xml::is_name(name)) {
        binding.parameters = vendors();
    }
    Some(binding)
}

/// The input message of an operation of this port.
fn input_message<'a>(components: &Components<'a>, port: &Port<'a>, operation: &str) -> Option<&'a Element> {
    let port_type = components.find("portType", port.binding, port.binding.attribute("type")?)?;
    let offered: Vec<&Element> = operations_of(port_type.element).collect();
    let input = by_name(&offered, operation)?.child("input")?;
    components.find("message", input, input.attribute("message")?).map(|message| message.element)
}

/// The parts of a message that travel in the body.
fn body_parts<'a>(message: &'a Element, body: Option<&Element>) -> Vec<&'a Element> {
    let wanted = body.and_then(|body| body.attribute("parts"));
    let in_body = |part: &&Element| match wanted {
        Some(wanted) => wanted.split_whitespace().any(|name| part.attribute("name") == Some(name)),
        None => true,
    };
    message.elements().filter(|element| element.is(WSDL, "part")).filter(in_body).collect()
}
