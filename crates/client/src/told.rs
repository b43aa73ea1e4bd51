//! A summary of a server's WSDL for problem reports.

use std::time::Duration;

use url::Url;

use crate::{Client, Error};

impl Client {
    /// Where calls go, how each operation is called, and what the server supports beyond the vendor's API, as lines of text
    /// without logins. Reads the WSDL within `budget` if it is unknown.
    ///
    /// # Errors
    /// Those of reading a WSDL: [`Error::Unreachable`], [`Error::Timeout`], [`Error::NotUnderstood`] and the like.
    pub async fn description_within(&self, budget: Duration) -> Result<String, Error> {
        let described = match tokio::time::timeout(budget, self.described()).await {
            Ok(described) => described?,
            Err(_) => return Err(Error::Timeout("no WSDL".into())),
        };
        let mut lines = vec![
            format!("calls go to {}", plain(&described.endpoint)),
            format!(
                "the WSDL names {}",
                Url::parse(&described.description.address).as_ref().map_or_else(|_| "no address".to_owned(), plain)
            ),
            format!("push stream: {}", described.events.as_ref().map_or_else(|| "none".to_owned(), plain)),
            format!("queues: {}", described.queues.as_ref().map_or_else(|| "none".to_owned(), plain)),
            format!("{:?}", described.additions),
        ];
        lines.extend(
            described
                .description
                .operations
                .iter()
                .map(|(operation, binding)| format!("{}: {binding:?}", operation.name())),
        );
        lines.push(String::new());
        Ok(lines.join("\n"))
    }
}

/// An address without a login in it.
fn plain(url: &Url) -> String {
    let mut url = url.clone();
    let _ = url.set_username("").and_then(|()| url.set_password(None));
    url.to_string()
}
