//! What can be wrong with the journal.

use rusqlite::ErrorCode;

/// Why the journal is not what it should be. Calls go on in any case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// A newer program has made the file: it is left alone, and nothing of today is kept.
    #[error("the journal was made by a newer version of the program (its format is {0}): update this one")]
    Newer(i64),
    /// The file was damaged: it is kept under this name, and a new one has begun.
    #[error("the journal was damaged and is kept as {0}: a new one has begun")]
    Damaged(String),
    /// The disk is full: what happens now is written once there is room.
    #[error("the disk is full: calls are kept once there is room")]
    Full,
    /// The file or its folder cannot be used, and why.
    #[error("the journal cannot be written: {0}")]
    Unwritable(String),
}

impl Trouble {
    /// What to tell of an error of the database.
    pub(crate) fn of(error: &rusqlite::Error) -> Trouble {
        match code(error) {
            Some(ErrorCode::DiskFull) => Trouble::Full,
            _ => Trouble::Unwritable(error.to_string()),
        }
    }
}

/// Whether the file is no whole database.
pub(crate) fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(code(error), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

fn code(error: &rusqlite::Error) -> Option<ErrorCode> {
    error.sqlite_error_code()
}
