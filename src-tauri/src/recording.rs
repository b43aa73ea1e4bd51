//! From a uid to bytes that the page can play.

use std::time::Duration;

use uncall_client::{Client, Download, sound};
use uncall_contract::{Operation, Reply, Request};
use uncall_desk::problem::Problem;

const BUDGET: Duration = Duration::from_secs(60);

/// Fetches a call's recording, as a WAV file with 16-bit PCM.
pub(crate) async fn fetch(client: &Client, uid: &str) -> Result<Vec<u8>, Problem> {
    let outcome = client.call(&Request::Recording { uid: uid.to_owned() }).await;
    let reply = outcome.map_err(|error| Problem::failed(&error))?;
    let reply = reply.map_err(|refusal| Problem::refused(Operation::Recording, &refusal))?;
    let Reply::Recording { files } = reply else { return Err(Problem::new("no_recording", "")) };
    let address = client.recording_address(uid, &files).map_err(|error| Problem::failed(&error))?;
    let download = client.download(&address, sound::MOST_BYTES, BUDGET).await;
    let download = download.map_err(|error| Problem::failed(&error))?;
    // An hour takes long enough to hold up whatever else this thread does.
    let playable = tokio::task::spawn_blocking(move || playable(&download)).await;
    let playable = playable.unwrap_or_else(|error| Err(Problem::new("recording_unplayable", &error.to_string())));
    playable.inspect_err(|problem| tracing::warn!(files, ?problem, "a recording that cannot be played"))
}

/// What the page can play of this: what is cut off, up to there.
fn playable(download: &Download) -> Result<Vec<u8>, Problem> {
    let decoded = download.to_pcm_wav().map_err(|error| match &error {
        sound::Error::Unsupported(name) => Problem::new("recording_unplayable", name),
        sound::Error::Unknown | sound::Error::Damaged(_) => Problem::new("recording_unplayable", &error.to_string()),
        sound::Error::NotSound(what) => Problem::new("not_understood", what),
        // Recorders write the head first and the sound when the call has ended.
        sound::Error::NotReady => Problem::new("recording_not_ready", ""),
        sound::Error::Limit(what) => Problem::new("limit", what),
    })?;
    match decoded.damaged_at {
        Some(Duration::ZERO) => return Err(Problem::new("recording_unplayable", "damaged at its start")),
        Some(at) => tracing::warn!(?at, "a recording breaks off"),
        None => {}
    }
    Ok(decoded.wav.into_owned())
}

/// No server is set.
pub(crate) fn no_server() -> Problem {
    Problem::new("unreachable", "no server is set")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// GSM with this size before its data.
    fn gsm(size: u32, data: &[u8]) -> Vec<u8> {
        let mut bytes = b"RIFF\0\0\0\0WAVEfmt \x14\0\0\0".to_vec();
        bytes.extend([0x31, 0, 1, 0, 0x40, 0x1F, 0, 0, 0x59, 6, 0, 0, 65, 0, 0, 0, 2, 0, 0x40, 1]);
        bytes.extend(b"data");
        bytes.extend(size.to_le_bytes());
        bytes.extend(data);
        bytes
    }

    #[test]
    fn gsm_plays_and_what_does_not_has_its_problem() {
        for (bytes, found) in [
            (gsm(65, &[0; 65]), Ok(44 + 640)),
            (gsm(6500, &[0; 70]), Ok(44 + 640)),
            (gsm(0, &[]), Err(("recording_not_ready", ""))),
            (gsm(6500, &[]), Err(("recording_unplayable", "damaged at its start"))),
            (b"fLaC\0\0\0\x22".to_vec(), Err(("recording_unplayable", "FLAC"))),
            (b"<html>log in</html>".to_vec(), Err(("not_understood", "an HTML page"))),
            (vec![], Err(("not_understood", "nothing"))),
        ] {
            let download = Download { content_type: Some("audio/x-wav".into()), bytes: bytes.into() };
            let found = found.map_err(|(code, detail)| Problem::new(code, detail));
            assert_eq!(playable(&download).map(|wav| wav.len()), found);
        }
    }
}
