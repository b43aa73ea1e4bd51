//! How a server wants to be called: its WSDL, fetched once and kept until an answer casts doubt on it.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use reqwest::header::{HeaderMap, LINK};
use tokio::time::Instant;
use uncall_contract::{event, limit, soap, wsdl};
use url::Url;

use crate::{
    Additions, Error, Settings,
    answer::{self, from_decode},
    link,
    transport::{Ask, Sent, Transport, shown},
};

/// A description younger than this is not fetched again when an answer does not fit it, because an operation that always fails
/// must not double every call.
const TRUSTED: Duration = Duration::from_secs(10);

/// What is known of a server.
#[derive(Debug)]
pub(crate) struct Described {
    pub(crate) description: wsdl::Description,
    /// Where calls go.
    pub(crate) endpoint: Url,
    /// The push stream, if the server announces one.
    pub(crate) events: Option<Url>,
    /// Where queues are read and changed, if the server announces that.
    pub(crate) queues: Option<Url>,
    pub(crate) additions: Additions,
    fetched: Instant,
}

/// The cache.
#[derive(Default)]
pub(crate) struct Discovery {
    known: Mutex<Known>,
    /// Held while fetching, so that simultaneous callers fetch only once.
    fetching: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Known {
    described: Option<Arc<Described>>,
    /// Whether it has to be fetched again. Until then it is still used.
    is_doubted: bool,
}

impl Discovery {
    /// The description, even if it is doubted.
    pub(crate) fn known(&self) -> Option<Arc<Described>> {
        self.lock().described.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Casts doubt on the description: after the server was away, it may have changed.
    pub(crate) fn doubt_all(&self) {
        self.lock().is_doubted = true;
    }

    /// Notes that an answer did not fit `described`. True if the description will be fetched again, so that a retry makes sense.
    pub(crate) fn doubt(&self, described: &Arc<Described>) -> bool {
        let is_old = described.fetched.elapsed() >= TRUSTED;
        let mut known = self.lock();
        if is_old && known.described.as_ref().is_some_and(|known| Arc::ptr_eq(known, described)) {
            tracing::debug!("the answer does not fit the WSDL; it will be fetched again");
            known.is_doubted = true;
        }
        is_old
    }

    /// The undoubted description, fetched if necessary. Waits if somebody else is fetching it.
    pub(crate) async fn described(&self, settings: &Settings, transport: &Transport) -> Result<Arc<Described>, Error> {
        if let Some(known) = self.trusted() {
            return Ok(known);
        }
        let alone = self.fetching.lock().await;
        self.fetch(settings, transport, alone).await
    }

    /// The same, but returns a doubted description rather than wait for another caller's fetch.
    pub(crate) async fn at_hand(&self, settings: &Settings, transport: &Transport) -> Result<Arc<Described>, Error> {
        match (self.known(), self.fetching.try_lock()) {
            (Some(known), Err(_)) => Ok(known),
            (Some(_) | None, Ok(alone)) => self.fetch(settings, transport, alone).await,
            (None, Err(_)) => self.described(settings, transport).await,
        }
    }

    fn trusted(&self) -> Option<Arc<Described>> {
        let known = self.lock();
        known.described.clone().filter(|_| !known.is_doubted)
    }

    async fn fetch(
        &self,
        settings: &Settings,
        transport: &Transport,
        _alone: tokio::sync::MutexGuard<'_, ()>,
    ) -> Result<Arc<Described>, Error> {
        if let Some(known) = self.trusted() {
            return Ok(known);
        }
        let described = Arc::new(fetch(settings, transport).await?);
        *self.lock() = Known { described: Some(Arc::clone(&described)), is_doubted: false };
        Ok(described)
    }
}

async fn fetch(settings: &Settings, transport: &Transport) -> Result<Described, Error> {
    let answer = transport.exchange(Ask::get(settings.server.clone()), limit::DOCUMENT_BYTES, &Sent::default()).await?;
    let content_type = answer.content_type();
    if let Some(denied) = answer::denied(transport, &answer) {
        return Err(denied);
    }
    let fault = || match soap::read_answer(&answer.body, content_type) {
        Ok(soap::Answer::Fault(fault)) => Some(Error::Fault(fault.reason)),
        Ok(soap::Answer::Return(_)) | Err(_) => None,
    };
    if !answer.status.is_success() {
        return Err(fault().unwrap_or(Error::Http(answer.status.as_u16())));
    }
    let no_wsdl = |error| {
        let said = from_decode(error);
        if let Error::NotUnderstood(why) = said {
            Error::NotUnderstood(format!("no WSDL at this address: {why}"))
        } else {
            said
        }
    };
    let mut documents = wsdl::Documents::begin(&answer.url, &answer.body, content_type)
        .map_err(|error| fault().unwrap_or_else(|| no_wsdl(error)))?;
    fetch_imports(&mut documents, transport).await?;
    let description = documents.description().map_err(no_wsdl)?;
    let endpoint = endpoint(&answer.url, &description.address, settings.follow_wsdl_host)?;
    let [events, queues] = [event::LINK_RELATION, event::QUEUES_RELATION]
        .map(|relation| announced(&answer.url, &answer.headers, relation));
    let additions = Additions { uid: links(&answer.headers, event::ARGUMENTS_RELATION).next().is_some() };
    tracing::debug!(
        endpoint = shown(&endpoint),
        operations = description.operations.len(),
        events = events.as_ref().map(shown),
        ?additions,
        "WSDL read"
    );
    Ok(Described { description, endpoint, events, queues, additions, fetched: Instant::now() })
}

/// Fetches the imports that are needed to understand the WSDL. [`wsdl::Documents`] bounds number, depth and size, and keeps to
/// the server that answered.
///
/// # Errors
/// Connection errors and exceeded limits. A document that the server does not deliver is not an error: the rest may suffice.
async fn fetch_imports(documents: &mut wsdl::Documents, transport: &Transport) -> Result<(), Error> {
    loop {
        let wanted = documents.wanted().map_err(from_decode)?;
        if wanted.is_empty() {
            return Ok(());
        }
        for url in wanted {
            tracing::debug!(url = shown(&url), "the WSDL imports");
            match transport.exchange(Ask::get(url.clone()), limit::DOCUMENT_BYTES, &Sent::default()).await {
                Ok(answer) if answer.status.is_success() => {
                    documents.take(&url, &answer.url, &answer.body, answer.content_type()).map_err(from_decode)?;
                }
                Ok(answer) => documents.unavailable(&url, &format!("HTTP status {}", answer.status.as_u16())),
                Err(Error::NotUnderstood(why)) => documents.unavailable(&url, &why),
                Err(error) => return Err(error),
            }
        }
    }
}

/// Where calls go: what the WSDL at `from` says, with the host that answered unless the WSDL's own is wanted.
fn endpoint(from: &Url, address: &str, follow_wsdl_host: bool) -> Result<Url, Error> {
    let address = address.trim();
    let invalid = || Error::NotUnderstood(format!("the WSDL names no address to call: {address:?}"));
    let mut named = from.join(address).map_err(|_| invalid())?;
    if address.is_empty() {
        // The WSDL's own address asks for the WSDL; the service is beside it.
        let rest: Vec<&str> = from.query().unwrap_or("").split('&').filter(|pair| !is_wsdl(pair)).collect();
        named.set_query(Some(rest.join("&").as_str()).filter(|query| !query.is_empty()));
    }
    named.set_fragment(None);
    if !matches!(named.scheme(), "http" | "https") || !named.has_host() {
        return Err(invalid());
    }
    if follow_wsdl_host || named.origin() == from.origin() {
        return Ok(named);
    }
    let mut endpoint = from.clone();
    endpoint.set_path(named.path());
    endpoint.set_query(named.query());
    endpoint.set_fragment(None);
    tracing::debug!(named = shown(&named), used = shown(&endpoint), "the WSDL names another host");
    Ok(endpoint)
}

fn is_wsdl(pair: &str) -> bool {
    pair.split('=').next().is_some_and(|name| name.eq_ignore_ascii_case("wsdl"))
}

/// The targets of the links with this relation.
fn links<'a>(headers: &'a HeaderMap, relation: &'a str) -> impl Iterator<Item = &'a str> {
    let values = headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok());
    values.filter_map(move |value| link::target(value, relation))
}

/// An address announced with the WSDL (push stream or queues), if it is on the server that answered.
fn announced(from: &Url, headers: &HeaderMap, relation: &str) -> Option<Url> {
    let target = links(headers, relation).next()?;
    let address = from.join(target).ok()?;
    let same = address.origin() == from.origin();
    if !same {
        tracing::debug!(relation, address = shown(&address), "an address on another server is not taken");
    }
    same.then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(from: &str, address: &str, follow: bool) -> Result<String, Error> {
        endpoint(&Url::parse(from).unwrap(), address, follow).map(String::from)
    }

    #[test]
    fn the_typed_host_is_called_with_the_wsdls_path() {
        let from = "https://pbx.example:8443/a/index.php?wsdl";
        let named = "http://10.0.0.5/uncall_services_api/index.php?service=1";
        assert_eq!(
            resolved(from, named, false).unwrap(),
            "https://pbx.example:8443/uncall_services_api/index.php?service=1"
        );
        assert_eq!(resolved(from, named, true).unwrap(), named);
    }

    #[test]
    fn relative_and_empty_addresses_stand_beside_the_wsdl() {
        let from = "http://pbx.example/a/index.php?x=1&WSDL";
        assert_eq!(resolved(from, "soap.php", false).unwrap(), "http://pbx.example/a/soap.php");
        assert_eq!(resolved(from, "/b", true).unwrap(), "http://pbx.example/b");
        assert_eq!(resolved(from, " ", false).unwrap(), "http://pbx.example/a/index.php?x=1");
        assert_eq!(resolved("http://pbx.example/index.php?wsdl", "", true).unwrap(), "http://pbx.example/index.php");
    }

    #[test]
    fn an_address_that_is_none_is_not_guessed() {
        for address in ["ftp://pbx.example/x", "mailto:x@y", "http://", "http://[::1/x"] {
            assert!(matches!(resolved("http://a/?wsdl", address, false), Err(Error::NotUnderstood(_))), "{address}");
        }
    }

    #[test]
    fn only_a_stream_of_the_same_server_is_taken() {
        let from = Url::parse("http://pbx.example:8088/x?wsdl").unwrap();
        let by = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.append(LINK, "</other>; rel=next".parse().unwrap());
            headers.append(LINK, value.parse().unwrap());
            announced(&from, &headers, event::LINK_RELATION).map(String::from)
        };
        let stream = Some("http://pbx.example:8088/events".to_owned());
        assert_eq!(by("</events>; rel=\"uncall-events\""), stream);
        assert_eq!(by("<http://pbx.example:8088/events>; rel=uncall-events"), stream);
        assert_eq!(by("<http://evil.example/events>; rel=uncall-events"), None);
        assert_eq!(by("<https://pbx.example:8088/events>; rel=uncall-events"), None);
    }
}
