//! Webhooks by the panel's own HTTP client.

use std::time::Duration;

use uncall_client::WebService;
use uncall_screenpop::{Carrier, LARGEST_ANSWER, Request, Response};

/// A receiver that takes longer is asked again later.
const WITHIN: Duration = Duration::from_secs(10);

/// The client.
#[derive(Debug, Clone)]
pub(super) struct Http(WebService);

impl Default for Http {
    fn default() -> Http {
        Http(WebService::new(WITHIN))
    }
}

impl Carrier for Http {
    async fn post(&self, request: Request) -> Result<Response, String> {
        let Request { url, headers, body } = request;
        let sent = self.0.post(url, &headers, body.into(), LARGEST_ANSWER).await;
        sent.map(|(status, body)| Response { status, body: body.to_vec() }).map_err(|error| error.to_string())
    }
}
