//! The administrator's settings for all desks of a machine: in the registry on Windows, in files elsewhere.

use uncall_desk::settings::{self, Loaded, Policy, SettingsError};

/// What the machine says about the settings. What cannot be used costs itself.
///
/// # Errors
/// None, because there is no file.
#[cfg(windows)]
pub(crate) fn system_settings() -> Result<Loaded, SettingsError> {
    use windows_registry::{CURRENT_USER, LOCAL_MACHINE};
    // The user's values override those of the machine.
    let value = |name: &str| [CURRENT_USER, LOCAL_MACHINE].into_iter().find_map(|root| value(root, KEY, name));
    Ok(settings::registry(value, &named))
}

/// What the machine's administrator sets and locks.
///
/// # Errors
/// None: a registry value that cannot be read only costs its own key.
#[cfg(windows)]
pub(crate) fn policy() -> Result<Policy, SettingsError> {
    use windows_registry::LOCAL_MACHINE;
    let half = |name: &str| {
        let key = format!(r"{POLICY}\{name}");
        settings::registry(|name| value(LOCAL_MACHINE, &key, name), &named)
    };
    Ok(Policy::of(half("Locked"), half("Default"), &policy_place()))
}

/// The registry keys of settings and policy. (This is a 64-bit program and reads the 64-bit view of the registry.)
#[cfg(windows)]
const KEY: &str = r"Software\Uncall\Panel";
#[cfg(windows)]
const POLICY: &str = r"Software\Policies\Uncall\Panel";

#[cfg(windows)]
fn value(root: &windows_registry::Key, key: &str, name: &str) -> Option<String> {
    let value = root.open(key).and_then(|key| key.get_value(name)).ok()?;
    // Numbers may also be REG_DWORD.
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
/// If the file cannot be used as a whole.
#[cfg(not(windows))]
pub(crate) fn system_settings() -> Result<Loaded, SettingsError> {
    settings::load_machine(&folder().join("config.toml"), &named)
}

/// What the machine's administrator sets and locks.
///
/// # Errors
/// If the file exists but cannot be read.
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

/// The administrator's folder. Tests need another one in development builds; in shipped builds it is fixed, so that nobody can
/// get around a policy.
#[cfg(not(windows))]
fn folder() -> std::path::PathBuf {
    let usual = || "/etc/uncall-panel".into();
    if !cfg!(debug_assertions) {
        return usual();
    }
    std::env::var_os("UNCALL_PANEL_ETC").map_or_else(usual, Into::into)
}

/// Looks up a name in a pattern.
fn named(name: &str) -> Option<String> {
    let user = if cfg!(windows) { "USERNAME" } else { "USER" };
    std::env::var(name.strip_prefix("env:").unwrap_or(user)).ok()
}
