//! A description in several documents: tells which ones are still needed, and what all of them say together.

use std::collections::HashSet;

use url::Url;

use super::{
    Description,
    document::{Document, Import, Kind},
    reading::{self, Reading},
};
use crate::{DecodeError, limit};

/// Hosts of the standards' own documents, which no server of ours has and no description of ours needs.
const STANDARDS: [&str; 4] = ["w3.org", "xmlsoap.org", "oasis-open.org", "ws-i.org"];

/// The documents of one description, starting with the one at the WSDL's address. It fetches nothing itself:
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
/// It wants only what is needed: `wsdl:import`s while a binding, port type, message or service is missing, schemas while a
/// wrapper element or its type is. So a complete description costs no further request, whatever it imports.
///
/// All wanted addresses have the root's origin. If an import names another host, the same path and query are wanted from this
/// one, because servers write the name that they know themselves by, which may differ from the one they are reached by.
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
    /// The number of imports from the root to here: 1 for the root's own.
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
    /// Begins with the root, which was found at `address`, after redirects.
    ///
    /// # Errors
    /// [`DecodeError::NotUnderstood`] if it is not a WSDL 1.1; [`DecodeError::Doctype`], [`DecodeError::Xml`] and
    /// [`DecodeError::Limit`] as elsewhere.
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

    /// The documents that are needed next, each until it was taken or reported unavailable. Empty if nothing is missing, or
    /// nothing that is missing can be had.
    ///
    /// # Errors
    /// [`DecodeError::Limit`] for more than [`limit::WSDL_DOCUMENTS`] documents or [`limit::WSDL_IMPORTS`] nested imports.
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
        // A WSDL may contain the schema as well.
        if reading.missing_type.is_some() { pending(None) } else { Vec::new() }
    }

    /// Takes the document of a wanted address, which was found at `from`, after redirects. One that cannot be read or came from
    /// another origin counts as unavailable. Ignores addresses that are not wanted.
    ///
    /// # Errors
    /// [`DecodeError::Limit`] for more than [`limit::WSDL_BYTES`] altogether, or if this document exceeds a limit.
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

    /// The description from all documents. Leaves out operations whose style is unknown because their message is missing. If a
    /// wrapper's schema is missing, its arguments count as qualified and have the vendor's names.
    ///
    /// # Errors
    /// [`DecodeError::NotUnderstood`] if they describe none of our operations; it names what is missing.
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

    /// The documents that were wanted but unavailable, with the reasons.
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

    /// The address of an import, on the root's origin.
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
