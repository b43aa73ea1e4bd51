//! `recording`: names a recording and its address, and fetches it if asked to.

use std::time::Duration;

use tokio::time::Instant;
use uncall_client::{Client, Download, Error};
use uncall_contract::{Reply, Request};
use url::Url;

use crate::{
    arguments::{Format, Save},
    object::Object,
    output::Output,
    save::save,
    status::Status,
    verb::{failed, refused},
};

/// Bytes of the largest recording: 256 MiB, four and a half hours of 16-bit PCM at 8 kHz.
const LARGEST: usize = 256 * 1024 * 1024;

pub(crate) async fn run(
    client: &Client,
    request: &Request,
    to: Option<Save>,
    budget: Duration,
    output: Output,
) -> Status {
    let deadline = Instant::now() + budget;
    let fail = |error: Error| failed(&Object::failure(request, &error), &error, output);
    let reply = match client.call_within(request, budget).await {
        Ok(Ok(reply)) => reply,
        Ok(Err(refusal)) => return refused(request, &refusal, output),
        Err(error) => return fail(error),
    };
    let mut object = Object::reply(request, &reply);
    let files = if let Reply::Recording { files } = reply { files } else { String::new() };
    let address = match client.recording_address(&files) {
        Ok(address) => address,
        Err(error) => return fail(error),
    };
    object.url = Some(address.to_string());
    let Some(to) = to else {
        let _ = output.print(&object, &format!("{files}\n{address}"));
        return Status::Done;
    };
    let left = deadline.saturating_duration_since(Instant::now());
    let bytes = match fetch(client, &address, to.format, left).await {
        Ok(bytes) => bytes,
        Err(error) => {
            let failure = Object { files: object.files, url: object.url, ..Object::failure(request, &error) };
            return failed(&failure, &error, output);
        }
    };
    if let Err(error) = save(&to.path, &bytes) {
        output.complain(&format!("cannot write {}: {error}", to.path.display()));
        return Status::Usage;
    }
    object.file = Some(to.path.display().to_string());
    let _ = output.print(&object, &format!("{} bytes saved as {}", bytes.len(), to.path.display()));
    Status::Done
}

async fn fetch(client: &Client, address: &Url, format: Option<Format>, left: Duration) -> Result<Vec<u8>, Error> {
    let Download { content_type, bytes } = client.download(address, LARGEST, left).await?;
    let page = content_type.is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("text/"));
    if page || bytes.is_empty() {
        let what = if page { "a text" } else { "nothing" };
        return Err(Error::NotUnderstood(format!("there is {what} at {address}, no recording")));
    }
    match format {
        Some(Format::Wav) if !is_pcm(&bytes) => Err(Error::NotUnderstood(
            "the recording is not PCM WAV, and this version cannot convert it; fetch it without --format".into(),
        )),
        Some(Format::Wav) | None => Ok(bytes.into()),
    }
}

/// Whether this is RIFF WAVE with format tag 1, PCM. Asterisk's upper-case `.WAV` has 0x31, GSM.
fn is_pcm(bytes: &[u8]) -> bool {
    let (Some(b"RIFF"), Some(b"WAVE"), Some(mut rest)) = (bytes.get(..4), bytes.get(8..12), bytes.get(12..)) else {
        return false;
    };
    while let Some((head, behind)) = rest.split_first_chunk::<8>() {
        let [a, b, c, d, size @ ..] = *head;
        if [a, b, c, d] == *b"fmt " {
            return behind.starts_with(&1u16.to_le_bytes());
        }
        // Chunks are padded to an even length.
        let size = u32::from_le_bytes(size) as usize;
        let Some(next) = behind.get(size.saturating_add(size % 2)..) else { return false };
        rest = next;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::is_pcm;

    fn wave(chunk_before: &[u8], tag: u16) -> Vec<u8> {
        let mut bytes = b"RIFF\0\0\0\0WAVE".to_vec();
        bytes.extend_from_slice(chunk_before);
        bytes.extend_from_slice(b"fmt \x10\0\0\0");
        bytes.extend_from_slice(&tag.to_le_bytes());
        bytes.extend_from_slice(&[0; 14]);
        bytes
    }

    #[test]
    fn pcm_is_told_from_gsm_and_from_anything_else() {
        assert!(is_pcm(&wave(b"", 1)));
        assert!(is_pcm(&wave(b"LIST\x03\0\0\0abc\0", 1)));
        assert!(!is_pcm(&wave(b"", 0x31)));
        for bytes in [
            &b""[..],
            b"RIFF",
            b"RIFF\0\0\0\0WAVE",
            b"RIFF\0\0\0\0WAVEfmt \0",
            b"RIFF\0\0\0\0WAVELIST\xff\xff\xff\xffx",
        ] {
            assert!(!is_pcm(bytes), "{bytes:?}");
        }
    }
}
