//! From a uid to bytes that the page can play.

use std::time::Duration;

use bytes::Bytes;
use uncall_client::Client;
use uncall_contract::{Operation, Reply, Request};
use uncall_desk::problem::Problem;

/// An hour of 16-bit PCM at 8 kHz is 58 MB.
const MOST_BYTES: usize = 64 * 1024 * 1024;
const BUDGET: Duration = Duration::from_secs(60);

/// Fetches a call's recording.
pub(crate) async fn fetch(client: &Client, uid: &str) -> Result<Bytes, Problem> {
    let outcome = client.call(&Request::Recording { uid: uid.to_owned() }).await;
    let reply = outcome.map_err(|error| Problem::failed(&error))?;
    let reply = reply.map_err(|refusal| Problem::refused(Operation::Recording, &refusal))?;
    let Reply::Recording { files } = reply else { return Err(problem("no_recording", "")) };
    let address = client.recording_address(&files).map_err(|error| Problem::failed(&error))?;
    let download = client.download(&address, MOST_BYTES, BUDGET).await.map_err(|error| Problem::failed(&error))?;
    if download.is_pcm_wav() {
        Ok(download.bytes)
    } else {
        tracing::warn!(
            files,
            content_type = download.content_type,
            "a recording in a format that cannot be played yet"
        );
        Err(problem("recording_unplayable", &files))
    }
}

/// No server is set.
pub(crate) fn no_server() -> Problem {
    problem("unreachable", "no server is set")
}

fn problem(code: &str, detail: &str) -> Problem {
    Problem { code: code.into(), detail: detail.into() }
}
