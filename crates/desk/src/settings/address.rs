//! Servers and extensions as people type them at the first start.

use std::fmt;

use uncall_client::{Credentials, InvalidLogin};
use uncall_contract::{Extension, Invalid};
use url::{Origin, Url};

use crate::number::explained;
use crate::problem::Problem;

/// The vendor's path (`docs/api.md`).
const PATH: &str = "/uncall_services_api/index.php";
const QUERY: &str = "wsdl";
const LONGEST: usize = 2048;
/// The most servers of one PBX.
const MOST: usize = 8;

/// The servers of one PBX, by the addresses of their WSDLs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Servers {
    /// The preferred server.
    pub first: Url,
    /// Those that take over while it is down, in order of preference.
    pub further: Vec<Url>,
}

impl Servers {
    /// All of them, in order of preference.
    pub fn all(&self) -> impl Iterator<Item = &Url> {
        std::iter::once(&self.first).chain(&self.further)
    }

    /// Whether `others` contains all of these.
    pub fn are_among(&self, others: &Servers) -> bool {
        let origins: Vec<Origin> = others.all().map(Url::origin).collect();
        self.all().all(|server| origins.contains(&server.origin()))
    }

    /// Removes the logins from the addresses, so that no log or page shows them. A login is for all servers, so all addresses
    /// must have the same one, or none, which gives `None`.
    ///
    /// # Errors
    /// [`AddressLogin`]. The logins are removed even then.
    pub fn take_login(&mut self) -> Result<Option<Credentials>, AddressLogin> {
        let taken = Credentials::take_from(&mut self.first);
        let others: Vec<_> = self.further.iter_mut().map(Credentials::take_from).collect();
        let login = taken?;
        for other in others {
            if other? != login {
                return Err(AddressLogin::NotAlike);
            }
        }
        Ok(login)
    }
}

/// Separated by spaces, as they are typed.
impl fmt::Display for Servers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.first.fmt(f)?;
        self.further.iter().try_for_each(|server| write!(f, " {server}"))
    }
}

impl From<Url> for Servers {
    fn from(first: Url) -> Servers {
        Servers { first, further: Vec::new() }
    }
}

/// Why the logins in addresses cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressLogin {
    /// It cannot be sent.
    #[error(transparent)]
    Invalid(#[from] InvalidLogin),
    /// There are several servers, and their addresses do not all have the same login.
    #[error("there is not the same login in each: set user and password beside them, which are for all")]
    NotAlike,
}

/// Converts full-width characters from Chinese input methods to plain ones, and trims white space.
fn plain(typed: &str) -> String {
    let narrow = |c: char| match c {
        '！'..='～' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        '。' => '.',
        other => other,
    };
    typed.trim().chars().map(narrow).collect()
}

/// The WSDL address for what was typed: a host alone (`192.168.160.211`, `pbx.example:8088`) gets the vendor's path, a full
/// address is used as it is.
///
/// # Errors
/// `server_invalid` with the detail `empty`, `too long`, `scheme` (neither http nor https), `host` (missing) or why it is not an
/// address.
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

/// The same for several addresses, separated by spaces or line breaks. Repeated addresses count once.
///
/// # Errors
/// Those of [`server_address`] for the first wrong address; the detail `too many` for more than eight.
pub fn server_addresses(typed: &str) -> Result<Servers, Problem> {
    let mut words = typed.split_whitespace();
    let mut servers = Servers::from(server_address(words.next().unwrap_or_default())?);
    for word in words {
        let server = server_address(word)?;
        if !servers.all().any(|known| *known == server) {
            servers.further.push(server);
        }
        if servers.further.len() >= MOST {
            return Err(Problem::new("server_invalid", "too many"));
        }
    }
    Ok(servers)
}

/// The extension that was typed.
///
/// # Errors
/// `extension_invalid` with the detail `empty`, `too long` or the character that does not belong there.
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
    fn several_servers_may_be_typed() {
        let vendor = |host: &str| format!("http://{host}/uncall_services_api/index.php?wsdl");
        let (a, b) = (vendor("a.example"), vendor("b.example:8088"));
        for (typed, shown) in [
            ("a.example".to_owned(), a.clone()),
            ("a.example  b.example:8088".to_owned(), format!("{a} {b}")),
            ("a.example\nb.example:8088\r\n".to_owned(), format!("{a} {b}")),
            ("a.example\u{3000}ｂ.example：8088".to_owned(), format!("{a} {b}")),
            (format!("{a} {a}\t{b} a.example"), format!("{a} {b}")),
        ] {
            let servers = server_addresses(&typed).unwrap();
            assert_eq!(servers.to_string(), shown, "{typed:?}");
            assert_eq!(server_addresses(&servers.to_string()), Ok(servers), "what is shown can be typed");
        }
        let nine: String = (0..9).map(|n| format!("s{n}.example ")).collect();
        for (typed, detail) in [(" ", "empty"), ("a.example ftp://b.example", "scheme"), (&nine, "too many")] {
            assert_eq!(server_addresses(typed).unwrap_err(), Problem::new("server_invalid", detail), "{typed}");
        }
    }

    #[test]
    fn a_login_in_addresses_is_for_all_or_for_none() {
        for (typed, login) in [
            ("a.example b.example", Ok(None)),
            ("http://wang:pw@a.example", Ok(Some("wang"))),
            ("http://wang:pw@a.example http://wang:pw@b.example", Ok(Some("wang"))),
            ("http://wang:pw@a.example b.example", Err(AddressLogin::NotAlike)),
            ("a.example http://wang:pw@b.example", Err(AddressLogin::NotAlike)),
            ("http://wang:pw@a.example http://wang:other@b.example", Err(AddressLogin::NotAlike)),
            ("a.example http://:pw@b.example", Err(AddressLogin::Invalid(InvalidLogin::User))),
        ] {
            let mut servers = server_addresses(typed).unwrap();
            let taken = servers.take_login();
            assert_eq!(
                taken.map(|login| login.and_then(|login| login.user().map(str::to_owned))),
                login.map(|user| user.map(str::to_owned)),
                "{typed}"
            );
            assert!(!servers.to_string().contains('@'), "{servers}");
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
