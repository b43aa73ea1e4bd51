//! The desk's journal: every call that it has seen, with the agent's notes and dispositions, in an SQLite file.
//!
//! A [`Journal`] writes on a thread of its own and tells when a call is on the disk; what asks reads beside it. The file is its
//! owner's alone, holds what was committed through a kill or a power cut (`synchronous=FULL`), and forgets for good
//! (`secure_delete`). Its types are its own: who writes into it translates.

mod book;
mod export;
mod grams;
mod journal;
mod opening;
mod query;
mod queue;
mod record;
mod retention;
mod row;
mod schema;
mod trouble;

pub use export::{COLUMNS, Error as ExportError, Said, export};
pub use journal::{Journal, Options, State};
pub use query::{Caller, Filter, Kind, MOST, Page};
pub use record::{Call, Departure, Direction, Hold, Missed, Reason, Transfer};
pub use row::Row;
pub use trouble::Trouble;
