//! Untrusted texts as one line.

/// Removes line breaks and invisible characters, and keeps at most `most` characters. Characters that change the writing direction
/// would make a name look like another.
#[must_use]
pub fn tidy(text: &str, most: usize) -> Box<str> {
    let unseen = |c: char| {
        c.is_control()
            || matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}')
            || matches!(c, '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    let words = text.split(|c: char| c.is_whitespace() || unseen(c)).filter(|word| !word.is_empty());
    let mut line = String::new();
    for word in words {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        // Enough for `most` characters.
        if line.len() > 4 * most {
            break;
        }
    }
    line.chars().take(most).collect::<String>().trim_end().into()
}

#[cfg(test)]
mod tests {
    use super::tidy;

    #[test]
    fn a_line_is_what_can_be_seen() {
        assert_eq!(&*tidy(" 张三\t\u{0}\n(CRM) \u{202e}evil\u{feff} ", 100), "张三 (CRM) evil");
        assert_eq!(&*tidy("欧阳 娜娜", 3), "欧阳", "cut behind a word, without its blank");
        assert_eq!(&*tidy(&"a ".repeat(1 << 20), 5), "a a a");
    }
}
