//! `recording`: names a recording and its address, and fetches it if asked to.

use std::time::Duration;

use tokio::{runtime::Handle, task::JoinHandle, time::timeout};
use uncall_client::{
    Client, Error,
    recording::{self, Bounds, Cache, Limits, Recording},
    sound,
};
use uncall_contract::{Reply, Request};
use url::Url;

use crate::{
    arguments::Save,
    bar::Bar,
    interrupt::interrupted,
    object::Object,
    output::Output,
    pour::{Failure, Poured, pour},
    save::Target,
    status::Status,
    verb::{failed, refused},
};

/// Bytes of the largest recording: 256 MiB, four and a half hours of 16-bit PCM at 8 kHz.
const LARGEST: u64 = 256 * 1024 * 1024;
/// How long fetching may take by default. A recording of an hour has 6 MB or 58 MB.
const AMPLE: Duration = Duration::from_secs(600);
/// How long an interrupted command waits for its half-written file to be removed.
const CLEANING: Duration = Duration::from_secs(2);

pub(crate) async fn run(
    client: &Client,
    request: &Request,
    to: Option<Save>,
    budget: Duration,
    output: Output,
) -> Status {
    let began = tokio::time::Instant::now();
    let fail = |error: Error| failed(&Object::failure(request, &error), &error, output);
    let reply = match client.call_within(request, budget).await {
        Ok(Ok(reply)) => reply,
        Ok(Err(refusal)) => return refused(&Object::refusal(request, &refusal), &refusal, output),
        Err(error) => return fail(error),
    };
    let mut object = Object::reply(request, &reply);
    let files = if let Reply::Recording { files } = reply { files } else { String::new() };
    let uid = if let Request::Recording { uid } = request { uid } else { "" };
    let address = match client.recording_address(uid, &files) {
        Ok(address) => address,
        Err(error) => return fail(error),
    };
    object.url = Some(address.to_string());
    let Some(to) = to else {
        let _ = output.print(&object, &format!("{files}\n{address}"));
        return Status::Done;
    };
    let cannot_write = |error: std::io::Error| {
        output.complain(&format!("cannot write {}: {error}", to.path.display()));
        Status::Usage
    };
    let target = match Target::open(&to.path) {
        Ok(target) => target,
        Err(error) => return cannot_write(error),
    };
    let left = to.budget.map_or(AMPLE, |budget| budget.saturating_sub(began.elapsed()));
    let named = sound::Named::by(&files);
    let mut recording = begin(client, address, named, left);
    let mut reader = recording.reader();
    let runtime = Handle::current();
    let pouring = tokio::task::spawn_blocking(move || pour(&mut reader, &runtime, target, to.format, named));
    let poured = match watched(&mut recording, pouring, !output.is_json()).await {
        Ended::Poured(poured) => poured,
        Ended::Interrupted => return Status::Interrupted,
    };
    if let Some(trouble) = recording.progress().trouble {
        output.mention(&format!("uncall: {trouble}"));
    }
    let error = match poured {
        Ok(Poured { bytes, damaged_at }) => {
            recording.discard();
            if let Some(at) = damaged_at {
                let seconds = at.as_secs_f32();
                output.complain(&format!(
                    "the recording breaks off after {seconds:.1} seconds; what is before that is saved"
                ));
            }
            object.file = Some(to.path.display().to_string());
            let words = format!("{bytes} bytes saved as {}", to.path.display());
            if to.path.as_os_str() == "-" {
                output.mention(&words)
            } else {
                drop(output.print(&object, &words))
            }
            return Status::Done;
        }
        Err(Failure::Write(error)) => return cannot_write(error),
        Err(Failure::Fetch(recording::Error::NotReady) | Failure::Sound(sound::Error::NotReady)) => {
            let (response, message) = (Some("Error".to_owned()), Some("Recording not ready".to_owned()));
            let _ = output.print(&Object { ok: false, response, message, ..object }, "");
            output.complain("refused: the recording is not ready yet; the call may still be up");
            return Status::Refused;
        }
        Err(Failure::Sound(error @ sound::Error::Empty)) => {
            let (response, message) = (Some("Error".to_owned()), Some("Recording empty".to_owned()));
            let _ = output.print(&Object { ok: false, response, message, ..object }, "");
            output.complain(&format!("refused: {error}"));
            return Status::Refused;
        }
        Err(Failure::Fetch(error)) => Error::from(error),
        Err(Failure::Sound(error @ sound::Error::Limit(_))) => {
            Error::Limit(format!("{error}; fetch it without --format"))
        }
        Err(Failure::Sound(error)) => Error::NotUnderstood(format!("{error}; fetch it without --format")),
    };
    let failure = Object { files: object.files, url: object.url, ..Object::failure(request, &error) };
    failed(&failure, &error, output)
}

/// Begins the download. What has come is cached for a second try until the recording is saved.
fn begin(client: &Client, address: Url, named: sound::Named, left: Duration) -> Recording {
    let folder = directories::ProjectDirs::from("", "", "uncall").map(|dirs| dirs.cache_dir().join("recordings"));
    let limits = Limits { bytes: LARGEST, overall: left, ..Limits::default() };
    client.recording(address, named, folder.map(|folder| Cache::new(folder, Bounds::default())), limits)
}

enum Ended {
    Poured(Result<Poured, Failure>),
    /// By Ctrl-C.
    Interrupted,
}

/// Shows the progress until the end, or until Ctrl-C.
async fn watched(recording: &mut Recording, mut pouring: JoinHandle<Result<Poured, Failure>>, with_bar: bool) -> Ended {
    let bar = Bar::new(with_bar);
    let interrupt = interrupted();
    tokio::pin!(interrupt);
    let mut coming = true;
    loop {
        tokio::select! {
            poured = &mut pouring => {
                return Ended::Poured(poured.unwrap_or_else(|error| Err(Failure::Write(std::io::Error::other(error)))));
            }
            progress = recording.changed(), if coming => match progress {
                Some(progress) => bar.show(&progress),
                None => coming = false,
            },
            () = &mut interrupt => break,
        }
    }
    // Without the download the writer ends, and removes its half-written file.
    recording.stop();
    let _ = timeout(CLEANING, pouring).await;
    Ended::Interrupted
}
