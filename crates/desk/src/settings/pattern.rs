//! Patterns, which an administrator writes once for many desks: `extension = "{env:EXTEN}"`.

/// Looks up a name: `user` is the login name on this machine, `env:EXTEN` the environment variable `EXTEN`.
pub type Names<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Replaces each `{name}` in a text. The error says what to write instead.
pub(super) fn filled(text: &str, names: Names<'_>) -> Result<String, String> {
    let (mut whole, mut rest) = (String::new(), text);
    while let Some((before, from)) = rest.split_once('{') {
        let Some((name, after)) = from.split_once('}') else {
            return Err(format!("has a {{ without a }} in \"{text}\""));
        };
        whole.push_str(before);
        whole.push_str(&named(name, names)?);
        rest = after;
    }
    whole.push_str(rest);
    Ok(whole)
}

fn named(name: &str, names: Names<'_>) -> Result<String, String> {
    if name.starts_with("user:ldap:") {
        return Err(format!(
            "has {{{name}}}, and this version asks no directory: put the value into a variable at login, {{env:EXTEN}}"
        ));
    }
    if name != "user" && name.strip_prefix("env:").is_none_or(str::is_empty) {
        return Err(format!("has {{{name}}}, and only {{user}} and {{env:NAME}} are filled in"));
    }
    let value = names(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
    value.ok_or_else(|| match name.strip_prefix("env:") {
        Some(variable) => format!("has {{{name}}}, and the environment has no {variable}"),
        None => format!("has {{{name}}}, and the system names no user"),
    })
}
