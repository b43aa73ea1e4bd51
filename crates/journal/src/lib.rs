//! The desk's journal: every call the desk has seen, with the agent's notes and dispositions, in an SQLite file.
//!
//! A [`Journal`] writes on a thread of its own and tells when a call is on the disk; queries read beside it. The file is readable
//! by its owner only, keeps what was committed through a kill or a power cut (`synchronous=FULL`), and overwrites what is deleted
//! (`secure_delete`). The crate has types of its own; callers translate theirs.

mod book;
mod export;
mod grams;
mod journal;
mod opening;
mod presence;
mod query;
mod queue;
mod record;
mod retention;
mod row;
mod schema;
mod trouble;

pub use export::{COLUMNS, Error as ExportError, Said, export};
pub use journal::{Journal, Options, State};
pub use presence::{Busy, Change, Spell, Totals};
pub use query::{Caller, Filter, Kind, MOST, Page};
pub use record::{Call, Departure, Direction, Hold, Missed, Reason, Rename, Transfer};
pub use row::Row;
pub use trouble::Trouble;
