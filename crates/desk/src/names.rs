//! Whose a number is, in types of the desk's own: who knows it is not the desk's business.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Somebody whose number it may be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// The name, as it is shown.
    pub name: String,
    /// Firm or department; empty where nothing is known.
    pub company: String,
}

/// What knows whose numbers are.
pub trait Directory: Send + Sync {
    /// Whose `number` may be, the surest first; empty where nobody knows, or nobody knows yet. A call waits for the answer before it is
    /// shown, so it comes from memory. Whoever learns more later says so with [`crate::Handle::renamed`].
    fn whose(&self, number: &str) -> Vec<Who>;
}

/// Whom the desk asks for names. Clones ask the same one; by default nobody knows any.
#[derive(Clone, Default)]
pub struct Names(Option<Arc<dyn Directory>>);

impl Names {
    /// Asks this one.
    pub fn of(directory: impl Directory + 'static) -> Names {
        Names(Some(Arc::new(directory)))
    }

    /// Whose `number` may be.
    pub fn whose(&self, number: &str) -> Vec<Who> {
        self.0.as_ref().map(|directory| directory.whose(number)).unwrap_or_default()
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Names")
    }
}

/// The same one is asked.
impl PartialEq for Names {
    fn eq(&self, other: &Names) -> bool {
        match (&self.0, &other.0) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (one, other) => one.is_none() && other.is_none(),
        }
    }
}

impl Eq for Names {}

/// All of them in one line; `None` where there is nobody.
pub fn together(who: &[Who]) -> Option<String> {
    let names: Vec<&str> = who.iter().map(|who| who.name.as_str()).collect();
    (!names.is_empty()).then(|| names.join(" / "))
}
