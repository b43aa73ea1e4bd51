//! Addresses with placeholders. Whatever a call's values are, scheme, host, port and the shape of the rest stay as written.

use url::Url;

use crate::event::Event;
use crate::facts::Facts;
use crate::misfit::{LONGEST_ADDRESS, Misfit};
use crate::schemes;
use crate::template::{Fault, Template};

/// To how many characters values are cut until the address fits.
const CUTS: [usize; 4] = [256, 128, 64, 32];

/// An address with placeholders behind its host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    template: Template,
    shape: Shape,
    dots: usize,
}

/// What no value may change.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Shape {
    scheme: String,
    host: Option<String>,
    port: Option<u16>,
    /// Slashes of the path.
    path: usize,
    /// `&` and `=` of the query.
    query: Option<(usize, usize)>,
    fragment: bool,
}

impl Shape {
    fn of(url: &Url) -> Shape {
        let count = |text: &str, what: char| text.matches(what).count();
        Shape {
            scheme: url.scheme().to_owned(),
            host: url.host_str().map(str::to_owned),
            port: url.port(),
            path: count(url.path(), '/'),
            query: url.query().map(|query| (count(query, '&'), count(query, '='))),
            fragment: url.fragment().is_some(),
        }
    }
}

impl Address {
    /// Reads an address. Schemes are only checked as far as none may ever allow them.
    ///
    /// # Errors
    /// Those of [`Template::parse`], [`Fault::Blank`], [`Fault::NoAddress`], [`Fault::Early`], [`Fault::Login`] and
    /// [`Fault::Forbidden`].
    pub fn parse(written: &str) -> Result<Address, Fault> {
        let template = Template::parse(written.trim(), false)?;
        if template.written().contains(char::is_whitespace) {
            return Err(Fault::Blank);
        }
        let sample = template.fill_all("x");
        let url = Url::parse(&sample).map_err(|_| Fault::NoAddress)?;
        if template.has_fields() && !is_settled(template.head()) {
            return Err(Fault::Early);
        }
        if matches!(url.scheme(), "http" | "https") && url.host_str().is_none_or(str::is_empty) {
            return Err(Fault::NoAddress);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Fault::Login);
        }
        schemes::never(url.scheme())?;
        Ok(Address { template, shape: Shape::of(&url), dots: dots(&sample) })
    }

    /// As it was written.
    pub fn written(&self) -> &str {
        self.template.written()
    }

    /// Its scheme.
    pub fn scheme(&self) -> &str {
        &self.shape.scheme
    }

    /// The address for a call. Its values are cut until it is no longer than [`LONGEST_ADDRESS`].
    ///
    /// # Errors
    /// [`Misfit::TooLong`], [`Misfit::Elsewhere`].
    pub fn fill(&self, event: Event, facts: &Facts) -> Result<Url, Misfit> {
        for longest in CUTS {
            let filled = self.template.fill(event, facts, longest);
            let url = Url::parse(&filled).map_err(|_| Misfit::Elsewhere)?;
            if url.as_str().len() > LONGEST_ADDRESS {
                continue;
            }
            let is_same = Shape::of(&url) == self.shape && dots(&filled) == self.dots;
            let has_login = !url.username().is_empty() || url.password().is_some();
            return if is_same && !has_login { Ok(url) } else { Err(Misfit::Elsewhere) };
        }
        Err(Misfit::TooLong)
    }
}

/// How many parts of the path are `.` or `..`, which mean another path.
fn dots(address: &str) -> usize {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    path.split(['/', '\\']).filter(|part| matches!(*part, "." | "..")).count()
}

/// Whether scheme, host and port are complete in this beginning of an address.
fn is_settled(head: &str) -> bool {
    let Some((_, rest)) = head.split_once(':') else { return false };
    match rest.strip_prefix("//") {
        Some(authority) => authority.contains(['/', '?', '#']),
        // Without a host, as in `mailto:`; a first slash could be followed by a second.
        None => !rest.is_empty() && !rest.ends_with('/'),
    }
}
