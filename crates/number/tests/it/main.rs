//! The crate's tests, as one program.

mod hostile;
mod links;
mod matching;
mod table;
