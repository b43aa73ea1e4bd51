//! A message from the PBX.

use asterisk_rs_ami::RawAmiMessage;

/// An event, an answer, or an item of a list: `Name: value` lines.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Message(RawAmiMessage);

impl Message {
    pub(crate) const fn new(raw: RawAmiMessage) -> Message {
        Message(raw)
    }

    /// The value of a header, whatever its letter case; empty when it is not there. The PBX writes an empty value as `Name:`,
    /// so there is no difference that anybody could rely on.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.get(name).unwrap_or_default()
    }

    /// The event's name; empty for an answer.
    pub(crate) fn event(&self) -> &str {
        self.get("Event")
    }
}
