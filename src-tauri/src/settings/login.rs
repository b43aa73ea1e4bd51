//! The login that the page sends.

use serde::{Deserialize, Serialize};
use uncall_client::Secret;
use uncall_desk::settings::TypedLogin;

/// How the agent logs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LoginKind {
    /// Without a login.
    None,
    /// With user name and password.
    Password,
    /// With an access token.
    Token,
}

/// The login from the page. An empty secret keeps the known one. Has no `Debug`, to protect the secret.
#[derive(Clone, Deserialize)]
pub(crate) struct LoginForm {
    kind: LoginKind,
    user: String,
    secret: String,
}

impl From<LoginForm> for TypedLogin {
    fn from(form: LoginForm) -> TypedLogin {
        let secret = Some(form.secret).filter(|secret| !secret.is_empty()).map(Secret::new);
        match form.kind {
            LoginKind::None => TypedLogin::None,
            LoginKind::Password => TypedLogin::Password { user: form.user, password: secret },
            LoginKind::Token => TypedLogin::Token { token: secret },
        }
    }
}
