//! Agents with old clients, who ask popEvent every three seconds.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tokio::task::JoinSet;

use crate::figures::rates::PATH;
use crate::figures::sample::Sample;
use crate::wire::Connection;

/// As old panels poll.
pub const EVERY: Duration = Duration::from_secs(3);

/// Polling agents; they stop when this is dropped.
#[derive(Debug)]
pub struct Polls {
    took: Arc<Mutex<Vec<Duration>>>,
    tasks: JoinSet<Result<()>>,
}

impl Polls {
    /// Each of these agents polls, on a connection that is kept, evenly spread over the three seconds.
    pub fn begin(gateway: SocketAddr, extens: &[String]) -> Result<Polls> {
        let took = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = JoinSet::new();
        let count = u32::try_from(extens.len())?;
        for (exten, place) in extens.iter().zip(0..count) {
            let (first, request) = (EVERY * place / count, request(gateway, exten));
            let took = Arc::clone(&took);
            tasks.spawn(async move {
                tokio::time::sleep(first).await;
                let mut connection = Connection::open(gateway).await?;
                let mut due = tokio::time::interval(EVERY);
                loop {
                    due.tick().await;
                    let asked = Instant::now();
                    connection.send(&request).await?;
                    let answer = connection.response().await?;
                    ensure!(answer.head.status == 200, "not the answer: {answer:?}");
                    took.lock().unwrap_or_else(PoisonError::into_inner).push(asked.elapsed());
                }
            });
        }
        Ok(Polls { took, tasks })
    }

    /// Discards results so far, which include connecting and first requests.
    pub fn warm(&self) {
        self.took.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The polls' durations. An error if one was answered wrongly.
    pub fn end(mut self) -> Result<Sample> {
        while let Some(failed) = self.tasks.try_join_next() {
            failed??;
        }
        Ok(self.took.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect())
    }
}

/// popEvent of this extension, on a connection that is kept.
pub fn request(gateway: SocketAddr, exten: &str) -> Vec<u8> {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<SOAP-ENV:Envelope \
         xmlns:SOAP-ENV=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:ns1=\"http://tempuri.org/\"><SOAP-ENV:Body>\
         <ns1:popEvent><ns1:strExten>{exten}</ns1:strExten></ns1:popEvent></SOAP-ENV:Body></SOAP-ENV:Envelope>\n"
    );
    let length = body.len();
    format!(
        "POST {PATH} HTTP/1.1\r\nHost: {gateway}\r\nContent-Type: text/xml; charset=utf-8\r\nSOAPAction: \
         \"http://tempuri.org/popEvent\"\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}
