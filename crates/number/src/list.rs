//! One number, or several in one text: `138 0013 8000` is one, `13800138000 13900139000` are two, and which of them is meant only
//! the one who wrote it knows.

use std::ops::Range;

use crate::{
    MOST_DIGITS, Number, Problem, Rule, aside,
    body::{Body, Group},
    extension, keys, labels, plan, reading, sheet, trunk,
};

/// What is between two numbers and not within one.
const STRICT: [char; 4] = [',', ';', '|', '、'];
/// What is between two numbers, or within one.
const LOOSE: [char; 3] = ['/', '\n', '\t'];
/// The fewest digits of two whole numbers.
const FEWEST_OF_TWO: usize = 18;
const WORDS: [&str; 4] = [" or ", " and ", "或", "和"];

/// The number in a text of plain characters.
pub(crate) fn read(text: &str) -> Result<Number, Problem> {
    listed(text).unwrap_or_else(|| single(text))
}

/// The one number of several writings, or the question which.
pub(crate) fn one_of(numbers: impl Iterator<Item = Result<Number, Problem>>) -> Result<Number, Problem> {
    let mut found: Vec<Number> = Vec::new();
    let mut wrong = Problem::Empty;
    for number in numbers {
        let more = match number {
            Ok(number) => vec![number],
            Err(Problem::Which(numbers)) => numbers,
            Err(problem) => {
                wrong = problem;
                Vec::new()
            }
        };
        for number in more {
            if !found.iter().any(|known| known.dialled == number.dialled && known.extension == number.extension) {
                found.push(number);
            }
        }
    }
    match found.len() {
        0 => Err(wrong),
        1 => found.pop().ok_or(Problem::Empty),
        _ => Err(Problem::Which(found)),
    }
}

/// What a text comes to in which something separates numbers; nothing where that is within one.
fn listed(text: &str) -> Option<Result<Number, Problem>> {
    let mut strict = text.contains(['|', '、']) || (!text.contains(",,") && text.contains([',', ';']));
    let mut split = text.to_owned();
    for word in WORDS {
        if split.contains(word) {
            split = split.replace(word, "、");
            strict = true;
        }
    }
    if !strict && !split.contains(LOOSE) {
        return None;
    }
    let between = |c: char| LOOSE.contains(&c) || (strict && STRICT.contains(&c));
    let fields: Vec<&str> = split.split(between).filter(|field| !field.trim().is_empty()).collect();
    if fields.len() < 2 {
        return None;
    }
    if let Some(alternatives) = short_alternative(&fields, text) {
        return Some(alternatives);
    }
    let whole = Body::read(&split.replace(STRICT, "/")).map(|body| body.marks).unwrap_or_default();
    if plan::is_whole(&whole) {
        return None;
    }
    let numbers: Vec<Result<Number, Problem>> = fields.iter().map(|field| single(field)).collect();
    let lengths: Vec<usize> = fields.iter().map(|field| field.bytes().filter(u8::is_ascii_digit).count()).collect();
    let understood = numbers.iter().all(|number| matches!(number, Ok(_) | Err(Problem::Which(_))));
    let long = lengths.iter().all(|length| *length >= 7);
    let alike = lengths.iter().all(|length| *length >= 3 && lengths.first() == Some(length));
    if !understood || !(long || (alike && (strict || !plan::is_local(&whole)))) {
        return None;
    }
    let first = fields.first().and_then(|first| body(first));
    let carried = numbers.into_iter().map(|number| {
        let number = number?;
        let taken = first.as_ref().and_then(|first| carry(first, 0..first.marks.len(), &number.dialled));
        Ok(taken.map_or(number.clone(), |taken| Number { dialled: taken.dialled, ..number }.did(Rule::Area)))
    });
    Some(one_of(carried))
}

/// The digits of a text, without words and without an extension part.
fn body(text: &str) -> Option<Body> {
    let (head, _) = extension::split(labels::strip(text).0).ok()?;
    Body::read(labels::strip(head).0).ok()
}

/// `010-65521234/35`: another ending for the same number.
fn short_alternative(fields: &[&str], text: &str) -> Option<Result<Number, Problem>> {
    let [head, tail] = fields else { return None };
    let tail = tail.trim();
    if !text.contains('/') || !(1..=4).contains(&tail.len()) || !tail.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let marks = body(head)?.marks;
    if !(plan::is_whole(&marks) || plan::is_local(&marks)) {
        return None;
    }
    if tail.len() > 2 && plan::is_local(&marks) {
        return None;
    }
    let other = format!("{}{tail}", marks.get(..marks.len().checked_sub(tail.len())?)?);
    Some(one_of([single(head), single(&other).map(|number| number.did(Rule::Area))].into_iter()))
}

/// The one number of a text, or those that white space and slashes separate.
pub(crate) fn single(text: &str) -> Result<Number, Problem> {
    let (core, mut labelled) = labels::strip(text);
    if core.is_empty() {
        let word = text.chars().find(|c| c.is_alphabetic());
        return Err(word.map_or(Problem::Empty, Problem::Character));
    }
    if sheet::is_cut(core) {
        return Err(Problem::Cut);
    }
    let (head, extension) = extension::split(core)?;
    let (head, more) = labels::strip(head);
    labelled |= more;
    let decimals = sheet::without_decimals(head);
    let done = |number: Number| {
        let number = if labelled { number.did(Rule::Label) } else { number };
        if decimals.is_some() { number.did(Rule::Sheet) } else { number }
    };
    match digits(decimals.unwrap_or(head)) {
        Ok((body, letters)) => several(&body, extension).map(|number| {
            let number = done(number);
            if letters { number.did(Rule::Letters) } else { number }
        }),
        Err(problem) => match aside::read(head) {
            Some(Ok(number)) => Ok(done(Number { extension: extension.or(number.extension.clone()), ..number })),
            Some(Err(problem)) => Err(problem),
            None => Err(aside::lookalike(head).map_or(problem, Problem::Lookalike)),
        },
    }
}

/// The marks of a text, with digits in the place of letters; and whether there were letters.
fn digits(head: &str) -> Result<(Body, bool), Problem> {
    let mut body = Body::read(head)?;
    let letters = body.letter;
    if let Some(letter) = letters {
        body.marks = keys::digits(&body).ok_or(Problem::Character(letter))?;
    }
    Ok((body, letters.is_some()))
}

/// The number of marks, or the numbers that they can be cut into.
fn several(body: &Body, extension: Option<String>) -> Result<Number, Problem> {
    let Some(parts) = parts(body) else { return reading::read(body, extension) };
    let first = parts.first().cloned().unwrap_or_default();
    let last = parts.len() - 1;
    let numbers = parts.into_iter().enumerate().map(|(index, at)| {
        let part = body.part(at);
        let number = carry(body, first.clone(), part).map_or_else(|| whole(part, body.bracketed_zero), Ok)?;
        Ok(Number { extension: extension.clone().filter(|_| index == last), ..number })
    });
    one_of(numbers)
}

/// The number of marks that are one number.
pub(crate) fn whole(marks: &str, bracketed_zero: bool) -> Result<Number, Problem> {
    if marks.is_empty() {
        return Err(Problem::Empty);
    }
    let (marks, twice) = match marks.strip_prefix("+00") {
        // No country code begins with a zero: this is twice the same.
        Some(rest) if rest.starts_with(|c: char| ('1'..='9').contains(&c)) => (format!("+{rest}"), true),
        _ => (marks.to_owned(), false),
    };
    let behind = marks.strip_prefix('+').unwrap_or(&marks);
    let country = !marks.starts_with('+') || behind.starts_with(|c: char| ('1'..='9').contains(&c));
    if behind.contains('+') || !country {
        return Err(Problem::Plus);
    }
    let number = trunk::drop(&marks, bracketed_zero);
    if number.dialled.len() > MOST_DIGITS {
        return Err(Problem::TooLong);
    }
    if let Some((one, other)) = halves(&number.dialled) {
        return one_of([one, other].into_iter().map(|marks| Ok(trunk::drop(marks, false))));
    }
    Ok(if twice { number.did(Rule::CountryCode) } else { number })
}

/// The places of several numbers among the marks, where they are too many for one and can be cut, at white space or slashes, into
/// whole ones.
fn parts(body: &Body) -> Option<Vec<Range<usize>>> {
    let digits = body.marks.bytes().filter(u8::is_ascii_digit).count();
    if digits < 14 || body.marks.contains(['*', '#']) || plan::is_whole(&body.marks) {
        return None;
    }
    cut(body)
}

/// The fewest numbers, cut at white space, slashes, and where something is between two digits.
fn cut(body: &Body) -> Option<Vec<Range<usize>>> {
    // For each group from the last: the fewest numbers from there on, and where the first of them ends.
    let count = body.groups.len();
    let mut best: Vec<Option<(usize, usize)>> = vec![None; count];
    for from in (0..count).rev() {
        for to in from..count {
            let rest = match body.groups.get(to + 1) {
                None => Some(0),
                Some(_) => best.get(to + 1).copied().flatten().map(|(numbers, _)| numbers),
            };
            let Some(rest) = rest.filter(|_| is_number(body, from, to)) else { continue };
            if best.get(from).copied().flatten().is_none_or(|(numbers, _)| rest + 1 < numbers) {
                *best.get_mut(from)? = Some((rest + 1, to));
            }
        }
    }
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(Some((_, to))) = best.get(from).copied() {
        found.push(body.groups.get(from)?.at.start..body.groups.get(to)?.at.end);
        from = to + 1;
    }
    (from == count && found.len() > 1).then_some(found)
}

/// Two numbers without anything between them, which is what a page's field makes of two lines.
fn halves(marks: &str) -> Option<(&str, &str)> {
    if !(FEWEST_OF_TWO..=MOST_DIGITS).contains(&marks.len()) || marks.contains(['*', '#']) {
        return None;
    }
    let (one, other) = marks.split_at_checked(marks.len() / 2)?;
    if marks.len() >= 20 && one.len() == other.len() && plan::is_whole(one) && plan::is_whole(other) {
        return Some((one, other));
    }
    (1..marks.len())
        .filter_map(|at| marks.split_at_checked(at))
        .find(|(one, other)| plan::is_exact(other) && plan::is_exact(one))
}

/// Whether the groups `from` to `to` are a whole number by their looks.
fn is_number(body: &Body, from: usize, to: usize) -> bool {
    let Some(groups) = body.groups.get(from..=to) else { return false };
    let (Some(first), Some(last)) = (groups.first(), groups.last()) else { return false };
    let marks = body.part(first.at.start..last.at.end);
    if !(7..=20).contains(&marks.len()) || marks.get(1..).is_some_and(|rest| rest.contains('+')) {
        return false;
    }
    // Where a dash is at an end, it has to be sure: `010-6552-1234` has some.
    let next = body.groups.get(to + 1);
    if !first.apart || next.is_some_and(|next| !next.apart) {
        return plan::is_exact(marks) || (matches!(groups, [_]) && plan::is_local(marks));
    }
    plan::is_whole(marks) || (is_local_shape(groups) && plan::is_local(marks))
}

/// Whether a number within an area is grouped like this.
pub(crate) fn is_local_shape(groups: &[Group]) -> bool {
    match groups {
        [_] => true,
        [area, _] => matches!(area.at.len(), 3 | 4),
        _ => false,
    }
}

/// `marks` with the area or country code of the number before it, `at` in `body`, where it was left out.
fn carry(body: &Body, at: Range<usize>, marks: &str) -> Option<Number> {
    let first = body.part(at.clone());
    let length = first.len().checked_sub(marks.len()).filter(|length| *length > 0)?;
    let prefix = first.get(..length)?;
    let own = !marks.starts_with(|c: char| ('1'..='9').contains(&c));
    let between = body.groups.iter().any(|group| group.at.start == at.start + length);
    let code = (prefix.starts_with('+') && between) || plan::area(prefix) == Some(prefix);
    let taken = format!("{prefix}{marks}");
    if own || !code || !plan::is_whole(&taken) {
        return None;
    }
    whole(&taken, body.bracketed_zero).ok().map(|number| number.did(Rule::Area))
}
