//! The index over contacts.

use ib_matcher::pinyin::{PinyinData, PinyinNotation};
use uncall_number::Home;

use crate::{Contact, contact::Telephone, keys::Keys, letters::Letters};

/// Contacts, findable.
#[derive(Debug, Default)]
pub struct Directory {
    pub(crate) contacts: Vec<Contact>,
    /// The letters of each contact's name and company.
    pub(crate) letters: Vec<[Letters; 2]>,
    home: Home,
    /// E.164 as a key, with the telephone that it is of. Sorted.
    whole: Vec<(u64, Place)>,
    /// Last digits as a key. Sorted.
    tails: Vec<(u64, Place)>,
}

/// Which telephone of which contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    contact: u32,
    telephone: u8,
}

/// Whose a number may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller<'a> {
    /// The contact.
    pub contact: &'a Contact,
    /// Its number that matched.
    pub telephone: &'a Telephone,
    /// How far the match can be trusted.
    pub sure: Sure,
}

/// How far a match of numbers can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sure {
    /// The last digits are the same: 7 or more, or all of an extension.
    Tail,
    /// Both are the same number in E.164.
    Whole,
}

impl Directory {
    /// An index over `contacts`, whose national numbers are of `home`. Linear in their number.
    #[must_use]
    pub fn new(contacts: Vec<Contact>, home: Home) -> Self {
        let (mut whole, mut tails) = (Vec::new(), Vec::new());
        for (contact, of) in (0_u32..).zip(&contacts) {
            for (telephone, of) in (0_u8..=u8::MAX).zip(&of.telephones) {
                let place = Place { contact, telephone };
                let Some(keys) = Keys::of(&of.number, &home) else { continue };
                whole.extend(keys.whole.map(|key| (key, place)));
                tails.extend(keys.tail().map(|key| (key, place)));
            }
        }
        whole.sort_unstable();
        tails.sort_unstable();
        let pinyin = PinyinData::new(PinyinNotation::Ascii);
        let letters = |text: &str| Letters::with_pinyin(text, &pinyin);
        let letters = contacts.iter().map(|contact| [letters(&contact.name), letters(&contact.company)]).collect();
        Self { contacts, letters, home, whole, tails }
    }

    /// All contacts, in the order of the source.
    #[must_use]
    pub fn contacts(&self) -> &[Contact] {
        &self.contacts
    }

    /// How many contacts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.contacts.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.contacts.is_empty()
    }

    /// Whose a number is: those who have it in E.164; where there are none, those whose last digits are the same. In the order
    /// of the source, each contact once, `most` at most.
    #[must_use]
    pub fn callers(&self, number: &str, most: usize) -> Vec<Caller<'_>> {
        let Some(keys) = Keys::of(number, &self.home) else { return Vec::new() };
        let whole = keys.whole.map(|key| self.at(&self.whole, key, Sure::Whole, most, |_| true)).unwrap_or_default();
        if !whole.is_empty() {
            return whole;
        }
        let meets = |telephone: &Telephone| {
            Keys::of(&telephone.number, &self.home).is_some_and(|other| {
                // Two that are known with their countries, and differ, are two.
                keys.meets(&other.digits) && (keys.whole.is_none() || other.whole.is_none())
            })
        };
        keys.tail().map(|key| self.at(&self.tails, key, Sure::Tail, most, meets)).unwrap_or_default()
    }

    fn at(
        &self,
        index: &[(u64, Place)],
        key: u64,
        sure: Sure,
        most: usize,
        also: impl Fn(&Telephone) -> bool,
    ) -> Vec<Caller<'_>> {
        let from = index.partition_point(|(other, _)| *other < key);
        let mut last = None;
        let entries = index.iter().skip(from).take_while(|(other, _)| *other == key);
        entries
            .filter_map(|(_, place)| {
                let contact = self.contacts.get(place.contact as usize)?;
                let telephone = contact.telephones.get(usize::from(place.telephone))?;
                (last != Some(place.contact) && also(telephone)).then(|| {
                    last = Some(place.contact);
                    Caller { contact, telephone, sure }
                })
            })
            .take(most)
            .collect()
    }
}
