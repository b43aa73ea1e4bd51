//! Plain GET requests to third-party web services, with the same certificates, proxies and limits as for the server.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use reqwest::StatusCode;
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
}
