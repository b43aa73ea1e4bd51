//! Credential Manager (Windows) and Keychain (macOS), through the stores of `keyring-core`. Not on Linux: its Secret Service is
//! missing on many desks, or locked when the panel starts at login, and asks for a password of its own; there the secret is in
//! the settings file, readable only by its owner.

#[cfg(target_os = "macos")]
use apple_native_keyring_store::keychain::Store;
use keyring_core::{Entry, Error, api::CredentialStoreApi as _};
use uncall_client::Secret;
use uncall_desk::settings::Keyring;
#[cfg(windows)]
use windows_native_keyring_store::Store;

/// The service name of our secrets.
const SERVICE: &str = "Uncall Panel";

/// The system's keyring.
#[derive(Debug)]
pub(crate) struct SystemKeyring;

impl SystemKeyring {
    fn entry(account: &str) -> Result<Entry, String> {
        Store::new().and_then(|store| store.build(SERVICE, account, None)).map_err(|error| error.to_string())
    }
}

impl Keyring for SystemKeyring {
    fn exists(&self) -> bool {
        true
    }

    fn get(&self, account: &str) -> Result<Option<Secret>, String> {
        match Self::entry(account)?.get_password() {
            Ok(secret) => Ok(Some(Secret::new(secret))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }

    fn set(&self, account: &str, secret: &Secret) -> Result<(), String> {
        Self::entry(account)?.set_password(secret.expose()).map_err(|error| error.to_string())
    }

    fn forget(&self, account: &str) -> Result<(), String> {
        match Self::entry(account)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(error.to_string()),
        }
    }
}
