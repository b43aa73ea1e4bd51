//! The search index: every run of one, two and three characters of a call's words is a token, so that any part of a number and
//! two Chinese characters are found without reading the calls.

use std::collections::BTreeSet;

/// The longest token, in characters.
const LONGEST: usize = 3;
/// How many tokens a search looks up. Rows that have them all are then compared with the whole words.
const MOST_ASKED: usize = 12;

/// The searchable text of a call, in lower case. Numbers are in it a second time without punctuation.
pub(crate) fn haystack(fields: &[&str]) -> String {
    let mut text = String::new();
    for field in fields.iter().filter(|field| !field.is_empty()) {
        text.push_str(&field.to_lowercase());
        text.push('\n');
        let digits: String = field.chars().filter(char::is_ascii_digit).collect();
        if digits.len() > 4 && digits.len() < field.len() && field.len() < 40 {
            text.push_str(&digits);
            text.push('\n');
        }
    }
    text
}

/// The tokens of a haystack, separated by spaces.
pub(crate) fn tokens(haystack: &str) -> String {
    let mut grams = BTreeSet::new();
    for word in words(haystack) {
        let word: Vec<char> = word.chars().collect();
        for length in 1..=LONGEST {
            grams.extend(word.windows(length).map(|gram| gram.iter().collect::<String>()));
        }
    }
    Vec::from_iter(grams).join(" ")
}

/// Splits what was typed into words that all have to occur in the haystack.
pub(crate) fn terms(typed: &str) -> Vec<String> {
    words(&typed.to_lowercase()).map(str::to_owned).collect()
}

/// The index query for these words. `None` if there is nothing to look up.
pub(crate) fn question(terms: &[String]) -> Option<String> {
    let mut grams = BTreeSet::new();
    for term in terms {
        let term: Vec<char> = term.chars().collect();
        grams.extend(term.windows(term.len().min(LONGEST)).map(|gram| gram.iter().collect::<String>()));
    }
    let asked: Vec<String> = grams.into_iter().take(MOST_ASKED).map(|gram| format!("\"{gram}\"")).collect();
    (!asked.is_empty()).then(|| asked.join(" AND "))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_a_word_is_found_by_its_pieces() {
        let tokens = tokens(&haystack(&["138-0013-8000", "王小明", "R&D"]));
        let known: BTreeSet<&str> = tokens.split(' ').collect();
        for typed in ["138", "1380013", "13800138000", "小明", "王", "r", "D", "0013 王小"] {
            let asked = question(&terms(typed)).unwrap();
            let grams: Vec<&str> = asked.split(" AND ").map(|gram| gram.trim_matches('"')).collect();
            assert!(grams.iter().all(|gram| known.contains(gram)), "{typed}: {asked} in {tokens}");
        }
        assert_eq!(question(&terms(" -\"*'")), None, "nothing to look up, and nothing of the index's own language");
    }
}
