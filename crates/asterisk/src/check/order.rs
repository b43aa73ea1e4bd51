//! Checks whether the context for outside calls hides includes behind it: Asterisk takes the first include that matches a number,
//! not the one that matches best. With `_X.` in front, parking places were dialled outside.

use std::collections::HashSet;

use super::dialplan::Dialplan;
use super::finding::list;
use super::rights::Rights;
use super::section::File;
use super::{Finding, Link, printable};
use crate::action::Action;

/// The most contexts to examine.
const MOST: usize = 64;
const OUT: &str = "uncall-out";

pub(super) async fn look(link: &Link, rights: &Rights, dialplan: &Dialplan) -> Vec<Finding> {
    if !rights.may("ShowDialPlan") {
        return Vec::new();
    }
    let internal = dialplan.internal();
    let Some(context) = show(link, internal).await else { return Vec::new() };
    let Some(place) = context.includes.iter().position(|name| name == OUT) else { return Vec::new() };
    let outside = show(link, OUT).await.map(|out| out.extensions).unwrap_or_default();
    let behind = context.includes.get(place + 1..).unwrap_or_default().to_vec();
    let mut swallowed = Vec::new();
    for (include, exten) in known_in(link, behind).await {
        let taken = sample(&exten).is_some_and(|number| outside.iter().any(|pattern| fits(pattern, &number)));
        if taken {
            swallowed.push(format!("{} of {}", printable(&exten), printable(&include)));
        }
    }
    if swallowed.is_empty() {
        return vec![Finding::ok(format!(
            "numbers to the outside: {OUT} takes nothing in {internal} from who is behind it"
        ))];
    }
    vec![
        Finding::missing(format!(
            "numbers to the outside: in {internal}, {OUT} comes before other includes and takes their numbers: {}; put `include => \
             {OUT}` last",
            list(&swallowed)
        ))
        .add(File::Extensions, &format!("; in [{internal}], behind every other include:"), format!("; include => {OUT}")),
    ]
}

struct Context {
    extensions: Vec<String>,
    includes: Vec<String>,
}

async fn show(link: &Link, context: &str) -> Option<Context> {
    let action = Action::new("ShowDialPlan").with("Context", context).ok()?;
    let items = link.ask(action).await.ok()?.items;
    let all = |name: &str| {
        items.iter().map(|item| item.get(name)).filter(|value| !value.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    Some(Context { extensions: all("Extension"), includes: all("IncludeContext") })
}

/// The extensions of these contexts and of all that they include, each with the context of `open` that leads to it.
async fn known_in(link: &Link, mut open: Vec<String>) -> Vec<(String, String)> {
    let (mut seen, mut known) = (HashSet::new(), Vec::new());
    while let Some(name) = open.pop().filter(|_| seen.len() < MOST) {
        if !seen.insert(name.clone()) {
            continue;
        }
        let Some(context) = show(link, &name).await else { continue };
        known.extend(context.extensions.into_iter().map(|exten| (name.clone(), exten)));
        open.extend(context.includes);
    }
    known.sort();
    known.dedup();
    known
}

/// A number that the extension matches. `None` for names (`s`, `h`).
fn sample(exten: &str) -> Option<String> {
    let Some(pattern) = exten.strip_prefix('_') else {
        return exten.bytes().all(|byte| byte.is_ascii_digit() || b"*#".contains(&byte)).then(|| exten.to_owned());
    };
    let mut number = String::new();
    let mut rest = pattern.chars();
    while let Some(sign) = rest.next() {
        match sign {
            'X' | 'x' | '.' => number.push('5'),
            'Z' | 'z' | 'N' | 'n' => number.push('5'),
            '!' => {}
            '[' => {
                number.push(rest.next()?);
                rest.by_ref().find(|sign| *sign == ']')?;
            }
            '-' | ' ' => {}
            digit if digit.is_ascii_digit() || digit == '*' || digit == '#' => number.push(digit),
            _name => return None,
        }
    }
    Some(number)
}

/// Whether an extension of the dialplan matches the number.
fn fits(exten: &str, number: &str) -> bool {
    let Some(pattern) = exten.strip_prefix('_') else { return exten == number };
    let mut digits = number.chars();
    let mut rest = pattern.chars();
    while let Some(sign) = rest.next() {
        match sign {
            '.' => return digits.next().is_some(),
            '!' => return true,
            '-' | ' ' => continue,
            _one => {}
        }
        let Some(digit) = digits.next() else { return false };
        let fits = match sign {
            'X' | 'x' => digit.is_ascii_digit(),
            'Z' | 'z' => ('1'..='9').contains(&digit),
            'N' | 'n' => ('2'..='9').contains(&digit),
            '[' => class(&mut rest, digit),
            same => same == digit,
        };
        if !fits {
            return false;
        }
    }
    digits.next().is_none()
}

/// Reads the rest of a class `[1-37]`. True if the digit is in it.
fn class(rest: &mut std::str::Chars<'_>, digit: char) -> bool {
    let signs: Vec<char> = rest.by_ref().take_while(|sign| *sign != ']').collect();
    let mut at = 0;
    let mut within = false;
    while let Some(first) = signs.get(at) {
        match (signs.get(at + 1), signs.get(at + 2)) {
            (Some('-'), Some(last)) => {
                within |= (*first..=*last).contains(&digit);
                at += 3;
            }
            _single => {
                within |= *first == digit;
                at += 1;
            }
        }
    }
    within
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_takes_what_asterisk_says_it_takes() {
        for (pattern, takes, not) in [
            ("_X.", ["700", "13632510278"], ["7", "*78"]),
            ("_XXXX.", ["10086", "13632510278"], ["7001", "700"]),
            ("_1[12]X", ["110", "122"], ["100", "1200"]),
            ("_NXX!", ["700", "70012"], ["100", "70"]),
            ("_[1-37]Z", ["71", "29"], ["41", "70"]),
            ("700", ["700", "700"], ["701", "70"]),
        ] {
            assert!(takes.iter().all(|number| fits(pattern, number)), "{pattern}");
            assert!(not.iter().all(|number| !fits(pattern, number)), "{pattern}");
        }
    }

    #[test]
    fn a_sample_fits_its_own_pattern() {
        for pattern in ["_X.", "_1[12]X", "_NXX!", "_Z-X", "_*8X", "700"] {
            assert!(fits(pattern, &sample(pattern).unwrap()), "{pattern}");
        }
        for name in ["s", "h", "_hello", "_[1"] {
            assert_eq!(sample(name), None, "{name}");
        }
    }
}
