//! An agent of the list: name, login, extension and rights.

use std::fmt;

use argon2::Params;
use argon2::password_hash::phc::PasswordHash;
use serde::Deserialize;
use uncall_contract::Extension;

/// The longest user name in bytes.
const LONGEST_USER: usize = 128;
/// The most memory in KiB, and rounds, that a password's hash may require: a list must not be able to stop the service.
const MOST_MEMORY: u32 = 256 * 1024;
const MOST_ROUNDS: u32 = 16;

/// Somebody who can log in.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Agent {
    pub(crate) user: String,
    /// `None` for a user without a phone, e.g. one that collects metrics.
    pub(crate) extension: Option<Extension>,
    /// A PHC string of argon2id.
    pub(in crate::access) password: Option<String>,
    /// SHA-256 of the bearer token.
    pub(in crate::access) token: Option<[u8; 32]>,
    pub(in crate::access) rights: Vec<Right>,
}

/// A right beyond acting for one's own extension and those of one's groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Right {
    /// Read `/metrics`.
    Metrics,
}

/// One agent as written in a file: `"li.na" = { extension = "801", password = "$argon2id$…" }`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentEntry {
    extension: Option<String>,
    password: Option<String>,
    token_sha256: Option<String>,
    #[serde(default)]
    rights: Vec<Right>,
}

/// Why an agent was rejected. Contains no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AgentError {
    /// The name cannot be sent in a login.
    #[error("a user name has 1 to {LONGEST_USER} bytes and no colon or control character")]
    User,
    /// Not a valid extension.
    #[error("the extension {0}")]
    Extension(uncall_contract::Invalid),
    /// Not the output of `uncall-gateway password`.
    #[error("`password` is not a hash of argon2id within the limits; `uncall-gateway password` makes one")]
    Password,
    /// Not the output of `uncall-gateway token`.
    #[error("`token_sha256` is not 64 hexadecimal digits; `uncall-gateway token` makes one")]
    Token,
    /// Neither an extension nor a right.
    #[error("there is neither an `extension` nor one of the `rights`")]
    Nothing,
}

impl Agent {
    pub(in crate::access) fn new(user: &str, written: &AgentEntry) -> Result<Agent, AgentError> {
        if user.is_empty() || user.len() > LONGEST_USER || user.contains(|c: char| c == ':' || c.is_control()) {
            return Err(AgentError::User);
        }
        let extension =
            written.extension.as_deref().map(Extension::parse).transpose().map_err(AgentError::Extension)?;
        if extension.is_none() && written.rights.is_empty() {
            return Err(AgentError::Nothing);
        }
        if written.password.as_deref().is_some_and(|password| !is_hash(password)) {
            return Err(AgentError::Password);
        }
        let token = written.token_sha256.as_deref().map(|hex| bytes(hex).ok_or(AgentError::Token)).transpose()?;
        let (password, rights) = (written.password.clone(), written.rights.clone());
        Ok(Agent { user: user.to_owned(), extension, password, token, rights })
    }

    pub(in crate::access) fn has(&self, right: Right) -> bool {
        self.rights.contains(&right)
    }
}

fn is_hash(text: &str) -> bool {
    let Ok(hash) = PasswordHash::new(text) else { return false };
    let bounded = Params::try_from(&hash)
        .is_ok_and(|params| params.m_cost() <= MOST_MEMORY && params.t_cost() <= MOST_ROUNDS && params.p_cost() <= 16);
    hash.algorithm.as_str() == "argon2id" && bounded && hash.salt.is_some() && hash.hash.is_some()
}

fn bytes(hex: &str) -> Option<[u8; 32]> {
    let hex = hex.trim();
    if hex.len() != 64 || !hex.bytes().all(|c| c.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; 32];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(hex.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

impl fmt::Debug for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agent").field("user", &self.user).field("extension", &self.extension).finish_non_exhaustive()
    }
}

impl fmt::Debug for AgentEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentEntry").field("extension", &self.extension).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    fn agent(user: &str, text: &str) -> Result<Agent, AgentError> {
        Agent::new(user, &toml::from_str(text).unwrap())
    }

    #[test]
    fn an_agent_has_an_extension_or_a_right() {
        let hex = "0f".repeat(32);
        let text =
            format!("extension = \"801\"\npassword = \"{HASH}\"\ntoken_sha256 = \"{hex}\"\nrights = [\"metrics\"]");
        let whole = agent("li.na", &text).unwrap();
        assert_eq!(whole.extension.as_ref().unwrap().as_str(), "801");
        assert_eq!(whole.token, Some([15; 32]));
        assert!(whole.has(Right::Metrics));
        assert!(agent("李娜", "extension = \"801\"").is_ok(), "behind a proxy nobody needs a secret here");
        assert_eq!(agent("prometheus", ""), Err(AgentError::Nothing));
        assert!(agent("prometheus", "rights = [\"metrics\"]").is_ok());
    }

    #[test]
    fn what_is_wrong_is_said_without_the_secret() {
        for password in [
            "geheim",
            "$argon2i$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "$argon2id$v=19$m=999999999,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "$argon2id$v=19$m=8,t=1,p=1",
            "",
        ] {
            let wrong = agent("li.na", &format!("extension = \"801\"\npassword = \"{password}\"")).unwrap_err();
            assert_eq!(wrong, AgentError::Password, "{password}");
            assert!(!wrong.to_string().contains("geheim"));
        }
        for token in ["", "0f", &"zz".repeat(32), &"é".repeat(32)] {
            let wrong = agent("li.na", &format!("extension = \"801\"\ntoken_sha256 = \"{token}\"")).unwrap_err();
            assert_eq!(wrong, AgentError::Token, "{token}");
        }
        for user in ["", "a:b", "a\nb", &"x".repeat(200)] {
            assert_eq!(agent(user, "extension = \"801\"").unwrap_err(), AgentError::User, "{user}");
        }
        assert!(matches!(agent("li.na", "extension = \"8 1\""), Err(AgentError::Extension(_))));
        let debug = format!("{:?}", agent("li.na", &format!("extension = \"801\"\npassword = \"{HASH}\"")));
        assert!(!debug.contains("argon2"), "{debug}");
    }
}
