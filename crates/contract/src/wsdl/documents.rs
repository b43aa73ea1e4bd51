//! A description in several documents: which ones are still needed, and what all of them say together.

use std::collections::HashSet;

use url::Url;

use super::{
    Description,
    document::{Document, Import, Kind},
    reading::{self, Reading},
};
use crate::{DecodeError, limit};

/// Hosts whose documents are the standards' own: no server of ours has them, and no description of ours needs them.
const STANDARDS: [&str; 4] = ["w3.org", "xmlsoap.org", "oasis-open.org", "ws-i.org"];

/// The documents of one description, from the one at the WSDL's address on. It fetches nothing itself:
///
/// ```
/// # use uncall_contract::{DecodeError, wsdl::{Description, Documents}};
/// # fn get(_: &url::Url) -> Result<Vec<u8>, String> { Err("status 404".into()) }
/// # fn read(address: &url::Url, root: &[u8]) -> Result<Description, DecodeError> {
/// let mut documents = Documents::begin(address, root, Some("text/xml"))?;
/// loop {
///     let wanted = documents.wanted()?;
///     if wanted.is_empty() {
///         return documents.description();
///     }
///     for url in wanted {
///         match get(&url) {
///             Ok(bytes) => documents.take(&url, &url, &bytes, Some("text/xml"))?,
///             Err(reason) => documents.unavailable(&url, &reason),
///         }
///     }
/// }
/// # }
/// ```
///
/// Only what is needed is wanted: `wsdl:import`s while a binding, port type, message or service is missing, schemas while a
/// wrapper element or its type is. So a description that is complete costs no further request, whatever it imports.
///
/// All wanted addresses have the origin of the root. An import that names another host means the same path and query on
/// this one, because servers write the name that they know themselves by, and not always the one they are reached by.
#[derive(Debug)]
pub struct Documents {
    root: Url,
    documents: Vec<Document>,
    references: Vec<Reference>,
    known: HashSet<Url>,
    bytes: usize,
}

/// A document that another one refers to.
#[derive(Debug)]
struct Reference {
    url: Url,
    kind: Kind,
    /// Imports from the root to here: 1 for what the root imports itself.
    depth: usize,
    state: State,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    Pending,
    Taken,
    Unavailable(String),
}

impl Documents {
    /// Begins with the root: `address` is where it was found, after redirects.
    ///
    /// # Errors
    /// [`DecodeError::NotUnderstood`] for what is no WSDL 1.1; [`DecodeError::Doctype`], [`DecodeError::Xml`] and
    /// [`DecodeError::Limit`] as everywhere.
    pub fn begin(address: &Url, bytes: &[u8], content_type: Option<&str>) -> Result<Documents, DecodeError> {
        let document = Document::root(bytes, content_type)?;
        let root = without_fragment(address);
        let mut documents = Documents {
            known: HashSet::from([root.clone()]),
            root,
            documents: Vec::new(),
            references: Vec::new(),
            bytes: bytes.len(),
        };
        documents.add(document, address, 0);
        Ok(documents)
    }

    /// The documents that are needed next, each named once as long as it was neither taken nor unavailable; empty when nothing
    /// is missing, or nothing that is missing can be had.
    ///
    /// # Errors
    /// [`DecodeError::Limit`] for more than [`limit::WSDL_DOCUMENTS`] documents or [`limit::WSDL_IMPORTS`] imports in a row.
    pub fn wanted(&self) -> Result<Vec<Url>, DecodeError> {
        let reading = reading::describe(&self.documents);
        let wanted = self.needed(&reading);
        let asked = self.references.iter().filter(|reference| reference.state != State::Pending).count();
        within(1 + asked + wanted.len(), "documents", limit::WSDL_DOCUMENTS)?;
        for reference in &wanted {
            within(reference.depth, "imports in a row", limit::WSDL_IMPORTS)?;
        }
        Ok(wanted.into_iter().map(|reference| reference.url.clone()).collect())
    }

    fn needed(&self, reading: &Reading) -> Vec<&Reference> {
        let pending = |kind: Option<Kind>| -> Vec<&Reference> {
            let pending = self.references.iter().filter(|reference| reference.state == State::Pending);
            pending.filter(|reference| kind.is_none_or(|kind| reference.kind == kind)).collect()
        };
        if reading.missing_component.is_some() {
            let definitions = pending(Some(Kind::Definitions));
            if !definitions.is_empty() {
                return definitions;
            }
        }
        // A schema may come by way of a WSDL, too.
        if reading.missing_type.is_some() { pending(None) } else { Vec::new() }
    }

    /// Takes the document at a wanted address; `from` is where it was found, after redirects. One that cannot be read, or that
    /// came from another origin, counts as unavailable. An address that is not wanted is passed over.
    ///
    /// # Errors
    /// [`DecodeError::Limit`] for more than [`limit::WSDL_BYTES`] altogether, or where this document passes a limit.
    pub fn take(
        &mut self,
        wanted: &Url,
        from: &Url,
        bytes: &[u8],
        content_type: Option<&str>,
    ) -> Result<(), DecodeError> {
        let Some(reference) = self.pending(wanted) else { return Ok(()) };
        let depth = reference.depth;
        reference.state = State::Taken;
        self.bytes = self.bytes.saturating_add(bytes.len());
        within(self.bytes, "size of all documents", limit::WSDL_BYTES)?;
        if from.origin() != self.root.origin() {
            self.unavailable(wanted, "it came from another server");
            return Ok(());
        }
        match Document::imported(bytes, content_type) {
            Ok(document) => self.add(document, from, depth),
            Err(error @ DecodeError::Limit { .. }) => return Err(error),
            Err(error) => self.unavailable(wanted, &error.to_string()),
        }
        Ok(())
    }

    /// Notes that the server does not give a wanted document, and why.
    pub fn unavailable(&mut self, wanted: &Url, reason: &str) {
        if let Some(reference) = self.references.iter_mut().find(|reference| reference.url == *wanted) {
            reference.state = State::Unavailable(reason.chars().take(200).collect());
        }
    }

    /// What the documents describe. An operation whose style cannot be known, since its message is missing, is left out. A
    /// wrapper whose schema is missing is called qualified, with the vendor's names for its arguments.
    ///
    /// # Errors
    /// [`DecodeError::NotUnderstood`] when they describe none of our operations; it names what is missing.
    pub fn description(&self) -> Result<Description, DecodeError> {
        let Reading { description, missing_component, missing_type: _ } = reading::describe(&self.documents);
        description.ok_or_else(|| {
            let mut why = String::from("the WSDL has none of the API's operations in a SOAP binding");
            if let Some(missing) = missing_component {
                why.push_str(&format!("; it lacks {missing}"));
            }
            for (url, reason) in self.not_had() {
                why.push_str(&format!("; {url}: {reason}"));
            }
            DecodeError::NotUnderstood(why)
        })
    }

    /// The documents that were wanted and are not here, with the reasons.
    pub fn not_had(&self) -> impl Iterator<Item = (&Url, &str)> {
        self.references.iter().filter_map(|reference| match &reference.state {
            State::Unavailable(reason) => Some((&reference.url, reason.as_str())),
            State::Pending | State::Taken => None,
        })
    }

    fn pending(&mut self, wanted: &Url) -> Option<&mut Reference> {
        let mut pending = self.references.iter_mut().filter(|reference| reference.state == State::Pending);
        pending.find(|reference| reference.url == *wanted)
    }

    /// Adds a document that was found at `from`, and the references in it.
    fn add(&mut self, document: Document, from: &Url, depth: usize) {
        for Import { kind, location } in document.imports() {
            let Some(url) = self.resolve(from, location) else { continue };
            if self.known.insert(url.clone()) {
                self.references.push(Reference { url, kind, depth: depth + 1, state: State::Pending });
            }
        }
        self.documents.push(document);
    }

    /// Where an import leads, on the root's origin.
    fn resolve(&self, from: &Url, location: &str) -> Option<Url> {
        let named = from.join(location).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
        if named.origin() != self.root.origin() && is_of_a_standard(&named) {
            return None;
        }
        let mut url = self.root.clone();
        url.set_path(named.path());
        url.set_query(named.query());
        Some(url)
    }
}

fn is_of_a_standard(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    STANDARDS.iter().any(|domain| host.strip_suffix(domain).is_some_and(|sub| sub.is_empty() || sub.ends_with('.')))
}

fn without_fragment(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_fragment(None);
    url
}

fn within(count: usize, what: &'static str, max: usize) -> Result<(), DecodeError> {
    if count > max { Err(DecodeError::Limit { what, max }) } else { Ok(()) }
}
