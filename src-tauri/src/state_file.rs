//! Small files in the data folder that outlive the program: for their owner only, and replaced as a whole.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Serialize, de::DeserializeOwned};

/// Bytes of the largest file that is read back.
const LARGEST: u64 = 1024 * 1024;

/// Where a file of this name is: `$XDG_DATA_HOME/uncall-panel`, `%LOCALAPPDATA%\uncall-panel\data` or
/// `~/Library/Application Support/uncall-panel`.
pub(crate) fn path(name: &str) -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "uncall-panel").map(|folders| folders.data_local_dir().join(name))
}

/// What the file says; the default where there is none, or one that cannot be read.
pub(crate) fn read<T: DeserializeOwned + Default>(file: &Path) -> T {
    match fs::metadata(file).map(|metadata| metadata.len()) {
        Ok(size) if size <= LARGEST => {}
        Ok(_) | Err(_) => return T::default(),
    }
    let read = fs::read(file).and_then(|bytes| serde_json::from_slice(&bytes).map_err(io::Error::from));
    read.unwrap_or_else(|error| {
        tracing::warn!("{} cannot be read and begins anew: {error}", file.display());
        T::default()
    })
}

/// Writes the file, so that a kill leaves the old one or the new one.
///
/// # Errors
/// The folder or the file cannot be written.
pub(crate) fn write(file: &Path, content: &impl Serialize) -> io::Result<()> {
    uncall_files::replace(file, &serde_json::to_vec(content)?)
}
