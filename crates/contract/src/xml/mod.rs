//! A small XML tree over quick-xml's events: no DTD, only XML's five entities, and a limit on everything.

mod entity;
mod locate;
mod read;
mod write;

use std::sync::Arc;

pub(crate) use entity::{is_reference, unescape};
pub(crate) use locate::{has_doctype, locate};
pub(crate) use read::{Tail, is_name, read};
pub(crate) use write::{attribute, text};

/// An element with its namespace resolved.
#[derive(Debug)]
pub(crate) struct Element {
    /// Local name.
    pub(crate) name: String,
    /// `None` for no namespace and for an undeclared prefix.
    pub(crate) namespace: Option<Arc<str>>,
    attributes: Vec<Attribute>,
    nodes: Vec<Node>,
    scope: Arc<Scope>,
}

#[derive(Debug)]
struct Attribute {
    name: String,
    namespace: Option<Arc<str>>,
    value: String,
}

#[derive(Debug)]
enum Node {
    Element(Element),
    Text(String),
}

/// The namespace declarations in scope at an element.
#[derive(Debug, Default)]
struct Scope {
    outer: Option<Arc<Scope>>,
    declared: Vec<(String, Arc<str>)>,
    total: usize,
}

impl Scope {
    fn lookup(&self, prefix: &str) -> Option<Arc<str>> {
        let mut scope = Some(self);
        while let Some(here) = scope {
            if let Some((_, uri)) = here.declared.iter().find(|(known, _)| known == prefix) {
                return (!uri.is_empty()).then(|| uri.clone());
            }
            scope = here.outer.as_deref();
        }
        None
    }
}

impl Element {
    /// Whether this is `name` in `namespace`.
    pub(crate) fn is(&self, namespace: &str, name: &str) -> bool {
        self.name == name && self.is_in(namespace)
    }

    /// Whether this is in `namespace`.
    pub(crate) fn is_in(&self, namespace: &str) -> bool {
        self.namespace.as_deref() == Some(namespace)
    }

    /// The child elements.
    pub(crate) fn elements(&self) -> impl Iterator<Item = &Element> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// The first child element with this local name.
    pub(crate) fn child(&self, name: &str) -> Option<&Element> {
        self.elements().find(|element| element.name == name)
    }

    /// Every element below this one, in document order.
    pub(crate) fn descendants(&self) -> Vec<&Element> {
        let mut found = Vec::new();
        let mut waiting: Vec<&Element> = vec![self];
        while let Some(element) = waiting.pop() {
            if !std::ptr::eq(element, self) {
                found.push(element);
            }
            let at = waiting.len();
            waiting.extend(element.elements());
            if let Some(added) = waiting.get_mut(at..) {
                added.reverse();
            }
        }
        found
    }

    /// The character data directly inside, CDATA included.
    pub(crate) fn text(&self) -> String {
        let pieces = self.nodes.iter().filter_map(|node| match node {
            Node::Text(text) => Some(text.as_str()),
            Node::Element(_) => None,
        });
        pieces.collect()
    }

    /// An attribute in no namespace.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attribute_where(name, |namespace| namespace.is_none())
    }

    /// The first attribute `name` whose namespace satisfies `wanted`.
    pub(crate) fn attribute_where(&self, name: &str, wanted: impl Fn(Option<&str>) -> bool) -> Option<&str> {
        let found = self.attributes.iter().find(|known| known.name == name && wanted(known.namespace.as_deref()));
        found.map(|attribute| attribute.value.as_str())
    }

    /// Resolves a qualified name in an attribute value, such as `tns:popEvent`, at this element.
    pub(crate) fn resolve<'a>(&self, qualified: &'a str) -> (Option<Arc<str>>, &'a str) {
        let qualified = qualified.trim();
        match qualified.split_once(':') {
            Some((prefix, local)) => (self.scope.lookup(prefix), local),
            None => (self.scope.lookup(""), qualified),
        }
    }
}
