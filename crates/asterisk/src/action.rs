//! An action for the PBX. Values come from plans, and plans from the network, so every value is checked here once more: a line
//! break would begin a header of its own.

/// A value that must not reach the PBX.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{header}: a value with control characters, or longer than {LONGEST} bytes")]
pub(crate) struct Unfit {
    header: &'static str,
}

/// The longest value in bytes; Asterisk 22 takes lines of 1,020.
const LONGEST: usize = 900;

/// An action and its headers, in order. The link adds `ActionID`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Action {
    pub(crate) name: &'static str,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Action {
    pub(crate) const fn new(name: &'static str) -> Action {
        Action { name, headers: Vec::new() }
    }

    /// Adds a header. A header may repeat (`Variable`).
    pub(crate) fn with(mut self, header: &'static str, value: impl Into<String>) -> Result<Action, Unfit> {
        let value = value.into();
        if value.len() > LONGEST || value.chars().any(char::is_control) {
            return Err(Unfit { header });
        }
        self.headers.push((header, value));
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_begin_a_line() {
        for bad in ["801\r\nAction: DBPut", "801\n", "\0", "\u{85}", &"8".repeat(901)] {
            assert!(Action::new("Setvar").with("Value", bad).is_err(), "{bad:?}");
        }
        let action = Action::new("Setvar").with("Channel", "PJSIP/801-00000001").unwrap().with("Value", "").unwrap();
        assert_eq!(action.headers.len(), 2);
    }
}
