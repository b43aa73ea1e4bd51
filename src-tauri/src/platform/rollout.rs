//! What an administrator gives to all the desks of a machine: on Windows in the registry, elsewhere in a file.

use uncall_desk::settings::{self, Loaded, SettingsError};

/// What the machine says about the settings. What cannot be used costs itself.
///
/// # Errors
/// None: there is no file.
#[cfg(windows)]
pub(crate) fn system_settings() -> Result<Loaded, SettingsError> {
    use windows_registry::{CURRENT_USER, LOCAL_MACHINE};

    /// The key, for this user and for all; the user's values come first. (This is a 64-bit program, and reads the 64-bit
    /// side of the registry.)
    const KEY: &str = r"Software\Uncall\Panel";

    let (layer, warnings) = settings::registry(|name| {
        [CURRENT_USER, LOCAL_MACHINE].into_iter().find_map(|root| {
            let value = root.open(KEY).and_then(|key| key.get_value(name)).ok()?;
            // Numbers are written as REG_DWORD, too.
            let text =
                String::try_from(value.clone()).or_else(|_| u32::try_from(value).map(|number| number.to_string()));
            text.inspect_err(|error| tracing::warn!(r"the registry's {KEY}\{name} is neither text nor number: {error}"))
                .ok()
        })
    });
    Ok(Loaded { layer, warnings })
}

/// What the machine says about the settings. What cannot be used costs itself.
///
/// # Errors
/// The file cannot be used as a whole.
#[cfg(not(windows))]
pub(crate) fn system_settings() -> Result<Loaded, SettingsError> {
    settings::load(std::path::Path::new("/etc/uncall-panel/config.toml"))
}
