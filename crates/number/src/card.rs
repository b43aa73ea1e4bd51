//! Lines of a vCard (RFC 6350): `TEL;TYPE=CELL:+86…`, alone or among others.

/// The values of the `TEL` lines, where there are any. A page's field turns line ends into ` / `.
pub(crate) fn telephones(text: &str) -> Option<Vec<String>> {
    let values: Vec<String> =
        text.split('\n').flat_map(|line| line.split(" / ")).filter_map(telephone).map(str::to_owned).collect();
    (!values.is_empty()).then_some(values)
}

fn telephone(line: &str) -> Option<&str> {
    let (property, value) = line.trim().split_once(':')?;
    let (name, parameters) = property.split_once(';').unwrap_or((property, ""));
    // A group may be in front: `item1.TEL`.
    let (group, name) = name.rsplit_once('.').unwrap_or(("", name));
    // `Tel:` alone is a word, or a link.
    let is = name.eq_ignore_ascii_case("tel") && !(parameters.is_empty() && group.is_empty());
    (is && !parameters.starts_with(|c: char| c.is_ascii_digit())).then_some(value)
}
