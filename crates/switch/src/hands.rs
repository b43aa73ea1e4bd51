//! Hands on simulated phones.

use uncall_contract::Uid;

/// What a hand does to a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gesture {
    /// Picks up the newest ringing call.
    Answer,
    /// Refuses the newest ringing call.
    Decline,
    /// Puts the receiver down.
    HangUp,
    /// Presses the phone's own hold key in the conversation.
    Hold,
    /// Takes the newest call back that the phone's own key holds.
    Resume,
    /// The phone drops off: its legs end and it cannot be rung.
    Unregister,
    /// The phone is there again.
    Register,
}

/// Why a hand could not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fumble {
    /// The request makes no sense.
    #[error("{0}")]
    Senseless(String),
    /// No such phone.
    #[error("{0}")]
    Unknown(String),
    /// The phone is not in the state for it.
    #[error("{0}")]
    Conflict(String),
}

/// Hands on simulated phones: tests make and take calls with them.
pub trait Hands: Send + Sync {
    /// `from` calls `to`; one of them is an extension.
    fn call(&self, from: &str, to: &str) -> Result<Uid, Fumble>;

    /// Does something to an extension's phone.
    fn extension(&self, exten: &str, gesture: Gesture) -> Result<(), Fumble>;

    /// Does something to an outside number's phone.
    fn number(&self, number: &str, gesture: Gesture) -> Result<(), Fumble>;

    /// Pauses or unpauses a member of a queue, as a supervisor does.
    fn pause(&self, queue: &str, exten: &str, paused: bool) -> Result<(), Fumble>;

    /// Calls, legs, who hears whom, presence, surveys: JSON for people and tests.
    fn state(&self) -> serde_json::Value;
}
