//! What is printed: results on stdout, reasons on stderr.

use std::io::{self, Write as _};

use serde::Serialize;

/// Text or JSON lines.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    json: bool,
}

/// The reader of stdout has gone.
#[derive(Debug)]
pub(crate) struct Closed;

impl Output {
    pub(crate) const fn new(json: bool) -> Output {
        Output { json }
    }

    /// Prints a result: the object, or the text unless it is empty. A closed pipe is no failure of the command.
    pub(crate) fn print(self, object: &impl Serialize, text: &str) -> Result<(), Closed> {
        let line = if self.json {
            // Objects of strings and booleans cannot fail to serialise.
            serde_json::to_string(object).unwrap_or_default()
        } else {
            printable(text)
        };
        if line.is_empty() {
            return Ok(());
        }
        let mut stdout = io::stdout().lock();
        writeln!(stdout, "{line}").and_then(|()| stdout.flush()).map_err(|_| Closed)
    }

    /// Whether the output is for a program.
    pub(crate) const fn is_json(self) -> bool {
        self.json
    }

    /// Tells on stderr what is wrong.
    pub(crate) fn complain(self, reason: &str) {
        let _ = writeln!(io::stderr(), "uncall: {}", printable(reason));
    }

    /// Tells a person something on stderr; programs are spared.
    pub(crate) fn mention(self, what: &str) {
        if !self.json {
            let _ = writeln!(io::stderr(), "{}", printable(what));
        }
    }
}

/// Replaces control characters: text from the wire must not control the terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn escape_sequences_do_not_reach_the_terminal() {
        assert_eq!(printable("a\u{1b}[31mb\r\u{9b}c\n录音"), "a\u{fffd}[31mb\u{fffd}\u{fffd}c\n录音");
    }
}
