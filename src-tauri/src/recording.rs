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
    if is_pcm_wav(&download.bytes) {
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

/// RIFF/WAVE with format tag 1 (PCM) in its `fmt ` chunk, wherever that stands. Told by content, never by name.
fn is_pcm_wav(bytes: &[u8]) -> bool {
    if bytes.get(..4) != Some(b"RIFF") || bytes.get(8..12) != Some(b"WAVE") {
        return false;
    }
    let mut rest = bytes.get(12..).unwrap_or_default();
    while let Some((header, body)) = rest.split_first_chunk::<8>() {
        let [a, b, c, d, size @ ..] = *header;
        if [a, b, c, d] == *b"fmt " {
            return body.get(..2) == Some(&[1, 0]);
        }
        let size = usize::try_from(u32::from_le_bytes(size)).unwrap_or(usize::MAX);
        // Chunks are padded to an even length.
        rest = body.get(size.saturating_add(size % 2)..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::is_pcm_wav;

    fn wav(before: &[u8], tag: u16) -> Vec<u8> {
        let mut bytes = b"RIFF\0\0\0\0WAVE".to_vec();
        bytes.extend_from_slice(before);
        bytes.extend_from_slice(b"fmt \x10\0\0\0");
        bytes.extend_from_slice(&tag.to_le_bytes());
        bytes
    }

    #[test]
    fn only_pcm_is_played() {
        assert!(is_pcm_wav(&wav(b"", 1)));
        assert!(!is_pcm_wav(&wav(b"", 0x31)));
        assert!(!is_pcm_wav(b"<html>no</html>"));
        assert!(!is_pcm_wav(b""));
    }

    #[test]
    fn the_format_may_stand_behind_other_chunks() {
        assert!(is_pcm_wav(&wav(b"LIST\x03\0\0\0abc\0", 1)));
        assert!(!is_pcm_wav(&wav(b"LIST\xff\xff\xff\xffabc\0", 1)));
    }
}
