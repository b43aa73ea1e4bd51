//! Finds a document in whatever PHP prints around it.

/// The position of the first element with the local name `name`. `any_case` ignores letter case.
pub(crate) fn locate(text: &str, name: &str, any_case: bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(found) = bytes.get(from..)?.iter().position(|&byte| byte == b'<') {
        let at = from + found;
        from = at + 1;
        let tag = text.get(from..)?;
        let end =
            tag.bytes().take(128).position(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'/' | b'<' | b'>'));
        let Some(qualified) = end.and_then(|end| tag.get(..end)) else { continue };
        let local = qualified.split_once(':').map_or(qualified, |(_, local)| local);
        if local == name || (any_case && local.eq_ignore_ascii_case(name)) {
            return Some(at);
        }
    }
    None
}

/// Whether `text` has a document type declaration other than HTML's, which error pages begin with.
pub(crate) fn has_doctype(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    lower.split("<!doctype").skip(1).any(|behind| {
        let name = behind.trim_start();
        !name.starts_with("html")
    })
}
