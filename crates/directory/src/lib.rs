//! Names for numbers.
//!
//! [`import::read`] reads contacts from a file's bytes: CSV of any common shape, or vCards. A [`Directory`] indexes them:
//! [`Directory::callers`] looks a number up, [`Directory::search`] finds contacts by part of a name, its pinyin, a company or a
//! number.
//!
//! All functions are pure. Files are untrusted: no file causes a panic, and what is read from one is limited (see [`import`]).

mod contact;
mod directory;
pub mod import;
mod keys;
mod letters;
mod line;
mod search;

pub use contact::{Contact, Telephone};
pub use directory::{Caller, Directory, Sure};
pub use line::tidy;
pub use search::Hit;
pub use uncall_number::Home;
