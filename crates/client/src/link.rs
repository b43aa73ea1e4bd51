//! The `Link` header (RFC 8288), just enough to find one relation.

/// The target of the first link in `value` that has `relation` among its relations.
pub(crate) fn target<'a>(value: &'a str, relation: &str) -> Option<&'a str> {
    split_outside_quotes(value, ',').into_iter().find_map(|link| {
        let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        let found = split_outside_quotes(parameters, ';').into_iter().any(|parameter| {
            parameter.split_once('=').is_some_and(|(name, value)| {
                name.trim().eq_ignore_ascii_case("rel")
                    && value.trim().trim_matches('"').split_whitespace().any(|rel| rel.eq_ignore_ascii_case(relation))
            })
        });
        found.then_some(target.trim())
    })
}

/// Splits at `separator` outside quotes and angle brackets.
fn split_outside_quotes(text: &str, separator: char) -> Vec<&str> {
    let (mut quoted, mut escaped, mut bracketed) = (false, false, false);
    text.split(move |c: char| {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' if !bracketed => quoted = !quoted,
            '<' if !quoted => bracketed = true,
            '>' if !quoted => bracketed = false,
            c => return c == separator && !quoted && !bracketed,
        }
        false
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::target;

    #[test]
    fn finds_the_relation_among_others() {
        let value = r#"</a,b;c>; title="x, <y>; rel=uncall-events", </e>; title="q\"; "; REL="next Uncall-Events""#;
        assert_eq!(target(value, "uncall-events"), Some("/e"));
    }

    #[test]
    fn takes_bare_and_quoted_values() {
        assert_eq!(target("</e>;rel=uncall-events", "uncall-events"), Some("/e"));
        assert_eq!(target("< /e >; rel = \"uncall-events\"", "uncall-events"), Some("/e"));
    }

    #[test]
    fn no_link_is_no_error() {
        for value in ["", ",", "</e>", "</e", "/e; rel=uncall-events", "</e>; rel=uncall-eventsx", "</e>; rel"] {
            assert_eq!(target(value, "uncall-events"), None, "{value}");
        }
    }
}
