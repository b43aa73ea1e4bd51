//! Log output: [`Masked`] masks telephone numbers in every line, whatever its level and origin, and [`Files`] keeps the newest
//! files. [`discreet`] keeps out what may be in no file at all.

mod discreet;
mod files;
mod masked;

pub use discreet::discreet;
pub use files::{Bounds, Files};
pub use masked::Masked;
