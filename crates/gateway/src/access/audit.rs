//! The audit log: a line for every verb. Who, from where, what, and what came of it.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::caller::Caller;
use super::changes::Stamp;
use super::network::Client;

/// Characters of a value from the wire that a line shows.
const SHOWN: usize = 64;

/// One line.
#[derive(Debug, Serialize)]
pub(crate) struct Record<'a> {
    time: Timestamp,
    user: Option<&'a str>,
    /// `open`, `password`, `token`, `proxy`; `null` before a login.
    way: Option<&'static str>,
    from: String,
    via: Option<String>,
    exten: Option<String>,
    operation: Option<&'static str>,
    arguments: Vec<String>,
    outcome: &'a str,
    ms: u64,
}

impl<'a> Record<'a> {
    /// What `caller` did; `arguments` are as they came, the acting extension first.
    pub(crate) fn of(
        caller: &'a Caller,
        (operation, arguments): (&'static str, Vec<Option<&str>>),
        outcome: &'a str,
        time: Timestamp,
        took: Duration,
    ) -> Record<'a> {
        let arguments: Vec<String> =
            arguments.into_iter().map(|argument| short(argument.unwrap_or_default())).collect();
        Record {
            user: caller.user(),
            way: Some(caller.way.name()),
            exten: arguments.first().cloned(),
            operation: Some(operation),
            arguments,
            ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            ..Record::before(caller.client, None, outcome, time)
        }
    }

    /// A login that failed; `user` only if there is one of that name, since people type passwords into the wrong box.
    pub(crate) fn before(client: Client, user: Option<&'a str>, outcome: &'a str, time: Timestamp) -> Record<'a> {
        Record {
            time,
            user,
            way: None,
            from: client.address.to_string(),
            via: client.via.map(|via| via.to_string()),
            exten: None,
            operation: None,
            arguments: Vec::new(),
            outcome,
            ms: 0,
        }
    }
}

fn short(value: &str) -> String {
    value.chars().take(SHOWN).collect()
}

/// Where the lines go.
#[derive(Debug)]
pub(crate) struct Audit {
    file: Option<(PathBuf, Mutex<Open>)>,
}

#[derive(Debug)]
struct Open {
    file: File,
    stamp: Stamp,
}

impl Audit {
    /// Opens the file, or makes it.
    pub(super) fn open(path: Option<&Path>) -> std::io::Result<Audit> {
        let file = path.map(|path| Ok::<_, std::io::Error>((path.to_owned(), Mutex::new(open(path)?)))).transpose()?;
        Ok(Audit { file })
    }

    /// Writes one line. What cannot be written to the file goes to the log: a full disk must not hide who did what.
    pub(crate) fn write(&self, record: &Record<'_>) {
        let Some((path, open)) = &self.file else { return log(record) };
        // Strings and numbers cannot fail to serialise.
        let mut line = serde_json::to_string(record).unwrap_or_default();
        line.push('\n');
        // One write, so that the lines of two processes do not mix.
        let written = open.lock().unwrap_or_else(PoisonError::into_inner).file.write_all(line.as_bytes());
        if let Err(error) = written {
            tracing::error!(path = %path.display(), %error, "cannot write the audit file");
            log(record);
        }
    }

    /// Opens the file again when it was moved away, as logrotate does, or if `anyway`.
    pub(super) fn follow(&self, anyway: bool) {
        let Some((path, opened)) = &self.file else { return };
        let mut opened = opened.lock().unwrap_or_else(PoisonError::into_inner);
        if !anyway && Stamp::of(path).is_some_and(|now| now.same_file(&opened.stamp)) {
            return;
        }
        match open(path) {
            Ok(again) => *opened = again,
            Err(error) => tracing::error!(path = %path.display(), %error, "cannot open the audit file again"),
        }
    }
}

fn open(path: &Path) -> std::io::Result<Open> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    // Numbers of customers stand in it.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o640);
    let file = options.open(path)?;
    let stamp = Stamp::of_open(&file)?;
    Ok(Open { file, stamp })
}

fn log(record: &Record<'_>) {
    let Record { time: _, user, way, from, via, exten, operation, arguments, outcome, ms } = record;
    tracing::info!(target: "audit", ?user, ?way, from, ?via, ?exten, ?operation, ?arguments, outcome, ms);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client() -> Client {
        Client { address: "10.2.0.1".parse().unwrap(), via: Some("10.0.0.1".parse().unwrap()), known: true }
    }

    fn lines(path: &Path) -> Vec<serde_json::Value> {
        std::fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn lines_are_json_and_follow_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        let audit = Audit::open(Some(&path)).unwrap();
        let write =
            |outcome: &str| audit.write(&Record::before(client(), Some("li\n\"na\""), outcome, Timestamp::UNIX_EPOCH));
        write("401");
        let aside = folder.path().join("audit.jsonl.1");
        std::fs::rename(&path, &aside).unwrap();
        write("moved");
        audit.follow(false);
        write("new");
        audit.follow(false);
        audit.follow(true);
        write("same");
        assert_eq!(lines(&aside).iter().map(|line| line["outcome"].clone()).collect::<Vec<_>>(), ["401", "moved"]);
        let new = lines(&path);
        assert_eq!(new.iter().map(|line| line["outcome"].clone()).collect::<Vec<_>>(), ["new", "same"]);
        assert_eq!(new[0]["from"], "10.2.0.1");
        assert_eq!(new[0]["via"], "10.0.0.1");
        assert_eq!(new[0]["user"], "li\n\"na\"");
        assert_eq!(new[0]["time"], "1970-01-01T00:00:00Z");
    }

    #[test]
    fn a_folder_that_is_not_there_is_said() {
        assert!(Audit::open(Some(Path::new("no/such/folder/audit.jsonl"))).is_err());
    }
}
