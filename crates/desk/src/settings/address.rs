//! What a person types as server and extension at the first start.

use uncall_contract::{Extension, Invalid};
use url::Url;

use crate::number::explained;
use crate::problem::Problem;

/// The vendor's path (`docs/api.md`).
const PATH: &str = "/uncall_services_api/index.php";
const QUERY: &str = "wsdl";
const LONGEST: usize = 2048;

/// Full-width forms, as a Chinese input method leaves them, made plain; white space around dropped.
fn plain(typed: &str) -> String {
    let narrow = |c: char| match c {
        '！'..='～' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        '。' => '.',
        other => other,
    };
    typed.trim().chars().map(narrow).collect()
}

/// The WSDL's address for what was typed: a host alone (`192.168.160.211`, `pbx.example:8088`) gets the vendor's path, an
/// address is taken as it stands.
///
/// # Errors
/// `server_invalid`; its detail is `empty`, `too long`, `scheme` (neither http nor https), `host` (none) or the reason
/// why it is no address.
pub fn server_address(typed: &str) -> Result<Url, Problem> {
    let invalid = |detail: &str| Problem::new("server_invalid", detail);
    let typed = plain(typed);
    if typed.is_empty() {
        return Err(invalid("empty"));
    }
    if typed.len() > LONGEST {
        return Err(invalid("too long"));
    }
    if typed.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(invalid("white space"));
    }
    let whole = if typed.contains("://") { typed } else { format!("http://{typed}") };
    let mut url = Url::parse(&whole).map_err(|error| invalid(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(invalid("scheme"));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(invalid("host"));
    }
    url.set_fragment(None);
    let directory = PATH.trim_end_matches("index.php");
    if url.query().is_none() {
        if matches!(url.path(), "" | "/") || url.path() == directory || url.path() == directory.trim_end_matches('/') {
            url.set_path(PATH);
        }
        if url.path() == PATH {
            url.set_query(Some(QUERY));
        }
    }
    Ok(url)
}

/// The extension that was typed.
///
/// # Errors
/// `extension_invalid`; its detail is `empty`, `too long` or the character that does not belong there.
pub fn extension_number(typed: &str) -> Result<Extension, Problem> {
    Extension::parse(&plain(typed)).map_err(|invalid: Invalid| explained("extension_invalid", &invalid))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_may_be_typed_as() {
        let vendor = |host: &str| format!("http://{host}/uncall_services_api/index.php?wsdl");
        for (typed, address) in [
            ("192.168.160.211", vendor("192.168.160.211")),
            (" pbx.example:8088 ", vendor("pbx.example:8088")),
            ("１９２。１６８。１６０。２１１：８０８８", vendor("192.168.160.211:8088")),
            ("http://pbx.example/", vendor("pbx.example")),
            ("http://pbx.example#top", vendor("pbx.example")),
            ("pbx.example/uncall_services_api", vendor("pbx.example")),
            ("pbx.example/uncall_services_api/index.php", vendor("pbx.example")),
            ("[::1]:8088", vendor("[::1]:8088")),
            ("https://pbx.example", vendor("pbx.example").replace("http:", "https:")),
            ("https://pbx.example/soap?wsdl", "https://pbx.example/soap?wsdl".into()),
            ("http://pbx.example/service.wsdl", "http://pbx.example/service.wsdl".into()),
            ("http://pbx.example/?wsdl", "http://pbx.example/?wsdl".into()),
        ] {
            assert_eq!(server_address(typed).map(|url| url.to_string()), Ok(address), "{typed}");
        }
        for (typed, detail) in [
            ("", Some("empty")),
            ("ftp://pbx.example", Some("scheme")),
            ("file:///etc/passwd", Some("scheme")),
            ("pbx example", Some("white space")),
            ("http://", None),
            ("javascript:alert(1)", None),
            ("pbx.example:99999", None),
            (&"x".repeat(3000), Some("too long")),
        ] {
            let problem = server_address(typed).unwrap_err();
            assert_eq!(problem.code, "server_invalid", "{typed}");
            assert!(!problem.detail.is_empty());
            assert!(detail.is_none_or(|detail| detail == problem.detail), "{typed}: {}", problem.detail);
        }
    }

    #[test]
    fn what_an_extension_may_be_typed_as() {
        assert_eq!(extension_number(" ８０１ ").unwrap().as_str(), "801");
        for (typed, detail) in
            [("", "empty"), ("80 1", "U+0020 SPACE"), ("801'", "“'”"), ("123456789012345678901", "too long")]
        {
            let problem = extension_number(typed).unwrap_err();
            assert_eq!((problem.code.as_str(), problem.detail.as_str()), ("extension_invalid", detail), "{typed}");
        }
    }
}
