//! Suggestions for a typed name or number.

use std::collections::HashSet;

use serde::Serialize;
use uncall_desk::{names::together, snapshot::Snapshot};
use uncall_directory::{Contact, Directory, Home, Telephone};
use uncall_journal::{Filter, Journal, Kind};

use super::{Contacts, Favourite};

/// How many suggestions to return.
const MOST: usize = 30;
/// How many recent calls to suggest.
const MOST_RECENT: usize = 8;
/// How many calls of the journal to look through.
const LOOKED_THROUGH: usize = 60;

/// A suggestion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Suggestion {
    /// The number to dial, possibly masked.
    pub(crate) number: String,
    /// Empty if unknown.
    pub(crate) name: String,
    pub(crate) company: String,
    /// The kind of number, such as `work`.
    pub(crate) label: String,
    pub(crate) of: Of,
    /// Whether the number is a favourite.
    pub(crate) favourite: bool,
}

/// Where a suggestion comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Of {
    Favourites,
    Recent,
    Team,
    Contacts,
}

impl Contacts {
    /// Suggestions for a text. Without text, favourites and recent calls. Blocks on the disk.
    pub(crate) fn suggest(&self, typed: &str, journal: &Journal, snapshot: &Snapshot) -> Vec<Suggestion> {
        let favourites = self.0.favourites.all().into_iter().rev();
        let favourites = favourites.map(|Favourite { number, name }| self.called(number, name)).collect();
        let nothing = typed.trim().is_empty();
        let mut all = sought(favourites, typed, Of::Favourites);
        all.extend(sought(self.recent(journal, typed), typed, Of::Recent).into_iter().take(MOST_RECENT));
        if !nothing {
            let team = snapshot.team.iter().flatten();
            let team = team.map(|member| contact(&member.exten, member.name.as_deref().unwrap_or_default(), ""));
            all.extend(sought(team.collect(), typed, Of::Team));
            let directory = self.directory();
            let hits = directory.search(typed, MOST).into_iter();
            all.extend(hits.filter_map(|hit| suggestion(hit.contact, hit.telephone, Of::Contacts)));
        }
        let mut seen = HashSet::new();
        all.retain(|one| one.number != snapshot.extension && seen.insert(one.number.clone()));
        all.truncate(MOST);
        for one in &mut all {
            one.favourite = self.0.favourites.has(&one.number);
        }
        all
    }

    /// The numbers the agent called last.
    fn recent(&self, journal: &Journal, typed: &str) -> Vec<Contact> {
        let filter = Filter { kind: Some(Kind::Out), limit: Some(LOOKED_THROUGH), ..Filter::default() };
        let most = if typed.trim().is_empty() { MOST_RECENT } else { LOOKED_THROUGH };
        let mut seen = HashSet::new();
        let mut calls: Vec<Contact> = Vec::new();
        for row in journal.list(&filter).rows {
            if calls.len() < most && !row.call.other.is_empty() && seen.insert(row.call.other.clone()) {
                calls.push(self.called(row.call.other, row.call.name.unwrap_or_default()));
            }
        }
        calls
    }

    /// A contact with today's name, or else this one.
    fn called(&self, number: String, name: String) -> Contact {
        let who = self.known(&number);
        let name = together(&who).unwrap_or(name);
        contact(&number, &name, who.first().map(|who| who.company.as_str()).unwrap_or_default())
    }

    /// Adds or removes a favourite.
    pub(crate) fn favour(&self, number: String, on: bool) {
        let name = together(&self.known(&number)).unwrap_or_default();
        self.0.favourites.set(Favourite { number, name }, on);
    }
}

fn contact(number: &str, name: &str, company: &str) -> Contact {
    let telephones = [Telephone { number: number.into(), label: "".into() }];
    Contact { name: name.into(), company: company.into(), telephones: telephones.into() }
}

/// Searches a short list. Without text returns all of it in order.
fn sought(contacts: Vec<Contact>, typed: &str, of: Of) -> Vec<Suggestion> {
    if typed.trim().is_empty() {
        return contacts.iter().filter_map(|contact| suggestion(contact, 0, of)).collect();
    }
    let directory = Directory::new(contacts, Home::default());
    directory.search(typed, MOST).into_iter().filter_map(|hit| suggestion(hit.contact, hit.telephone, of)).collect()
}

fn suggestion(contact: &Contact, telephone: usize, of: Of) -> Option<Suggestion> {
    let telephone = contact.telephones.get(telephone)?;
    let company = if contact.company == contact.name { "" } else { &*contact.company };
    Some(Suggestion {
        number: telephone.number.to_string(),
        name: contact.name.to_string(),
        company: company.to_owned(),
        label: telephone.label.to_string(),
        of,
        favourite: false,
    })
}
