//! Whether a file has changed.

use std::fs::Metadata;
use std::path::Path;
use std::time::SystemTime;

/// What a file looked like. Links are followed: certificates are often changed by turning one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
    /// Device and number; nothing where the system has none.
    file: Option<(u64, u64)>,
}

impl From<&Metadata> for Stamp {
    fn from(metadata: &Metadata) -> Stamp {
        #[cfg(unix)]
        let file = {
            use std::os::unix::fs::MetadataExt;
            Some((metadata.dev(), metadata.ino()))
        };
        #[cfg(not(unix))]
        let file = None;
        Stamp { length: metadata.len(), modified: metadata.modified().ok(), file }
    }
}

impl Stamp {
    pub(super) fn of(path: &Path) -> Option<Stamp> {
        std::fs::metadata(path).ok().as_ref().map(Stamp::from)
    }

    /// Whether both are one file, whatever was written to it meanwhile.
    pub(super) fn same_file(&self, other: &Stamp) -> bool {
        self.file == other.file
    }
}

/// Whether other users of the machine may read it; `false` where the system cannot tell.
pub(crate) fn others_read(path: &Path) -> bool {
    #[cfg(unix)]
    let mode = std::fs::metadata(path).map(|metadata| std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()));
    #[cfg(not(unix))]
    let mode = std::io::Result::Ok(0);
    mode.is_ok_and(|mode: u32| mode & 0o004 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_secret_that_others_read_is_noticed() {
        use std::os::unix::fs::PermissionsExt as _;
        let file = tempfile::NamedTempFile::new().unwrap();
        for (mode, open) in [(0o600, false), (0o640, false), (0o644, true)] {
            std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(others_read(file.path()), open, "{mode:o}");
        }
    }
}
