//! Reads the parameters of wrapper elements from a WSDL's schemas.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
};

use super::document::Document;
use crate::xml::Element;

pub(super) const SCHEMA: &str = "http://www.w3.org/2001/XMLSchema";
/// The longest chain of types referring to types to follow.
const HOPS: usize = 8;
/// The most references to follow altogether. Real schemas have one or two per operation; types that all refer to each other would
/// take forever.
const REFERENCES: usize = 2_000;

/// A child element of a wrapper.
pub(super) struct Parameter {
    pub(super) name: String,
    /// Whether it is in its schema's namespace.
    pub(super) qualified: bool,
}

/// A declaration at the top of a schema, with that schema.
type Global<'a> = (&'a Element, &'a Element);

/// The schemas of all documents, and the first reference that none of them declares.
pub(super) struct Types<'a> {
    /// By kind and name.
    globals: HashMap<(&'a str, &'a str), Vec<Global<'a>>>,
    references_left: Cell<usize>,
    dangling: RefCell<Option<String>>,
}

impl<'a> Types<'a> {
    pub(super) fn of(documents: &'a [Document]) -> Types<'a> {
        let mut globals: HashMap<(&str, &str), Vec<Global<'_>>> = HashMap::new();
        for schema in documents.iter().flat_map(Document::schemas) {
            for element in schema.elements().filter(|element| element.is_in(SCHEMA)) {
                if let Some(name) = element.attribute("name") {
                    globals.entry((&element.name, name)).or_default().push((schema, element));
                }
            }
        }
        Types { globals, references_left: Cell::new(REFERENCES), dangling: RefCell::new(None) }
    }

    /// The first reference to something that the schemas do not contain.
    pub(super) fn dangling(self) -> Option<String> {
        self.dangling.into_inner()
    }

    /// The parameters of the wrapper element `name`; `None` when no schema here declares it.
    pub(super) fn parameters(&self, namespace: Option<&str>, name: &str) -> Option<Vec<Parameter>> {
        let (schema, element) = self.global("element", namespace, name)?;
        let mut parameters = Vec::new();
        match element.attribute("type") {
            Some(reference) => self.follow("complexType", element, reference, &mut parameters, HOPS),
            None => self.collect(schema, element, &mut parameters, HOPS),
        }
        Some(parameters)
    }

    /// A declaration in the right namespace if there is one; else one from a schema without a namespace, which takes on that of
    /// the schema that includes it; else the first of this name. Only the first case counts as found.
    fn global(&self, kind: &str, namespace: Option<&str>, name: &str) -> Option<Global<'a>> {
        let named = self.globals.get(&(kind, name)).map(Vec::as_slice).unwrap_or_default();
        let of = |wanted: &str| {
            named.iter().find(|(schema, _)| schema.attribute("targetNamespace").unwrap_or_default() == wanted)
        };
        let exact = of(namespace.unwrap_or_default());
        if exact.is_none() && namespace != Some(SCHEMA) {
            self.dangling.borrow_mut().get_or_insert_with(|| format!("the {kind} {name:.60}"));
        }
        exact.or_else(|| of("")).or_else(|| named.first()).copied()
    }

    /// The parameters of the type or group that `at` refers to; simple types have none.
    fn follow(&self, kind: &str, at: &Element, reference: &str, into: &mut Vec<Parameter>, hops: usize) {
        let (Some(hops), Some(left)) = (hops.checked_sub(1), self.references_left.get().checked_sub(1)) else { return };
        self.references_left.set(left);
        let (namespace, local) = at.resolve(reference);
        if let Some((schema, found)) = self.global(kind, namespace.as_deref(), local) {
            self.collect(schema, found, into, hops);
        }
    }

    /// The element declarations inside `particle`, a type, sequence, extension or the like.
    fn collect(&self, schema: &Element, particle: &Element, into: &mut Vec<Parameter>, hops: usize) {
        for child in particle.elements().filter(|child| child.is_in(SCHEMA)) {
            match child.name.as_str() {
                "element" => into.extend(parameter(schema, child)),
                "complexType" | "sequence" | "all" | "choice" | "complexContent" => {
                    self.collect(schema, child, into, hops);
                }
                "extension" => {
                    if let Some(base) = child.attribute("base") {
                        self.follow("complexType", child, base, into, hops);
                    }
                    self.collect(schema, child, into, hops);
                }
                "group" => {
                    if let Some(reference) = child.attribute("ref") {
                        self.follow("group", child, reference, into, hops);
                    }
                }
                _ => {}
            }
        }
    }
}

fn parameter(schema: &Element, element: &Element) -> Option<Parameter> {
    if let Some(reference) = element.attribute("ref") {
        // A global element is always in its namespace.
        return Some(Parameter { name: element.resolve(reference).1.to_owned(), qualified: true });
    }
    let form = element.attribute("form").or_else(|| schema.attribute("elementFormDefault"));
    Some(Parameter { name: element.attribute("name")?.to_owned(), qualified: form == Some("qualified") })
}
