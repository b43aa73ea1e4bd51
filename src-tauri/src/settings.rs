//! Reads the settings from all sources, and shows, tests and saves them for the page.

mod day;
mod login;
mod phone_form;
mod sources;
mod typed;
mod view;

use std::path::Path;

use serde::Serialize;
use tauri::{AppHandle, Emitter, Manager};
use uncall_client::Client;
use uncall_contract::Request;
use uncall_desk::{
    problem::Problem,
    settings::{self, Settings},
};

pub(crate) use self::{
    login::LoginForm,
    sources::{Sources, Trouble},
    typed::Typed,
    view::SettingsView,
};
use crate::{journal, panel::Panel, platform, shell, tray, window};

/// A server that answered.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Tested {
    /// Its complete address.
    server: String,
}

/// Asks each server for its description, an echo and the extension's call. It has to answer all three.
pub(crate) async fn test(typed: &str, extension: &str, login: LoginForm, before: Settings) -> Result<Tested, Problem> {
    let (servers, login) = typed::server(typed, login, &before)?;
    let extension = settings::extension_number(extension)?;
    let settings = Settings { extension: Some(extension), login, ..before };
    for server in servers.all() {
        let alone = Settings { server: Some(server.clone().into()), ..settings.clone() };
        ask(&alone).await.map_err(|problem| match server.host_str() {
            Some(host) if problem.code == "unreachable" && !servers.further.is_empty() => {
                Problem::new("one_of_servers", host)
            }
            Some(_) | None => problem,
        })?;
    }
    Ok(Tested { server: servers.to_string() })
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

/// Tests a changed connection, writes the user's file, reads all sources again, and uses the result.
pub(crate) async fn save(app: &AppHandle, typed: Typed) -> Result<(), Problem> {
    let panel = app.state::<Panel>();
    let before = panel.settings();
    let mut settings = typed.over(before.clone())?;
    // An unchanged connection is not tested, so that the language can be changed while the server is down.
    if settings.client() != before.client() || settings.extension != before.extension {
        ask(&settings).await?;
    }
    if let Some(file) = panel.config() {
        let sources = write(file, &before, &settings)?;
        settings = sources.settings();
        panel.set_trouble(sources.trouble);
    }
    panel.take_into_use(app, settings).await?;
    if let Err(error) = app.emit("settings_changed", panel.shown_settings()) {
        tracing::error!("the windows could not be told: {error}");
    }
    journal::heed(app);
    shell::show(app);
    window::popup::keep_private(app, panel.settings().popup_private);
    tray::show(app);
    Ok(())
}

/// Writes the user's file and reads all sources again.
fn write(file: &Path, before: &Settings, wanted: &Settings) -> Result<Sources, Problem> {
    let others = Sources::read(None).layers;
    settings::save(file, before, wanted, &others, platform::keyring()).map_err(|error| {
        tracing::error!("{error}");
        Problem { code: "settings_not_saved".into(), detail: error.to_string() }
    })?;
    Ok(Sources::read(Some(file)))
}

#[cfg(test)]
mod tests {
    use uncall_desk::settings::{self, Settings};

    use super::{Sources, write};

    #[test]
    fn a_broken_file_is_kept_when_settings_are_saved() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        std::fs::write(&file, "server = unquoted\n# mine").unwrap();
        let before = Sources::read(Some(&file));
        assert_eq!(before.trouble.problem.as_ref().map(|problem| problem.code.as_str()), Some("config_broken"));
        assert_eq!(before.trouble.kept_as.as_deref(), Some("config.toml.broken"));
        let before = before.settings();
        let wanted = Settings { extension: settings::extension_number("801").ok(), ..before.clone() };
        let after = write(&file, &before, &wanted).unwrap();
        assert_eq!(after.settings().extension, wanted.extension);
        let kept = folder.path().join("config.toml.broken");
        assert_eq!(std::fs::read_to_string(kept).unwrap(), "server = unquoted\n# mine");
        assert!(after.trouble.problem.is_none() && after.trouble.kept_as.is_none());
    }
}
