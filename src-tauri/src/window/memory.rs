//! What the windows remember from one start to the next: `window.json` in the data folder.

use std::{
    path::PathBuf,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tauri::{AppHandle, Manager};

use crate::state_file;

/// A window that is being moved changes many times a second; the file is written once in this time.
const WRITTEN_WITHIN: Duration = Duration::from_secs(1);
/// The longest name of a tab that is kept.
const TAB_LENGTH: usize = 32;

/// Where the main window was.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct MainPlace {
    /// Left edge of its frame, physical pixels.
    pub(crate) x: i32,
    /// Upper edge of its frame, physical pixels.
    pub(crate) y: i32,
    /// Width inside of the frame, logical pixels.
    pub(crate) width: f64,
    /// Height inside of the frame, logical pixels.
    pub(crate) height: f64,
    /// How large the text was then, 1 for the usual size: a page of larger text needs a larger window.
    #[serde(default = "usual")]
    pub(crate) text: f64,
    /// Whether it filled the screen; the rest is then where it goes back to.
    pub(crate) maximized: bool,
}

const fn usual() -> f64 {
    1.0
}

/// How large the pop-up's page was, in its own pixels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct PageSize {
    /// Width.
    pub(crate) width: f64,
    /// Height.
    pub(crate) height: f64,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Content {
    main: Option<MainPlace>,
    tab: Option<String>,
    card: Option<PageSize>,
}

/// The file and its content. Managed by Tauri, reached through `app.state::<WindowMemory>()`.
#[derive(Debug)]
pub(crate) struct WindowMemory {
    file: Option<PathBuf>,
    content: Mutex<Content>,
    written: Mutex<Content>,
    to_be_written: AtomicBool,
}

impl WindowMemory {
    /// Reads the file, if there is one; without a file nothing outlives the program.
    pub(crate) fn load(file: Option<PathBuf>) -> WindowMemory {
        let content: Content = file.as_deref().map(state_file::read).unwrap_or_default();
        let written = Mutex::new(content.clone());
        WindowMemory { file, content: Mutex::new(content), written, to_be_written: AtomicBool::new(false) }
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the main window was last.
    pub(crate) fn main(&self) -> Option<MainPlace> {
        let sane = |place: &MainPlace| {
            let length = |length: f64| (1.0..100_000.0).contains(&length);
            length(place.width) && length(place.height) && (0.5..8.0).contains(&place.text)
        };
        self.content().main.filter(sane)
    }

    /// The tab that was open last.
    pub(crate) fn tab(&self) -> Option<String> {
        self.content().tab.clone()
    }

    /// What one call needed in the pop-up last.
    pub(crate) fn card(&self) -> Option<PageSize> {
        let sane = |size: &PageSize| (100.0..2000.0).contains(&size.width) && (50.0..2000.0).contains(&size.height);
        self.content().card.filter(sane)
    }

    /// Keeps where the main window is; it is written within a second.
    pub(crate) fn keep_main(&self, app: &AppHandle, change: impl FnOnce(Option<MainPlace>) -> Option<MainPlace>) {
        {
            let mut content = self.content();
            content.main = change(content.main);
        }
        self.write_soon(app);
    }

    /// Keeps which tab is open.
    pub(crate) fn keep_tab(&self, app: &AppHandle, tab: String) {
        if tab.len() <= TAB_LENGTH {
            self.content().tab = Some(tab);
            self.write_soon(app);
        }
    }

    /// Keeps what one call needs in the pop-up.
    pub(crate) fn keep_card(&self, app: &AppHandle, card: PageSize) {
        self.content().card = Some(card);
        self.write_soon(app);
    }

    fn write_soon(&self, app: &AppHandle) {
        if self.file.is_none() || self.to_be_written.swap(true, Ordering::AcqRel) {
            return;
        }
        let app = app.clone();
        tauri::async_runtime::spawn(async move {
            tokio::time::sleep(WRITTEN_WITHIN).await;
            tokio::task::block_in_place(|| app.state::<WindowMemory>().flush());
        });
    }

    /// Writes what has changed, now.
    pub(crate) fn flush(&self) {
        self.to_be_written.store(false, Ordering::Release);
        let Some(file) = &self.file else { return };
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let content = self.content().clone();
        if content == *written {
            return;
        }
        match state_file::write(file, &content) {
            Ok(()) => *written = content,
            Err(error) => tracing::warn!("the windows' places cannot be kept in {}: {error}", file.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MainPlace, PageSize, WindowMemory};

    #[test]
    fn what_makes_no_sense_is_as_if_nothing_was_kept() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("window.json");
        for (text, main, card) in [
            ("", None, None),
            ("{}", None, None),
            ("{\"main\":{\"x\":0}}", None, None),
            (
                "{\"main\":{\"x\":-7,\"y\":2,\"width\":380,\"height\":640,\"maximized\":false},\"card\":{\"width\":360,\"height\":168}}",
                Some(MainPlace { x: -7, y: 2, width: 380.0, height: 640.0, text: 1.0, maximized: false }),
                Some(PageSize { width: 360.0, height: 168.0 }),
            ),
            (
                "{\"main\":{\"x\":0,\"y\":0,\"width\":-1,\"height\":1e300,\"maximized\":false},\"card\":{\"width\":0,\"height\":1e9}}",
                None,
                None,
            ),
        ] {
            std::fs::write(&file, text).unwrap();
            let memory = WindowMemory::load(Some(file.clone()));
            assert_eq!((memory.main(), memory.card()), (main, card), "{text}");
        }
    }

    #[test]
    fn what_was_kept_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let file = Some(folder.path().join("new/window.json"));
        let place = MainPlace { x: 5, y: 6, width: 400.0, height: 700.0, text: 1.5, maximized: true };
        let memory = WindowMemory::load(file.clone());
        memory.content().main = Some(place);
        memory.content().tab = Some("missed".into());
        memory.flush();
        let again = WindowMemory::load(file);
        assert_eq!((again.main(), again.tab()), (Some(place), Some("missed".into())));
    }
}
