//! A web service of somebody else's, which is asked with a plain GET: by the same certificates, proxies and limits as the server.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use reqwest::StatusCode;
use tokio::time::timeout;
use url::Url;

use crate::{
    Error,
    transport::{Ask, Sent, Transport},
};

/// Asks web services. Cheap to clone.
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
    /// Each answer has to be there whole within this time.
    pub fn new(within: Duration) -> WebService {
        WebService { transport: Arc::new(Transport::anonymous(within)), within }
    }

    /// What is at this address, at most `limit` bytes; nothing where the service says that there is nothing (204 and 404).
    ///
    /// # Errors
    /// [`Error::Timeout`], [`Error::Http`], [`Error::Limit`], and what keeps the service from being reached.
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
