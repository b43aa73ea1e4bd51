//! Writes text and trees as XML.

use super::{Element, Node};

/// Appends character data, escaped. Characters that XML 1.0 has no way to write become U+FFFD.
pub(crate) fn text(out: &mut String, plain: &str) {
    for c in plain.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // A bare CR would be read back as a line feed.
            '\r' => out.push_str("&#13;"),
            other => out.push(admitted(other)),
        }
    }
}

/// Appends an attribute's value, escaped for double quotes.
pub(crate) fn attribute(out: &mut String, plain: &str) {
    for c in plain.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\t' => out.push_str("&#9;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            other => out.push(admitted(other)),
        }
    }
}

fn admitted(c: char) -> char {
    match c {
        '\t' | '\n' => c,
        '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
        _ => c,
    }
}

impl Element {
    /// Appends this element as XML, with local names and without attributes, which is enough for the inner document.
    pub(crate) fn write(&self, out: &mut String) {
        out.push('<');
        out.push_str(&self.name);
        out.push('>');
        self.write_content(out);
        out.push_str("</");
        out.push_str(&self.name);
        out.push('>');
    }

    /// Appends what is inside this element as XML.
    pub(crate) fn write_content(&self, out: &mut String) {
        for node in &self.nodes {
            match node {
                Node::Element(element) => element.write(out),
                Node::Text(plain) => text(out, plain),
            }
        }
    }
}
