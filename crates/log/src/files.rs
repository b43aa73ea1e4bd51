//! Log files, bounded by days, number and size.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};

/// How much to keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Days, counting only those with a log file.
    pub days: usize,
    /// Files, over all days.
    pub files: usize,
    /// Bytes per file. A line that would exceed this goes to the next file.
    pub bytes: u64,
}

/// Log files in a folder: one per day (UTC), `NAME.2026-11-22.log`, and when that is full `NAME.2026-11-22.2.log` and so on. The
/// oldest are removed. Each line is written at once, because logs are needed most when a program dies midway.
#[derive(Debug)]
pub struct Files {
    folder: PathBuf,
    name: String,
    bounds: Bounds,
    clock: fn() -> Timestamp,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    part: Part,
    file: File,
    bytes: u64,
}

/// Identifies a file: its day, and its number on that day, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Part {
    day: Date,
    number: u32,
}

impl Part {
    fn file(self, name: &str) -> String {
        match self.number {
            1 => format!("{name}.{}.log", self.day),
            number => format!("{name}.{}.{number}.log", self.day),
        }
    }

    fn of(file: &str, name: &str) -> Option<Part> {
        let part = file.strip_prefix(name)?.strip_prefix('.')?.strip_suffix(".log")?;
        let (day, number) = part.split_once('.').unwrap_or((part, "1"));
        let part = Part { day: day.parse().ok()?, number: number.parse().ok()? };
        // Dates and numbers can be written in more ways than these files are named.
        (part.file(name) == file).then_some(part)
    }
}

impl Files {
    /// Opens today's file of this name. The folder must exist.
    ///
    /// # Errors
    /// If today's file cannot be opened.
    pub fn open(folder: &Path, name: &str, bounds: Bounds) -> io::Result<Files> {
        Files::open_at(folder, name, bounds, Timestamp::now)
    }

    fn open_at(folder: &Path, name: &str, bounds: Bounds, clock: fn() -> Timestamp) -> io::Result<Files> {
        let mut files = Files { folder: folder.to_owned(), name: name.to_owned(), bounds, clock, open: None };
        files.turn(0)?;
        Ok(files)
    }

    /// Makes sure that the open file is today's and has room for `more` bytes. Removes old files when it starts a new one.
    fn turn(&mut self, more: u64) -> io::Result<()> {
        let day = (self.clock)().to_zoned(TimeZone::UTC).date();
        if let Some(open) = &self.open
            && open.part.day == day
            && (open.bytes == 0 || open.bytes.saturating_add(more) <= self.bounds.bytes)
        {
            return Ok(());
        }
        let last = self.parts()?.into_iter().filter(|part| part.day == day).max();
        let mut part = last.unwrap_or(Part { day, number: 1 });
        let size = |part: Part| fs::metadata(self.folder.join(part.file(&self.name))).map_or(0, |found| found.len());
        if size(part) > 0 && size(part).saturating_add(more) > self.bounds.bytes {
            part.number = part.number.saturating_add(1);
        }
        let file = OpenOptions::new().create(true).append(true).open(self.folder.join(part.file(&self.name)))?;
        self.open = Some(Open { part, file, bytes: size(part) });
        self.tidy(part)
    }

    fn parts(&self) -> io::Result<Vec<Part>> {
        let names = fs::read_dir(&self.folder)?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        Ok(names.filter_map(|file| Part::of(&file, &self.name)).collect())
    }

    /// Removes files beyond the bounds. Files with other names are left alone.
    fn tidy(&self, current: Part) -> io::Result<()> {
        let mut parts = self.parts()?;
        parts.sort_unstable_by(|a, b| b.cmp(a));
        let mut days: Vec<Date> = Vec::new();
        for (older, part) in parts.into_iter().enumerate() {
            if !days.contains(&part.day) {
                days.push(part.day);
            }
            let is_beyond = older >= self.bounds.files || days.len() > self.bounds.days;
            if is_beyond && part != current {
                // Another panel may have removed it already.
                let _ = fs::remove_file(self.folder.join(part.file(&self.name)));
            }
        }
        Ok(())
    }
}

impl io::Write for Files {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.turn(length)?;
        let Some(open) = &mut self.open else { return Err(io::ErrorKind::NotFound.into()) };
        open.file.write_all(bytes)?;
        open.bytes = open.bytes.saturating_add(length);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.open.as_mut().map_or(Ok(()), |open| open.file.flush())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    const BOUNDS: Bounds = Bounds { days: 3, files: 4, bytes: 10 };

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn at_noon() -> Timestamp {
        "2026-11-30T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_full_file_is_followed_by_another_and_the_oldest_go() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = Files::open_at(folder.path(), "panel", BOUNDS, at_noon).unwrap();
        for line in ["one\n", "two\n", "three\n", "a line of its own\n", "five\n", "six\n", "seven\n", "eight\n"] {
            files.write_all(line.as_bytes()).unwrap();
        }
        drop(files);
        let texts: Vec<_> =
            names(folder.path()).iter().map(|name| fs::read_to_string(folder.path().join(name)).unwrap()).collect();
        assert_eq!(names(folder.path())[0], "panel.2026-11-30.3.log");
        assert_eq!(texts, ["a line of its own\n", "five\nsix\n", "seven\n", "eight\n"]);
        // The next start continues the last file.
        let mut files = Files::open_at(folder.path(), "panel", BOUNDS, at_noon).unwrap();
        files.write_all(b"on\n").unwrap();
        let last = names(folder.path()).pop().unwrap();
        assert!(fs::read_to_string(folder.path().join(last)).unwrap().ends_with("on\n"));
        assert_eq!(names(folder.path()).len(), BOUNDS.files);
    }

    #[test]
    fn a_day_has_a_file_of_its_own_and_three_days_are_kept() {
        static NOW: AtomicI64 = AtomicI64::new(0);
        let clock = || Timestamp::from_second(NOW.load(Ordering::Relaxed)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let strange = "notes.txt panel.log panel.2026-13-01.log panel-2.2020-01-01.log panel.2020-01-01.log.gz \
            panel.20200101.log panel.+002020-01-01.log panel.2020-01-01T12.log panel.2020-01-01[UTC].log \
            panel.2020-01-01.1.log panel.2020-01-01.02.log panel.2020-01-01.+3.log panel.2020-01-01.0.log";
        for strange in strange.split_ascii_whitespace() {
            fs::write(folder.path().join(strange), "mine").unwrap();
        }
        let strange = names(folder.path());
        let mut files = Files::open_at(folder.path(), "panel", BOUNDS, clock).unwrap();
        // Some days have no lines, and the clock may be set back.
        for day in [0, 1, 2, 9, 10, 8] {
            NOW.store(day * 86_400, Ordering::Relaxed);
            files.write_all(b"line\n").unwrap();
        }
        let left: Vec<_> = names(folder.path()).into_iter().filter(|name| !strange.contains(name)).collect();
        assert_eq!(left, ["panel.1970-01-09.log", "panel.1970-01-10.log", "panel.1970-01-11.log"]);
        assert_eq!(names(folder.path()).len(), strange.len() + 3);
    }
}
