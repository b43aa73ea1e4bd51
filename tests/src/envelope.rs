//! A SOAP answer taken apart by its text alone.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::{document, wire::Response};

/// What a SOAP answer returns, and how it is wrapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    /// The wrapper element's name without its prefix.
    pub wrapper: String,
    /// The wrapper element's namespace.
    pub namespace: String,
    /// The tag of the return element verbatim, attributes included.
    pub element: String,
    /// The content of the inner document.
    pub document: Value,
}

/// Takes apart an answer, which must have status 200, `text/xml` and an inner document that is escaped once.
pub fn returned(response: &Response) -> Result<Returned> {
    let text = response.text()?;
    ensure!(response.head.status == 200, "{:?}: {text}", response.head);
    let media = response.head.header("content-type")?;
    ensure!(media == Some("text/xml; charset=utf-8"), "{:?}", response.head);
    apart(text)
}

/// The same for the envelope alone, in any version.
pub fn apart(text: &str) -> Result<Returned> {
    let start = text.find("&lt;?xml").with_context(|| format!("no escaped document in {text}"))?;
    let (around, inner) = text.split_at(start);
    let inner = inner.split('<').next().unwrap_or_default();
    let tags: Vec<&str> = around.split('<').skip(1).filter_map(|tag| tag.split('>').next()).collect();
    let element = (*tags.last().context("no return element")?).to_owned();
    let wrapper = tags.iter().map(|tag| name(tag)).find(|name| name.ends_with("Response")).context("no wrapper")?;
    let (prefix, local) = wrapper.split_once(':').unwrap_or(("", wrapper));
    let declaration = if prefix.is_empty() { " xmlns=\"".to_owned() } else { format!(" xmlns:{prefix}=\"") };
    let namespace = around.split(&declaration).nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    Ok(Returned {
        wrapper: local.to_owned(),
        namespace: document::unescaped(namespace)?,
        element,
        document: document::read(&document::unescaped(inner)?)?,
    })
}

fn name(tag: &str) -> &str {
    tag.split([' ', '\n', '/']).next().unwrap_or_default()
}
