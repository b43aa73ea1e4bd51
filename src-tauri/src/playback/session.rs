//! A recording that is open: where it comes from, and what is known of it.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tauri::{AppHandle, Emitter, async_runtime::JoinHandle};
use tokio::sync::watch;
use uncall_client::{
    Client,
    recording::{Cache, Limits, Reader, Recording},
    sound::{Head, MOST_LENGTH, Named},
};
use uncall_contract::{Operation, Reply, Request};
use uncall_desk::problem::Problem;

use super::{analysis, picture::Picture, wav};
use crate::window;

/// Dropped or stopped, it ends its download.
#[derive(Debug)]
pub(crate) struct Session {
    player: String,
    uid: String,
    client: Client,
    coming: OnceLock<Coming>,
    known: watch::Sender<Known>,
    picture: watch::Sender<Picture>,
    task: Mutex<Option<JoinHandle<()>>>,
}

/// The download.
#[derive(Debug)]
struct Coming {
    files: String,
    recording: Recording,
}

/// What is known of the sound.
#[derive(Debug, Clone)]
pub(crate) enum Known {
    /// Nothing yet.
    Nothing,
    /// Its head: it can be played.
    Sound(Sound),
    /// There is none.
    Failed,
}

/// Sound that can be played.
#[derive(Debug, Clone)]
pub(crate) struct Sound {
    /// What the file is.
    pub(crate) head: Head,
    /// Bytes of 16-bit PCM that the page's player is told of: it has to hear the same number each time, and from the
    /// start. The most that can be where nobody knows; the page knows where the sound ends.
    pub(crate) announced: u64,
}

impl Session {
    /// Begins to fetch.
    pub(crate) fn start(player: String, uid: String, client: Client, cache: Option<Cache>) -> Arc<Session> {
        let picture = watch::Sender::new(Picture { player: player.clone(), ..Picture::default() });
        let known = watch::Sender::new(Known::Nothing);
        let session = Session { player, uid, client, coming: OnceLock::new(), known, picture, task: Mutex::default() };
        let session = Arc::new(session);
        let own = Arc::downgrade(&session);
        // The task must not keep alive what ends it.
        let task = tauri::async_runtime::spawn(async move {
            let Some(session) = own.upgrade() else { return };
            if let Err(problem) = session.hear(cache).await {
                session.fail(problem);
            }
        });
        *session.task.lock().unwrap_or_else(PoisonError::into_inner) = Some(task);
        session
    }

    /// The name of its player.
    pub(crate) fn player(&self) -> &str {
        &self.player
    }

    /// The call's uid.
    pub(crate) fn uid(&self) -> &str {
        &self.uid
    }

    /// Whom the server was asked by.
    pub(crate) const fn client(&self) -> &Client {
        &self.client
    }

    /// What the server calls the recording; nothing before it has said so.
    pub(crate) fn files(&self) -> Option<&str> {
        self.coming.get().map(|coming| coming.files.as_str())
    }

    /// What that name says of the sound.
    pub(crate) fn named(&self) -> Named {
        self.files().map(Named::by).unwrap_or_default()
    }

    /// A reader at the start of what comes.
    pub(crate) fn reader(&self) -> Option<Reader> {
        self.coming.get().map(|coming| coming.recording.reader())
    }

    /// What it is, once that is known; nothing where there is nothing to hear.
    pub(crate) async fn sound(&self) -> Option<Sound> {
        let mut known = self.known.subscribe();
        let known = known.wait_for(|known| !matches!(known, Known::Nothing)).await.ok()?;
        match &*known {
            Known::Sound(sound) => Some(sound.clone()),
            Known::Nothing | Known::Failed => None,
        }
    }

    /// Where the sound ends, in seconds, once that is known.
    pub(crate) async fn end(&self) -> Option<f64> {
        let mut picture = self.picture.subscribe();
        let ended = picture.wait_for(|picture| picture.ended).await.ok()?;
        Some(ended.ready)
    }

    /// Ends the download. What has come stays in the cache.
    pub(crate) fn stop(&self) {
        if let Some(task) = self.task.lock().unwrap_or_else(PoisonError::into_inner).take() {
            task.abort();
        }
        if let Some(coming) = self.coming.get() {
            coming.recording.stop();
        }
        // Whoever waits for it waits no longer.
        self.known.send_if_modified(|known| {
            let waits = matches!(known, Known::Nothing);
            if waits {
                *known = Known::Failed;
            }
            waits
        });
        self.picture.send_if_modified(|picture| !std::mem::replace(&mut picture.ended, true));
    }

    /// Sends every picture to the page, the one that is there first: a recording may fail before anybody looks.
    pub(crate) fn show_on(&self, app: AppHandle) {
        let mut pictures = self.picture.subscribe();
        pictures.mark_changed();
        tauri::async_runtime::spawn(async move {
            while pictures.changed().await.is_ok() {
                let picture = pictures.borrow_and_update().clone();
                if let Err(error) = app.emit_to(window::main::LABEL, "playback_changed", picture) {
                    tracing::warn!("the window could not be told of the recording: {error}");
                }
            }
        });
    }

    /// Changes the picture.
    pub(crate) fn paint(&self, change: impl FnOnce(&mut Picture)) {
        self.picture.send_modify(change);
    }

    /// The head has come: it can be played from now on. `total` is the size of the file, when the server told it.
    pub(crate) fn can_be_played(&self, head: &Head, total: Option<u64>) {
        let exact = total.and_then(|total| head.pcm_len(total));
        let announced = exact.unwrap_or_else(|| wav::most(head, MOST_LENGTH)).min(wav::most(head, MOST_LENGTH));
        let length = total.and_then(|total| head.length(total)).map(|length| length.as_secs_f64());
        self.paint(|picture| picture.length = length);
        self.known.send_if_modified(|known| {
            let new = matches!(known, Known::Nothing);
            if new {
                *known = Known::Sound(Sound { head: head.clone(), announced });
            }
            new
        });
    }

    async fn hear(&self, cache: Option<Cache>) -> Result<(), Problem> {
        let outcome = self.client.call(&Request::Recording { uid: self.uid.clone() }).await;
        let reply = outcome.map_err(|error| Problem::failed(&error))?;
        let reply = reply.map_err(|refusal| Problem::refused(Operation::Recording, &refusal))?;
        let Reply::Recording { files } = reply else { return Err(Problem::new("no_recording", "")) };
        let address = self.client.recording_address(&self.uid, &files).map_err(|error| Problem::failed(&error))?;
        let recording = self.client.recording(address, Named::by(&files), cache, Limits::default());
        let mut reader = recording.reader();
        // Nobody else sets it.
        let _ = self.coming.set(Coming { files, recording });
        analysis::follow(self, &mut reader).await
    }

    fn fail(&self, problem: Problem) {
        tracing::info!(uid = self.uid, code = problem.code, detail = problem.detail, "a recording cannot be heard");
        self.known.send_replace(Known::Failed);
        self.paint(|picture| {
            picture.problem = Some(problem);
            picture.ended = true;
        });
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.stop();
    }
}
