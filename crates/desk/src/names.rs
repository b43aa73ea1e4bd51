//! Names for numbers, in the desk's own types. The desk does not know where names come from.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A person or firm that a number may belong to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// The name as shown.
    pub name: String,
    /// Firm or department. Empty if unknown.
    pub company: String,
}

/// A source of names.
pub trait Directory: Send + Sync {
    /// Who `number` may belong to, the best match first. Empty if nobody is known, or not known yet. A call is shown after this
    /// returns, so it must answer from memory. A source that learns more later calls [`crate::Handle::renamed`].
    fn whose(&self, number: &str) -> Vec<Who>;
}

/// The desk's handle to a [`Directory`]. Clones share it. The default has no names.
#[derive(Clone, Default)]
pub struct Names(Option<Arc<dyn Directory>>);

impl Names {
    /// A handle to this directory.
    pub fn of(directory: impl Directory + 'static) -> Names {
        Names(Some(Arc::new(directory)))
    }

    /// Who `number` may belong to.
    pub fn whose(&self, number: &str) -> Vec<Who> {
        self.0.as_ref().map(|directory| directory.whose(number)).unwrap_or_default()
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Names")
    }
}

/// Equal if they share one directory.
impl PartialEq for Names {
    fn eq(&self, other: &Names) -> bool {
        match (&self.0, &other.0) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (one, other) => one.is_none() && other.is_none(),
        }
    }
}

impl Eq for Names {}

/// All names in one line. `None` if there are none.
pub fn together(who: &[Who]) -> Option<String> {
    let names: Vec<&str> = who.iter().map(|who| who.name.as_str()).collect();
    (!names.is_empty()).then(|| names.join(" / "))
}
