//! Files that only their owner can read, written completely or not at all.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// Replaces the file with `bytes`: writes a new file beside it, which takes its name once it is on the disk, so that a crash
/// leaves either the old or the new one. Creates the folder if it is missing. On Unix only the owner can read the file and a
/// newly created folder.
///
/// Replaces a link by a file; resolve the link first if it has to stay.
///
/// # Errors
/// If a folder or the file cannot be created, written or renamed. Leaves nothing beside it in that case.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    make(folder)?;
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy();
    let mut beside = tempfile::Builder::new().prefix(&format!(".{name}.")).suffix(".new").tempfile_in(folder)?;
    beside.write_all(bytes)?;
    beside.as_file().sync_all()?;
    beside.persist(path).map_err(|error| error.error)?;
    // Syncing the folder puts the name on the disk, too. Systems without this do it by themselves.
    #[cfg(unix)]
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

/// Makes a folder private to its owner, on Unix. Creates it and its parents if they are missing; an existing one loses the rights
/// of others.
///
/// # Errors
/// If one cannot be created, or belongs to somebody else.
pub fn private_folder(folder: &Path) -> io::Result<()> {
    make(folder)?;
    #[cfg(unix)]
    std::fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(())
}

fn make(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Opens a file for reading and writing, or creates it. On Unix only the owner can read a new one.
///
/// # Errors
/// If it cannot be opened or created.
pub fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("made/on the way/数据.json");
        replace(&path, b"old").unwrap();
        replace(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(names(path.parent().unwrap()), ["数据.json"]);
        // A folder of that name is in the way.
        assert!(replace(path.parent().unwrap(), b"x").is_err());
        assert_eq!(names(&folder.path().join("made")), ["on the way"]);
        assert!(replace(Path::new(".."), b"x").is_err() && replace(&path.join("below a file"), b"x").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn what_is_made_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("made/file");
        replace(&path, b"").unwrap();
        assert_eq!((mode(path.parent().unwrap()), mode(&path)), (0o700, 0o600));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        replace(&path, b"").unwrap();
        assert_eq!(mode(&path), 0o600, "also where others could read it before");
        let shared = folder.path().join("shared");
        fs::create_dir(&shared).unwrap();
        fs::set_permissions(&shared, fs::Permissions::from_mode(0o755)).unwrap();
        replace(&shared.join("file"), b"").unwrap();
        assert_eq!(mode(&shared), 0o755, "a folder that was there is not only ours");
        private_folder(&shared).unwrap();
        assert_eq!(mode(&shared), 0o700);
        let open = folder.path().join("open");
        private_file(&open).unwrap().write_all(b"kept").unwrap();
        private_file(&open).unwrap();
        assert_eq!((mode(&open), fs::read(&open).unwrap()), (0o600, b"kept".to_vec()));
    }
}
