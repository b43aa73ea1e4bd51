//! A call's recording: where it is heard, how it comes, and what is kept of it.
//!
//! [`Client::recording`] begins a download; what it gives, a [`Recording`], tells how far it is and lends [`Reader`]s that
//! give the bytes as they come. It goes on by itself after a break, and with a [`Cache`] also after the end of the process.

mod address;
mod body;
mod cache;
mod cached_file;
mod error;
mod fetch;
mod identity;
mod reader;
#[cfg(test)]
mod tests;
mod tries;

use std::{future::Future, sync::Arc, time::Duration};

use reqwest::header::HeaderMap;
use tokio::{
    sync::watch,
    task::{AbortHandle, spawn_blocking},
};
use url::Url;

pub use self::{
    address::check_template,
    cache::{Bounds, Cache},
    error::Error,
    reader::Reader,
};

use self::{
    address::{Places, address},
    cache::Name,
    cached_file::CachedFile,
    fetch::Fetch,
};
use crate::{
    Client, answer,
    sound::Named,
    transport::{Ask, Incoming, Sent, shown},
};

/// What a download may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the recording. Default 64 MiB: 11 hours of WAV49, an hour of 16-bit PCM at 8 kHz.
    pub bytes: u64,
    /// For how long no byte may come before the connection is given up for another one. Default 15 s.
    pub silence: Duration,
    /// For everything, pauses included. Default 10 minutes.
    pub overall: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { bytes: 64 * 1024 * 1024, silence: Duration::from_secs(15), overall: Duration::from_secs(600) }
    }
}

/// How far a download is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes that can be read.
    pub received: u64,
    /// Bytes of the whole, when the server told it. It may be wrong until the end.
    pub total: Option<u64>,
    /// The connection broke, and another one is tried after a pause.
    pub waits: bool,
    /// How it ended; nothing while it goes on.
    pub ended: Option<Result<(), Error>>,
    /// Why the recording is not kept on disk, although it should be: a sentence. It can be read all the same.
    pub trouble: Option<String>,
    edition: u64,
}

/// A recording that comes, or is there. Dropped, it stops coming; what has come stays in the cache.
#[derive(Debug)]
pub struct Recording {
    kept: Arc<CachedFile>,
    progress: watch::Receiver<Progress>,
    task: AbortHandle,
}

impl Recording {
    /// How far it is.
    pub fn progress(&self) -> Progress {
        self.progress.borrow().clone()
    }

    /// Waits until [`Recording::progress`] is not what it was when this was last called. Only the last state counts: a slow
    /// caller misses those between. Nothing once the end has been told.
    pub async fn changed(&mut self) -> Option<Progress> {
        self.progress.changed().await.ok()?;
        Some(self.progress.borrow_and_update().clone())
    }

    /// Waits for the end and gives the size in bytes.
    ///
    /// # Errors
    /// Why there is no whole recording. What has come up to there can be read.
    pub async fn finished(&self) -> Result<u64, Error> {
        let mut progress = self.progress.clone();
        let last = progress.wait_for(|progress| progress.ended.is_some()).await.map_err(|_| stopped())?.clone();
        last.ended.unwrap_or(Ok(())).map(|()| last.received)
    }

    /// A reader at the start of the recording. It lives on without the recording, up to what has come.
    pub fn reader(&self) -> Reader {
        Reader::new(Arc::clone(&self.kept), self.progress.clone())
    }

    /// Stops the download. What has come stays, here and in the cache; readers that wait for more get an error.
    pub fn stop(&self) {
        self.task.abort();
    }

    /// Stops the download and takes the recording out of the cache.
    pub fn discard(self) {
        self.task.abort();
        self.kept.remove();
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Client {
    /// The address at which the recording of the call `uid` is heard: `files` as getRecording gave it, in the template of
    /// the settings ([`Settings::recordings`]) or the vendor's path on the server's host.
    ///
    /// # Errors
    /// [`Error::NotUnderstood`] for an empty name, or a template that is no http address with a place behind its host.
    pub fn recording_address(&self, uid: &str, files: &str) -> Result<Url, Error> {
        let settings = self.settings();
        address(&settings.server, settings.recordings.as_deref(), Places { files, uid })
    }

    /// Begins to fetch the recording at `address` (see [`Client::recording_address`]), or opens it where `cache` has it. `named` is
    /// what its name says of it. To be called within a tokio runtime.
    pub fn recording(&self, address: Url, named: Named, cache: Option<Cache>, limits: Limits) -> Recording {
        let client = self.on(&address);
        let login = client.settings().login.as_ref();
        // A login is for one listener, and what one may hear another may not.
        let name =
            Name::of(&shown(&address), login.map_or("", |login| login.user().unwrap_or(login.secret().expose())));
        let origin = move |headers: HeaderMap| {
            let (client, ask) = (client.clone(), Ask { headers, ..Ask::get(address.clone()) });
            async move {
                let response = client.transport().send(ask, &Sent::default()).await?;
                answer::admitted(client.transport(), response).await
            }
        };
        begin(origin, named, name, cache, limits)
    }
}

/// Begins the download of what `origin` answers to a request with these headers.
fn begin<O, F>(origin: O, named: Named, name: Name, cache: Option<Cache>, limits: Limits) -> Recording
where
    O: Fn(HeaderMap) -> F + Send + Sync + 'static,
    F: Future<Output = Result<Incoming, crate::Error>> + Send + 'static,
{
    let kept = Arc::new(CachedFile::in_memory());
    let (sender, progress) = watch::channel(Progress::default());
    let fetch =
        Fetch::new(origin, named, Arc::clone(&kept), cache.map(|cache| (cache, Arc::new(name))), limits, sender);
    let task = tokio::spawn(fetch.run()).abort_handle();
    Recording { kept, progress, task }
}

/// Nobody fetches any more.
fn stopped() -> Error {
    Error::Broken("the download was stopped".into())
}

/// Runs what waits for a disk on a thread that may wait.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> std::io::Result<T> + Send + 'static) -> Result<T, Error> {
    match spawn_blocking(work).await {
        Ok(done) => done.map_err(|error| Error::Storage(error.to_string())),
        Err(_) => Err(stopped()),
    }
}
