//! Plays a recording. Download, decoding and waveform are here; the page's `<audio>` plays the sound, which it gets from a server
//! on the loopback address (`loopback`), because web views take no media from a custom scheme.

mod analysis;
mod choice;
mod loopback;
mod picture;
mod problem;
mod save;
mod session;
mod wav;
#[cfg(target_os = "linux")]
pub(crate) mod web_cache;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use tauri::AppHandle;
use uncall_client::{
    Client,
    recording::{Bounds, Cache},
};
use uncall_desk::problem::Problem;

pub(crate) use self::{
    choice::Choice,
    loopback::Loopback,
    save::{SaveFormat, Saved},
};

use self::{choice::PlaybackStore, session::Session};
use crate::state_file;

/// The player: one recording at a time. Managed by Tauri, reached through `app.state::<Playback>()`.
#[derive(Debug)]
pub(crate) struct Playback {
    /// Where the page gets sound from. `None` if no port was free.
    origin: Option<String>,
    cache: Option<Cache>,
    kept: PlaybackStore,
    now: OpenRecording,
}

/// The open recording.
#[derive(Debug, Clone, Default)]
pub(crate) struct OpenRecording(Arc<Mutex<Option<Arc<Session>>>>);

impl OpenRecording {
    fn lock(&self) -> MutexGuard<'_, Option<Arc<Session>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The open recording, if this is its player.
    pub(crate) fn of(&self, player: &str) -> Option<Arc<Session>> {
        self.lock().as_ref().filter(|session| session.player() == player).cloned()
    }

    fn put(&self, session: Option<Arc<Session>>) {
        let before = std::mem::replace(&mut *self.lock(), session);
        if let Some(before) = before {
            before.stop();
        }
    }
}

/// The page's initial state.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Opened {
    /// The player's name, an unguessable one.
    player: String,
    /// The address for `<audio>`.
    url: String,
    /// Where it was left, in seconds.
    at: f64,
}

impl Playback {
    /// A player whose sound comes from `loopback`. `lasting` says whether it keeps recordings and positions after the program
    /// ends.
    pub(crate) fn new(loopback: Option<&Loopback>, lasting: bool) -> Playback {
        let folders = directories::ProjectDirs::from("", "", "uncall-panel").filter(|_| lasting);
        let cache = folders.as_ref().map(|folders| folders.cache_dir().join("recordings"));
        let kept = state_file::path("playback.json").filter(|_| lasting);
        Playback {
            origin: loopback.map(Loopback::origin),
            cache: cache.map(|folder| Cache::new(folder, Bounds::default())),
            kept: PlaybackStore::load(kept),
            now: OpenRecording::default(),
        }
    }

    /// The open recording, for the server of its sound.
    pub(crate) fn now(&self) -> OpenRecording {
        self.now.clone()
    }

    /// Starts to fetch the recording of a call, in place of the open one. Sends pictures of it to the page.
    pub(crate) fn open(&self, app: &AppHandle, client: Client, uid: &str) -> Result<Opened, Problem> {
        let origin = self.origin.as_ref().ok_or_else(|| Problem::new("player_failed", "no loopback port"))?;
        let player = unguessable()?;
        let at = self.kept.position(&host(&client), uid);
        let session = Session::start(player.clone(), uid.to_owned(), client, self.cache.clone());
        session.show_on(app.clone());
        self.now.put(Some(session));
        tracing::debug!(uid, at, "a player opens");
        Ok(Opened { url: format!("{origin}/{player}.wav"), player, at })
    }

    /// Closes the recording, if this is its player.
    pub(crate) fn close(&self, player: &str) {
        if self.now.of(player).is_some() {
            self.now.put(None);
        }
    }

    /// Closes the open recording, because its page is gone.
    pub(crate) fn close_all(&self) {
        self.now.put(None);
    }

    /// Remembers where a call was left, in seconds; zero forgets it.
    pub(crate) fn remember(&self, player: &str, at: f64) {
        if let Some(session) = self.now.of(player) {
            self.kept.remember(&host(session.client()), session.uid(), at);
        }
    }

    /// How the agent likes to listen.
    pub(crate) fn choice(&self) -> Choice {
        self.kept.choice()
    }

    /// Stores how the agent likes to listen.
    pub(crate) fn choose(&self, choice: Choice) {
        self.kept.choose(choice);
    }

    /// Asks where to save the open recording, and saves it there. `None` if the agent cancels.
    pub(crate) async fn save(&self, app: &AppHandle, player: &str, kind: SaveFormat) -> Result<Option<Saved>, Problem> {
        let Some(session) = self.now.of(player) else { return Ok(None) };
        save::save(app, &session, kind).await
    }
}

/// The server's host, because two servers may give the same uid to different calls.
fn host(client: &Client) -> String {
    client.settings().server.host_str().unwrap_or_default().to_owned()
}

/// 128 random bits, because other programs on this machine can also reach the loopback address.
fn unguessable() -> Result<String, Problem> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| Problem::new("player_failed", &error.to_string()))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
