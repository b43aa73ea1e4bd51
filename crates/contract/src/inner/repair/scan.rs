//! Recognises what begins at a `<` or an `&`.

use quick_xml::escape::resolve_html5_entity;

use crate::xml;

/// The markup at a `<`. `end` is the position after it.
pub(super) enum Markup<'a> {
    Start {
        name: &'a str,
        end: usize,
    },
    Empty {
        end: usize,
    },
    End {
        name: &'a str,
        end: usize,
    },
    /// A comment, CDATA section or processing instruction.
    Other {
        end: usize,
    },
    /// No complete markup.
    Broken,
}

/// The markup at `at`, where a `<` is. `None` for markup that makes a document unreadable: a DOCTYPE, or a comment or the like
/// that does not end.
pub(super) fn markup(text: &str, at: usize) -> Option<Markup<'_>> {
    let rest = text.get(at..)?;
    for (begin, end) in [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")] {
        if let Some(content) = rest.strip_prefix(begin) {
            return content.find(end).map(|found| Markup::Other { end: at + begin.len() + found + end.len() });
        }
    }
    let mut cursor = Cursor { rest: rest.get(1..)?, at: at + 1 };
    if cursor.rest.get(..8).is_some_and(|word| word.eq_ignore_ascii_case("!doctype")) {
        return None;
    }
    let is_end = cursor.take("/");
    let Some(name) = cursor.name() else { return Some(Markup::Broken) };
    if is_end {
        cursor.space();
        let closed = cursor.take(">");
        return Some(if closed { Markup::End { name, end: cursor.at } } else { Markup::Broken });
    }
    loop {
        let spaced = cursor.space();
        if cursor.take(">") {
            return Some(Markup::Start { name, end: cursor.at });
        }
        if cursor.take("/>") {
            return Some(Markup::Empty { end: cursor.at });
        }
        if !spaced || !cursor.attribute() {
            return Some(Markup::Broken);
        }
    }
}

/// A place in the text.
struct Cursor<'a> {
    rest: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn skip(&mut self, bytes: usize) -> &'a str {
        let (skipped, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        self.at += skipped.len();
        skipped
    }

    fn take(&mut self, expected: &str) -> bool {
        let found = self.rest.starts_with(expected);
        if found {
            self.skip(expected.len());
        }
        found
    }

    fn space(&mut self) -> bool {
        let length = self.rest.len() - self.rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        self.skip(length);
        length > 0
    }

    /// A name, with or without a prefix.
    fn name(&mut self) -> Option<&'a str> {
        let name = leading(self.rest);
        let (prefix, local) = name.split_once(':').unwrap_or(("_", name));
        (xml::is_name(prefix) && xml::is_name(local)).then(|| self.skip(name.len()))
    }

    /// Reads `name="value"`, with either quote. The value contains no `<`.
    fn attribute(&mut self) -> bool {
        if self.name().is_none() {
            return false;
        }
        self.space();
        if !self.take("=") {
            return false;
        }
        self.space();
        let Some(quote) = self.rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else { return false };
        self.skip(1);
        match self.rest.find([quote, '<']) {
            Some(end) if self.rest.get(end..).is_some_and(|rest| rest.starts_with(quote)) => {
                self.skip(end + 1);
                true
            }
            Some(_) | None => false,
        }
    }
}

fn leading(text: &str) -> &str {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':') || !c.is_ascii();
    text.split(|c| !is_part(c)).next().unwrap_or_default()
}

/// The name after a `<` or `</`, whatever follows it.
pub(super) fn leading_name(markup: &str) -> &str {
    let behind = markup.strip_prefix('<').unwrap_or(markup);
    leading(behind.strip_prefix('/').unwrap_or(behind))
}

/// Whether a `<` at the very end of a text can be the beginning of a tag that was cut.
pub(super) fn may_become_tag(rest: &str) -> bool {
    let behind = rest.get(1..).unwrap_or_default();
    behind.is_empty() || xml::is_name(leading(behind).split(':').next().unwrap_or_default())
}

/// The reference at an `&`.
pub(super) enum Reference {
    /// A reference that XML knows.
    Xml { end: usize },
    /// One that only HTML knows.
    Html { end: usize, character: &'static str },
    /// No reference, just an `&`.
    None,
}

/// The longest name of HTML has 31 characters.
const LONGEST: usize = 32;

pub(super) fn reference(text: &str, at: usize) -> Reference {
    let behind = text.get(at + 1..).unwrap_or_default();
    let end = behind.bytes().take(LONGEST + 1).position(|byte| byte == b';');
    let Some((name, end)) = end.and_then(|end| Some((behind.get(..end)?, at + 1 + end + 1))) else {
        return Reference::None;
    };
    if xml::is_reference(name) {
        return Reference::Xml { end };
    }
    resolve_html5_entity(name).map_or(Reference::None, |character| Reference::Html { end, character })
}
