//! When a call is also told by a notification of the system.

use serde::{Deserialize, Serialize};

/// When a call is also told by a notification of the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notify {
    /// With each offer.
    #[default]
    Always,
    /// Only while no window of the panel that shows the call is on the screen.
    Hidden,
    /// Never.
    Never,
}

impl Notify {
    /// As it is written: `always`, `hidden` or `never`.
    pub const fn name(self) -> &'static str {
        match self {
            Notify::Always => "always",
            Notify::Hidden => "hidden",
            Notify::Never => "never",
        }
    }

    /// Reads such a name.
    pub fn from_name(name: &str) -> Option<Notify> {
        [Notify::Always, Notify::Hidden, Notify::Never]
            .into_iter()
            .find(|known| known.name().eq_ignore_ascii_case(name))
    }
}
