//! Names of the callers and colleagues on the screen.

use std::collections::HashMap;

use crate::journal::Entry;
use crate::names::{Names, Who, together};

use super::Desk;

/// How many numbers to remember beyond those on the screen.
const KEPT: usize = 500;

/// Caches names, because a team is long and snapshots are frequent.
#[derive(Debug, Default)]
pub(super) struct Naming {
    known: HashMap<String, Vec<Who>>,
}

impl Naming {
    fn ask(&mut self, names: &Names, number: &str) -> &[Who] {
        self.known.entry(number.to_owned()).or_insert_with(|| names.whose(number))
    }

    /// The cached names of a number.
    pub(super) fn known(&self, number: &str) -> &[Who] {
        self.known.get(number).map_or(&[], Vec::as_slice)
    }

    /// The cached names in one line.
    pub(super) fn line(&self, number: &str) -> Option<String> {
        together(self.known(number))
    }
}

impl Desk {
    /// Forgets all names, because some have changed.
    pub(super) fn renamed(&mut self) {
        self.naming = Naming::default();
    }

    /// Looks up the names for the next snapshot. A name that arrives during a call is written to the journal.
    pub(super) fn name(&mut self) {
        let calls = self.calls.iter().map(|call| call.entry.other.clone());
        let numbers: Vec<String> =
            calls.chain(self.team.extensions().map(str::to_owned)).chain([self.extension.to_string()]).collect();
        for number in numbers.iter().filter(|number| !number.is_empty()) {
            self.naming.ask(&self.options.names, number);
        }
        if self.naming.known.len() > numbers.len() + KEPT {
            self.naming.known.retain(|number, _| numbers.contains(number));
        }
        let news: Vec<Entry> = self.calls.iter_mut().filter_map(|call| named(&self.naming, &mut call.entry)).collect();
        news.iter().for_each(|entry| self.write(entry));
    }

    /// Adds the name to a journal entry, if it is known.
    pub(super) fn with_name(&mut self, mut entry: Entry) -> Entry {
        if !entry.other.is_empty() {
            self.naming.ask(&self.options.names, &entry.other);
        }
        named(&self.naming, &mut entry);
        entry
    }
}

/// Sets the entry's name and returns the entry if that changed it. A known name is never removed.
fn named(naming: &Naming, entry: &mut Entry) -> Option<Entry> {
    let name = naming.line(&entry.other)?;
    if entry.name.as_ref() == Some(&name) {
        return None;
    }
    entry.name = Some(name);
    Some(entry.clone())
}
