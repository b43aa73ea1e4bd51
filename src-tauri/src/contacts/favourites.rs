//! The numbers that the agent wants at hand.

use std::{path::PathBuf, sync::Mutex};

use serde::{Deserialize, Serialize};

use super::locked;
use crate::state_file;

/// The most of them.
const MOST: usize = 50;

/// A number at hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Favourite {
    /// What is dialled.
    pub(crate) number: String,
    /// Whose it was when it was chosen; empty where nobody knew.
    #[serde(default)]
    pub(crate) name: String,
}

/// All of them, in the order in which they were chosen.
#[derive(Debug)]
pub(super) struct Favourites {
    file: Option<PathBuf>,
    all: Mutex<Vec<Favourite>>,
}

impl Favourites {
    /// Those of a file; without one they last as long as the program.
    pub(super) fn load(file: Option<PathBuf>) -> Favourites {
        let all = file.as_deref().map(state_file::read::<Vec<Favourite>>).unwrap_or_default();
        Favourites { file, all: Mutex::new(all) }
    }

    pub(super) fn all(&self) -> Vec<Favourite> {
        locked(&self.all).clone()
    }

    /// Whether a number is among them.
    pub(super) fn has(&self, number: &str) -> bool {
        locked(&self.all).iter().any(|known| known.number == number)
    }

    /// Takes one in, or out. The newest one takes the place of the oldest where there are too many.
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
