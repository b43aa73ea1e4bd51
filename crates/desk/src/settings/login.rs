//! The login: typed, in the file, in the environment, in the keyring.

use toml_edit::{DocumentMut, value};
use uncall_client::{Credentials, InvalidLogin, Secret};

use super::document::put;
use super::value::Written;
use super::{Keyring, Login, SecretIn, Servers, Settings};
use crate::problem::Problem;

/// A login as typed by the agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypedLogin {
    /// No login.
    None,
    /// User name and password.
    Password {
        /// The user name.
        user: String,
        /// The password. `None` keeps the known one.
        password: Option<Secret>,
    },
    /// An access token.
    Token {
        /// The token. `None` keeps the known one.
        token: Option<Secret>,
    },
}

impl TypedLogin {
    /// The login for `servers`, completed from the current settings. A known secret is reused only for the servers and the user
    /// it was typed for, so nobody can get at it by typing another address or adding one.
    ///
    /// # Errors
    /// `login_incomplete` and `login_invalid`.
    pub fn over(self, before: &Settings, servers: &Servers) -> Result<Option<Credentials>, Problem> {
        let same_server = before.server.as_ref().is_some_and(|known| servers.are_among(known));
        let known = |user: Option<&str>| {
            let login = before.login.as_ref().filter(|login| same_server && login.user() == user)?;
            Some(login.secret().clone())
        };
        let incomplete = || Problem::new("login_incomplete", "");
        let login = match self {
            TypedLogin::None => return Ok(None),
            TypedLogin::Password { user, password } => {
                let user = user.trim();
                let password = password.or_else(|| known(Some(user))).ok_or_else(incomplete)?;
                if user.is_empty() {
                    return Err(incomplete());
                }
                Credentials::basic(user, password)
            }
            TypedLogin::Token { token } => {
                let token = token.map(|token| Secret::new(token.expose().trim()));
                Credentials::bearer(token.or_else(|| known(None)).ok_or_else(incomplete)?)
            }
        };
        login.map(Some).map_err(|error: InvalidLogin| Problem::new("login_invalid", &error.to_string()))
    }
}

/// The environment's login: a token, or a user name and a password. The error message contains no secret.
pub(super) fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Result<Option<Login>, String> {
    let secret = |name: &str| variable(name).map(Secret::new);
    let login = match (variable("UNCALL_USER"), secret("UNCALL_PASSWORD"), secret("UNCALL_TOKEN")) {
        (None, None, None) => return Ok(None),
        (None, None, Some(token)) => Credentials::bearer(token),
        (Some(user), Some(password), None) => Credentials::basic(user, password),
        (Some(_), None, None) | (None, Some(_), None) | (_, _, Some(_)) => {
            return Err("set UNCALL_USER and UNCALL_PASSWORD, or UNCALL_TOKEN alone".to_owned());
        }
    };
    login.map(known).map(Some).map_err(|error| format!("the environment's login cannot be used: {error}"))
}

const fn known(credentials: Credentials) -> Login {
    Login::Known { credentials, secret_in: SecretIn::File }
}

/// The login's keys in a configuration file.
pub(super) const KEYS: [&str; 4] = ["user", "password", "token", "secret_in"];

/// The values of these keys in a file.
#[derive(Debug, Default)]
pub(super) struct Keys {
    user: Option<String>,
    password: Option<Secret>,
    token: Option<Secret>,
    secret_in: SecretIn,
    unusable: bool,
}

impl Keys {
    /// Takes one of [`KEYS`]. The error says what the key accepts; the file's login cannot be used then.
    pub(super) fn take(&mut self, key: &str, written: Written<'_>) -> Result<(), String> {
        let taken = self.try_take(key, written);
        self.unusable |= taken.is_err();
        taken
    }

    fn try_take(&mut self, key: &str, written: Written<'_>) -> Result<(), String> {
        let text = written.text_or_digits()?;
        match key {
            "user" => self.user = Some(text),
            "password" => self.password = Some(Secret::new(text)),
            "token" => self.token = Some(Secret::new(text)),
            "secret_in" => match text.as_str() {
                "keyring" => self.secret_in = SecretIn::Keyring,
                "file" => self.secret_in = SecretIn::File,
                _ => return Err("takes \"keyring\" or \"file\"".to_owned()),
            },
            _ => {}
        }
        Ok(())
    }

    /// Whether the file contains a secret.
    pub(super) const fn has_secret(&self) -> bool {
        self.password.is_some() || self.token.is_some()
    }

    /// The login that they describe. If it cannot be used, `warnings` say why, without a secret.
    pub(super) fn login(self, warnings: &mut Vec<String>) -> Option<Login> {
        let Keys { user, password, token, secret_in, unusable } = self;
        if unusable {
            return None;
        }
        if secret_in == SecretIn::Keyring {
            return Some(Login::InKeyring { user });
        }
        if token.is_some() && (user.is_some() || password.is_some()) {
            warnings.push("`token` wins over `user` and `password`; take out what is not meant".into());
        }
        let login = match (token, user, password) {
            (Some(token), _, _) => Credentials::bearer(token),
            (None, Some(user), None) if user.is_empty() => return Some(Login::None),
            (None, Some(user), Some(password)) => Credentials::basic(user, password),
            (None, Some(_), None) => {
                warnings.push("`user` has no `password` beside it: type it in the settings".into());
                return None;
            }
            (None, None, Some(_)) => {
                warnings.push("`password` has no `user` beside it".into());
                return None;
            }
            (None, None, None) => return None,
        };
        login.map(known).map_err(|error| warnings.push(format!("the login cannot be used: {error}"))).ok()
    }
}

/// The account's name in the keyring, with the first of several servers. It includes the extension to tell two panels of one
/// person apart, because a token has no user.
fn account(settings: &Settings, user: Option<&str>) -> Option<String> {
    let origin = settings.server.as_ref()?.first.origin().ascii_serialization();
    Some(match user {
        Some(user) => format!("{user} at {origin}"),
        None => format!("token of {} at {origin}", settings.extension.as_ref()?),
    })
}

/// The login of `user` for the server of `settings`, from the keyring. `None` without a server. The error message contains no
/// secret.
pub(super) fn from_keyring(
    user: Option<&str>,
    settings: &Settings,
    keyring: &dyn Keyring,
) -> Result<Option<Login>, String> {
    let Some(account) = account(settings, user) else { return Ok(None) };
    let secret = keyring
        .get(&account)
        .map_err(|error| format!("the secret for {account} cannot be read from the keyring: {error}"))?
        .ok_or_else(|| format!("the keyring has no secret for {account}: type it in the settings"))?;
    let login = match user {
        Some(user) => Credentials::basic(user, secret),
        None => Credentials::bearer(secret),
    };
    let login = login.map_err(|error| format!("the login cannot be used: {error}"))?;
    Ok(Some(Login::Known { credentials: login, secret_in: SecretIn::Keyring }))
}

/// Writes the login of `settings` to the user's file and its secret to the keyring, or to the file if there is no keyring or it
/// fails. `login` is what the file should say: `None` if a weaker layer says the same.
pub(super) fn write(document: &mut DocumentMut, login: Option<&Login>, settings: &Settings, keyring: &dyn Keyring) {
    let credentials = login.and_then(Login::credentials);
    let user = credentials.and_then(Credentials::user);
    let mut in_file = credentials.map(|login| login.secret().expose());
    if let (Some(login), Some(account)) = (credentials, account(settings, user))
        && keyring.exists()
    {
        match keyring.set(&account, login.secret()) {
            Ok(()) => in_file = None,
            Err(error) => tracing::warn!("the keyring does not take the secret ({error}); the file keeps it"),
        }
    }
    let in_keyring = credentials.is_some() && in_file.is_none();
    let no_login = matches!(login, Some(Login::None)).then_some("");
    put(document, "user", user.or(no_login).map(value));
    put(document, "password", in_file.filter(|_| user.is_some()).map(value));
    put(document, "token", in_file.filter(|_| user.is_none()).map(value));
    put(document, "secret_in", in_keyring.then(|| value("keyring")));
}

/// Removes the login of `before` from the keyring if the file no longer refers to it.
pub(super) fn forget(before: &Settings, document: &DocumentMut, settings: &Settings, keyring: &dyn Keyring) {
    if before.secret_in != SecretIn::Keyring {
        return;
    }
    let of = |settings: &Settings| {
        let login = settings.login.as_ref()?;
        account(settings, login.user())
    };
    let Some(old) = of(before) else { return };
    let is_kept = document.contains_key("secret_in") && of(settings).as_ref() == Some(&old);
    if !is_kept && let Err(error) = keyring.forget(&old) {
        tracing::warn!("the keyring still has the secret of {old}: {error}");
    }
}
