//! Values that an administrator writes once for many desks: `extension = "{env:EXTEN}"`.

/// Says what stands for a name: of `user` the login name at this machine, of `env:EXTEN` that variable of the environment.
pub type Names<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The text with each `{name}` in it filled in. The error is a sentence that says what to write instead.
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
