//! What happens to a call.

use serde::{Deserialize, Serialize};

/// What has happened to a call, for which rules fire. The names are those of the settings and of a webhook's JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// It is offered, or was dialled.
    Ring,
    /// It is connected.
    Answer,
    /// It was handed on.
    Transfer,
    /// It is over for this extension.
    End,
    /// The time after it is over.
    WrapUp,
    /// The agent asked for it.
    Manual,
}

impl Event {
    /// All of them, in the order in which they happen.
    pub const ALL: [Event; 6] = [Event::Ring, Event::Answer, Event::Transfer, Event::End, Event::WrapUp, Event::Manual];

    /// `ring`, `answer`, `transfer`, `end`, `wrap_up` or `manual`.
    pub const fn name(self) -> &'static str {
        match self {
            Event::Ring => "ring",
            Event::Answer => "answer",
            Event::Transfer => "transfer",
            Event::End => "end",
            Event::WrapUp => "wrap_up",
            Event::Manual => "manual",
        }
    }

    /// The event of this name.
    pub fn of(name: &str) -> Option<Event> {
        Event::ALL.into_iter().find(|event| event.name() == name)
    }
}

/// Which way a call goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// To this extension.
    Callin,
    /// From this extension.
    Callout,
}

impl Direction {
    /// `callin` or `callout`, as the API has it.
    pub const fn name(self) -> &'static str {
        match self {
            Direction::Callin => "callin",
            Direction::Callout => "callout",
        }
    }
}
