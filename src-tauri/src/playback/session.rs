//! An open recording: where it comes from, and what is known about it.

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

/// An open recording. Dropping or stopping it ends its download.
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

/// What is known about the sound.
#[derive(Debug, Clone)]
pub(crate) enum Known {
    /// Nothing yet.
    Nothing,
    /// Its head, so it can be played.
    Sound(Sound),
    /// There is none.
    Failed,
}

/// Sound that can be played.
#[derive(Debug, Clone)]
pub(crate) struct Sound {
    /// The file's head.
    pub(crate) head: Head,
    /// The announced size in bytes of 16-bit PCM. The page's player needs the same number each time, and from the start. If the
    /// size is unknown it is the maximum; the page knows where the sound ends.
    pub(crate) announced: u64,
}

impl Session {
    /// Starts to fetch.
    pub(crate) fn start(player: String, uid: String, client: Client, cache: Option<Cache>) -> Arc<Session> {
        let picture = watch::Sender::new(Picture { player: player.clone(), ..Picture::default() });
        let known = watch::Sender::new(Known::Nothing);
        let session = Session { player, uid, client, coming: OnceLock::new(), known, picture, task: Mutex::default() };
        let session = Arc::new(session);
        let own = Arc::downgrade(&session);
        // The task must not keep the session alive, whose drop ends it.
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

    /// The client that fetches it.
    pub(crate) const fn client(&self) -> &Client {
        &self.client
    }

    /// The server's name for the recording, once known.
    pub(crate) fn files(&self) -> Option<&str> {
        self.coming.get().map(|coming| coming.files.as_str())
    }

    /// What that name says about the sound.
    pub(crate) fn named(&self) -> Named {
        self.files().map(Named::by).unwrap_or_default()
    }

    /// A reader at the start of the download.
    pub(crate) fn reader(&self) -> Option<Reader> {
        self.coming.get().map(|coming| coming.recording.reader())
    }

    /// Waits for the sound. `None` if it cannot be played.
    pub(crate) async fn sound(&self) -> Option<Sound> {
        let mut known = self.known.subscribe();
        let known = known.wait_for(|known| !matches!(known, Known::Nothing)).await.ok()?;
        match &*known {
            Known::Sound(sound) => Some(sound.clone()),
            Known::Nothing | Known::Failed => None,
        }
    }

    /// Waits until it is known where the sound ends, in seconds.
    pub(crate) async fn end(&self) -> Option<f64> {
        let mut picture = self.picture.subscribe();
        let ended = picture.wait_for(|picture| picture.ended).await.ok()?;
        Some(ended.ready)
    }

    /// Ends the download. What has arrived stays in the cache.
    pub(crate) fn stop(&self) {
        if let Some(task) = self.task.lock().unwrap_or_else(PoisonError::into_inner).take() {
            task.abort();
        }
        if let Some(coming) = self.coming.get() {
            coming.recording.stop();
        }
        // Wakes those that wait for it.
        self.known.send_if_modified(|known| {
            let waits = matches!(known, Known::Nothing);
            if waits {
                *known = Known::Failed;
            }
            waits
        });
        self.picture.send_if_modified(|picture| !std::mem::replace(&mut picture.ended, true));
    }

    /// Sends every picture to the page, starting with the present one, because a recording may already have failed.
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

    /// Notes that the head has arrived, so it can be played from now on. `total` is the size of the file, if the server stated
    /// it.
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
