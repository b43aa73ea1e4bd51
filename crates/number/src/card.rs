//! Lines of a vCard (RFC 6350): `TEL;TYPE=CELL:+86…`, alone or among others.

/// The values of the `TEL` lines, where there are any. A page's field turns line ends into ` / `.
pub(crate) fn telephones(text: &str) -> Option<Vec<String>> {
    let lines = || text.split('\n').flat_map(|line| line.split(" / "));
    let whole = lines().any(is_card);
    let values: Vec<String> = lines().filter_map(|line| telephone(line, whole)).map(str::to_owned).collect();
    (!values.is_empty()).then_some(values)
}

/// Whether a line is of a vCard and of nothing else.
fn is_card(line: &str) -> bool {
    let line = line.trim().to_ascii_uppercase();
    let name = |name: &str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with([':', ';']));
    line == "BEGIN:VCARD" || line == "END:VCARD" || line.starts_with("VERSION:") || name("FN") || line.starts_with("N:")
}

/// The number of a `TEL` line. In a `whole` card it may have no parameters.
fn telephone(line: &str, whole: bool) -> Option<&str> {
    let (property, value) = line.trim().split_once(':')?;
    let (name, parameters) = property.split_once(';').unwrap_or((property, ""));
    // A group may be in front: `item1.TEL`.
    let (group, name) = name.rsplit_once('.').unwrap_or(("", name));
    // `Tel:` alone is a word, or a link.
    let is = name.eq_ignore_ascii_case("tel") && (whole || !(parameters.is_empty() && group.is_empty()));
    (is && !parameters.starts_with(|c: char| c.is_ascii_digit())).then_some(value)
}
