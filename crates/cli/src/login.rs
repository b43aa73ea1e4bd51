//! The login. Its secret comes from the environment or a file, since everybody on the machine can read command lines.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Args;
use uncall_client::{Credentials, Secret};

/// Bytes of the largest file that can hold a secret.
const LARGEST: u64 = 64 * 1024;

#[derive(Debug, Args)]
pub(crate) struct Login {
    /// User name of the login; its password comes from UNCALL_PASSWORD or --password-file
    #[arg(long, global = true, env = "UNCALL_USER", value_name = "NAME")]
    user: Option<String>,
    /// File with the password, instead of UNCALL_PASSWORD; a line end behind it is dropped
    #[arg(long, global = true, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// File with an access token, instead of UNCALL_TOKEN; a login without a user name
    #[arg(long, global = true, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

impl Login {
    /// The login, or what is wrong with it. `variable` reads the environment; a file takes precedence.
    pub(crate) fn credentials(self, variable: impl Fn(&str) -> Option<String>) -> Result<Option<Credentials>, String> {
        let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let secret = |file: Option<PathBuf>, name: &str| match file {
            Some(file) => read(&file).map(Some),
            None => Ok(given(variable(name)).map(Secret::new)),
        };
        let user = given(self.user);
        let password = secret(self.password_file, "UNCALL_PASSWORD")?;
        let token = secret(self.token_file, "UNCALL_TOKEN")?;
        let login = match (user, password, token) {
            (None, None, None) => return Ok(None),
            (None, None, Some(token)) => Credentials::bearer(token),
            (Some(user), Some(password), None) => Credentials::basic(user, password),
            (Some(_), None, None) => {
                return Err("--user needs a password: set UNCALL_PASSWORD or give --password-file FILE".into());
            }
            (None, Some(_), None) => return Err("a password needs --user NAME (or UNCALL_USER)".into()),
            (_, _, Some(_)) => {
                return Err("give a login by user name and password, or one by token, not both: \
                            --user, UNCALL_USER, UNCALL_PASSWORD and --password-file exclude UNCALL_TOKEN and --token-file"
                    .into());
            }
        };
        login.map(Some).map_err(|invalid| invalid.to_string())
    }
}

fn read(file: &Path) -> Result<Secret, String> {
    let wrong = |why: &dyn std::fmt::Display| format!("cannot read a secret from {}: {why}", file.display());
    if fs::metadata(file).map_err(|error| wrong(&error))?.len() > LARGEST {
        return Err(wrong(&"the file is too large"));
    }
    let text = text(&fs::read(file).map_err(|error| wrong(&error))?).ok_or_else(|| wrong(&"it is not UTF-8 text"))?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() { Err(wrong(&"the file is empty")) } else { Ok(Secret::new(text)) }
}

/// The text of a file, without the byte order mark that Windows' editors write. PowerShell's `>` writes UTF-16.
fn text(bytes: &[u8]) -> Option<String> {
    match bytes {
        [0xef, 0xbb, 0xbf, text @ ..] => String::from_utf8(text.to_vec()).ok(),
        [0xff, 0xfe, units @ ..] => {
            let (units, []) = units.as_chunks::<2>() else { return None };
            char::decode_utf16(units.iter().map(|unit| u16::from_le_bytes(*unit))).collect::<Result<_, _>>().ok()
        }
        text => String::from_utf8(text.to_vec()).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(user: Option<&str>, environment: &[(&str, &str)]) -> Result<Option<Credentials>, String> {
        let login = Login { user: user.map(Into::into), password_file: None, token_file: None };
        login.credentials(|name| environment.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).into()))
    }

    #[test]
    fn a_file_is_read_as_the_systems_editors_write_it() {
        for (bytes, expected) in [
            (&b"geheim"[..], Some("geheim")),
            (b"\xef\xbb\xbfgeheim \xc3\xa4\r\n", Some("geheim \u{e4}\r\n")),
            (b"\xff\xfeg\0\xe4\0\x48\xc5\r\0\n\0", Some("g\u{e4}\u{c548}\r\n")),
            (b"\xff\xfe", Some("")),
            (b"\xff\xfeg", None),
            (b"\xff\xfe\0\xd8", None),
            (b"geheim \xe4", None),
        ] {
            assert_eq!(text(bytes).as_deref(), expected, "{bytes:?}");
        }
    }

    #[test]
    fn a_login_is_whole_or_none() {
        let basic = Credentials::basic("agent", Secret::new("pw")).unwrap();
        let bearer = Credentials::bearer(Secret::new("t")).unwrap();
        assert_eq!(by(None, &[]), Ok(None));
        assert_eq!(by(Some(" "), &[("UNCALL_PASSWORD", ""), ("UNCALL_TOKEN", "")]), Ok(None));
        assert_eq!(by(Some("agent"), &[("UNCALL_PASSWORD", "pw")]), Ok(Some(basic)));
        assert_eq!(by(None, &[("UNCALL_TOKEN", "t")]), Ok(Some(bearer)));
        assert!(by(Some("agent"), &[]).unwrap_err().contains("--password-file"));
        assert!(by(None, &[("UNCALL_PASSWORD", "pw")]).unwrap_err().contains("--user"));
        assert!(by(Some("agent"), &[("UNCALL_TOKEN", "t")]).unwrap_err().contains("not both"));
        assert!(by(None, &[("UNCALL_PASSWORD", "pw"), ("UNCALL_TOKEN", "t")]).unwrap_err().contains("not both"));
        assert!(by(Some("a:b"), &[("UNCALL_PASSWORD", "pw")]).unwrap_err().contains("colon"));
    }
}
