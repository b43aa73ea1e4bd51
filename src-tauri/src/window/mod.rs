//! The two windows. Neither is needed for the core to live.

pub(crate) mod main;
pub(crate) mod place;
pub(crate) mod popup;
