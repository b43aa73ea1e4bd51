//! Writing a file whole or not at all.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, IsTerminal as _, Seek as _, SeekFrom, Write},
    path::{Path, PathBuf},
};

/// Hexadecimal digits between a file's name and `.part`.
const DIGITS: usize = 8;

/// The place where bytes are written as they come.
pub(crate) enum Target {
    /// A file beside the final one, renamed at the end: at every moment there is the old file, the new one, or none.
    File(Beside),
    /// A device or pipe, e.g. `/dev/stdout`, or the standard output for `-`: written to directly.
    Stream { to: Box<dyn Write + Send>, written: bool },
}

/// A file that does not have its final name yet. It is removed when dropped.
pub(crate) struct Beside {
    file: File,
    part: PathBuf,
    path: PathBuf,
    named: bool,
}

impl Target {
    /// Opens the target at `path`, and removes what killed commands left of it.
    pub(crate) fn open(path: &Path) -> io::Result<Target> {
        let stream = |to| Target::Stream { to, written: false };
        if path == "-" {
            if io::stdout().is_terminal() {
                return Err(io::Error::other("a terminal takes no sound; name a file, or a pipe behind it"));
            }
            return Ok(stream(Box::new(io::stdout())));
        }
        let path = match fs::metadata(path) {
            Ok(found) if found.is_dir() => {
                return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a directory"));
            }
            Ok(found) if !found.is_file() => return Ok(stream(Box::new(OpenOptions::new().write(true).open(path)?))),
            // A link stays a link to its file.
            Ok(_) => dunce::canonicalize(path)?,
            Err(_) => path.to_owned(),
        };
        let name = path.file_name().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "it names no file"))?;
        // On NTFS this would become an alternate stream of another file, which nobody finds.
        if cfg!(windows) && name.to_string_lossy().contains(':') {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a file's name takes no colon"));
        }
        remove_left(&path, name);
        let part = path.with_file_name(part(name, &format!("{:08x}", fastrand::u32(..))));
        let file = OpenOptions::new().write(true).create_new(true).open(&part)?;
        // The lock tells others that the file is in use. Where there are no locks they leave it alone.
        let _ = file.try_lock();
        Ok(Target::File(Beside { file, part, path, named: false }))
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Target::File(beside) => beside.file.write_all(bytes),
            Target::Stream { to, written } => {
                *written |= !bytes.is_empty();
                to.write_all(bytes)
            }
        }
    }

    /// Discards what was written, where the target allows it.
    pub(crate) fn restart(&mut self) -> io::Result<bool> {
        match self {
            Target::File(beside) => {
                beside.file.set_len(0)?;
                beside.file.seek(SeekFrom::Start(0)).map(|_| true)
            }
            Target::Stream { written, .. } => Ok(!*written),
        }
    }

    /// Overwrites the first bytes, where the target allows it.
    pub(crate) fn amend(&mut self, start: &[u8]) -> io::Result<()> {
        match self {
            Target::File(beside) => {
                beside.file.seek(SeekFrom::Start(0))?;
                beside.file.write_all(start)
            }
            Target::Stream { .. } => Ok(()),
        }
    }

    /// Finishes: the file gets its name.
    pub(crate) fn finish(self) -> io::Result<()> {
        match self {
            Target::File(mut beside) => {
                beside.file.sync_all()?;
                fs::rename(&beside.part, &beside.path)?;
                beside.named = true;
                Ok(())
            }
            Target::Stream { mut to, .. } => to.flush(),
        }
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if !self.named {
            let _ = fs::remove_file(&self.part);
        }
    }
}

fn part(name: &OsStr, digits: &str) -> OsString {
    let mut part = OsString::from(".");
    part.push(name);
    part.push(format!(".{digits}.part"));
    part
}

/// Removes half-written files of this name that no process uses any more.
fn remove_left(path: &Path, name: &OsStr) {
    let (start, end) = (part(name, ""), ".part");
    let Some(start) = start.to_str().and_then(|start| start.strip_suffix(end)) else { return };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    for found in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_part = found.file_name().to_str().is_some_and(|name| {
            let digits = name.strip_prefix(start).and_then(|rest| rest.strip_suffix(end));
            digits.is_some_and(|digits| digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
        });
        let is_left = is_part
            && OpenOptions::new()
                .write(true)
                .open(found.path())
                .is_ok_and(|file| !matches!(file.try_lock(), Err(TryLockError::WouldBlock)));
        if is_left {
            let _ = fs::remove_file(found.path());
        }
    }
}
