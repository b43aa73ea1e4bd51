//! The part behind a number that is keyed once the call is answered: `ext. 9`, `转 9`, `,,9`, `;ext=9`.

use crate::{MOST_EXTENSION, Problem, plan};

/// What is written before it; of two that fit, the first is taken.
const MARKS: &[&str] = &[
    "转分机号",
    "转分机",
    "转接",
    "转",
    "轉",
    "分机号",
    "分机",
    "分機",
    "内线",
    "內線",
    "内線",
    "내선",
    "доб",
    "extension",
    "extn",
    "ext",
    "xtn",
    "x",
    "anexo",
    "ramal",
    "poste",
    "then",
    "p",
    "w",
    ",",
    ";",
];

/// The number's part of a text, and the extension part.
pub(crate) fn split(text: &str) -> Result<(&str, Option<String>), Problem> {
    let mut digits = 0_usize;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        if c.is_ascii_digit() {
            digits += 1;
        } else if digits > 0 && !c.is_whitespace() {
            let (head, rest) = text.split_at_checked(at).unwrap_or((text, ""));
            if let Some(part) = parameters(rest) {
                return Ok((head, part.map(bounded).transpose()?));
            }
            if let Some(part) = marked(rest, before, digits).or_else(|| hash(head, rest)) {
                return bounded(part).map(|part| (head, Some(part)));
            }
        }
        before = c;
    }
    Ok(behind_dash(text).map_or((text, None), |(head, part)| (head, Some(part))))
}

fn bounded(part: String) -> Result<String, Problem> {
    if part.len() > MOST_EXTENSION { Err(Problem::TooLong) } else { Ok(part) }
}

/// A mark and keys up to the end.
fn marked(rest: &str, before: char, digits: usize) -> Option<String> {
    MARKS.iter().find_map(|mark| {
        let tail = cut(rest, mark)?;
        let latin = mark.is_ascii() && mark.starts_with(|c: char| c.is_ascii_alphabetic());
        if latin && (before.is_alphabetic() || tail.starts_with(char::is_alphabetic)) {
            return None;
        }
        // A short number with a comma is more likely a slip.
        if matches!(*mark, "," | ";" | "p" | "w") && digits < 3 {
            return None;
        }
        keys(tail)
    })
}

/// `rest` without `mark` at its front, whatever its case.
fn cut<'a>(rest: &'a str, mark: &str) -> Option<&'a str> {
    let (front, tail) = rest.split_at_checked(mark.len())?;
    front.eq_ignore_ascii_case(mark).then_some(tail)
}

/// The keys of an extension part, if there is nothing else.
fn keys(tail: &str) -> Option<String> {
    let mut keys = String::new();
    for c in tail.trim_start_matches([' ', '.', ':', '=', '-', '(', '#', ',', ';']).trim_end_matches('号').chars() {
        match c {
            '0'..='9' | '*' | '#' => keys.push(c),
            ',' | ';' | 'p' | 'w' | 'P' | 'W' => keys.push(','),
            ' ' | '-' | '.' | '(' | ')' | '[' | ']' => {}
            _ => return None,
        }
    }
    let keys = keys.trim_matches(',');
    keys.contains(|c: char| c.is_ascii_digit()).then(|| keys.to_owned())
}

/// Parameters of RFC 3966 and RFC 2806, `;ext=9` and `;postd=,9`, others among them; nothing if `rest` is none.
fn parameters(rest: &str) -> Option<Option<String>> {
    let rest = rest.strip_prefix(';')?;
    let rest = rest.split_once('?').map_or(rest, |(rest, _)| rest);
    let mut part = None;
    for parameter in rest.split(';') {
        let (name, value) = parameter.split_once('=')?;
        let named = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if !named || value.contains(char::is_whitespace) {
            return None;
        }
        if part.is_none() && (name.eq_ignore_ascii_case("ext") || name.eq_ignore_ascii_case("postd")) {
            part = Some(keys(value)?);
        }
    }
    Some(part)
}

/// `+1 202 555 0173 #9`: behind an international number no `#` is dialled.
fn hash(head: &str, rest: &str) -> Option<String> {
    let apart = head.ends_with(' ') && head.trim_start_matches(['(', ' ']).starts_with('+');
    let keys = rest.strip_prefix('#')?.trim_start();
    (apart && (1..=7).contains(&keys.len()) && keys.bytes().all(|byte| byte.is_ascii_digit())).then(|| keys.to_owned())
}

/// `0755-83765432-801`, as it is written in China: area code, number, extension.
fn behind_dash(text: &str) -> Option<(&str, String)> {
    let (head, part) = text.rsplit_once('-')?;
    let (area, local) = head.rsplit_once('-')?;
    let (area, local, part) = (area.trim(), local.trim(), part.trim());
    let area = area.strip_prefix("+86").or_else(|| area.strip_prefix("86")).unwrap_or(area);
    let area: String = area.chars().filter(char::is_ascii_digit).collect();
    let area = if area.starts_with('0') { area } else { format!("0{area}") };
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let fits = plan::area(&area) == Some(&area)
        && matches!(local.len(), 7 | 8)
        && (1..=5).contains(&part.len())
        && all_digits(local)
        && all_digits(part);
    fits.then(|| (head, part.to_owned()))
}
