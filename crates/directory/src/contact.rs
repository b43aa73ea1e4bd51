//! Who somebody is.

use serde::{Deserialize, Serialize};

/// Somebody with numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// As it is shown; 1 to 100 characters.
    pub name: Box<str>,
    /// Firm or department; up to 100 characters, empty where nothing is known.
    pub company: Box<str>,
    /// 1 to 20, in the order of the source.
    pub telephones: Box<[Telephone]>,
}

/// A number of a contact.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Telephone {
    /// What is dialled, as `uncall_number::Number::dialled`.
    pub number: Box<str>,
    /// What the source calls it, such as `手机` or `work`; up to 30 characters, may be empty.
    pub label: Box<str>,
}
