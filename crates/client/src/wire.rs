//! The whole traffic, in a file that somebody asks for on purpose. Logs hold none of it: they are kept, sent around and read by
//! people whom customers' numbers do not concern.

use std::fmt;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use reqwest::header::{AUTHORIZATION, COOKIE, HeaderMap, SET_COOKIE};

/// Where requests and answers are written as they are, numbers and texts included; of logins and cookies only the kind or name,
/// and of answers the text, not the sound.
#[derive(Clone)]
pub struct Wire {
    path: Arc<PathBuf>,
    file: Arc<Mutex<File>>,
}

impl Wire {
    /// Begins the file anew. On Unix only its owner can read it.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create(path: &Path) -> io::Result<Wire> {
        // A file that was there may be readable for others: the new one takes its place.
        uncall_files::replace(path, b"")?;
        let file = std::fs::OpenOptions::new().append(true).open(path)?;
        Ok(Wire { path: Arc::new(path.to_owned()), file: Arc::new(Mutex::new(file)) })
    }

    /// A line, headers and body of a request or an answer.
    pub(crate) fn whole(&self, line: &str, headers: &HeaderMap, body: &[u8]) {
        let mut text = format!("\n{line}\n").into_bytes();
        for (name, value) in headers {
            let hidden = name == AUTHORIZATION || name == COOKIE || name == SET_COOKIE;
            let mut words = value.as_bytes().split(|byte| matches!(byte, b' ' | b'=')).take(usize::from(hidden));
            let value = words.next().unwrap_or(value.as_bytes());
            text.extend_from_slice(&[name.as_str().as_bytes(), b": ", value, b"\n"].concat());
        }
        text.push(b'\n');
        self.append(&[&text, body].concat());
    }

    /// A piece of an answer's body.
    pub(crate) fn piece(&self, piece: &Bytes) {
        self.append(piece);
    }

    fn append(&self, bytes: &[u8]) {
        let written = self.file.lock().unwrap_or_else(PoisonError::into_inner).write_all(bytes);
        if let Err(error) = written {
            tracing::warn!("the traffic cannot be written to {}: {error}", self.path.display());
        }
    }
}

impl PartialEq for Wire {
    fn eq(&self, other: &Wire) -> bool {
        Arc::ptr_eq(&self.file, &other.file)
    }
}

impl Eq for Wire {}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Wire").field(&self.path).finish()
    }
}
