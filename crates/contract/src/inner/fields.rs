//! Finding the `uncall` element in the returned text, and the fields below it.

use crate::{
    DecodeError, limit,
    xml::{self, Tail},
};

/// Layers of escaping that are undone beyond the envelope's own.
const LAYERS: usize = 3;

/// The leaves below `uncall`, by their names in lower case, wherever they stand.
pub(super) struct Fields(Vec<(String, String)>);

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
        let root = xml::read(document, Tail::Ignored)?;
        let leaves = root.descendants().into_iter().filter(|element| element.elements().next().is_none());
        Ok(Fields(leaves.map(|leaf| (leaf.name.to_ascii_lowercase(), leaf.text())).collect()))
    }

    /// The field's text as it stands; one that is there without a value counts as absent.
    pub(super) fn raw(&self, name: &str) -> Option<&str> {
        let mut values = self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
        values.find(|value| !value.trim().is_empty())
    }

    /// The field's text without surrounding white space.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.raw(name).map(str::trim)
    }

    /// The field's text without surrounding white space, empty where there is none.
    pub(super) fn value(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().to_owned()
    }

    /// Whether the field stands there, with a value or without.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }
}
