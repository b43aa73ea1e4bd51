//! XML's five entities and character references; nothing else is an entity here.

/// The character that `&name;` stands for.
pub(super) fn resolve(name: &str) -> Option<char> {
    match name {
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "amp" => return Some('&'),
        "quot" => return Some('"'),
        "apos" => return Some('\''),
        _ => {}
    }
    let number = name.strip_prefix('#')?;
    let (digits, radix) = match number.strip_prefix(['x', 'X']) {
        Some(hexadecimal) => (hexadecimal, 16),
        None => (number, 10),
    };
    // `from_str_radix` would accept a sign.
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    u32::from_str_radix(digits, radix).ok().filter(|&code| code != 0).and_then(char::from_u32)
}

/// Whether `&name;` is one of XML's five or a character reference.
pub(crate) fn is_reference(name: &str) -> bool {
    resolve(name).is_some()
}

/// Undoes one layer of escaping. Anything that is not a reference stays as it is.
pub(crate) fn unescape(escaped: &str) -> String {
    let mut plain = String::with_capacity(escaped.len());
    let mut rest = escaped;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let end = after.bytes().take(10).position(|byte| byte == b';');
        let reference = end.and_then(|end| Some((after.get(..end)?, after.get(end + 1..)?)));
        rest = match reference.and_then(|(name, behind)| Some((resolve(name)?, behind))) {
            Some((c, behind)) => {
                plain.push(c);
                behind
            }
            None => {
                plain.push('&');
                after
            }
        };
    }
    plain.push_str(rest);
    plain
}

/// Undoes escaping, requiring that every `&` begins a reference. The error says which one does not.
pub(super) fn unescape_strictly(escaped: &str) -> Result<String, String> {
    let mut plain = String::with_capacity(escaped.len());
    let mut rest = escaped;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let (name, behind) = after.split_once(';').ok_or_else(|| "an & that begins no reference".to_owned())?;
        plain.push(resolve(name).ok_or_else(|| unknown(name))?);
        rest = behind;
    }
    plain.push_str(rest);
    Ok(plain)
}

/// The error message for a reference that is not one of XML's.
pub(super) fn unknown(name: &str) -> String {
    format!("the entity &{}; is not one of XML's five", name.chars().take(20).collect::<String>())
}
