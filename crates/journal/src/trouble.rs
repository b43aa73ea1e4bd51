//! Problems of the journal.

use rusqlite::ErrorCode;

/// A problem of the journal. Calls go on regardless.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// A newer program made the file. It is left alone, and new calls are not stored.
    #[error("the journal was made by a newer version of the program (its format is {0}): update this one")]
    Newer(i64),
    /// The file was damaged. It is kept under this name, and a new one was started.
    #[error("the journal was damaged and is kept as {0}: a new one was started")]
    Damaged(String),
    /// The disk is full. Pending writes are kept until there is room.
    #[error("the disk is full: calls are written once there is room")]
    Full,
    /// The disk took nothing for so long that this many changes were dropped, oldest first.
    #[error("the disk took nothing for so long that {0} changes of the journal are lost")]
    Lost(u64),
    /// The file or its folder cannot be used, for this reason.
    #[error("the journal cannot be used: {0}")]
    Unwritable(String),
}

impl Trouble {
    /// The problem behind a database error.
    pub(crate) fn of(error: &rusqlite::Error) -> Trouble {
        match code(error) {
            Some(ErrorCode::DiskFull) => Trouble::Full,
            _ => Trouble::Unwritable(error.to_string()),
        }
    }
}

/// Whether the error means that the file is damaged or not a database.
pub(crate) fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(code(error), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

fn code(error: &rusqlite::Error) -> Option<ErrorCode> {
    error.sqlite_error_code()
}
