//! The value of a parameter or return element: text, nil, a reference, or an unescaped document.

use crate::{DecodeError, limit, xml::Element};

/// The longest chain of references to follow.
const HOPS: usize = 4;

/// The text of `element`, which is somewhere in `body`; `None` for nil.
pub(super) fn read(element: &Element, body: &Element) -> Result<Option<String>, DecodeError> {
    let element = target(element, body)?;
    if is_nil(element) {
        return Ok(None);
    }
    let text = element.text();
    let text = if element.elements().next().is_some() && text.trim().is_empty() {
        let mut unescaped = String::new();
        element.write_content(&mut unescaped);
        unescaped
    } else {
        text
    };
    bounded(text).map(Some)
}

/// Checks a value against its limit.
pub(super) fn bounded(text: String) -> Result<String, DecodeError> {
    if text.len() > limit::VALUE_BYTES {
        return Err(DecodeError::Limit { what: "value size", max: limit::VALUE_BYTES });
    }
    Ok(text)
}

/// The element with the value: `element` itself, or the one that its `href` (1.2: `ref`) names.
fn target<'a>(element: &'a Element, body: &'a Element) -> Result<&'a Element, DecodeError> {
    let mut element = element;
    for _ in 0..HOPS {
        let href = element.attribute("href").and_then(|href| href.strip_prefix('#'));
        let Some(id) = href.or_else(|| element.attribute_where("ref", is_encoding)) else {
            return Ok(element);
        };
        let named =
            |candidate: &&Element| candidate.attribute_where("id", |ns| ns.is_none() || is_encoding(ns)) == Some(id);
        element =
            body.descendants().into_iter().find(named).ok_or_else(|| {
                DecodeError::NotUnderstood(format!("a value refers to #{id:.40}, which is not there"))
            })?;
    }
    Err(DecodeError::NotUnderstood("a value refers to a reference, again and again".into()))
}

fn is_encoding(namespace: Option<&str>) -> bool {
    namespace == Some(super::Version::V12.encoding())
}

fn is_nil(element: &Element) -> bool {
    // `null` is from the schema drafts that the first SOAP toolkits used.
    ["nil", "null"].into_iter().filter_map(|name| element.attribute_where(name, is_instance)).any(is_true)
}

/// `true` or `1`.
pub(super) fn is_true(value: &str) -> bool {
    matches!(value.trim(), "1" | "true")
}

/// Whether this is the namespace of `xsi:type` and `xsi:nil`, of any year.
pub(super) fn is_instance(namespace: Option<&str>) -> bool {
    namespace.is_some_and(|uri| uri.contains("XMLSchema-instance"))
}
