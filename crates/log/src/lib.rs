//! Log output: [`Masked`] masks telephone numbers in every line, whatever its level and origin, and [`Files`] keeps the newest
//! files.

mod files;
mod masked;

pub use files::{Bounds, Files};
pub use masked::Masked;
