//! `recording`: names a recording and its address, and fetches it if asked to.

use std::time::Duration;

use tokio::time::Instant;
use uncall_client::{Client, Download, Error, sound};
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
    let fetched = match fetch(client, &address, left).await {
        Ok(download) => match to.format {
            Some(Format::Wav) => converted(&download),
            None => Ok((download.bytes.into(), None)),
        },
        Err(error) => Err(error),
    };
    let (bytes, damaged_at): (Vec<u8>, _) = match fetched {
        Ok(fetched) => fetched,
        Err(error) => {
            let failure = Object { files: object.files, url: object.url, ..Object::failure(request, &error) };
            return failed(&failure, &error, output);
        }
    };
    if let Err(error) = save(&to.path, &bytes) {
        output.complain(&format!("cannot write {}: {error}", to.path.display()));
        return Status::Usage;
    }
    if let Some(at) = damaged_at {
        let seconds = at.as_secs_f32();
        output.complain(&format!("the recording breaks off after {seconds:.1} seconds; what is before that is saved"));
    }
    object.file = Some(to.path.display().to_string());
    let _ = output.print(&object, &format!("{} bytes saved as {}", bytes.len(), to.path.display()));
    Status::Done
}

async fn fetch(client: &Client, address: &Url, left: Duration) -> Result<Download, Error> {
    let download = client.download(address, LARGEST, left).await?;
    let kind = download.content_type.as_deref();
    let page = kind.is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("text/"));
    if page || download.bytes.is_empty() {
        let what = if page { "a text" } else { "nothing" };
        return Err(Error::NotUnderstood(format!("there is {what} at {address}, no recording")));
    }
    Ok(download)
}

/// The recording as 16-bit PCM WAV, and where it breaks off if it does.
fn converted(download: &Download) -> Result<(Vec<u8>, Option<Duration>), Error> {
    match download.to_pcm_wav() {
        Ok(decoded) => Ok((decoded.wav.into_owned(), decoded.damaged_at)),
        Err(error @ sound::Error::Limit(_)) => Err(Error::Limit(format!("{error}; fetch it without --format"))),
        Err(error) => Err(Error::NotUnderstood(format!("{error}; fetch it without --format"))),
    }
}
