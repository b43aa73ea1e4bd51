//! Repairs an inner document that is not well-formed, if there is exactly one way to read it.
//!
//! Servers that concatenate strings forget to escape values (`R&D 801`) and lose closing tags. The repairs:
//!
//! - an `&` that does not begin an XML reference becomes the character that HTML has under that name, else stays itself;
//! - a `<` that does not begin a tag, and a start tag that is unknown to the API and never closed (`<Li>`), become text;
//! - an end tag may differ from its start tag in letter case;
//! - an end tag may be missing if the element can only end where the one around it does;
//! - the whole end may be missing. Fields after the break are then unknown, not absent: [`Mended::cut`].
//!
//! Everything else stays an error. In particular, a broken tag of the API never becomes text, because a refusal without its
//! `Response` would read as a success.

mod edits;
mod scan;

use edits::Edits;
use scan::Markup;

use crate::{Operation, limit, xml};

/// A mended document.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mended {
    /// The repaired text.
    pub(crate) text: String,
    /// The length of the broken document in bytes, from its start tag to the end of its end tag.
    pub(crate) consumed: usize,
    /// Whether its end was missing, so that fields may be missing with it.
    pub(crate) cut: bool,
}

/// An open element.
#[derive(Clone, Copy)]
struct Open<'a> {
    /// Where its start tag begins.
    at: usize,
    name: &'a str,
    kind: Kind,
    has_elements: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A value of the API.
    Field,
    /// `uncall`, or an operation's element.
    Wrapper,
    /// Anything else.
    Foreign,
}

impl Kind {
    fn of(name: &str) -> Kind {
        const FIELDS: [&str; 9] =
            ["result", "response", "message", "actionid", "calla", "callb", "uid", "status", "files"];
        const WRAPPERS: [&str; 3] = ["uncall", "setDND", "unsetDND"];
        let local = name.rsplit(':').next().unwrap_or_default();
        let is = |known: &&'static str| known.eq_ignore_ascii_case(local);
        if FIELDS.iter().any(is) {
            Kind::Field
        } else if WRAPPERS.iter().any(is) || Operation::ALL.iter().any(|known| is(&known.name())) {
            Kind::Wrapper
        } else {
            Kind::Foreign
        }
    }
}

/// Repairs the document at the beginning of `broken`. `None` if it can be read in several ways, or in none.
pub(crate) fn mend(broken: &str) -> Option<Mended> {
    let mut mending = Mending { text: broken, edits: Edits::default(), open: Vec::new() };
    let mut at = 0;
    let consumed = loop {
        let Some(found) = broken.get(at..)?.find(['<', '&']) else { break None };
        at += found;
        if broken.get(at..)?.starts_with('&') {
            at = mending.reference(at);
            continue;
        }
        at = match scan::markup(broken, at)? {
            Markup::Start { name, end } => mending.start(at, name, end)?,
            Markup::Empty { end } => {
                mending.open.last_mut()?.has_elements = true;
                end
            }
            Markup::End { name, end } => {
                mending.end(at, name, end)?;
                if mending.open.is_empty() {
                    break Some(end);
                }
                end
            }
            Markup::Other { end } => end,
            Markup::Broken => match mending.broken(at)? {
                Some(next) => next,
                None => break None,
            },
        };
    };
    let cut = consumed.is_none();
    if cut {
        mending.break_off()?;
    }
    let consumed = consumed.unwrap_or(broken.len());
    Some(Mended { text: mending.edits.apply(broken.get(..consumed)?), consumed, cut })
}

struct Mending<'a> {
    text: &'a str,
    edits: Edits,
    open: Vec<Open<'a>>,
}

impl<'a> Mending<'a> {
    /// Handles an `&` and returns where to continue.
    fn reference(&mut self, at: usize) -> usize {
        match scan::reference(self.text, at) {
            scan::Reference::Xml { end } => end,
            scan::Reference::Html { end, character } => {
                let mut escaped = String::new();
                xml::text(&mut escaped, character);
                self.edits.replace(at, end, escaped);
                end
            }
            scan::Reference::None => {
                self.edits.replace(at, at + 1, "&amp;".to_owned());
                at + 1
            }
        }
    }

    fn start(&mut self, at: usize, name: &'a str, end: usize) -> Option<usize> {
        let kind = Kind::of(name);
        // Inside a value, a repaired reference is only text.
        if kind != Kind::Foreign && self.open.iter().any(|open| open.kind == Kind::Field) {
            return None;
        }
        self.open.push(Open { at, name, kind, has_elements: false });
        (self.open.len() <= limit::DEPTH).then_some(end)
    }

    /// Handles an end tag: closes the innermost element of its name and those inside it.
    fn end(&mut self, at: usize, name: &str, end: usize) -> Option<()> {
        let named = self.open.iter().rposition(|open| open.name.eq_ignore_ascii_case(name))?;
        while self.open.len() > named + 1 {
            self.close_implied(at)?;
        }
        let open = self.open.pop()?;
        // Such a value would count as absent.
        if open.kind == Kind::Field && open.has_elements {
            return None;
        }
        if open.name != name {
            self.edits.replace(at, end, format!("</{}>", open.name));
        }
        if let Some(around) = self.open.last_mut() {
            around.has_elements = true;
        }
        Some(())
    }

    /// Ends the innermost element, which has no end tag of its own, at `at`.
    fn close_implied(&mut self, at: usize) -> Option<()> {
        let open = self.open.pop()?;
        match open.kind {
            // A value followed by other elements may end before or after them.
            Kind::Field if open.has_elements => return None,
            Kind::Foreign if !open.has_elements => {
                self.edits.replace(open.at, open.at + 1, "&lt;".to_owned());
                return Some(());
            }
            Kind::Field | Kind::Wrapper | Kind::Foreign => self.edits.insert(at, format!("</{}>", open.name)),
        }
        if let Some(around) = self.open.last_mut() {
            around.has_elements = true;
        }
        Some(())
    }

    /// Handles a `<` that does not begin a complete tag. Returns where to continue, `Some(None)` if the document breaks off
    /// inside it.
    fn broken(&mut self, at: usize) -> Option<Option<usize>> {
        let (rest, text_end) = (self.text.get(at..)?, self.text.len());
        let Open { name: innermost, kind, .. } = *self.open.last()?;
        let is_last = !rest.get(1..)?.contains(['<', '>']);
        if let Some(begun) = rest.strip_prefix("</").filter(|_| is_last) {
            let begun = begun.trim_end();
            let own = innermost.get(..begun.len()).is_some_and(|own| own.eq_ignore_ascii_case(begun));
            own.then_some(())?;
            self.edits.replace(at, text_end, String::new());
            self.edits.insert(text_end, format!("</{innermost}>"));
            self.open.pop();
            return Some(None);
        }
        if is_last && kind != Kind::Field && scan::may_become_tag(rest) {
            self.edits.replace(at, text_end, String::new());
            return Some(None);
        }
        let name = scan::leading_name(rest);
        if Kind::of(name) != Kind::Foreign {
            return None;
        }
        self.edits.replace(at, at + 1, "&lt;".to_owned());
        Some(Some(at + 1))
    }

    /// Handles the end of the text with open elements: a value may have been longer, all others end here.
    fn break_off(&mut self) -> Option<()> {
        while let Some(open) = self.open.pop() {
            if open.kind == Kind::Field {
                return None;
            }
            self.edits.insert(self.text.len(), format!("</{}>", open.name));
        }
        Some(())
    }
}
