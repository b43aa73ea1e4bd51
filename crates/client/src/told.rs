//! What a server's WSDL says, in lines for a report of a problem.

use std::time::Duration;

use url::Url;

use crate::{Client, Error};

impl Client {
    /// Where calls go, how each operation is called, and what the server has beyond the vendor's API; its WSDL read within `budget` if it is
    /// not known. No login stands in it.
    ///
    /// # Errors
    /// As of a WSDL that cannot be had: [`Error::Unreachable`], [`Error::Timeout`], [`Error::NotUnderstood`] and their like.
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
