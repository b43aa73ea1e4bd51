//! Queues: listing an extension's queues, logging in and out. Only servers that announce queues have them.

use reqwest::{
    Method,
    header::{CONTENT_TYPE, HeaderMap, HeaderValue},
};
use serde::de::DeserializeOwned;
use tokio::time::{Instant, timeout_at};
use uncall_contract::{
    Extension,
    event::{QueueAnswer, QueueChange, Queues},
    limit,
};
use url::Url;

use crate::{
    Client, Error, answer,
    transport::{Answer, Ask, Sent},
};

impl Client {
    /// The queues that the extension is logged in to. `None` if the server announces no queues.
    ///
    /// # Errors
    /// Those of [`Client::call`] for a read. There are no retries.
    pub async fn queues(&self, exten: &Extension) -> Result<Option<Queues>, Error> {
        let server = self.fixed();
        let asked = async {
            let Some(mut url) = server.queues_address().await? else { return Ok(None) };
            url.query_pairs_mut().append_pair("exten", exten.as_str());
            let answer = server.transport().exchange(Ask::get(url), limit::VALUE_BYTES, &Sent::default()).await?;
            server.read_json(&answer).map(Some)
        };
        timeout_at(self.queues_deadline(), asked).await.unwrap_or(Err(Error::Timeout("no answer about queues".into())))
    }

    /// Logs an extension in to a queue or out of it. `None` if the server announces no queues; nothing is sent then.
    ///
    /// # Errors
    /// [`Error::OutcomeUnknown`] if it was sent and no complete answer came. A refusal is not an error, see [`QueueAnswer::ok`].
    pub async fn change_queue(&self, change: &QueueChange) -> Result<Option<QueueAnswer>, Error> {
        let (server, sent) = (self.fixed(), Sent::default());
        let asked = async {
            let Some(url) = server.queues_address().await? else { return Ok(None) };
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            // Serialising strings cannot fail.
            let body = serde_json::to_vec(change).unwrap_or_default().into();
            let ask = Ask { method: Method::POST, url, headers, body };
            let answer = server.transport().exchange(ask, limit::VALUE_BYTES, &sent).await?;
            server.read_json(&answer).map(Some)
        };
        match timeout_at(self.queues_deadline(), asked).await {
            Ok(Err(Error::Io(why) | Error::Timeout(why) | Error::Unreachable(why))) if sent.get() => {
                Err(Error::OutcomeUnknown(why))
            }
            Ok(result) => result,
            Err(_) if sent.get() => Err(Error::OutcomeUnknown("the time was up before an answer came".into())),
            Err(_) => Err(Error::Timeout("the time was up before anything was sent".into())),
        }
    }

    fn queues_deadline(&self) -> Instant {
        Instant::now() + self.settings().call_timeout
    }

    fn read_json<T: DeserializeOwned>(&self, answer: &Answer) -> Result<T, Error> {
        if let Some(denied) = answer::denied(self.transport(), answer) {
            return Err(denied);
        }
        if !answer.status.is_success() {
            return Err(Error::Http(answer.status.as_u16()));
        }
        serde_json::from_slice(&answer.body).map_err(|error| Error::NotUnderstood(format!("about queues: {error}")))
    }

    async fn queues_address(&self) -> Result<Option<Url>, Error> {
        Ok(self.described().await?.queues.clone())
    }
}
