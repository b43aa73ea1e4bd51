//! Which letters a text can match, as bits: most contacts are ruled out by them without a closer look.

use ib_matcher::pinyin::{PinyinData, PinyinNotation};

/// A set of letters. Texts with other letters may share bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Letters(u64);

impl Letters {
    /// The characters of a text in lower case.
    pub(crate) fn of(text: &str) -> Letters {
        let mut letters = Letters::default();
        text.chars().for_each(|c| letters.add(c));
        letters
    }

    /// The same with the pinyin of each character, in all its readings.
    pub(crate) fn with_pinyin(text: &str, pinyin: &PinyinData) -> Letters {
        let mut letters = Letters::of(text);
        for c in text.chars().filter(|c| !c.is_ascii()) {
            pinyin.get_pinyins_and_for_each(c, |reading| {
                reading.notation(PinyinNotation::Ascii).unwrap_or_default().chars().for_each(|c| letters.add(c));
            });
        }
        letters
    }

    /// Whether a text with these letters can contain one with the `others`.
    pub(crate) const fn may_contain(self, others: Letters) -> bool {
        others.0 & !self.0 == 0
    }

    fn add(&mut self, c: char) {
        for c in c.to_lowercase() {
            let bit = match c {
                'a'..='z' => u32::from(c) - u32::from('a'),
                '0'..='9' => 26 + u32::from(c) - u32::from('0'),
                other => 36 + u32::from(other) % 28,
            };
            self.0 |= 1 << bit;
        }
    }
}
