//! An event as it goes onto streams.

use uncall_contract::event::Event;

/// An event as it goes onto streams.
#[derive(Debug, PartialEq, Eq)]
pub struct Item {
    /// Of those that a stream which comes back can go on from.
    pub id: Option<String>,
    /// The kind of event.
    pub name: &'static str,
    /// The event.
    pub json: String,
}

impl Item {
    /// One that has no place in the history.
    pub(crate) fn unnumbered(event: &Event) -> Item {
        Item { id: None, name: event.name(), json: event.to_json() }
    }
}
