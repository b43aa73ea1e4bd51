//! Finding the `uncall` element in the returned text, and the fields below it.

use super::repair;
use crate::{
    DecodeError, limit,
    xml::{self, Element, Tail},
};

/// How many layers of escaping to undo, besides the envelope's own.
const LAYERS: usize = 3;

/// The leaves below `uncall`, wherever they are.
pub(super) struct Fields {
    /// Name in lower case, and value.
    values: Vec<(String, String)>,
    condition: Condition,
}

/// How well a document was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Condition {
    /// Well-formed.
    Sound,
    /// Not well-formed, but readable in exactly one way.
    Mended,
    /// Mended, and its end was missing: a field that is absent may have been lost.
    Cut,
}

impl Fields {
    /// Finds and reads the document.
    pub(super) fn read(text: &str) -> Result<Fields, DecodeError> {
        if text.len() > limit::VALUE_BYTES {
            return Err(DecodeError::Limit { what: "value size", max: limit::VALUE_BYTES });
        }
        let mut text = std::borrow::Cow::Borrowed(text);
        let mut layers = 0;
        let at = loop {
            if let Some(at) = xml::locate(&text, "uncall", true) {
                break at;
            }
            if layers == LAYERS || !text.contains('&') {
                let start: String = text.trim().chars().take(60).collect();
                return Err(DecodeError::NotUnderstood(format!("no <uncall> in the returned text {start:?}")));
            }
            text = xml::unescape(&text).into();
            layers += 1;
        };
        let (before, document) = text.split_at_checked(at).unwrap_or(("", &text));
        if before.to_ascii_lowercase().contains("<!doctype") {
            return Err(DecodeError::Doctype);
        }
        let (root, condition) = tree(document)?;
        let leaves = root.descendants().into_iter().filter(|element| element.elements().next().is_none());
        let values = leaves.map(|leaf| (leaf.name.to_ascii_lowercase(), leaf.text())).collect();
        Ok(Fields { values, condition })
    }

    pub(super) const fn condition(&self) -> Condition {
        self.condition
    }

    /// The field's text as it is; an empty field counts as absent.
    pub(super) fn raw(&self, name: &str) -> Option<&str> {
        let mut values = self.values.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
        values.find(|value| !value.trim().is_empty())
    }

    /// The field's text without surrounding white space.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.raw(name).map(str::trim)
    }

    /// The field's text without surrounding white space. Empty if there is no such field.
    pub(super) fn value(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().to_owned()
    }

    /// Whether there is such a field, empty or not.
    pub(super) fn has(&self, name: &str) -> bool {
        self.values.iter().any(|(known, _)| known == name)
    }
}

/// The document as a tree, repaired if necessary.
fn tree(document: &str) -> Result<(Element, Condition), DecodeError> {
    let error = match xml::read(document, Tail::Ignored) {
        Ok(root) => return Ok((root, Condition::Sound)),
        Err(error @ DecodeError::Xml(_)) => error,
        Err(other) => return Err(other),
    };
    let Some(mended) = repair::mend(document) else { return Err(error) };
    let condition = if mended.cut { Condition::Cut } else { Condition::Mended };
    xml::read(&mended.text, Tail::Ignored).map(|root| (root, condition)).map_err(|_| error)
}
