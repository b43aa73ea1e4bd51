//! Contacts by what somebody types.

use ib_matcher::{
    matcher::{IbMatcher, PinyinMatchConfig},
    pinyin::PinyinNotation,
};

use crate::{Contact, Directory, letters::Letters};

/// The most characters of a search that count. Nobody types more of a name, and each costs time.
const LONGEST: usize = 60;
/// The most words of a search that count.
const MOST_WORDS: usize = 6;

/// A contact that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit<'a> {
    /// The contact.
    pub contact: &'a Contact,
    /// Which of its telephones the digits of the search are of; the first where it has no digits.
    pub telephone: usize,
}

/// How well a contact meets a search; the smaller, the further up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    NameBegins,
    NameHas,
    NumberBegins,
    NumberHas,
    CompanyHas,
}

impl Directory {
    /// Contacts in which each word of `text` is part of name, company or a number, best first, `most` at most. Words of
    /// letters are found in pinyin as well, whole or by initials (`zhangsan`, `zhangs`, `zs`), whichever way a character is read.
    /// Empty for a search without a word.
    ///
    /// Linear in the number of contacts.
    #[must_use]
    pub fn search(&self, text: &str, most: usize) -> Vec<Hit<'_>> {
        let text: String = text.chars().take(LONGEST).collect::<String>().to_lowercase();
        let words: Vec<Word<'_>> = text.split_whitespace().take(MOST_WORDS).map(Word::new).collect();
        if words.is_empty() {
            return Vec::new();
        }
        let mut found: Vec<(Rank, u32, usize)> = (0_u32..)
            .zip(self.contacts.iter().zip(&self.letters))
            .filter_map(|(at, (contact, letters))| {
                let mut telephone = 0;
                let mut worst = Rank::NameBegins;
                for word in &words {
                    let (rank, which) = word.rank(contact, letters)?;
                    worst = worst.max(rank);
                    telephone = which.unwrap_or(telephone);
                }
                Some((worst, at, telephone))
            })
            .collect();
        // Only those that are shown need an order.
        if most < found.len() {
            found.select_nth_unstable(most);
            found.truncate(most);
        }
        found.sort_unstable();
        let hit = |(_, at, telephone)| Some(Hit { contact: self.contacts.get(at as usize)?, telephone });
        found.into_iter().filter_map(|(_rank, at, telephone)| hit(((), at, telephone))).collect()
    }
}

/// One word of a search.
struct Word<'a> {
    matcher: IbMatcher<'a>,
    letters: Letters,
    /// Its digits, where it is written like a number.
    digits: Option<String>,
}

impl<'a> Word<'a> {
    fn new(word: &'a str) -> Self {
        let pinyin = PinyinMatchConfig::notations(PinyinNotation::Ascii | PinyinNotation::AsciiFirstLetter);
        let matcher = IbMatcher::builder(word).is_pattern_partial(true).pinyin(pinyin).build();
        let like_number = word.chars().all(|c| c.is_ascii_digit() || "+-()*#".contains(c));
        let digits: String = word.chars().filter(char::is_ascii_digit).collect();
        Self { matcher, letters: Letters::of(word), digits: (like_number && !digits.is_empty()).then_some(digits) }
    }

    /// How this word is in a contact, and in which telephone.
    fn rank(&self, contact: &Contact, [name, company]: &[Letters; 2]) -> Option<(Rank, Option<usize>)> {
        if name.may_contain(self.letters)
            && let Some(found) = self.matcher.find(&*contact.name)
        {
            return Some((if found.start() == 0 { Rank::NameBegins } else { Rank::NameHas }, None));
        }
        let number = self.digits.as_ref().and_then(|digits| {
            let places = contact.telephones.iter().enumerate().filter_map(|(which, telephone)| {
                let number = telephone.number.trim_start_matches('+');
                let place = number.find(digits.as_str())?;
                Some((if place == 0 { Rank::NumberBegins } else { Rank::NumberHas }, Some(which)))
            });
            places.min()
        });
        number.or_else(|| {
            let found = company.may_contain(self.letters) && self.matcher.is_match(&*contact.company);
            found.then_some((Rank::CompanyHas, None))
        })
    }
}
