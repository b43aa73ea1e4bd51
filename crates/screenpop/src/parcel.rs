//! A webhook on its way.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::event::Event;
use crate::facts::Facts;

/// A webhook that has to be delivered. It names its rule, which has the address and the secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parcel {
    /// Tells it from every other; the same at each try. Letters, digits, `-` and `_`, at most 64.
    pub id: String,
    /// The rule's name.
    pub rule: String,
    /// What happened.
    pub event: Event,
    /// When.
    pub at: Timestamp,
    /// To which call.
    pub facts: Facts,
}

impl Parcel {
    /// Whether the id can be the name of a file.
    pub(crate) fn has_plain_id(&self) -> bool {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        (1..=64).contains(&self.id.len()) && self.id.chars().all(plain)
    }
}
