//! Contact files, reloaded when they change. While a file cannot be read, its last contacts stay.

use std::{
    fs::{self, File},
    io::{self, Read as _},
    ops::Range,
    path::{Path, PathBuf},
    time::SystemTime,
};

use uncall_desk::problem::Problem;
use uncall_directory::{
    Contact, Directory, Home,
    import::{self, LARGEST},
};

use super::{ContactsView, FileView};

/// The state of all contact files.
#[derive(Debug, Default)]
pub(super) struct Files {
    files: Vec<Known>,
    home: Home,
}

#[derive(Debug)]
struct Known {
    path: PathBuf,
    /// The stamp when it was last read. `None` if it could not be opened.
    stamp: Option<Stamp>,
    /// The position of its contacts in the directory.
    range: Range<usize>,
    skipped: usize,
    problem: Option<Problem>,
}

/// Detects changes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp {
    bytes: u64,
    changed: Option<SystemTime>,
}

/// The result of checking a file.
enum Look {
    /// Unchanged.
    Same,
    /// Reloaded: stamp, contacts, unusable rows.
    Read(Stamp, Vec<Contact>, usize),
    /// Unreadable. With a stamp it is tried again when it changes, without one at the next check.
    Not(Option<Stamp>, Problem),
    /// The imported contacts do not exist.
    Gone,
}

impl Files {
    /// Checks these files. Returns a new directory if something has changed. `before` is the current one.
    /// A missing file is a problem, except for `own`, the imported contacts.
    pub(super) fn look(
        &mut self,
        paths: &[PathBuf],
        own: Option<&Path>,
        home: Home,
        before: &Directory,
    ) -> Option<Directory> {
        let known = |path: &PathBuf| self.files.iter().find(|known| known.path == *path);
        let looks: Vec<(&PathBuf, Look)> =
            paths.iter().map(|path| (path, look(path, Some(path.as_path()) == own, known(path)))).collect();
        let same = looks.iter().all(|(path, look)| match look {
            Look::Same => true,
            Look::Not(None, problem) => known(path).is_some_and(|known| known.problem.as_ref() == Some(problem)),
            Look::Gone => known(path).is_some_and(|known| known.stamp.is_none() && known.range.is_empty()),
            Look::Read(..) | Look::Not(..) => false,
        });
        if same && self.files.len() == paths.len() && self.home == home {
            return None;
        }
        let kept = |path: &PathBuf| {
            let range = known(path).map(|known| known.range.clone()).unwrap_or_default();
            before.contacts().get(range).unwrap_or_default().to_vec()
        };
        let (mut contacts, mut files) = (Vec::new(), Vec::new());
        for (path, look) in looks {
            let (skipped, old) = known(path).map(|known| (known.skipped, known.stamp.clone())).unwrap_or_default();
            let (stamp, mut own, skipped, problem) = match look {
                Look::Same => (old, kept(path), skipped, known(path).and_then(|known| known.problem.clone())),
                Look::Read(stamp, own, skipped) => (Some(stamp), own, skipped, None),
                Look::Not(stamp, problem) => {
                    tracing::warn!(code = problem.code, file = problem.detail, "contacts stay as they were");
                    (stamp, kept(path), skipped, Some(problem))
                }
                Look::Gone => (None, Vec::new(), 0, None),
            };
            let from = contacts.len();
            contacts.append(&mut own);
            files.push(Known { path: path.clone(), stamp, range: from..contacts.len(), skipped, problem });
        }
        (self.files, self.home) = (files, home.clone());
        Some(Directory::new(contacts, home))
    }

    /// What the settings page shows. `own` is the file of imported contacts.
    pub(super) fn view(&self, own: Option<&Path>) -> ContactsView {
        let is_own = |known: &&Known| Some(known.path.as_path()) == own;
        ContactsView {
            count: self.files.iter().map(|known| known.range.len()).sum(),
            own: self.files.iter().filter(is_own).map(|known| known.range.len()).sum(),
            files: self
                .files
                .iter()
                // Hide the file of imported contacts if there are none.
                .filter(|known| !is_own(known) || !known.range.is_empty() || known.problem.is_some())
                .map(|known| FileView {
                    file: name(&known.path),
                    count: known.range.len(),
                    skipped: known.skipped,
                    problem: known.problem.clone(),
                })
                .collect(),
        }
    }
}

/// The file name without the folder.
pub(super) fn name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

fn look(path: &Path, own: bool, known: Option<&Known>) -> Look {
    let stamp = match stamp(path) {
        Ok(stamp) => stamp,
        Err(error) if own && error.kind() == io::ErrorKind::NotFound => return Look::Gone,
        Err(error) => return Look::Not(None, unreadable(path, &error)),
    };
    if known.is_some_and(|known| known.stamp.as_ref() == Some(&stamp)) {
        return Look::Same;
    }
    match read(path) {
        Ok(Ok(import)) => Look::Read(stamp, import.contacts, import.skipped_in_all),
        Ok(Err(problem)) => Look::Not(Some(stamp), has_none(path, problem)),
        Err(error) => Look::Not(None, unreadable(path, &error)),
    }
}

fn stamp(path: &Path) -> io::Result<Stamp> {
    let found = fs::metadata(path)?;
    // Opening a pipe blocks, and reading a device may never end.
    if !found.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no file"));
    }
    Ok(Stamp { bytes: found.len(), changed: found.modified().ok() })
}

/// Reads a file, at most [`LARGEST`] bytes and one.
pub(super) fn read(path: &Path) -> io::Result<Result<import::Import, import::Problem>> {
    stamp(path)?;
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST as u64 + 1).read_to_end(&mut bytes)?;
    Ok(import::read(&bytes))
}

/// Why a file cannot be read.
pub(super) fn unreadable(path: &Path, error: &io::Error) -> Problem {
    Problem::new("contacts_unreadable", &format!("{}: {error}", name(path)))
}

/// Why a file has no contacts.
pub(super) fn has_none(path: &Path, problem: import::Problem) -> Problem {
    let code = match problem {
        import::Problem::TooLarge => "contacts_too_large",
        import::Problem::Empty => "contacts_empty",
        import::Problem::NotText => "contacts_not_text",
        import::Problem::NoColumns => "contacts_no_columns",
    };
    Problem::new(code, &name(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Words;
    use uncall_desk::settings::Language;

    fn names(directory: &Directory) -> Vec<&str> {
        directory.contacts().iter().map(|contact| &*contact.name).collect()
    }

    fn write(path: &Path, text: &str) {
        fs::write(path, text).unwrap();
    }

    #[test]
    fn a_file_is_read_when_it_changes_and_what_it_had_stays_while_it_cannot_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let [one, other] = ["one.csv", "other.csv"].map(|name| folder.path().join(name));
        let paths = [one.clone(), other.clone()];
        write(&one, "姓名,电话\n李雷,13800138000\n");
        let mut files = Files::default();
        let mut directory = files.look(&paths, None, Home::default(), &Directory::default()).unwrap();
        assert_eq!(names(&directory), ["李雷"]);
        assert_eq!(
            files.view(None).files[1].problem.as_ref().map(|why| why.code.as_str()),
            Some("contacts_unreadable")
        );
        assert!(files.look(&paths, None, Home::default(), &directory).is_none(), "nothing new");
        for (text, expected, code) in [
            ("姓名,电话\n韩梅梅,13900139000\n王芳,801\n", vec!["李雷", "韩梅梅", "王芳"], None),
            ("half of a pic\0ture", vec!["李雷", "韩梅梅", "王芳"], Some("contacts_not_text")),
            ("", vec!["李雷", "韩梅梅", "王芳"], Some("contacts_empty")),
            ("姓名,电话\n王芳芳,801\n,802\n", vec!["李雷", "王芳芳"], None),
        ] {
            write(&other, text);
            directory = files.look(&paths, None, Home::default(), &directory).unwrap();
            assert_eq!(names(&directory), expected, "{text}");
            let view = files.view(None);
            assert_eq!(view.files[1].problem.as_ref().map(|why| why.code.as_str()), code, "{text}");
            assert_eq!(view.count, expected.len());
        }
        assert_eq!(files.view(Some(&one)).own, 1);
        fs::remove_file(&other).unwrap();
        directory = files.look(&paths, None, Home::default(), &directory).unwrap();
        assert_eq!(names(&directory), ["李雷", "王芳芳"], "a share that is away for a moment");
        directory = files.look(&paths[..1], None, Home::default(), &directory).unwrap();
        assert_eq!(names(&directory), ["李雷"], "a file that the settings name no longer");
    }

    #[test]
    fn what_is_no_file_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = Files::default();
        let directory = files.look(&[folder.path().to_owned()], None, Home::default(), &Directory::default()).unwrap();
        assert!(directory.is_empty() && files.view(None).files[0].problem.is_some());
        #[cfg(unix)]
        for endless in ["/dev/zero", "/dev/stdin"] {
            assert!(read(Path::new(endless)).is_err(), "{endless}");
        }
    }

    #[test]
    fn every_reason_has_its_sentence() {
        let words = Words::new(Some(Language::English));
        let path = Path::new("contacts.csv");
        let reasons =
            [import::Problem::TooLarge, import::Problem::Empty, import::Problem::NotText, import::Problem::NoColumns];
        let gone = unreadable(path, &io::ErrorKind::NotFound.into());
        for problem in reasons.map(|reason| has_none(path, reason)).into_iter().chain([gone]) {
            let key = format!("problem.{}", problem.code);
            let said = words.with(&key, &[("detail", &problem.detail)]);
            assert!(said != key && said.contains("contacts.csv"), "{said}");
        }
    }
}
