//! The login, which goes with every request to the server and never to another server.

use std::fmt;

use percent_encoding::percent_decode_str;
use url::Url;

/// A password or a token. It is never shown: `Debug` only says that there is one, and there is neither `Display` nor a way to
/// serialise it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The secret itself, only for the code that sends or stores it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// A login that fits into a request's header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials(Kind);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Basic { user: String, password: Secret },
    Bearer(Secret),
}

/// Why a login cannot be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLogin {
    /// RFC 7617 has no room for a colon.
    #[error("the user name must not be empty, and must hold neither a colon nor control characters")]
    User,
    /// It could end the header.
    #[error("the password must hold no control characters")]
    Password,
    /// RFC 6750, `b64token`.
    #[error("the token must be letters, digits and any of - . _ ~ + / =")]
    Token,
}

impl Credentials {
    /// User name and password (HTTP basic, in UTF-8).
    ///
    /// # Errors
    /// [`InvalidLogin::User`] and [`InvalidLogin::Password`].
    pub fn basic(user: impl Into<String>, password: Secret) -> Result<Credentials, InvalidLogin> {
        let user = user.into();
        if user.is_empty() || user.contains(':') || user.chars().any(char::is_control) {
            return Err(InvalidLogin::User);
        }
        if password.expose().chars().any(char::is_control) {
            return Err(InvalidLogin::Password);
        }
        Ok(Credentials(Kind::Basic { user, password }))
    }

    /// An access token (HTTP bearer).
    ///
    /// # Errors
    /// [`InvalidLogin::Token`].
    pub fn bearer(token: Secret) -> Result<Credentials, InvalidLogin> {
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~' | '+' | '/' | '=');
        if token.expose().is_empty() || !token.expose().chars().all(legal) {
            return Err(InvalidLogin::Token);
        }
        Ok(Credentials(Kind::Bearer(token)))
    }

    /// Removes a login from an address, `http://agent:secret@pbx.example/`, so that no log and no page shows it.
    ///
    /// # Errors
    /// Those of [`Credentials::basic`]; the login is removed from the address in that case as well.
    pub fn take_from(address: &mut Url) -> Result<Option<Credentials>, InvalidLogin> {
        if address.username().is_empty() && address.password().is_none() {
            return Ok(None);
        }
        let plain = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let user = plain(address.username());
        let password = Secret::new(plain(address.password().unwrap_or_default()));
        // Neither fails for an address that has a login.
        let _ = address.set_username("");
        let _ = address.set_password(None);
        Credentials::basic(user, password).map(Some)
    }

    /// The user name, if this is not a token.
    pub fn user(&self) -> Option<&str> {
        match &self.0 {
            Kind::Basic { user, .. } => Some(user),
            Kind::Bearer(_) => None,
        }
    }

    /// The password or the token.
    pub const fn secret(&self) -> &Secret {
        match &self.0 {
            Kind::Basic { password, .. } => password,
            Kind::Bearer(token) => token,
        }
    }

    /// Puts the login into a request, in a header that logs leave out.
    pub(crate) fn sign(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        match &self.0 {
            Kind::Basic { user, password } => request.basic_auth(user, Some(password.expose())),
            Kind::Bearer(token) => request.bearer_auth(token.expose()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_shown() {
        let basic = Credentials::basic("agent", Secret::new("hunter2")).unwrap();
        let bearer = Credentials::bearer(Secret::new("t0ken")).unwrap();
        let shown = format!("{basic:?} {bearer:?} {:#?}", Secret::new("hunter2"));
        assert!(!shown.contains("hunter2") && !shown.contains("t0ken") && shown.contains("agent"), "{shown}");
    }

    #[test]
    fn what_cannot_stand_in_a_header_is_refused() {
        let basic = |user: &str, password: &str| Credentials::basic(user, Secret::new(password)).map(drop);
        assert_eq!(basic("王芳", "口令 with spaces: and more"), Ok(()));
        for user in ["", "a:b", "a\nb", "a\u{7f}"] {
            assert_eq!(basic(user, "x"), Err(InvalidLogin::User), "{user:?}");
        }
        for password in ["a\r\nX-Evil: 1", "\0"] {
            assert_eq!(basic("agent", password), Err(InvalidLogin::Password), "{password:?}");
        }
        let bearer = |token: &str| Credentials::bearer(Secret::new(token)).map(drop);
        assert_eq!(bearer("eyJhbGciOi.J9-_~+/=="), Ok(()));
        for token in ["", "two words", "a\n", "令牌"] {
            assert_eq!(bearer(token), Err(InvalidLogin::Token), "{token:?}");
        }
    }

    #[test]
    fn a_login_is_taken_out_of_an_address() {
        let mut address = Url::parse("http://agent%40x:p%C3%A4ss@pbx.example:8088/x?wsdl").unwrap();
        let taken = Credentials::take_from(&mut address).unwrap().unwrap();
        assert_eq!((taken.user(), taken.secret().expose()), (Some("agent@x"), "päss"));
        assert_eq!(address.as_str(), "http://pbx.example:8088/x?wsdl");
        assert_eq!(Credentials::take_from(&mut address), Ok(None));
        let mut address = Url::parse("http://:pw%0A@pbx.example/").unwrap();
        assert_eq!(Credentials::take_from(&mut address), Err(InvalidLogin::User));
        assert_eq!(address.as_str(), "http://pbx.example/");
    }
}
