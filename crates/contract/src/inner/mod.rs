//! The document inside every answer, `<?xml …?><uncall>…</uncall>`: written in one form, read in every known form.

mod fields;
mod reading;
mod repair;
mod writing;

pub use reading::read;
pub(crate) use repair::mend;
pub use writing::{answer, write};
