//! What an administrator gives to all the desks of a machine: on Windows in the registry, elsewhere in files.

use uncall_desk::settings::{self, Loaded, Policy, SettingsError};

/// What the machine says about the settings. What cannot be used costs itself.
///
/// # Errors
/// None: there is no file.
#[cfg(windows)]
pub(crate) fn system_settings() -> Result<Loaded, SettingsError> {
    use windows_registry::{CURRENT_USER, LOCAL_MACHINE};
    // For this user and for all; the user's values come first.
    let value = |name: &str| [CURRENT_USER, LOCAL_MACHINE].into_iter().find_map(|root| value(root, KEY, name));
    Ok(settings::registry(value, &named))
}

/// What the machine's administrator sets and locks.
///
/// # Errors
/// None here: what cannot be read of the registry costs itself.
#[cfg(windows)]
pub(crate) fn policy() -> Result<Policy, SettingsError> {
    use windows_registry::LOCAL_MACHINE;
    let half = |name: &str| {
        let key = format!(r"{POLICY}\{name}");
        settings::registry(|name| value(LOCAL_MACHINE, &key, name), &named)
    };
    Ok(Policy::of(half("Locked"), half("Default"), &policy_place()))
}

/// What the machine is set to, and what its policy is. (This is a 64-bit program, and reads the 64-bit side of the registry.)
#[cfg(windows)]
const KEY: &str = r"Software\Uncall\Panel";
#[cfg(windows)]
const POLICY: &str = r"Software\Policies\Uncall\Panel";

#[cfg(windows)]
fn value(root: &windows_registry::Key, key: &str, name: &str) -> Option<String> {
    let value = root.open(key).and_then(|key| key.get_value(name)).ok()?;
    // Numbers are written as REG_DWORD, too.
    let text = String::try_from(value.clone()).or_else(|_| u32::try_from(value).map(|number| number.to_string()));
    text.inspect_err(|error| tracing::warn!(r"the registry's {key}\{name} is neither text nor number: {error}")).ok()
}

/// Where the policy is kept, for people.
#[cfg(windows)]
pub(crate) fn policy_place() -> String {
    format!(r"HKLM\{POLICY}")
}

/// Where the machine's settings are kept, for people.
#[cfg(windows)]
pub(crate) fn system_place() -> String {
    format!(r"HKCU\{KEY}, HKLM\{KEY}")
}

/// What the machine says about the settings. What cannot be used costs itself.
///
/// # Errors
/// The file cannot be used as a whole.
#[cfg(not(windows))]
pub(crate) fn system_settings() -> Result<Loaded, SettingsError> {
    settings::load_machine(&folder().join("config.toml"), &named)
}

/// What the machine's administrator sets and locks.
///
/// # Errors
/// Where the file is there and cannot be read.
#[cfg(not(windows))]
pub(crate) fn policy() -> Result<Policy, SettingsError> {
    settings::load_policy(&folder().join("policy.toml"), &named)
}

/// Where the policy is kept, for people.
#[cfg(not(windows))]
pub(crate) fn policy_place() -> String {
    folder().join("policy.toml").display().to_string()
}

/// Where the machine's settings are kept, for people.
#[cfg(not(windows))]
pub(crate) fn system_place() -> String {
    folder().join("config.toml").display().to_string()
}

/// The administrator's folder. A developer's build can be given another one, which its tests need; who runs a build that is
/// shipped cannot talk his way out of a policy.
#[cfg(not(windows))]
fn folder() -> std::path::PathBuf {
    let usual = || "/etc/uncall-panel".into();
    if !cfg!(debug_assertions) {
        return usual();
    }
    std::env::var_os("UNCALL_PANEL_ETC").map_or_else(usual, Into::into)
}

/// What stands for a name in a pattern.
fn named(name: &str) -> Option<String> {
    let user = if cfg!(windows) { "USERNAME" } else { "USER" };
    std::env::var(name.strip_prefix("env:").unwrap_or(user)).ok()
}
