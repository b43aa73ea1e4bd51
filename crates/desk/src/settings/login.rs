//! The login among the settings: what is typed, what stands in the file, what the environment gives.

use toml_edit::{DocumentMut, value};
use uncall_client::{Credentials, InvalidLogin, Secret};
use url::Url;

use super::{Keyring, SecretIn, Settings, file::put};
use crate::problem::Problem;

/// The login's keys of a file, as they stood there.
#[derive(Debug, Default)]
pub(super) struct Keys {
    pub(super) user: Option<String>,
    pub(super) password: Option<Secret>,
    pub(super) token: Option<Secret>,
    pub(super) secret_in: SecretIn,
}

/// A login as the agent typed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypedLogin {
    /// The server wants none.
    None,
    /// User name and password.
    Password {
        /// The user name.
        user: String,
        /// The password; `None` keeps the one that is known.
        password: Option<Secret>,
    },
    /// An access token.
    Token {
        /// The token; `None` keeps the one that is known.
        token: Option<Secret>,
    },
}

impl TypedLogin {
    /// The login for `server`, completed from what is set already. A secret is kept only for the server and the user that
    /// it was typed for: nobody gets at it by typing another address.
    ///
    /// # Errors
    /// `login_incomplete` and `login_invalid`.
    pub fn over(self, before: &Settings, server: &Url) -> Result<Option<Credentials>, Problem> {
        let same_server = before.server.as_ref().is_some_and(|known| known.origin() == server.origin());
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
        login.map(Some).map_err(invalid)
    }
}

/// Why a login cannot be sent, as a problem.
pub(super) fn invalid(error: InvalidLogin) -> Problem {
    Problem::new("login_invalid", &error.to_string())
}

/// The environment's login: a token, or a user name and a password.
pub(super) fn of_environment(value: impl Fn(&str) -> Option<String>) -> Result<Option<Credentials>, Problem> {
    let secret = |name: &str| value(name).map(Secret::new);
    let login = match (value("UNCALL_USER"), secret("UNCALL_PASSWORD"), secret("UNCALL_TOKEN")) {
        (None, None, None) => return Ok(None),
        (None, None, Some(token)) => Credentials::bearer(token),
        (Some(user), Some(password), None) => Credentials::basic(user, password),
        (Some(_), None, None) | (None, Some(_), None) | (_, _, Some(_)) => {
            let why = "set UNCALL_USER and UNCALL_PASSWORD, or UNCALL_TOKEN alone";
            return Err(Problem::new("login_invalid", why));
        }
    };
    login.map(Some).map_err(invalid)
}

/// The account's name in the keyring. A token has no user; the extension tells two panels of one person apart.
fn account(settings: &Settings, user: Option<&str>) -> Option<String> {
    let origin = settings.server.as_ref()?.origin().ascii_serialization();
    Some(match user {
        Some(user) => format!("{user} at {origin}"),
        None => format!("token of {} at {origin}", settings.extension.as_ref()?),
    })
}

/// Takes the login in that the file describes, once server and extension are known; what keeps it from being used is a
/// warning, for the server will say what is missing.
pub(super) fn take(settings: &mut Settings, keys: Keys, keyring: &dyn Keyring, warnings: &mut Vec<String>) {
    let Keys { user, password, token, secret_in } = keys;
    settings.secret_in = secret_in;
    if secret_in == SecretIn::Keyring {
        let Some(account) = account(settings, user.as_deref()) else { return };
        match keyring.get(&account) {
            Ok(Some(secret)) => settings.login = usable(user, Some(secret), warnings),
            Ok(None) => warnings.push(format!("the keyring has no secret for {account}: type it in the settings")),
            Err(error) => warnings.push(format!("the secret for {account} cannot be read from the keyring: {error}")),
        }
        return;
    }
    if token.is_some() && (user.is_some() || password.is_some()) {
        warnings.push("`token` wins over `user` and `password`; take out what is not meant".into());
    }
    let login = match token {
        Some(token) => usable(None, Some(token), warnings),
        None => usable(user, password, warnings),
    };
    settings.login = login.or(settings.login.take());
}

fn usable(user: Option<String>, secret: Option<Secret>, warnings: &mut Vec<String>) -> Option<Credentials> {
    let login = match (user, secret) {
        (None, None) => return None,
        (Some(user), Some(password)) => Credentials::basic(user, password),
        (None, Some(token)) => Credentials::bearer(token),
        (Some(_), None) => {
            warnings.push("`user` has no `password` beside it: type it in the settings".into());
            return None;
        }
    };
    login.map_err(|error| warnings.push(format!("the login cannot be used: {error}"))).ok()
}

/// Writes the login: its secret to the keyring, or into the file where there is none or it fails. What an earlier login
/// left in the keyring goes. Gives where the secret is now.
pub(super) fn write(
    document: &mut DocumentMut,
    settings: &Settings,
    before: &Settings,
    keyring: &dyn Keyring,
) -> SecretIn {
    let user = settings.login.as_ref().and_then(Credentials::user);
    let account_now = settings.login.as_ref().and_then(|_| account(settings, user));
    let kept = match (&settings.login, &account_now) {
        (Some(login), Some(account)) if keyring.exists() => match keyring.set(account, login.secret()) {
            Ok(()) => SecretIn::Keyring,
            Err(error) => {
                tracing::warn!("the keyring does not take the secret ({error}); the file keeps it");
                SecretIn::File
            }
        },
        _ => SecretIn::File,
    };
    let old_user = before.login.as_ref().and_then(Credentials::user);
    let account_before = before.login.as_ref().and_then(|_| account(before, old_user));
    if let Some(old) = account_before.filter(|_| before.secret_in == SecretIn::Keyring)
        && (kept == SecretIn::File || account_now.as_ref() != Some(&old))
        && let Err(error) = keyring.forget(&old)
    {
        tracing::warn!("the keyring still has the secret of {old}: {error}");
    }
    let in_file = settings.login.as_ref().filter(|_| kept == SecretIn::File).map(|login| login.secret().expose());
    put(document, "user", user.map(value));
    put(document, "password", in_file.filter(|_| user.is_some()).map(value));
    put(document, "token", in_file.filter(|_| user.is_none()).map(value));
    put(document, "secret_in", (kept == SecretIn::Keyring).then(|| value("keyring")));
    kept
}
