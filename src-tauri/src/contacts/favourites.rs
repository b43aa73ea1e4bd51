//! The agent's favourite numbers.

use std::{path::PathBuf, sync::Mutex};

use serde::{Deserialize, Serialize};

use super::locked;
use crate::state_file;

/// How many favourites there may be.
const MOST: usize = 50;

/// A favourite number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Favourite {
    /// The number to dial.
    pub(crate) number: String,
    /// The name when it was added. Empty if unknown.
    #[serde(default)]
    pub(crate) name: String,
}

/// All favourites, oldest first.
#[derive(Debug)]
pub(super) struct Favourites {
    file: Option<PathBuf>,
    all: Mutex<Vec<Favourite>>,
}

impl Favourites {
    /// Loads the favourites from a file. Without one they are kept until the program ends.
    pub(super) fn load(file: Option<PathBuf>) -> Favourites {
        let all = file.as_deref().map(state_file::read::<Vec<Favourite>>).unwrap_or_default();
        Favourites { file, all: Mutex::new(all) }
    }

    pub(super) fn all(&self) -> Vec<Favourite> {
        locked(&self.all).clone()
    }

    /// Whether a number is a favourite.
    pub(super) fn has(&self, number: &str) -> bool {
        locked(&self.all).iter().any(|known| known.number == number)
    }

    /// Adds or removes a favourite. If there are too many, the oldest goes.
    pub(super) fn set(&self, favourite: Favourite, on: bool) {
        let mut all = locked(&self.all);
        all.retain(|known| known.number != favourite.number);
        if on && !favourite.number.trim().is_empty() {
            all.push(favourite);
            let too_many = all.len().saturating_sub(MOST);
            all.drain(..too_many);
        }
        let Some(file) = &self.file else { return };
        if let Err(error) = state_file::write(file, &*all) {
            tracing::warn!("{} cannot be written: {error}", file.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_chosen_is_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("favourites.json");
        let favourites = Favourites::load(Some(file.clone()));
        for number in ["802", "803", "802"] {
            favourites.set(Favourite { number: number.into(), name: "王芳".into() }, true);
        }
        favourites.set(Favourite { number: "804".into(), name: String::new() }, false);
        let numbers = |all: Vec<Favourite>| all.into_iter().map(|one| one.number).collect::<Vec<_>>();
        assert_eq!(numbers(Favourites::load(Some(file.clone())).all()), ["803", "802"]);
        (0..60).for_each(|n| favourites.set(Favourite { number: n.to_string(), name: String::new() }, true));
        assert_eq!(favourites.all().len(), MOST);
        assert!(favourites.has("59") && !favourites.has("803"));
    }
}
