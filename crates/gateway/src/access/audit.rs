//! The audit log: a line for every verb, with user, address, arguments and outcome.

use std::fs::OpenOptions;
use std::io::{Read, Seek, SeekFrom, Write};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::Serialize;
use uncall_contract::masked;

use super::caller::Caller;
use super::changes::Stamp;
use super::networks::Client;

/// How many characters of a received value a line shows.
const SHOWN: usize = 64;
/// The most lines that wait for the disk.
const WAITING: usize = 8_192;
/// How long to wait for the disk when the gateway stops.
const LAST_LINES: Duration = Duration::from_secs(2);
/// How often the log says that the file cannot be written.
const SAID_EVERY: Duration = Duration::from_secs(60);

/// One line.
#[derive(Debug, Serialize)]
pub(crate) struct Record {
    time: Timestamp,
    user: Option<String>,
    /// `open`, `password`, `token`, `proxy`; `null` before a login.
    way: Option<&'static str>,
    from: IpAddr,
    via: Option<IpAddr>,
    exten: Option<String>,
    operation: Option<&'static str>,
    arguments: Vec<String>,
    outcome: String,
    ms: u64,
}

impl Record {
    /// What `caller` did. `arguments` are as received, the acting extension first.
    pub(crate) fn of(
        caller: &Caller,
        (operation, arguments): (&'static str, Vec<Option<&str>>),
        outcome: &str,
        time: Timestamp,
        took: Duration,
    ) -> Record {
        let arguments: Vec<String> =
            arguments.into_iter().map(|argument| short(argument.unwrap_or_default())).collect();
        Record {
            user: caller.user().map(str::to_owned),
            way: Some(caller.way.name()),
            exten: arguments.first().cloned(),
            operation: Some(operation),
            arguments,
            ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            ..Record::before(caller.client, None, outcome, time)
        }
    }

    /// Who listened to a recording, or was not allowed to.
    pub(crate) fn heard(caller: &Caller, file: &str, outcome: &str, time: Timestamp) -> Record {
        Record { exten: None, ..Record::of(caller, ("recording", vec![Some(file)]), outcome, time, Duration::ZERO) }
    }

    /// A failed login. `user` only if there is one of that name, since people type passwords into the wrong box.
    pub(crate) fn before(client: Client, user: Option<&str>, outcome: &str, time: Timestamp) -> Record {
        Record {
            time,
            user: user.map(str::to_owned),
            way: None,
            from: client.address,
            via: client.via,
            exten: None,
            operation: None,
            arguments: Vec::new(),
            outcome: outcome.to_owned(),
            ms: 0,
        }
    }

    /// Writes to the log, which must not contain whole numbers.
    fn log(&self) {
        let Record { time: _, user, way, from, via, exten, operation, arguments, outcome, ms } = self;
        let exten = exten.as_deref().map(masked);
        let arguments: Vec<_> = arguments.iter().map(|argument| masked(argument)).collect();
        tracing::info!(target: "audit", ?user, ?way, %from, ?via, ?exten, ?operation, ?arguments, outcome, ms);
    }
}

fn short(value: &str) -> String {
    value.chars().take(SHOWN).collect()
}

/// Writes lines to the file, on a thread of its own, or to the log. A slow or full disk blocks no call.
#[derive(Debug)]
pub(crate) struct Audit {
    file: Option<Writing>,
}

#[derive(Debug)]
struct Writing {
    work: SyncSender<Work>,
    lost: Arc<AtomicU64>,
}

enum Work {
    Line(Box<Record>),
    /// Check whether the file was moved away, or reopen it anyway.
    Follow(bool),
    /// Report when everything before this is written.
    Done(SyncSender<()>),
}

impl Audit {
    /// Opens or creates the file.
    pub(super) fn open(path: Option<&Path>) -> std::io::Result<Audit> {
        let Some(path) = path else { return Ok(Audit { file: None }) };
        let opened = open(path)?;
        let (work, to_do) = std::sync::mpsc::sync_channel(WAITING);
        let lost = Arc::<AtomicU64>::default();
        let file = File { path: path.to_owned(), opened, lost: Arc::clone(&lost), unsaid: None };
        std::thread::Builder::new().name("audit".to_owned()).spawn(move || file.keep(&to_do))?;
        Ok(Audit { file: Some(Writing { work, lost }) })
    }

    /// Queues a line for writing. If the queue is full, counts the line, and the next line in the file says how many are missing.
    pub(crate) fn write(&self, record: Record) {
        let Some(writing) = &self.file else { return record.log() };
        if writing.work.try_send(Work::Line(Box::new(record))).is_err()
            && writing.lost.fetch_add(1, Ordering::Relaxed).wrapping_add(1).is_power_of_two()
        {
            tracing::error!("the disk of the audit file is too slow: lines are lost");
        }
    }

    /// Requests that the file be reopened if it was moved away, as by logrotate, or if `anyway`.
    pub(super) fn follow(&self, anyway: bool) {
        // If the queue is full, the next check comes soon.
        self.file.as_ref().map(|writing| writing.work.try_send(Work::Follow(anyway)).is_ok());
    }

    /// Waits until everything before this is written, but not for long.
    pub(super) fn finish(&self) {
        let Some(writing) = &self.file else { return };
        let (done, is_done) = std::sync::mpsc::sync_channel(1);
        let asked = writing.work.try_send(Work::Done(done)).is_ok();
        if !asked || is_done.recv_timeout(LAST_LINES).is_err() {
            tracing::error!("the audit file is not written to its end");
        }
    }
}

/// The file, owned by its thread.
struct File {
    path: PathBuf,
    opened: Open,
    lost: Arc<AtomicU64>,
    /// When the log was last told that lines go there, and how many it was not told of since.
    unsaid: Option<(Instant, u64)>,
}

struct Open {
    file: std::fs::File,
    stamp: Stamp,
    /// Its end is a piece of a line.
    torn: bool,
}

/// Written in place of lines that did not fit into the queue.
#[derive(Serialize)]
struct Lost {
    time: Timestamp,
    lost: u64,
}

impl File {
    /// Works until all senders are gone.
    fn keep(mut self, work: &Receiver<Work>) {
        for work in work {
            match work {
                Work::Line(record) => self.line(&record),
                Work::Follow(anyway) => self.follow(anyway),
                // The receiver may be gone.
                Work::Done(done) => _ = done.try_send(()),
            }
        }
    }

    /// Writes a line to the file, or to the log if that fails: a full disk must not hide who did what.
    fn line(&mut self, record: &Record) {
        let lost = self.lost.swap(0, Ordering::Relaxed);
        if lost > 0 && self.append(&Lost { time: Timestamp::now(), lost }).is_err() {
            self.lost.fetch_add(lost, Ordering::Relaxed);
        }
        if let Err(error) = self.append(record) {
            if let Some(others) = self.is_to_be_said(Instant::now()) {
                let path = self.path.display();
                tracing::error!(%path, %error, others, "cannot write the audit file: its lines go to the log");
            }
            record.log();
        }
    }

    /// Whether the log is to be told now of a line that could not be written, and of how many others it was not.
    fn is_to_be_said(&mut self, now: Instant) -> Option<u64> {
        if let Some((said, others)) = &mut self.unsaid
            && now.saturating_duration_since(*said) < SAID_EVERY
        {
            *others += 1;
            return None;
        }
        let before = self.unsaid.replace((now, 0));
        Some(before.map_or(0, |(_, others)| others))
    }

    /// One write, so that the lines of two processes do not mix. A disk that has become full takes a part of it; the next line then
    /// begins a line of its own, so that one line is lost and not two.
    fn append(&mut self, line: &impl Serialize) -> std::io::Result<()> {
        let mut bytes = if self.opened.torn { b"\n".to_vec() } else { Vec::new() };
        serde_json::to_writer(&mut bytes, line)?;
        bytes.push(b'\n');
        let mut left = bytes.as_slice();
        while !left.is_empty() {
            match self.opened.file.write(left) {
                Ok(0) => return Err(std::io::ErrorKind::WriteZero.into()),
                Ok(written) => {
                    left = left.get(written..).unwrap_or_default();
                    self.opened.torn = !left.is_empty();
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn follow(&mut self, anyway: bool) {
        if !anyway && Stamp::of(&self.path).is_some_and(|now| now.same_file(&self.opened.stamp)) {
            return;
        }
        match open(&self.path) {
            Ok(again) => self.opened = again,
            Err(error) => tracing::error!(path = %self.path.display(), %error, "cannot open the audit file again"),
        }
    }
}

fn open(path: &Path) -> std::io::Result<Open> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    // The file contains customers' numbers.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o640);
    let file = options.open(path)?;
    let stamp = Stamp::of_open(&file)?;
    let torn = file.metadata()?.is_file() && is_torn(path).unwrap_or(false);
    Ok(Open { file, stamp, torn })
}

/// Whether the file's last line was not written to its end, by a gateway that ended on a full disk.
fn is_torn(path: &Path) -> std::io::Result<bool> {
    let mut file = std::fs::File::open(path)?;
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
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
        let write = |outcome: &str| {
            audit.write(Record::before(client(), Some("li\n\"na\""), outcome, Timestamp::UNIX_EPOCH));
            audit.finish();
        };
        write("401");
        let aside = folder.path().join("audit.jsonl.1");
        std::fs::rename(&path, &aside).unwrap();
        write("moved");
        audit.follow(false);
        write("new");
        audit.follow(false);
        audit.follow(true);
        write("same");
        audit.finish();
        assert_eq!(lines(&aside).iter().map(|line| line["outcome"].clone()).collect::<Vec<_>>(), ["401", "moved"]);
        let new = lines(&path);
        assert_eq!(new.iter().map(|line| line["outcome"].clone()).collect::<Vec<_>>(), ["new", "same"]);
        assert_eq!(new[0]["from"], "10.2.0.1");
        assert_eq!(new[0]["via"], "10.0.0.1");
        assert_eq!(new[0]["user"], "li\n\"na\"");
        assert_eq!(new[0]["time"], "1970-01-01T00:00:00Z");
    }

    /// A pipe that nobody reads acts as a disk that takes nothing.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_disk_that_stands_still_stops_nobody_and_what_is_lost_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        let reader = OpenOptions::new().read(true).write(true).open(&path).unwrap();
        let audit = Audit::open(Some(&path)).unwrap();
        let write = |outcome: String| audit.write(Record::before(client(), None, &outcome, Timestamp::UNIX_EPOCH));
        let many = WAITING + 2_000;
        (0..many).for_each(|at| write(at.to_string()));
        // Some lines are in the pipe, the next ones in the queue; all others were dropped, and no caller has waited.
        let mut lines = std::io::BufRead::lines(std::io::BufReader::new(reader));
        let mut next = || serde_json::from_str::<serde_json::Value>(&lines.next().unwrap().unwrap()).unwrap();
        let (mut written, mut lost) = (0, 0);
        while written + lost < many {
            match next()["lost"].as_u64() {
                Some(count) => lost += usize::try_from(count).unwrap(),
                None => written += 1,
            }
        }
        assert!(lost > 0 && written >= WAITING, "{lost} lost, {written} written");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_said_once_a_minute_and_with_how_many_lines() {
        let (now, full) = (Instant::now(), PathBuf::from("/dev/full"));
        let opened = open(&full).unwrap();
        let mut file = File { path: full, opened, lost: Arc::default(), unsaid: None };
        assert!(file.append(&Lost { time: Timestamp::UNIX_EPOCH, lost: 1 }).is_err() && !file.opened.torn);
        let said: Vec<_> = (0..125).map(|second| file.is_to_be_said(now + Duration::from_secs(second))).collect();
        let said: Vec<_> = said.iter().enumerate().filter_map(|(second, said)| Some((second, (*said)?))).collect();
        assert_eq!(said, [(0, 0), (60, 59), (120, 59)]);
    }

    #[test]
    fn a_line_that_was_torn_by_an_earlier_process_spoils_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        std::fs::write(&path, "{\"time\":\"1970-").unwrap();
        let audit = Audit::open(Some(&path)).unwrap();
        for outcome in ["one", "two"] {
            audit.write(Record::before(client(), None, outcome, Timestamp::UNIX_EPOCH));
        }
        audit.finish();
        let text = std::fs::read_to_string(&path).unwrap();
        let (torn, whole) = text.split_once('\n').unwrap();
        assert_eq!(torn, "{\"time\":\"1970-");
        assert_eq!(whole.lines().filter(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()).count(), 2);
    }

    #[test]
    fn a_folder_that_is_not_there_is_said() {
        assert!(Audit::open(Some(Path::new("no/such/folder/audit.jsonl"))).is_err());
    }
}
