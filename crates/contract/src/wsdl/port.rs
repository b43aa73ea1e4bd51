//! The ports of a WSDL: a binding, and where it is served.

use super::components::{Component, Components};
use crate::{soap::Version, xml::Element};

/// A SOAP binding over HTTP and its address.
pub(super) struct Port<'a> {
    pub(super) version: Version,
    pub(super) address: String,
    pub(super) binding: &'a Element,
    /// The target namespace of the WSDL that declares the binding.
    pub(super) target: &'a str,
    /// The binding's default style, `document` if it names none.
    pub(super) style: &'a str,
}

impl<'a> Port<'a> {
    /// `None` for bindings other than SOAP over HTTP (the HTTP GET and POST ones of .NET, for example).
    fn of(binding: Component<'a>, address: String) -> Option<Port<'a>> {
        let Component { element: binding, target } = binding;
        let soap = binding.elements().find(|element| element.name == "binding" && version(element).is_some())?;
        let transport = soap.attribute("transport").unwrap_or_default().trim().to_ascii_lowercase();
        if !transport.is_empty() && !transport.trim_end_matches('/').ends_with("/http") {
            return None;
        }
        let style = soap.attribute("style").unwrap_or("document");
        Some(Port { version: version(soap)?, address, binding, target, style })
    }

    /// Whether an element belongs to this port's SOAP extension.
    pub(super) fn is_soap(&self, element: &Element) -> bool {
        version(element) == Some(self.version)
    }
}

/// The SOAP version whose WSDL extension an element belongs to.
fn version(element: &Element) -> Option<Version> {
    match element.namespace.as_deref()? {
        "http://schemas.xmlsoap.org/wsdl/soap/" => Some(Version::V11),
        "http://schemas.xmlsoap.org/wsdl/soap12/" => Some(Version::V12),
        _ => None,
    }
}

/// The most ports to examine: real WSDLs have up to four, hostile ones thousands.
const PORTS: usize = 32;

/// The SOAP ports of all services; if there are none, the bindings with an empty address.
pub(super) fn ports<'a>(components: &Components<'a>) -> Vec<Port<'a>> {
    let services = components.all("service").map(|service| service.element);
    let ports: Vec<Port<'_>> = services
        .flat_map(|service| service.elements().filter(|element| element.is(super::reading::WSDL, "port")))
        .filter_map(|port| {
            let address = port.elements().find(|element| element.name == "address" && version(element).is_some());
            let location = address.and_then(|address| address.attribute("location")).unwrap_or_default();
            Port::of(components.find("binding", port, port.attribute("binding")?)?, location.trim().to_owned())
        })
        .take(PORTS)
        .collect();
    if !ports.is_empty() {
        return ports;
    }
    components.note_dangling(|| "a service with a SOAP port".into());
    components.all("binding").filter_map(|binding| Port::of(binding, String::new())).take(PORTS).collect()
}
