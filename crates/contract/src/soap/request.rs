//! Requests: the client writes them, the server reads them.

use super::{
    Binding, Fault, FaultCode, Incoming, Message, Style, Version,
    answer::encoding_style,
    dialect,
    envelope::{self, Frame, XSD, XSI},
    value,
};
use crate::{
    DecodeError, Operation, Request, charset,
    xml::{self, Element, Tail},
};

/// The argument that says which call a verb means. It comes after the vendor's own; see [`Request::uid`].
const CALL_UID: &str = "strUid";
/// The argument that says why an extension is busy; see [`Request::reason`].
const REASON: &str = "strReason";

/// Client: writes a request. Leaves out arguments that are `None`.
pub fn write_request(request: &Request, binding: &Binding) -> Message {
    let Binding { version, style, wrapper, namespace, qualified, action, parameters: _ } = binding;
    let mut attributes = String::new();
    let prefix = if namespace.is_empty() { "" } else { "ns1:" };
    if !namespace.is_empty() {
        attributes.push_str(" xmlns:ns1=\"");
        xml::attribute(&mut attributes, namespace);
        attributes.push('"');
    }
    let (mut on_wrapper, mut on_argument) = (String::new(), "");
    if *style == Style::RpcEncoded {
        attributes.push_str(&format!(" xmlns:xsd=\"{XSD}\" xmlns:xsi=\"{XSI}\""));
        on_wrapper = encoding_style(*version);
        on_argument = " xsi:type=\"xsd:string\"";
    }
    // Arguments of rpc are in no namespace, whatever a schema says.
    let argument_prefix = if *qualified && *style == Style::DocumentLiteral { prefix } else { "" };
    let mut body = format!("<{prefix}{wrapper}{on_wrapper}>");
    let own = [(CALL_UID, request.uid()), (REASON, request.reason())];
    let own = own.into_iter().filter_map(|(name, value)| Some((name, value?)));
    for (name, value) in arguments(request, binding).into_iter().chain(own) {
        body.push_str(&format!("<{argument_prefix}{name}{on_argument}>"));
        xml::text(&mut body, value);
        body.push_str(&format!("</{argument_prefix}{name}>"));
    }
    body.push_str(&format!("</{prefix}{wrapper}>"));
    let mut message = Frame { version: *version, attributes: &attributes }.around(&body);
    // The action becomes a header's value, and the WSDL may be hostile.
    let action: String = action.chars().filter(|c| c.is_ascii_graphic() && !matches!(c, '"' | '\\')).collect();
    match version {
        Version::V11 => message.soap_action = Some(format!("\"{action}\"")),
        Version::V12 if action.is_empty() => {}
        Version::V12 => message.content_type.push_str(&format!("; action=\"{action}\"")),
    }
    message
}

/// The arguments with the binding's names and in its order: matched by name if the binding has all of the operation's names, else
/// by position.
fn arguments<'a>(request: &'a Request, binding: &'a Binding) -> Vec<(&'a str, &'a str)> {
    let own = request.operation().parameters();
    let values = request.arguments();
    let at = |name: &str| own.iter().position(|known| known.eq_ignore_ascii_case(name));
    let all_named = own
        .iter()
        .zip(&values)
        .filter(|(_, value)| value.is_some())
        .all(|(name, _)| binding.parameters.iter().any(|known| known.eq_ignore_ascii_case(name)));
    if all_named {
        let value = |name: &str| values.get(at(name)?).copied().flatten();
        return binding.parameters.iter().filter_map(|name| Some((name.as_str(), value(name)?))).collect();
    }
    let names = own.iter().enumerate().map(|(at, own)| binding.parameters.get(at).map_or(*own, String::as_str));
    names.zip(values).filter_map(|(name, value)| Some((name, value?))).collect()
}

/// Server: reads a request of any style and version. The error is the fault to send, with the version to send it in.
/// Argument missing, operation unknown, XML broken, DOCTYPE: all faults. `strActionID` may be absent or nil.
///
/// The body's first element names the operation, in any namespace, exactly or else ignoring case. Arguments are recognised by
/// name in any namespace. If none of them has a name of the operation's, they are taken by position, as proxies made from another
/// server's WSDL send them; those of our own WSDL have names. A nil argument counts as present but empty.
pub fn read_request(body: &[u8], content_type: Option<&str>) -> Result<Incoming, (Version, Fault)> {
    let presumed = match content_type {
        Some(media) if media.trim_start().to_ascii_lowercase().starts_with("application/soap+xml") => Version::V12,
        _ => Version::V11,
    };
    let envelope = document(body, content_type).map_err(|error| (presumed, client(error.to_string())))?;
    let Some(version) = Version::of(&envelope) else {
        return Err((Version::V11, not_soap(&envelope)));
    };
    open(version, &envelope).map_err(|fault| (version, fault))
}

fn document(body: &[u8], content_type: Option<&str>) -> Result<Element, DecodeError> {
    let text = charset::decode(body, content_type)?;
    let text = text.trim_start_matches(|c: char| c == '\u{feff}' || c.is_whitespace());
    xml::read(text, Tail::Checked)
}

fn not_soap(root: &Element) -> Fault {
    if root.name == "Envelope" {
        let reason = "the envelope is neither SOAP 1.1 nor SOAP 1.2".into();
        return Fault { code: FaultCode::VersionMismatch, reason };
    }
    client("the message is not a SOAP envelope".into())
}

fn client(reason: String) -> Fault {
    Fault { code: FaultCode::Client, reason }
}

fn open(version: Version, envelope: &Element) -> Result<Incoming, Fault> {
    let part = |name| envelope.elements().find(move |element| element.is(version.namespace(), name));
    if let Some(header) = part("Header").and_then(|header| header.elements().find(|block| is_for_us(version, block))) {
        let reason = format!("the header {} is not understood", shortened(&header.name));
        return Err(Fault { code: FaultCode::MustUnderstand, reason });
    }
    let body = part("Body").ok_or_else(|| client("the envelope has no body".into()))?;
    let wrapper = envelope::first(body).ok_or_else(|| client("the envelope's body is empty".into()))?;
    let operation = operation(&wrapper.name)
        .ok_or_else(|| client(format!("the operation {} is not known", shortened(&wrapper.name))))?;
    let values = values(operation, wrapper, body)?;
    let borrowed: Vec<Option<&str>> = values.iter().map(Option::as_deref).collect();
    let request = Request::from_arguments(operation, &borrowed)
        .map_err(|name| client(format!("{} needs the argument {name}", operation.name())))?;
    let mut request = request.about(addition(CALL_UID, wrapper, body)?);
    if let Request::Busy { reason, .. } = &mut request {
        *reason = addition(REASON, wrapper, body)?;
    }
    Ok(Incoming { request, dialect: dialect::judge(version, envelope, body, wrapper) })
}

/// Reads one of our own arguments. A proxy that knows it but has no value sends an empty one.
fn addition(name: &str, wrapper: &Element, body: &Element) -> Result<Option<String>, Fault> {
    let given = wrapper.elements().find(|element| element.name.eq_ignore_ascii_case(name));
    let value =
        given.map(|element| value::read(element, body)).transpose().map_err(|error| client(error.to_string()))?;
    Ok(value.flatten().filter(|value| !value.trim().is_empty()))
}

/// Whether the final receiver of the message has to understand this header block.
fn is_for_us(version: Version, block: &Element) -> bool {
    let attribute = |name| block.attribute_where(name, |namespace| namespace == Some(version.namespace()));
    let elsewhere = attribute("actor").or_else(|| attribute("role")).is_some_and(|actor| {
        let name = actor.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        !matches!(name, "" | "next" | "ultimateReceiver")
    });
    attribute("mustUnderstand").is_some_and(value::is_true) && !elsewhere
}

fn operation(name: &str) -> Option<Operation> {
    let same = |operation: &Operation| operation.name().eq_ignore_ascii_case(name);
    Operation::from_name(name).or_else(|| Operation::ALL.into_iter().find(same))
}

/// The values in the order of the operation's parameters; `None` for one that is left out.
fn values(operation: Operation, wrapper: &Element, body: &Element) -> Result<Vec<Option<String>>, Fault> {
    let names = operation.parameters();
    let given: Vec<&Element> = wrapper.elements().collect();
    let has = |name: &str| given.iter().find(|element| element.name.eq_ignore_ascii_case(name)).copied();
    let by_name = dialect::is_ours(wrapper) || names.iter().any(|name| has(name).is_some());
    let mut values = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let element = if by_name { has(name) } else { given.get(at).copied() };
        let value = match element {
            None => None,
            Some(element) => match value::read(element, body).map_err(|error| client(error.to_string()))? {
                None if *name == "strActionID" => None,
                None => Some(String::new()),
                Some(value) => Some(value),
            },
        };
        values.push(value);
    }
    Ok(values)
}

/// A received name, shortened for a message.
fn shortened(name: &str) -> String {
    const MAX: usize = 60;
    let mut short: String = name.chars().take(MAX).collect();
    if name.chars().nth(MAX).is_some() {
        short.push('…');
    }
    short
}
