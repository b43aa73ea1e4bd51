//! The bindings, port types and messages of all documents, by name.

use std::{cell::RefCell, collections::HashMap};

use super::{document::Document, reading::WSDL};
use crate::xml::Element;

/// A top-level element of a WSDL, with the target namespace that its name is in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Component<'a> {
    pub(super) element: &'a Element,
    pub(super) target: &'a str,
}

/// The declarations of all documents, and the first reference that none of them declares.
pub(super) struct Components<'a> {
    by_name: HashMap<(&'a str, &'a str), Vec<Component<'a>>>,
    in_order: Vec<Component<'a>>,
    dangling: RefCell<Option<String>>,
}

impl<'a> Components<'a> {
    pub(super) fn of(documents: &'a [Document]) -> Components<'a> {
        let mut by_name: HashMap<(&str, &str), Vec<Component<'_>>> = HashMap::new();
        let mut in_order = Vec::new();
        for root in documents.iter().filter_map(Document::definitions) {
            let target = root.attribute("targetNamespace").unwrap_or_default();
            for element in root.elements().filter(|element| element.is_in(WSDL)) {
                let component = Component { element, target };
                in_order.push(component);
                if let Some(name) = element.attribute("name") {
                    by_name.entry((&element.name, name)).or_default().push(component);
                }
            }
        }
        Components { by_name, in_order, dangling: RefCell::new(None) }
    }

    /// All components of one kind, in document order.
    pub(super) fn all(&self, kind: &str) -> impl Iterator<Item = Component<'a>> {
        self.in_order.iter().copied().filter(move |component| component.element.name == kind)
    }

    /// The component that the qualified name `reference` at `place` means. If nothing has that name in that namespace, the first
    /// with the local name, because many WSDLs get their prefixes wrong; the reference then counts as dangling.
    pub(super) fn find(&self, kind: &str, place: &Element, reference: &str) -> Option<Component<'a>> {
        let (namespace, local) = place.resolve(reference);
        let named = self.by_name.get(&(kind, local)).map(Vec::as_slice).unwrap_or_default();
        let exact = named.iter().find(|component| component.target == namespace.as_deref().unwrap_or_default());
        if exact.is_none() {
            self.note_dangling(|| format!("the {kind} {local:.60}"));
        }
        exact.or_else(|| named.first()).copied()
    }

    /// Notes that something is declared elsewhere.
    pub(super) fn note_dangling(&self, what: impl FnOnce() -> String) {
        self.dangling.borrow_mut().get_or_insert_with(what);
    }

    /// The first reference to something that the documents do not contain.
    pub(super) fn dangling(self) -> Option<String> {
        self.dangling.into_inner()
    }
}
