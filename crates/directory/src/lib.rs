//! Names for numbers.
//!
//! [`import::read`] takes contacts out of a file's bytes: CSV of any common shape, or vCards. A [`Directory`] is an index
//! over contacts: [`Directory::callers`] says whose a number is, [`Directory::search`] finds contacts by what somebody types
//! of a name, its pinyin, a company or a number.
//!
//! Everything here is a pure function of its arguments. Files come from anybody: none makes it panic, and what is taken from
//! one is bounded (see [`import`]).

mod contact;
mod directory;
pub mod import;
mod keys;
mod line;
mod search;

pub use contact::{Contact, Telephone};
pub use directory::{Caller, Directory, Sure};
pub use line::tidy;
pub use search::Hit;
pub use uncall_number::Home;
