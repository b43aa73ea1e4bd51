//! Recordings: addresses, downloads, cache.
//!
//! [`Client::recording`] starts a download. The [`Recording`] it returns reports progress and hands out [`Reader`]s, which give
//! the bytes as they arrive. A broken download continues by itself and, with a [`Cache`], even after a restart of the program.

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

/// The limits of a download.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Size in bytes. Default 64 MiB: 11 hours of WAV49, or an hour of 16-bit PCM at 8 kHz.
    pub bytes: u64,
    /// How long a connection may be silent before it is replaced. Default 15 s.
    pub silence: Duration,
    /// Total time including pauses. Default 10 minutes.
    pub overall: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { bytes: 64 * 1024 * 1024, silence: Duration::from_secs(15), overall: Duration::from_secs(600) }
    }
}

/// The state of a download.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes available for reading.
    pub received: u64,
    /// Total size, if the server stated it. It may prove wrong at the end.
    pub total: Option<u64>,
    /// Whether the connection broke and the download pauses before the next one.
    pub waits: bool,
    /// How it ended. `None` while it goes on.
    pub ended: Option<Result<(), Error>>,
    /// Why the recording could not be cached on disk, as a sentence. It can still be read.
    pub trouble: Option<String>,
    edition: u64,
}

/// A recording, complete or on its way. Dropping it stops the download; what has arrived stays in the cache.
#[derive(Debug)]
pub struct Recording {
    kept: Arc<CachedFile>,
    progress: watch::Receiver<Progress>,
    task: AbortHandle,
}

impl Recording {
    /// The current state.
    pub fn progress(&self) -> Progress {
        self.progress.borrow().clone()
    }

    /// Waits until [`Recording::progress`] differs from what the last call of this returned. A slow caller misses states in
    /// between. `None` once the end has been reported.
    pub async fn changed(&mut self) -> Option<Progress> {
        self.progress.changed().await.ok()?;
        Some(self.progress.borrow_and_update().clone())
    }

    /// Waits for the end and returns the size in bytes.
    ///
    /// # Errors
    /// The reason why the recording is incomplete. What has arrived can be read.
    pub async fn finished(&self) -> Result<u64, Error> {
        let mut progress = self.progress.clone();
        let last = progress.wait_for(|progress| progress.ended.is_some()).await.map_err(|_| stopped())?.clone();
        last.ended.unwrap_or(Ok(())).map(|()| last.received)
    }

    /// A reader at the start of the recording. It outlives the recording, for what has arrived.
    pub fn reader(&self) -> Reader {
        Reader::new(Arc::clone(&self.kept), self.progress.clone())
    }

    /// Stops the download. What has arrived stays, here and in the cache; readers that wait for more get an error.
    pub fn stop(&self) {
        self.task.abort();
    }

    /// Stops the download and removes the recording from the cache.
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
    /// The address of the recording of the call `uid`: `files`, as getRecording returned it, put into the template from the
    /// settings ([`Settings::recordings`]) or the vendor's path on the server's host.
    ///
    /// # Errors
    /// [`crate::Error::NotUnderstood`] for an empty name, or if the template does not give an http address with a path.
    pub fn recording_address(&self, uid: &str, files: &str) -> Result<Url, crate::Error> {
        let settings = self.settings();
        address(&settings.server, settings.recordings.as_deref(), Places { files, uid })
    }

    /// Starts to fetch the recording at `address` (see [`Client::recording_address`]), or opens it from `cache`. `named` is what
    /// its file name says about it. Must be called within a tokio runtime.
    pub fn recording(&self, address: Url, named: Named, cache: Option<Cache>, limits: Limits) -> Recording {
        let client = self.on(&address);
        let login = client.settings().login.as_ref();
        // Cache entries depend on the login, because one login may not hear what another one may.
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

/// Starts the download of what `origin` answers to a request with these headers.
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

/// The error for a download that was stopped.
fn stopped() -> Error {
    Error::Broken("the download was stopped".into())
}

/// Runs blocking disk access on a thread for that.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> std::io::Result<T> + Send + 'static) -> Result<T, Error> {
    match spawn_blocking(work).await {
        Ok(done) => done.map_err(|error| Error::Storage(error.to_string())),
        Err(_) => Err(stopped()),
    }
}
