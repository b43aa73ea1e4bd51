//! The names of whom the desk shows.

use std::collections::HashMap;

use crate::journal::Entry;
use crate::names::{Names, Who, together};

use super::Desk;

/// Numbers that are remembered beyond those on the screen.
const KEPT: usize = 500;

/// What was answered, so that each number is asked once: a team is long, and pictures are many.
#[derive(Debug, Default)]
pub(super) struct Naming {
    known: HashMap<String, Vec<Who>>,
}

impl Naming {
    fn ask(&mut self, names: &Names, number: &str) -> &[Who] {
        self.known.entry(number.to_owned()).or_insert_with(|| names.whose(number))
    }

    /// What is known of a number, without asking.
    pub(super) fn known(&self, number: &str) -> &[Who] {
        self.known.get(number).map_or(&[], Vec::as_slice)
    }

    /// The same in one line.
    pub(super) fn line(&self, number: &str) -> Option<String> {
        together(self.known(number))
    }
}

impl Desk {
    /// Somebody has another name now, or has become known.
    pub(super) fn renamed(&mut self) {
        self.naming = Naming::default();
    }

    /// Asks for the names that the next picture shows. A call that is up gets its name into the journal, however late that comes.
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

    /// The line with its name, where one is known.
    pub(super) fn with_name(&mut self, mut entry: Entry) -> Entry {
        if !entry.other.is_empty() {
            self.naming.ask(&self.options.names, &entry.other);
        }
        named(&self.naming, &mut entry);
        entry
    }
}

/// Writes the name into the line; gives the line where that is news. A name that was known once stays.
fn named(naming: &Naming, entry: &mut Entry) -> Option<Entry> {
    let name = naming.line(&entry.other)?;
    if entry.name.as_ref() == Some(&name) {
        return None;
    }
    entry.name = Some(name);
    Some(entry.clone())
}
