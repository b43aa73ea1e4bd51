//! Identifies a file or folder whatever its name, by its device and number.

use std::fs::{File, Metadata};
use std::path::Path;

/// Device and number. `None` if the system does not say.
pub type Identity = Option<(u64, u64)>;

/// The identity of the file at `path`, whose metadata was just read. Follows links.
#[cfg(unix)]
pub fn of(_: &Path, metadata: &Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;
    Some((metadata.dev(), metadata.ino()))
}

/// The identity of the file at `path`. Follows links.
#[cfg(windows)]
pub fn of(path: &Path, _: &Metadata) -> Identity {
    use winapi_util::{Handle, file::information};
    let information = Handle::from_path_any(path).and_then(information).ok()?;
    Some((information.volume_serial_number(), information.file_index()))
}

/// The identity of an open file, whose metadata was just read.
#[cfg(unix)]
pub fn of_open(_: &File, metadata: &Metadata) -> Identity {
    of(Path::new(""), metadata)
}

/// The identity of an open file.
#[cfg(windows)]
pub fn of_open(file: &File, _: &Metadata) -> Identity {
    let information = winapi_util::file::information(file).ok()?;
    Some((information.volume_serial_number(), information.file_index()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_the_same_under_another_name_and_another_under_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (folder.path().join("first"), folder.path().join("second"));
        let at = |path: &Path| of(path, &std::fs::metadata(path).unwrap());
        let file = File::create(&first).unwrap();
        let was = at(&first);
        assert!(was.is_some() && was == of_open(&file, &file.metadata().unwrap()));
        std::fs::rename(&first, &second).unwrap();
        File::create(&first).unwrap();
        assert!(at(&second) == was && at(&first) != was);
        assert!(at(folder.path()).is_some() && at(folder.path()) != was);
    }
}
