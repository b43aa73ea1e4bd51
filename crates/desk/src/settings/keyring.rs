//! Where the login's secret is kept: with the operating system where it has a keeper of secrets, else in the file.

use uncall_client::Secret;

/// Where a secret is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SecretIn {
    /// In the configuration file, which its owner alone can read.
    #[default]
    File,
    /// With the operating system.
    Keyring,
}

/// The operating system's keeper of secrets. Every error is a sentence for the log; none holds a secret.
pub trait Keyring {
    /// Whether there is one at all.
    fn exists(&self) -> bool;
    /// The secret of this account, if there is one.
    ///
    /// # Errors
    /// When the keyring cannot be asked.
    fn get(&self, account: &str) -> Result<Option<Secret>, String>;
    /// Keeps a secret.
    ///
    /// # Errors
    /// When it cannot.
    fn set(&self, account: &str, secret: &Secret) -> Result<(), String>;
    /// Forgets the account; one that it does not know is forgotten already.
    ///
    /// # Errors
    /// When it cannot.
    fn forget(&self, account: &str) -> Result<(), String>;
}

/// A system without one: the secret stays in the file.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoKeyring;

impl Keyring for NoKeyring {
    fn exists(&self) -> bool {
        false
    }

    fn get(&self, _: &str) -> Result<Option<Secret>, String> {
        Err("this system has no keyring that the panel knows".into())
    }

    fn set(&self, _: &str, _: &Secret) -> Result<(), String> {
        Err("this system has no keyring that the panel knows".into())
    }

    fn forget(&self, _: &str) -> Result<(), String> {
        Ok(())
    }
}
