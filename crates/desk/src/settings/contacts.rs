//! The settings for names: contact files and a web service.

use std::path::PathBuf;

use url::Url;

/// The placeholder for the number in a web service's address.
const NUMBER: &str = "{number}";
/// How many contact files there may be.
const MOST_FILES: usize = 20;

/// Absolute paths of contact files, separated by `;` or newlines.
pub(super) fn files(text: &str) -> Result<Vec<PathBuf>, String> {
    let files: Vec<PathBuf> =
        text.split([';', '\n']).map(str::trim).filter(|file| !file.is_empty()).map(PathBuf::from).collect();
    if let Some(file) = files.iter().find(|file| !file.is_absolute()) {
        return Err(format!("takes whole paths, and \"{}\" does not begin at the root", file.display()));
    }
    if files.len() > MOST_FILES {
        return Err(format!("takes {MOST_FILES} files at most"));
    }
    Ok(files)
}

/// Checks the address of a web service for names.
pub(super) fn web_service(text: &str) -> Result<String, String> {
    let text = text.trim();
    let address = contacts_url(text, "1").filter(|address| matches!(address.scheme(), "http" | "https"));
    match address {
        Some(address) if address.host_str().is_some() => Ok(text.to_owned()),
        Some(_) | None => Err("takes an http or https address with {number} in it".to_owned()),
    }
}

/// The address to ask for this number. `None` if the template is invalid.
pub fn contacts_url(template: &str, number: &str) -> Option<Url> {
    let plain: String = url::form_urlencoded::byte_serialize(number.as_bytes()).collect();
    template.contains(NUMBER).then(|| template.replace(NUMBER, &plain))?.parse().ok()
}

/// The template without a login and without the values of its query, which may be secrets.
pub(super) fn without_secrets(template: &str) -> String {
    let template = super::explain::without_login(template);
    let Some((address, query)) = template.split_once('?') else { return template };
    let pair = |pair: &str| match pair.split_once('=') {
        Some((name, value)) if !value.contains(NUMBER) && !value.is_empty() => format!("{name}=********"),
        Some(_) | None => pair.to_owned(),
    };
    format!("{address}?{}", query.split('&').map(pair).collect::<Vec<_>>().join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_the_number_in_it_and_shows_no_secret() {
        for bad in ["", "crm.example/{number}", "https://crm.example/", "ftp://crm.example/{number}"] {
            assert!(web_service(bad).is_err(), "{bad}");
        }
        let template = "https://user:pw@crm.example/who?key=abc&number={number}";
        assert_eq!(web_service(&format!(" {template} ")).as_deref(), Ok(template));
        let address = contacts_url(template, "+86 138#1").unwrap();
        assert_eq!(address.query(), Some("key=abc&number=%2B86+138%231"));
        assert_eq!(without_secrets(template), "https://crm.example/who?key=********&number={number}");
        assert_eq!(without_secrets("https://crm.example/{number}"), "https://crm.example/{number}");
    }

    #[test]
    fn files_are_whole_paths() {
        let root = std::env::temp_dir();
        let (one, other) = (root.join("a b.csv"), root.join("b.vcf"));
        let text = format!("{};\n {} ;", one.display(), other.display());
        assert_eq!(files(&text), Ok(vec![one.clone(), other]));
        assert!(files("contacts.csv").unwrap_err().contains("contacts.csv"));
        assert!(files(&vec![one.display().to_string(); 21].join(";")).is_err());
    }
}
