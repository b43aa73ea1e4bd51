//! Answers: the client reads them, the server writes them.

use super::{
    Answer, Dialect, Message, Style, Version,
    envelope::{self, Frame, RPC, XSD, XSI},
    fault, value,
};
use crate::{DecodeError, Operation, charset, inner, xml, xml::Element};

/// Client: reads the answer, whatever a server prints around and inside the XML (`docs/api.md`, "On the wire").
///
/// [`DecodeError::NotUnderstood`] if there is no envelope, no body, or nothing in the body.
pub fn read_answer(body: &[u8], content_type: Option<&str>) -> Result<Answer, DecodeError> {
    let text = charset::decode(body, content_type)?;
    let (version, envelope) = find(&text)?;
    let body = envelope
        .elements()
        .find(|element| element.is(version.namespace(), "Body"))
        .ok_or_else(|| DecodeError::NotUnderstood("the envelope has no body".into()))?;
    let response =
        envelope::first(body).ok_or_else(|| DecodeError::NotUnderstood("the envelope's body is empty".into()))?;
    // Some servers forget its namespace, and no operation of the API has this name.
    if response.name == "Fault" {
        return fault::read(response).map(Answer::Fault);
    }
    if let Some(element) = returned(response) {
        if element.name.eq_ignore_ascii_case("uncall") {
            let mut unescaped = String::new();
            element.write(&mut unescaped);
            return value::bounded(unescaped).map(|text| Answer::Return(Some(text)));
        }
        return value::read(element, body).map(Answer::Return);
    }
    if response.elements().next().is_some() {
        return Ok(Answer::Return(None));
    }
    // No return element: the text, if any, is in the response element itself (document/literal bare).
    let text = value::read(response, body)?;
    Ok(Answer::Return(text.filter(|text| !text.trim().is_empty())))
}

/// Finds the envelope. If an unescaped inner document makes it ill-formed, repairs that first.
fn find(text: &str) -> Result<(Version, Element), DecodeError> {
    let error = match envelope::find(text) {
        Err(error @ DecodeError::Xml(_)) => error,
        found => return found,
    };
    mended(text).and_then(|text| envelope::find(&text).ok()).ok_or(error)
}

/// The text with its inner document repaired.
fn mended(text: &str) -> Option<String> {
    let (before, document) = text.split_at_checked(xml::locate(text, "uncall", true)?)?;
    let mended = inner::mend(document).filter(|mended| !mended.cut)?;
    Some([before, &mended.text, document.get(mended.consumed..)?].concat())
}

/// The return element, whatever its name.
fn returned(response: &Element) -> Option<&Element> {
    let is_result = |element: &&Element| element.is(RPC, "result");
    let candidates = || response.elements().filter(|element| !is_result(element));
    if let Some(result) = response.elements().find(is_result) {
        let named = result.text();
        let (_, name) = result.resolve(&named);
        if let Some(element) = candidates().find(|element| element.name == name) {
            return Some(element);
        }
    }
    let operation = response.name.strip_suffix("Response").unwrap_or(&response.name);
    let usual = [String::from("return"), format!("{operation}Result"), format!("{operation}Return"), operation.into()];
    usual
        .iter()
        .find_map(|name| candidates().find(|element| element.name.eq_ignore_ascii_case(name)))
        .or_else(|| candidates().next())
}

/// Server: writes the answer that carries the inner document `inner`, in the request's dialect.
pub fn write_answer(dialect: &Dialect, operation: Operation, inner: &str) -> Message {
    let Dialect { version, style, namespace } = dialect;
    let name = operation.name();
    // An unqualified request is answered unqualified.
    let (prefix, mut attributes) = if namespace.is_empty() {
        ("", String::new())
    } else {
        let mut declaration = String::from(" xmlns:ns1=\"");
        xml::attribute(&mut declaration, namespace);
        declaration.push('"');
        ("ns1:", declaration)
    };
    let mut escaped = String::with_capacity(inner.len() * 2);
    xml::text(&mut escaped, inner);
    // SOAP 1.2 names the return element first.
    let result = match version {
        Version::V11 => String::new(),
        Version::V12 => format!("<rpc:result xmlns:rpc=\"{RPC}\">return</rpc:result>"),
    };
    let body = match style {
        Style::DocumentLiteral => {
            format!(
                "<{prefix}{name}Response><{prefix}{name}Result>{escaped}</{prefix}{name}Result></{prefix}{name}Response>"
            )
        }
        Style::RpcLiteral => {
            format!("<{prefix}{name}Response>{result}<return>{escaped}</return></{prefix}{name}Response>")
        }
        Style::RpcEncoded => {
            attributes.push_str(&format!(" xmlns:xsd=\"{XSD}\" xmlns:xsi=\"{XSI}\""));
            let encoding = encoding_style(*version);
            format!(
                "<{prefix}{name}Response{encoding}>{result}<return xsi:type=\"xsd:string\">{escaped}</return>\
                 </{prefix}{name}Response>"
            )
        }
    };
    Frame { version: *version, attributes: &attributes }.around(&body)
}

/// The encodingStyle attribute, for the wrapper: the one place where both versions allow it.
pub(super) fn encoding_style(version: Version) -> String {
    format!(" {}:encodingStyle=\"{}\"", version.prefix(), version.encoding())
}
