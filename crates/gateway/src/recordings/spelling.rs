//! The encoding of file names on disk: UTF-8, or GBK as written by programs on old Chinese systems (handled as GB18030, a
//! superset). A name in neither has no text that anybody could ask for.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The name as text.
pub(super) fn read(name: &OsStr) -> Option<String> {
    name.to_str().map(str::to_owned).or_else(|| gbk::read(name))
}

/// The path of an entry with this name in the folder: in GBK if it exists only under that spelling, otherwise in UTF-8.
pub(super) fn on_disk(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    // Most names are ASCII, which is the same in both.
    if name.is_ascii() || path.symlink_metadata().is_ok() {
        return path;
    }
    let other = gbk::written(name).map(|name| folder.join(name));
    other.filter(|other| other.symlink_metadata().is_ok()).unwrap_or(path)
}

#[cfg(unix)]
mod gbk {
    use std::ffi::{OsStr, OsString};
    use std::os::unix::ffi::{OsStrExt, OsStringExt};

    use encoding_rs::GB18030;

    /// The name as text. Only if it encodes back to the same bytes, because otherwise two names might have the same text.
    pub(super) fn read(name: &OsStr) -> Option<String> {
        let text = GB18030.decode_without_bom_handling_and_without_replacement(name.as_bytes())?;
        (written(&text)? == name).then(|| text.into_owned())
    }

    pub(super) fn written(name: &str) -> Option<OsString> {
        let (bytes, _, unmappable) = GB18030.encode(name);
        (!unmappable).then(|| OsString::from_vec(bytes.into_owned()))
    }
}

/// Names are always text on these systems.
#[cfg(not(unix))]
mod gbk {
    use std::ffi::{OsStr, OsString};

    pub(super) fn read(_name: &OsStr) -> Option<String> {
        None
    }

    pub(super) fn written(_name: &str) -> Option<OsString> {
        None
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    #[test]
    fn names_are_read_in_utf_8_and_in_gbk() {
        let gbk = b"801-\xd5\xc5\xc8\xfd-20130625-093138-1372123897.17.wav";
        for (bytes, text) in [
            (&gbk[..], Some("801-张三-20130625-093138-1372123897.17.wav")),
            ("801-张三.wav".as_bytes(), Some("801-张三.wav")),
            (b"plain.wav", Some("plain.wav")),
            (b"\xff\xfe.wav", None),
            (b"cut \xd5", None),
        ] {
            assert_eq!(read(OsStr::from_bytes(bytes)).as_deref(), text, "{bytes:?}");
        }
    }

    #[test]
    fn what_is_there_in_gbk_is_found_by_its_text() {
        let folder = tempfile::tempdir().unwrap();
        let gbk = folder.path().join(OsStr::from_bytes(b"\xd5\xc5\xc8\xfd.wav"));
        std::fs::write(&gbk, b"").unwrap();
        assert_eq!(on_disk(folder.path(), "张三.wav"), gbk);
        let both = folder.path().join("张三.wav");
        std::fs::write(&both, b"").unwrap();
        assert_eq!(on_disk(folder.path(), "张三.wav"), both, "as it is spelt");
        assert_eq!(on_disk(folder.path(), "李四.wav"), folder.path().join("李四.wav"));
    }
}
