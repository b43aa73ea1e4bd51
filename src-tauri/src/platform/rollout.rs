//! What an administrator gives to all the desks of a machine: on Windows in the registry, elsewhere in a file.

use uncall_desk::settings::{self, Layer, Warning};

/// What the machine says about the settings. What cannot be used costs itself.
#[cfg(windows)]
pub(crate) fn system_settings() -> (Layer, Vec<Warning>) {
    use windows_registry::{CURRENT_USER, LOCAL_MACHINE};

    /// The key, for this user and for all; the user's values come first. (This is a 64-bit program, and reads the 64-bit
    /// side of the registry.)
    const KEY: &str = r"Software\Uncall\Panel";

    settings::registry(|name| {
        [CURRENT_USER, LOCAL_MACHINE].into_iter().find_map(|root| {
            let value = root.open(KEY).and_then(|key| key.get_value(name)).ok()?;
            // Numbers are written as REG_DWORD, too.
            let text =
                String::try_from(value.clone()).or_else(|_| u32::try_from(value).map(|number| number.to_string()));
            text.inspect_err(|error| tracing::warn!(r"the registry's {KEY}\{name} is neither text nor number: {error}"))
                .ok()
        })
    })
}

/// What the machine says about the settings. What cannot be used costs itself.
#[cfg(not(windows))]
pub(crate) fn system_settings() -> (Layer, Vec<Warning>) {
    let loaded = settings::load(std::path::Path::new("/etc/uncall-panel/config.toml"));
    let loaded = loaded.unwrap_or_else(|error| settings::Loaded {
        layer: Layer::default(),
        warnings: vec![Warning { key: None, text: error.to_string() }],
    });
    (loaded.layer, loaded.warnings)
}
