//! Logs to stderr and to files, at level `info` unless `RUST_LOG` says otherwise, with numbers masked at every level and without
//! the messages of the SIP stack. The files are for programs without a console, and for problems noticed later.

use std::{
    io::IsTerminal,
    path::{Path, PathBuf},
    sync::Mutex,
};

use anyhow::Context;
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};
use uncall_log::{Bounds, Files, Masked};

/// Seven days, and at most 32 MiB in total, for days on which much goes wrong.
const BOUNDS: Bounds = Bounds { days: 7, files: 16, bytes: 2 * 1024 * 1024 };

/// Starts logging, including panics. A second call changes nothing.
pub(crate) fn start() {
    // The desk reports certificate problems itself, once and in plain words.
    let usual = || EnvFilter::new("info,zbus=warn,rustls_platform_verifier=off");
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| usual());
    let stderr = fmt::layer().with_writer(Masked(std::io::stderr)).with_ansi(std::io::stderr().is_terminal());
    let (file, failed) = match folder().context("the system names no folder for logs").and_then(|at| open(&at)) {
        Ok(file) => (Some(fmt::layer().with_writer(Masked(Mutex::new(file))).with_ansi(false)), None),
        Err(error) => (None, Some(error)),
    };
    let started =
        tracing_subscriber::registry().with(filter).with(uncall_log::discreet()).with(stderr).with(file).try_init();
    if let Err(error) = started {
        tracing::debug!("logging was started already: {error}");
        return;
    }
    if let Some(error) = failed {
        tracing::warn!("the log goes to stderr alone: {error:#}");
    }
    let said_before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        tracing::error!("{panic}");
        said_before(panic);
    }));
}

/// The folder: `%LOCALAPPDATA%\uncall-panel\logs`, `~/Library/Logs/uncall-panel`, or else `$XDG_STATE_HOME/uncall-panel`
/// (`~/.local/state/uncall-panel`).
pub(crate) fn folder() -> Option<PathBuf> {
    let folders = directories::BaseDirs::new()?;
    if cfg!(windows) {
        return Some(folders.data_local_dir().join("uncall-panel").join("logs"));
    }
    if cfg!(target_os = "macos") {
        return Some(folders.home_dir().join("Library/Logs/uncall-panel"));
    }
    folders.state_dir().map(|state| state.join("uncall-panel"))
}

/// Opens `uncall-panel.2026-11-22.log` and so on, in a folder that only its owner can enter.
fn open(folder: &Path) -> anyhow::Result<Files> {
    uncall_files::private_folder(folder).with_context(|| format!("cannot make {} yours alone", folder.display()))?;
    Files::open(folder, "uncall-panel", BOUNDS).with_context(|| format!("cannot write in {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::{BOUNDS, folder, open};

    #[test]
    fn the_folder_is_the_panels_own() {
        assert!(folder().unwrap().to_string_lossy().contains("uncall-panel"));
    }

    #[test]
    fn a_handful_of_files_is_kept_for_their_owner_alone() {
        let home = tempfile::tempdir().unwrap();
        let logs = home.path().join("用户/logs");
        std::fs::create_dir_all(&logs).unwrap();
        for day in 1..=9 {
            std::fs::write(logs.join(format!("uncall-panel.2020-01-0{day}.log")), "old").unwrap();
        }
        std::fs::write(logs.join("notes.txt"), "mine").unwrap();
        open(&logs).unwrap().write_all(b"a line\n").unwrap();
        let names = || std::fs::read_dir(&logs).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        assert!(names().filter(|name| name.ends_with(".log")).count() <= BOUNDS.days);
        assert!(names().any(|name| name == "notes.txt"));
        let newest = names().filter(|name| name.ends_with(".log")).max().unwrap();
        assert_eq!(std::fs::read_to_string(logs.join(newest)).unwrap(), "a line\n");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&logs).unwrap().permissions().mode() & 0o077, 0);
        }
    }
}
