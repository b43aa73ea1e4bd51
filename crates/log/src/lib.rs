//! Where log lines go: [`Masked`] takes everybody's number out of them, at every level and whoever wrote them, and [`Files`]
//! keeps the newest.

mod files;
mod masked;

pub use files::{Bounds, Files};
pub use masked::Masked;
