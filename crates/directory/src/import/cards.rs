//! vCards: RFC 6350 (4.0), RFC 2426 (3.0), and 2.1 as old telephones write it.

use calcard::{
    Entry, Parser,
    vcard::{VCard, VCardEntry, VCardProperty, VCardValue},
};

use super::{Rows, Why};

/// Whether a text is of vCards.
pub(super) fn are(text: &str) -> bool {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("");
    first.trim_start_matches('\u{feff}').eq_ignore_ascii_case("BEGIN:VCARD")
}

/// The largest card, in bytes. Leaves room for a picture.
const LARGEST: usize = 1 << 20;

/// Reads each card separately, so that a card without an end affects no other.
pub(super) fn read(text: &str, rows: &mut Rows) {
    let (mut open, mut at, mut number) = (None, 0, 0);
    for line in text.split_inclusive('\n') {
        number += 1;
        let (from, said) = (at, line.trim().trim_start_matches('\u{feff}'));
        at += line.len();
        if said.eq_ignore_ascii_case("BEGIN:VCARD") {
            if let Some((_, began)) = open.replace((from, number)) {
                rows.skip(began, Why::Broken);
            }
        } else if said.eq_ignore_ascii_case("END:VCARD")
            && let Some((from, began)) = open.take()
        {
            one(text.get(from..at).unwrap_or_default(), began, rows);
        }
        if rows.is_full() {
            return;
        }
    }
    if let Some((_, began)) = open {
        rows.skip(began, Why::Broken);
    }
}

fn one(text: &str, line: u64, rows: &mut Rows) {
    let text = text.trim_start_matches('\u{feff}');
    if text.len() > LARGEST {
        return rows.skip(line, Why::Broken);
    }
    if let Entry::VCard(card) = Parser::new(text).entry() {
        add(&card, line, rows);
    } else {
        rows.skip(line, Why::Broken);
    }
}

fn add(card: &VCard, line: u64, rows: &mut Rows) {
    let name = text(card, &VCardProperty::Fn).filter(|name| !name.trim().is_empty()).or_else(|| parts(card));
    let company = text(card, &VCardProperty::Org).unwrap_or_default();
    let telephones: Vec<(String, String)> =
        card.properties(&VCardProperty::Tel).filter_map(|entry| Some((first(entry)?, label(entry)))).collect();
    let numbers = telephones.iter().map(|(number, label)| (number.as_str(), label.as_str()));
    rows.add(line, &name.unwrap_or_default(), &company, numbers);
}

fn text(card: &VCard, property: &VCardProperty) -> Option<String> {
    first(card.property(property)?)
}

fn first(entry: &VCardEntry) -> Option<String> {
    entry.values.iter().find_map(|value| match value {
        VCardValue::Text(text) => Some(text.clone()),
        VCardValue::Component(parts) => parts.first().cloned(),
        VCardValue::Integer(number) => Some(number.to_string()),
        VCardValue::Float(_)
        | VCardValue::Boolean(_)
        | VCardValue::PartialDateTime(_)
        | VCardValue::Binary(_)
        | VCardValue::Sex(_)
        | VCardValue::GramGender(_)
        | VCardValue::Kind(_) => None,
    })
}

/// A name out of `N:family;given;…`: `张三` in Chinese, `Ann Lee` else.
fn parts(card: &VCard) -> Option<String> {
    let entry = card.property(&VCardProperty::N)?;
    let texts: Vec<&str> = entry
        .values
        .iter()
        .flat_map(|value| match value {
            VCardValue::Component(parts) => parts.iter().map(String::as_str).collect(),
            VCardValue::Text(text) => vec![text.as_str()],
            VCardValue::Integer(_)
            | VCardValue::Float(_)
            | VCardValue::Boolean(_)
            | VCardValue::PartialDateTime(_)
            | VCardValue::Binary(_)
            | VCardValue::Sex(_)
            | VCardValue::GramGender(_)
            | VCardValue::Kind(_) => Vec::new(),
        })
        .collect();
    let part = |at: usize| texts.get(at).map_or("", |part| part.trim());
    let (family, given) = (part(0), part(1));
    let chinese = family.chars().chain(given.chars()).any(|c| ('\u{2e80}'..='\u{9fff}').contains(&c));
    let name = if chinese { format!("{family}{given}") } else { format!("{given} {family}") };
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}

fn label(entry: &VCardEntry) -> String {
    let mut kinds = entry
        .params
        .iter()
        .filter_map(|parameter| {
            use calcard::common::IanaType;
            match parameter.value.as_type()? {
                IanaType::Iana(kind) => Some(format!("{kind:?}").to_lowercase()),
                IanaType::Other(text) => Some(text.to_lowercase()),
            }
        })
        // Each number is one of voice, and being the first says nothing of what it is.
        .filter(|kind| kind != "voice" && kind != "pref");
    kinds.next().unwrap_or_default()
}
