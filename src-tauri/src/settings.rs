//! The settings between page and file: shown, tested, saved.

use std::path::Path;

use serde::{Deserialize, Serialize};
use tauri::{AppHandle, Emitter, Manager};
use uncall_client::{Client, Credentials, Secret};
use uncall_contract::Request;
use uncall_desk::{
    problem::Problem,
    settings::{self, Language, SecretIn, Settings, SettingsError, TypedLogin},
};
use url::Url;

use crate::{panel::Panel, platform, tray, words::Words};

/// What the page shows: of a login's secret no more than that there is one.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Shown {
    server: String,
    extension: String,
    login: LoginKind,
    user: String,
    secret_set: bool,
    /// Where the secret is kept, or would be.
    in_keyring: bool,
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
            login: match &settings.login {
                None => LoginKind::None,
                Some(login) if login.user().is_some() => LoginKind::Password,
                Some(_) => LoginKind::Token,
            },
            user: settings.login.as_ref().and_then(Credentials::user).unwrap_or_default().to_owned(),
            secret_set: settings.login.is_some(),
            in_keyring: match settings.login {
                Some(_) => settings.secret_in == SecretIn::Keyring,
                None => platform::keyring().exists(),
            },
            language: words.language(),
            language_choice: settings.language.map_or("system", Language::tag),
            popup_callout: settings.popup_callout,
            follow_wsdl_host: settings.follow_wsdl_host,
            configured: settings.is_configured(),
            demo,
            problem,
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}

/// How the agent logs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LoginKind {
    /// Not at all.
    None,
    /// With user name and password.
    Password,
    /// With an access token.
    Token,
}

/// The login as the page sends it; an empty secret keeps the known one. Without `Debug`, for the secret's sake.
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

/// What the agent typed and chose.
#[derive(Clone)]
pub(crate) struct Typed {
    /// A host, an address, or the address of a WSDL.
    pub(crate) server: String,
    /// The extension.
    pub(crate) extension: String,
    /// The login.
    pub(crate) login: LoginForm,
    /// `system`, `zh-CN` or `en`.
    pub(crate) language: String,
    /// Outgoing calls pop up, too.
    pub(crate) popup_callout: bool,
    /// Call the host that the WSDL names.
    pub(crate) follow_wsdl_host: bool,
}

impl Typed {
    fn over(self, before: Settings) -> Result<Settings, Problem> {
        let (server, login) = server(&self.server, self.login, &before)?;
        Ok(Settings {
            server: Some(server),
            login,
            extension: Some(settings::extension_number(&self.extension)?),
            language: Language::from_tag(&self.language),
            popup_callout: self.popup_callout,
            follow_wsdl_host: self.follow_wsdl_host,
            ..before
        })
    }
}

/// The server's address and the login for it; one that was typed into the address counts where no other is chosen.
fn server(typed: &str, login: LoginForm, before: &Settings) -> Result<(Url, Option<Credentials>), Problem> {
    let mut server = settings::server_address(typed)?;
    let in_address = Credentials::take_from(&mut server);
    let login = match TypedLogin::from(login).over(before, &server)? {
        Some(login) => Some(login),
        None => in_address.map_err(|error| Problem::new("login_invalid", &error.to_string()))?,
    };
    Ok((server, login))
}

/// A server that answered.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Tested {
    /// Its address, completed.
    server: String,
}

/// Asks the server for its description, an echo and the extension's call: all three have to be answered.
pub(crate) async fn test(typed: &str, extension: &str, login: LoginForm, before: Settings) -> Result<Tested, Problem> {
    let (server, login) = server(typed, login, &before)?;
    let extension = settings::extension_number(extension)?;
    let settings = Settings { server: Some(server.clone()), extension: Some(extension), login, ..before };
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
    let mut settings = typed.over(before.clone())?;
    // What is in use already need not answer now: the language can be changed while the server is away.
    if settings.client() != before.client() || settings.extension != before.extension {
        ask(&settings).await?;
    }
    if let Some(file) = panel.config() {
        settings.secret_in = write(file, &settings).map_err(|error| {
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
fn write(file: &Path, settings: &Settings) -> Result<SecretIn, SettingsError> {
    let keyring = platform::keyring();
    if let Err(error @ SettingsError::Broken { .. }) = settings::load(file, keyring) {
        let kept = file.with_extension("toml.broken");
        tracing::warn!("{error}; it is kept as {}", kept.display());
        std::fs::rename(file, kept).map_err(|source| SettingsError::NotWritten { path: file.to_owned(), source })?;
    }
    settings::save(file, settings, keyring)
}

#[cfg(test)]
mod tests {
    use uncall_desk::settings::{self, NoKeyring, Settings};

    use super::write;

    #[test]
    fn a_broken_file_is_kept_when_settings_are_saved() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        std::fs::write(&file, "server = unquoted\n# mine").unwrap();
        let wanted = Settings { extension: settings::extension_number("801").ok(), ..Settings::default() };
        write(&file, &wanted).unwrap();
        assert_eq!(settings::load(&file, &NoKeyring).unwrap().settings, wanted);
        let kept = std::fs::read_to_string(folder.path().join("config.toml.broken")).unwrap();
        assert_eq!(kept, "server = unquoted\n# mine");
    }
}
