//! Texts with placeholders.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::event::Event;
use crate::facts::Facts;

/// The longest template, in bytes.
pub const LONGEST_TEMPLATE: usize = 4096;

/// Everything but what RFC 3986 calls unreserved.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What is wrong with a rule. The text says what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A template is too long.
    #[error("is longer than {LONGEST_TEMPLATE} bytes")]
    TooLong,
    /// A `{` without its `}`.
    #[error("has a {{ without }}; a literal brace is written twice")]
    Unclosed,
    /// A `}` without its `{`.
    #[error("has a }} without {{; a literal brace is written twice")]
    Stray,
    /// A placeholder that does not exist.
    #[error(
        "has {{{0}}}, which is none of calla, callb, other, uid, direction, exten, name, company, queue, note, event"
    )]
    Unknown(String),
    /// `{raw:…}` in an address.
    #[error("has {{raw:…}}, which belongs into headers and arguments only")]
    Raw,
    /// A control character or, in an address, a blank.
    #[error("has a blank or a control character")]
    Blank,
    /// It is no address.
    #[error("takes an address like https://crm.example/search?q={{other}}")]
    NoAddress,
    /// A placeholder stands in scheme, host or port.
    #[error("has a placeholder before the path: scheme, host and port must be written out")]
    Early,
    /// It has a login.
    #[error("has a login; a webhook takes one as a header, for example Authorization")]
    Login,
    /// Its scheme runs code or reads files.
    #[error("has an address with {0}:, which is never opened")]
    Forbidden(String),
    /// Not http or https.
    #[error("takes an http or https address")]
    NotHttp,
    /// The program is not given by a whole path.
    #[error("takes the whole path of a program first, without placeholders")]
    NoProgram,
    /// The program is a shell or something like it.
    #[error("starts {0}, which would take a caller's name for a command: name the program itself")]
    Shell(String),
    /// It cannot be a header.
    #[error("`{0}` is not a header that a rule can set")]
    Header(String),
    /// The rule itself is not understood.
    #[error("{0}")]
    Rule(String),
    /// A key has a value that is not understood.
    #[error("`{key}` {fault}")]
    Key {
        /// The key.
        key: &'static str,
        /// What is wrong with it.
        fault: Box<Fault>,
    },
}

impl Fault {
    pub(crate) fn at(self, key: &'static str) -> Fault {
        Fault::Key { key, fault: Box::new(self) }
    }
}

/// A value of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// Caller.
    Calla,
    /// Callee.
    Callb,
    /// Of the two, the one that is not this extension.
    Other,
    /// The call's identifier.
    Uid,
    /// `callin` or `callout`.
    Direction,
    /// The agent's extension.
    Exten,
    /// The other party's name.
    Name,
    /// Its firm.
    Company,
    /// The queue.
    Queue,
    /// The agent's note.
    Note,
    /// The event's name.
    Event,
}

impl Field {
    /// All of them.
    pub const ALL: [Field; 11] = [
        Field::Calla,
        Field::Callb,
        Field::Other,
        Field::Uid,
        Field::Direction,
        Field::Exten,
        Field::Name,
        Field::Company,
        Field::Queue,
        Field::Note,
        Field::Event,
    ];

    /// Its name between braces.
    pub const fn name(self) -> &'static str {
        match self {
            Field::Calla => "calla",
            Field::Callb => "callb",
            Field::Other => "other",
            Field::Uid => "uid",
            Field::Direction => "direction",
            Field::Exten => "exten",
            Field::Name => "name",
            Field::Company => "company",
            Field::Queue => "queue",
            Field::Note => "note",
            Field::Event => "event",
        }
    }

    fn value(self, event: Event, facts: &Facts) -> &str {
        match self {
            Field::Calla => &facts.calla,
            Field::Callb => &facts.callb,
            Field::Other => &facts.other,
            Field::Uid => &facts.uid,
            Field::Direction => facts.direction.name(),
            Field::Exten => &facts.exten,
            Field::Name => facts.name.as_deref().unwrap_or_default(),
            Field::Company => facts.company.as_deref().unwrap_or_default(),
            Field::Queue => facts.queue.as_deref().unwrap_or_default(),
            Field::Note => facts.note.as_deref().unwrap_or_default(),
            Field::Event => event.name(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Field { field: Field, raw: bool },
}

/// A text with placeholders: `{name}` is filled in percent-encoded, `{raw:name}` as it is but for control characters, which become
/// blanks; `{{` and `}}` are braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    written: String,
    pieces: Vec<Piece>,
}

impl Template {
    /// Reads a template. `raw` says whether `{raw:…}` is allowed.
    ///
    /// # Errors
    /// [`Fault::TooLong`], [`Fault::Blank`] for control characters, [`Fault::Unclosed`], [`Fault::Stray`], [`Fault::Unknown`] and
    /// [`Fault::Raw`].
    pub fn parse(written: &str, raw: bool) -> Result<Template, Fault> {
        if written.len() > LONGEST_TEMPLATE {
            return Err(Fault::TooLong);
        }
        if written.contains(char::is_control) {
            return Err(Fault::Blank);
        }
        let (mut pieces, mut text, mut rest) = (Vec::new(), String::new(), written);
        while let Some(at) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at(at);
            text.push_str(before);
            if let Some(after) = from.strip_prefix("{{") {
                text.push('{');
                rest = after;
            } else if let Some(after) = from.strip_prefix("}}") {
                text.push('}');
                rest = after;
            } else if let Some(after) = from.strip_prefix('{') {
                let (name, after) = after.split_once('}').ok_or(Fault::Unclosed)?;
                let piece = placeholder(name, raw)?;
                if !text.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                }
                pieces.push(piece);
                rest = after;
            } else {
                return Err(Fault::Stray);
            }
        }
        text.push_str(rest);
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        Ok(Template { written: written.to_owned(), pieces })
    }

    /// As it was written.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// Whether a placeholder is in it.
    pub(crate) fn has_fields(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Field { .. }))
    }

    /// The text before the first placeholder.
    pub(crate) fn head(&self) -> &str {
        match self.pieces.first() {
            Some(Piece::Text(text)) => text,
            Some(Piece::Field { .. }) | None => "",
        }
    }

    /// With the values of a call, of which each has at most `longest` characters.
    pub fn fill(&self, event: Event, facts: &Facts, longest: usize) -> String {
        self.fill_by(|field| clipped(field.value(event, facts), longest))
    }

    /// With this in the place of every value.
    pub(crate) fn fill_all(&self, with: &str) -> String {
        self.fill_by(|_| with)
    }

    fn fill_by<'a>(&self, value: impl Fn(Field) -> &'a str) -> String {
        let mut filled = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Field { field, raw: true } => {
                    filled.extend(value(*field).chars().map(|c| if c.is_control() { ' ' } else { c }));
                }
                Piece::Field { field, raw: false } => filled.extend(utf8_percent_encode(value(*field), ENCODED)),
            }
        }
        filled
    }
}

fn placeholder(name: &str, raw: bool) -> Result<Piece, Fault> {
    let (is_raw, plain) = name.strip_prefix("raw:").map_or((false, name), |plain| (true, plain));
    // What a fault shows of it is bounded.
    let unknown = || Fault::Unknown(name.chars().take(40).collect());
    let field = Field::ALL.into_iter().find(|field| field.name() == plain).ok_or_else(unknown)?;
    if is_raw && !raw {
        return Err(Fault::Raw);
    }
    Ok(Piece::Field { field, raw: is_raw })
}

/// The first `longest` characters.
pub(crate) fn clipped(text: &str, longest: usize) -> &str {
    text.char_indices().nth(longest).map_or(text, |(end, _)| text.get(..end).unwrap_or_default())
}
