//! Finds out the style of a request, so that the answer can use the same.

use super::{Dialect, Style, Version, value};
use crate::{wsdl, xml::Element};

/// Determines a request's style from its elements.
///
/// The arguments of an rpc request are in no namespace, those of our own WSDL in its namespace. So:
/// 1. arguments in our namespace: document/literal, whatever `xsi:type` and `encodingStyle` a client adds;
/// 2. an `encodingStyle` from the envelope down, or `xsi:type` on an argument: rpc/encoded, in any namespace;
/// 3. arguments in no namespace: rpc/literal;
/// 4. else document/literal, in the request's namespace.
pub(super) fn judge(version: Version, envelope: &Element, body: &Element, wrapper: &Element) -> Dialect {
    let namespace = wrapper.namespace.as_deref().unwrap_or_default().to_owned();
    let arguments = || wrapper.elements();
    let encoded = [envelope, body, wrapper].into_iter().chain(arguments()).any(|element| is_encoded(version, element))
        || arguments().any(|argument| argument.attribute_where("type", value::is_instance).is_some());
    let style = if is_ours(wrapper) {
        Style::DocumentLiteral
    } else if encoded {
        Style::RpcEncoded
    } else if arguments().all(|argument| argument.namespace.is_none()) {
        Style::RpcLiteral
    } else {
        Style::DocumentLiteral
    };
    Dialect { version, style, namespace }
}

/// Whether a request was made from our own WSDL, with arguments in our namespace.
pub(super) fn is_ours(wrapper: &Element) -> bool {
    wrapper.elements().any(|argument| argument.is_in(wsdl::NAMESPACE))
}

fn is_encoded(version: Version, element: &Element) -> bool {
    let style = element.attribute_where("encodingStyle", |namespace| namespace == Some(version.namespace()));
    // SOAP 1.2 has a URI that means "not encoded".
    style.is_some_and(|style| !style.trim().is_empty() && !style.contains("/encoding/none"))
}
