//! Plain requests to third-party web services, with the same certificates, proxies and limits as for the server.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use reqwest::{
    Method, StatusCode,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use tokio::time::timeout;
use url::Url;

use crate::{
    Error,
    transport::{Ask, Sent, Transport},
};

/// A client for web services. Cheap to clone.
#[derive(Clone)]
pub struct WebService {
    transport: Arc<Transport>,
    within: Duration,
}

impl std::fmt::Debug for WebService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebService").field("within", &self.within).finish_non_exhaustive()
    }
}

impl WebService {
    /// A client that gives every request this long in total.
    pub fn new(within: Duration) -> WebService {
        WebService { transport: Arc::new(Transport::anonymous(within)), within }
    }

    /// Returns the body at this address, at most `limit` bytes. Empty for the statuses 204 and 404.
    ///
    /// # Errors
    /// [`Error::Timeout`], [`Error::Http`], [`Error::Limit`], and connection errors.
    pub async fn get(&self, url: Url, limit: usize) -> Result<Bytes, Error> {
        let sent = Sent::default();
        let asked = self.transport.exchange(Ask::get(url), limit, &sent);
        let late = |_| Error::Timeout(format!("no answer within {} ms", self.within.as_millis()));
        let answer = timeout(self.within, asked).await.map_err(late)??;
        match answer.status {
            StatusCode::NO_CONTENT | StatusCode::NOT_FOUND => Ok(Bytes::new()),
            status if status.is_success() => Ok(answer.body),
            status => Err(Error::Http(status.as_u16())),
        }
    }

    /// Posts this body and returns status and body of the answer, whatever the status, at most `limit` bytes. Redirects are not
    /// followed: body and headers are for this receiver alone.
    ///
    /// # Errors
    /// [`Error::Timeout`], [`Error::Limit`], connection errors, and [`Error::Io`] for what cannot be a header.
    pub async fn post(
        &self,
        url: Url,
        headers: &[(String, String)],
        body: Bytes,
        limit: usize,
    ) -> Result<(u16, Bytes), Error> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| Error::Io(error.to_string()))?;
            let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|error| Error::Io(error.to_string()))?;
            map.insert(name, value);
        }
        let sent = Sent::default();
        let ask = Ask { method: Method::POST, url, headers: map, body };
        let asked = async { self.transport.send_here(ask, &sent).await?.whole(limit).await };
        let late = |_| Error::Timeout(format!("no answer within {} ms", self.within.as_millis()));
        let answer = timeout(self.within, asked).await.map_err(late)??;
        Ok((answer.status.as_u16(), answer.body))
    }
}
