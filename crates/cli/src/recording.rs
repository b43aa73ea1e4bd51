//! `recording`: names a recording and its address, and fetches it if asked to.

use std::time::Duration;

use tokio::time::Instant;
use uncall_client::{Client, Error};
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
    let download = client.download(address, LARGEST, left).await?;
    let kind = download.content_type.as_deref();
    let page = kind.is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("text/"));
    if page || download.bytes.is_empty() {
        let what = if page { "a text" } else { "nothing" };
        return Err(Error::NotUnderstood(format!("there is {what} at {address}, no recording")));
    }
    match format {
        Some(Format::Wav) if !download.is_pcm_wav() => Err(Error::NotUnderstood(
            "the recording is not PCM WAV, and this version cannot convert it; fetch it without --format".into(),
        )),
        Some(Format::Wav) | None => Ok(download.bytes.into()),
    }
}
