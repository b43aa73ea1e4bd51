//! What is behind a whole number: `13800138000-1234` is a number and its extension part, `138 0013 8000 9` may be that, or one
//! number of no known plan.

use crate::{
    MOST_EXTENSION, Number, Problem, Rule,
    body::{Body, Group},
    list, plan,
};

/// The most digits of an extension part that nothing but a dash tells from the number.
const MOST_BEHIND: usize = 6;

/// The number of a text that is not a list. `extension` is the part that was marked as such.
pub(crate) fn read(body: &Body, extension: Option<String>) -> Result<Number, Problem> {
    if let Some((number, part)) = behind_star(&body.marks) {
        return then(body, number, part, extension);
    }
    let Some(found) = exact(body).or_else(|| likely(body)) else {
        return all(body, extension);
    };
    let (number, part) = found.parts(body);
    if found.sure {
        return then(body, number, part, extension);
    }
    if part.len() > MOST_EXTENSION {
        return Err(Problem::TooLong);
    }
    list::one_of([then(body, number, part, extension.clone()), all(body, extension)].into_iter())
}

/// A number at the front, and digits behind it.
struct Found {
    /// How many groups the number has.
    groups: usize,
    /// Whether what is behind it can only be an extension part.
    sure: bool,
}

impl Found {
    fn parts<'a>(&self, body: &'a Body) -> (&'a str, &'a str) {
        let at = body.groups.get(self.groups).map_or(body.marks.len(), |group| group.at.start);
        body.marks.split_at_checked(at).unwrap_or((&body.marks, ""))
    }
}

/// The longest number at the front that a plan has exactly, where no plan has all of it.
fn exact(body: &Body) -> Option<Found> {
    let whole = plan::is_exact(&body.marks);
    let chinese = plan::area(&body.marks).is_some() || body.marks.trim_start_matches(['+', '0']).starts_with("86");
    if whole && !chinese {
        return None;
    }
    let (groups, rest) = fronts(body).find(|(groups, _)| plan::is_exact(front(body, *groups)))?;
    let digits = body.marks.len() - rest.at.start;
    // `0311-8888888-1` could be one of 8 digits, but nobody cuts off the last one.
    if whole && digits > 1 {
        return None;
    }
    let one_group = groups + 1 == body.groups.len();
    Some(Found { groups, sure: rest.dash && one_group && digits <= MOST_BEHIND })
}

/// The longest that could be a number, where the whole could not.
fn likely(body: &Body) -> Option<Found> {
    if body.marks.starts_with('+') || plan::is_exact(&body.marks) {
        return None;
    }
    let whole = plan::is_whole(&body.marks);
    let (groups, _) = fronts(body).find(|(groups, rest)| {
        let front = front(body, *groups);
        // `65521234-80` has the length of a number with an area code, but not its looks.
        let local = list::is_local_shape(body.groups.get(..*groups).unwrap_or(&[])) && plan::is_local(front);
        if whole { local && *groups == 1 && rest.dash } else { local || plan::is_whole(front) }
    })?;
    Some(Found { groups, sure: false })
}

/// How many groups the number may have, and the group behind it; the most first. Behind it are only digits.
fn fronts(body: &Body) -> impl Iterator<Item = (usize, &Group)> {
    let digits = |group: &&Group| body.part(group.at.clone()).bytes().all(|byte| byte.is_ascii_digit());
    (1..body.groups.len())
        .rev()
        .filter_map(|groups| Some((groups, body.groups.get(groups)?)))
        .take_while(move |(_, group)| digits(group))
}

fn front(body: &Body, groups: usize) -> &str {
    body.part(0..body.groups.get(groups).map_or(0, |group| group.at.start))
}

/// `010-65521234*801`: a number that a plan has, and what follows a star or hash.
fn behind_star(marks: &str) -> Option<(&str, &str)> {
    let at = marks.find(['*', '#'])?;
    let (number, part) = (marks.get(..at)?, marks.get(at + 1..)?);
    let fits = (1..=MOST_BEHIND).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    (fits && plan::is_exact(number)).then_some((number, part))
}

fn then(body: &Body, number: &str, part: &str, extension: Option<String>) -> Result<Number, Problem> {
    let extension = extension.map_or_else(|| part.to_owned(), |more| format!("{part},{more}"));
    if extension.len() > MOST_EXTENSION {
        return Err(Problem::TooLong);
    }
    let number = list::whole(number, body.bracketed_zero)?.did(Rule::Behind);
    Ok(Number { extension: Some(extension), ..number })
}

fn all(body: &Body, extension: Option<String>) -> Result<Number, Problem> {
    list::whole(&body.marks, body.bracketed_zero).map(|number| Number { extension, ..number })
}
