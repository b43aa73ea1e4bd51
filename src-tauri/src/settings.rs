//! The settings between page and file: shown, tested, saved.

use std::path::Path;

use serde::Serialize;
use tauri::{AppHandle, Emitter, Manager};
use uncall_client::Client;
use uncall_contract::Request;
use uncall_desk::{
    problem::Problem,
    settings::{self, Language, Settings, SettingsError},
};

use crate::{panel::Panel, tray, words::Words};

/// What the page shows.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Shown {
    server: String,
    extension: String,
    language: Language,
    language_choice: &'static str,
    popup_callout: bool,
    follow_wsdl_host: bool,
    configured: bool,
    demo: bool,
    problem: Option<Problem>,
    version: &'static str,
}

impl Shown {
    /// `problem` is what keeps the settings from being used.
    pub(crate) fn new(settings: &Settings, words: &Words, demo: bool, problem: Option<Problem>) -> Shown {
        Shown {
            server: settings.server.as_ref().map(ToString::to_string).unwrap_or_default(),
            extension: settings.extension.as_ref().map(ToString::to_string).unwrap_or_default(),
            language: words.language(),
            language_choice: settings.language.map_or("system", Language::tag),
            popup_callout: settings.popup_callout,
            follow_wsdl_host: settings.follow_wsdl_host,
            configured: settings.server.is_some() && settings.extension.is_some(),
            demo,
            problem,
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}

/// What the agent typed and chose.
#[derive(Debug, Clone)]
pub(crate) struct Typed {
    /// A host, an address, or the address of a WSDL.
    pub(crate) server: String,
    /// The extension.
    pub(crate) extension: String,
    /// `system`, `zh-CN` or `en`.
    pub(crate) language: String,
    /// Outgoing calls pop up, too.
    pub(crate) popup_callout: bool,
    /// Call the host that the WSDL names.
    pub(crate) follow_wsdl_host: bool,
}

impl Typed {
    fn over(self, before: Settings) -> Result<Settings, Problem> {
        Ok(Settings {
            server: Some(settings::server_address(&self.server)?),
            extension: Some(settings::extension_number(&self.extension)?),
            language: Language::from_tag(&self.language),
            popup_callout: self.popup_callout,
            follow_wsdl_host: self.follow_wsdl_host,
            ..before
        })
    }
}

/// A server that answered.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Tested {
    /// Its address, completed.
    server: String,
}

/// Asks the server for its description, an echo and the extension's call: all three have to be answered.
pub(crate) async fn test(server: &str, extension: &str, before: Settings) -> Result<Tested, Problem> {
    let server = settings::server_address(server)?;
    let extension = settings::extension_number(extension)?;
    let settings = Settings { server: Some(server.clone()), extension: Some(extension), ..before };
    ask(&settings).await?;
    Ok(Tested { server: server.to_string() })
}

async fn ask(settings: &Settings) -> Result<(), Problem> {
    let (Some(server), Some(extension)) = (settings.client(), &settings.extension) else { return Ok(()) };
    let client = Client::new(server).map_err(|error| Problem::failed(&error))?;
    for request in [Request::Ping { text: "uncall-panel".into() }, Request::Current { exten: extension.to_string() }] {
        let outcome = client.call(&request).await.map_err(|error| Problem::failed(&error))?;
        outcome.map_err(|refusal| Problem::refused(request.operation(), &refusal))?;
    }
    Ok(())
}

/// Tests what is new about the connection, writes the file, takes into use.
pub(crate) async fn save(app: &AppHandle, typed: Typed) -> Result<(), Problem> {
    let panel = app.state::<Panel>();
    let before = panel.settings();
    let settings = typed.over(before.clone())?;
    // What is in use already need not answer now: the language can be changed while the server is away.
    if settings.client() != before.client() || settings.extension != before.extension {
        ask(&settings).await?;
    }
    if let Some(file) = panel.config() {
        write(file, &settings).map_err(|error| {
            tracing::error!("{error}");
            Problem { code: "settings_not_saved".into(), detail: error.to_string() }
        })?;
    }
    panel.take_into_use(app, settings).await?;
    if let Err(error) = app.emit("settings_changed", panel.shown_settings()) {
        tracing::error!("the windows could not be told: {error}");
    }
    tray::show(app, &panel.snapshot());
    Ok(())
}

/// Writes the file. One that cannot be read is kept beside it under another name, since its owner may want it back.
fn write(file: &Path, settings: &Settings) -> Result<(), SettingsError> {
    if let Err(error @ SettingsError::Broken { .. }) = settings::load(file) {
        let kept = file.with_extension("toml.broken");
        tracing::warn!("{error}; it is kept as {}", kept.display());
        std::fs::rename(file, kept).map_err(|source| SettingsError::NotWritten { path: file.to_owned(), source })?;
    }
    settings::save(file, settings)
}

#[cfg(test)]
mod tests {
    use uncall_desk::settings::{self, Settings};

    use super::write;

    #[test]
    fn a_broken_file_is_kept_when_settings_are_saved() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        std::fs::write(&file, "server = unquoted\n# mine").unwrap();
        let wanted = Settings { extension: settings::extension_number("801").ok(), ..Settings::default() };
        write(&file, &wanted).unwrap();
        assert_eq!(settings::load(&file).unwrap().settings, wanted);
        let kept = std::fs::read_to_string(folder.path().join("config.toml.broken")).unwrap();
        assert_eq!(kept, "server = unquoted\n# mine");
    }
}
