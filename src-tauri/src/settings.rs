//! Reads the settings from all sources, and shows, tests and saves them for the page.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tauri::{AppHandle, Emitter, Manager};
use uncall_client::{Client, Credentials, Secret};
use uncall_contract::{Direction, Request};
use uncall_desk::{
    problem::Problem,
    settings::{
        self, Explained, Key, Language, Layers, Loaded, Notify, Phone, PhonePart, Policy, SecretIn, Servers, Settings,
        SettingsError, Source, TypedLogin, Warning,
    },
    state::{WRAP_UP_SECONDS_MAX, WrapUpRule},
};

use crate::{journal, panel::Panel, phone, platform, shell, tray, window, words::Words};

/// All sources, and problems with them.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    layers: Layers,
    pub(crate) trouble: Trouble,
    warnings: Vec<Warning>,
}

/// Stands for a missing value.
const UNSET: &str = "-";

/// Where a value is set.
fn place(row: &Explained, config: Option<&Path>) -> String {
    match row.source {
        Source::LockedPolicy | Source::DefaultPolicy => platform::policy_place(),
        Source::User => config.map(|file| file.display().to_string()).unwrap_or_default(),
        Source::Environment if row.key == Key::Extension => "UNCALL_EXTEN".to_owned(),
        Source::Environment if row.key == Key::Phone(PhonePart::Secret) => "UNCALL_PHONE_SECRET".to_owned(),
        Source::Environment => format!("UNCALL_{}", row.name.to_ascii_uppercase()),
        Source::System => platform::system_place(),
        Source::Default => "default".to_owned(),
    }
}

/// Problems to show on the settings page.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Trouble {
    /// Why a source cannot be used.
    problem: Option<Problem>,
    /// The name under which saving keeps the user's file, if that cannot be read.
    kept_as: Option<String>,
    /// Whether the agent can fix it.
    #[serde(skip)]
    own: bool,
}

impl Trouble {
    /// Whether to tell the agent at once that their own settings are not in use.
    pub(crate) const fn is_own(&self) -> bool {
        self.own
    }
}

impl Sources {
    /// Reads all sources. One that cannot be used is logged and skipped; the others fill in.
    pub(crate) fn read(config: Option<&Path>) -> Sources {
        Sources::of(config, platform::system_settings(), platform::policy())
    }

    fn of(
        config: Option<&Path>,
        system: Result<Loaded, SettingsError>,
        policy: Result<Policy, SettingsError>,
    ) -> Sources {
        let mut trouble = Trouble::default();
        let user = config.map(settings::load).transpose().unwrap_or_else(|error| {
            tracing::error!("{error}. The panel goes on without it; saving settings keeps it under another name");
            trouble.problem = Some(unusable(&error, "config"));
            trouble.kept_as = config.map(settings::name_aside).and_then(file_name);
            None
        });
        let user = user.unwrap_or_default();
        let (environment, of_environment) = settings::environment(|name| std::env::var(name).ok());
        let (system, of_machine) = match system {
            Ok(system) => (system, None),
            Err(error) => {
                tracing::error!("{error}. The panel goes on without it");
                (Loaded::default(), Some(unusable(&error, "system_config")))
            }
        };
        let (policy, of_policy) = match policy {
            Ok(policy) => (policy, None),
            Err(error) => {
                tracing::error!("{error}. The panel goes on without this policy");
                (Policy::default(), Some(unusable(&error, "system_config")))
            }
        };
        let mut layers = Layers {
            locked_policy: policy.locked,
            user: user.layer,
            environment,
            system: system.layer,
            default_policy: policy.default,
        };
        let of_keyring = layers.unlock(platform::keyring());
        let warnings = [policy.warnings, user.warnings, of_environment, system.warnings, of_keyring].concat();
        warnings.iter().for_each(|warning| tracing::warn!("{}", warning.text));
        trouble.problem = trouble.problem.or_else(|| missed(&layers.merged(), &warnings));
        trouble.own = trouble.problem.is_some();
        trouble.problem = trouble.problem.or(of_policy).or(of_machine);
        Sources { layers, trouble, warnings }
    }

    /// Explains the settings, one line for each key with its value and source, and problems with sources.
    pub(crate) fn explained(&self, config: Option<&Path>) -> String {
        let rows = self.layers.explained();
        let wide = |width: fn(&Explained) -> usize| rows.iter().map(width).max().unwrap_or_default();
        let names = wide(|row| row.name.len());
        let values = wide(|row| row.value.as_deref().unwrap_or(UNSET).chars().count());
        let mut text = String::new();
        for row in &rows {
            let value = row.value.as_deref().unwrap_or(UNSET);
            let lock = if row.is_locked() { "  locked" } else { "" };
            let place = place(row, config);
            text.push_str(&format!("{:names$}  {value:values$}  {place}{lock}\n", row.name));
        }
        let problem = self.trouble.problem.as_ref().map(|problem| problem.detail.as_str());
        let texts = self.warnings.iter().map(|warning| warning.text.as_str());
        for why in problem.into_iter().filter(|detail| texts.clone().all(|text| text != *detail)).chain(texts.clone()) {
            text.push_str(&format!("! {why}\n"));
        }
        text
    }

    /// The effective settings.
    pub(crate) fn settings(&self) -> Settings {
        self.layers.merged()
    }
}

/// The problem with a file: the user's (`config`) or the machine's (`system_config`), which only an administrator can fix.
fn unusable(error: &SettingsError, whose: &str) -> Problem {
    match error {
        SettingsError::Encoding { path, line, encoding: _ } => {
            Problem { code: format!("{whose}_encoding"), detail: format!("{}:{line}", path.display()) }
        }
        SettingsError::Unreadable { .. } | SettingsError::Broken { .. } | SettingsError::NotWritten { .. } => {
            Problem { code: format!("{whose}_broken"), detail: error.to_string() }
        }
    }
}

fn file_name(path: PathBuf) -> Option<String> {
    Some(path.file_name()?.to_string_lossy().into_owned())
}

/// The problem that keeps the desk from running, if it is an invalid value.
fn missed(settings: &Settings, warnings: &[Warning]) -> Option<Problem> {
    let is_open = |key| {
        (key == Key::Server && settings.server.is_none()) || (key == Key::Extension && settings.extension.is_none())
    };
    let warning = warnings.iter().find(|warning| warning.key.is_some_and(is_open))?;
    Some(Problem { code: "setting_unusable".into(), detail: warning.text.clone() })
}

/// The settings for the page. Of a login's secret it only shows that there is one.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SettingsView {
    server: String,
    extension: String,
    login: LoginKind,
    user: String,
    secret_set: bool,
    /// Whether the secret is, or would be, kept in the keyring.
    in_keyring: bool,
    language: Language,
    language_choice: &'static str,
    popup_callout: bool,
    follow_wsdl_host: bool,
    poll_seconds: u32,
    notify: Notify,
    popup_place: String,
    letter_keys: bool,
    mask_numbers: bool,
    popup_private: bool,
    phone: PhoneForm,
    #[serde(flatten)]
    day: Day,
    /// Whether this system can leave the pop-up out of screenshots.
    can_hide_popup: bool,
    /// The sources of the values that are not the panel's defaults.
    sources: BTreeMap<Key, Source>,
    /// Where locked values are set.
    policy: String,
    configured: bool,
    demo: bool,
    #[serde(flatten)]
    trouble: Trouble,
    version: &'static str,
}

impl SettingsView {
    /// The settings in use, and problems with others.
    pub(crate) fn new(settings: &Settings, words: &Words, demo: bool, trouble: Trouble) -> SettingsView {
        SettingsView {
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
            poll_seconds: settings.poll_seconds,
            notify: settings.notify,
            popup_place: settings.popup_place.to_string(),
            letter_keys: settings.letter_keys,
            mask_numbers: settings.mask_numbers,
            popup_private: settings.popup_private,
            phone: PhoneForm::of(settings),
            day: Day::of(settings),
            can_hide_popup: cfg!(any(windows, target_os = "macos")),
            sources: settings.sources.iter().map(|(key, source)| (*key, *source)).filter(is_inherited).collect(),
            policy: platform::policy_place(),
            configured: settings.is_configured(),
            demo,
            trouble,
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}

fn is_inherited((_, source): &(Key, Source)) -> bool {
    match source {
        Source::LockedPolicy | Source::Environment | Source::System | Source::DefaultPolicy => true,
        Source::User | Source::Default => false,
    }
}

/// How the agent logs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LoginKind {
    /// Without a login.
    None,
    /// With user name and password.
    Password,
    /// With an access token.
    Token,
}

/// The login from the page. An empty secret keeps the known one. Has no `Debug`, to protect the secret.
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

/// The panel as the phone, as the page shows and sends it. An empty secret keeps the known one; the page gets none.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct PhoneForm {
    /// Whether this build can be a phone on this system.
    #[serde(default)]
    available: bool,
    enabled: bool,
    registrar: String,
    user: String,
    #[serde(default, skip_serializing)]
    secret: String,
    #[serde(default)]
    secret_set: bool,
    /// Names of devices. Empty for the system's choice.
    input: String,
    output: String,
    /// What rings beside the headphones.
    ring_on: Vec<String>,
}

impl std::fmt::Debug for PhoneForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PhoneForm").field("enabled", &self.enabled).finish_non_exhaustive()
    }
}

impl PhoneForm {
    fn of(settings: &Settings) -> PhoneForm {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let Phone { enabled, registrar, user, secret, input, output, ring_on, .. } = &settings.phone;
        PhoneForm {
            available: phone::IS_AVAILABLE,
            enabled: *enabled,
            registrar: text(registrar),
            user: text(user),
            secret: String::new(),
            secret_set: secret.is_some(),
            input: text(input),
            output: text(output),
            ring_on: ring_on.clone(),
        }
    }

    /// What is typed over the settings in use. A known secret is only for the server and the user it was typed for.
    fn over(self, before: &Settings) -> Result<Phone, Problem> {
        let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let registrar = match text(&self.registrar) {
            Some(typed) => {
                let address = settings::registrar_address(&typed);
                Some(address.map_err(|_| Problem::new("registrar_invalid", ""))?)
            }
            None if self.enabled => return Err(Problem::new("registrar_missing", "")),
            None => None,
        };
        let user = text(&self.user);
        let same = registrar == before.phone.registrar && user == before.phone.user;
        let known = before.phone.secret.clone().filter(|_| same);
        Ok(Phone {
            enabled: self.enabled,
            registrar,
            user,
            secret: Some(self.secret).filter(|secret| !secret.is_empty()).map(Secret::new).or(known),
            input: text(&self.input),
            output: text(&self.output),
            ring_on: self.ring_on,
            ..before.phone.clone()
        })
    }
}

/// What the agent typed and chose.
#[derive(Clone, Deserialize)]
pub(crate) struct Typed {
    /// A host, an address, or the address of a WSDL; several are separated by spaces.
    server: String,
    extension: String,
    login: LoginForm,
    /// `system`, `zh-CN` or `en`.
    language: String,
    popup_callout: bool,
    follow_wsdl_host: bool,
    poll_seconds: u32,
    notify: Notify,
    popup_place: String,
    letter_keys: bool,
    mask_numbers: bool,
    popup_private: bool,
    phone: PhoneForm,
    #[serde(flatten)]
    day: Day,
}

/// What concerns the working day.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Day {
    busy_reasons: Vec<String>,
    busy_when_locked: bool,
    wrap_up_seconds: u32,
    /// `all`, `callin` or `callout`.
    wrap_up_after: String,
    hold_alert_seconds: u32,
    dispositions: Vec<String>,
    journal_days: u32,
}

impl Day {
    fn of(settings: &Settings) -> Day {
        Day {
            busy_reasons: settings.busy_reasons.clone(),
            busy_when_locked: settings.busy_when_locked,
            wrap_up_seconds: settings.wrap_up.seconds,
            wrap_up_after: settings.wrap_up.after.map_or("all", Direction::as_str).to_owned(),
            hold_alert_seconds: settings.hold_alert_seconds,
            dispositions: settings.dispositions.clone(),
            journal_days: settings.journal_days,
        }
    }

    /// What a setting does not take leaves it as it was.
    fn over(self, before: &mut Settings) {
        let after = match self.wrap_up_after.as_str() {
            "callin" => Some(Direction::Callin),
            "callout" => Some(Direction::Callout),
            _ => None,
        };
        before.busy_reasons = settings::short_texts(self.busy_reasons, settings::REASONS);
        before.dispositions = settings::short_texts(self.dispositions, settings::DISPOSITIONS);
        before.busy_when_locked = self.busy_when_locked;
        before.wrap_up = WrapUpRule { seconds: self.wrap_up_seconds.min(WRAP_UP_SECONDS_MAX), after };
        before.hold_alert_seconds = self.hold_alert_seconds.min(settings::HOLD_ALERT_SECONDS_MAX);
        before.journal_days = self.journal_days.min(settings::JOURNAL_DAYS_MAX);
    }
}

impl Typed {
    /// Applies the input to the settings in use. Locked settings stay.
    fn over(self, mut before: Settings) -> Result<Settings, Problem> {
        self.day.clone().over(&mut before);
        let phone = self.phone.over(&before)?;
        // A phone alone has no server.
        let alone = phone.can_run() && self.server.trim().is_empty();
        let (server, login) = match alone {
            true => (None, None),
            false => {
                let (server, login) = server(&self.server, self.login, &before)?;
                (Some(server), login)
            }
        };
        Ok(Settings {
            server,
            login,
            phone,
            extension: Some(settings::extension_number(&self.extension)?),
            language: Language::from_tag(&self.language),
            popup_callout: self.popup_callout,
            follow_wsdl_host: self.follow_wsdl_host,
            poll_seconds: self.poll_seconds.clamp(1, settings::POLL_SECONDS_MAX),
            notify: self.notify,
            popup_place: self.popup_place.parse().unwrap_or_else(|_| before.popup_place.clone()),
            letter_keys: self.letter_keys,
            mask_numbers: self.mask_numbers,
            popup_private: self.popup_private,
            ..before
        })
    }
}

/// The servers and their login. A login typed into the addresses is used if no other is given.
fn server(typed: &str, login: LoginForm, before: &Settings) -> Result<(Servers, Option<Credentials>), Problem> {
    let mut servers = settings::server_addresses(typed)?;
    let in_address = servers.take_login();
    let login = match TypedLogin::from(login).over(before, &servers)? {
        Some(login) => Some(login),
        None => in_address.map_err(|error| Problem::new("login_invalid", &error.to_string()))?,
    };
    Ok((servers, login))
}

/// A server that answered.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Tested {
    /// Its complete address.
    server: String,
}

/// Asks each server for its description, an echo and the extension's call. It has to answer all three.
pub(crate) async fn test(typed: &str, extension: &str, login: LoginForm, before: Settings) -> Result<Tested, Problem> {
    let (servers, login) = server(typed, login, &before)?;
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
    fn a_machines_file_that_cannot_be_read_is_told_and_costs_itself() {
        let folder = tempfile::tempdir().unwrap();
        let (own, system) = (folder.path().join("own.toml"), folder.path().join("config.toml"));
        std::fs::write(&own, "extension = \"801\"\n").unwrap();
        // A Chinese comment saved by an old editor, and a word without quotes.
        for (bytes, code) in [
            (&b"server = \"http://10.0.0.1/\"\n# \xb7\xfe\xce\xf1\xc6\xf7\n"[..], "system_config_encoding"),
            (&b"server = unquoted\n"[..], "system_config_broken"),
        ] {
            std::fs::write(&system, bytes).unwrap();
            let sources = Sources::of(Some(&own), settings::load(&system), Ok(settings::Policy::default()));
            let problem = sources.trouble.problem.clone().unwrap();
            assert_eq!(problem.code, code);
            assert!(problem.detail.contains(&*system.to_string_lossy()), "{problem:?}");
            assert_eq!(sources.settings().extension, settings::extension_number("801").ok());
            assert!(!sources.trouble.is_own() && sources.trouble.kept_as.is_none(), "the agent cannot mend it");
        }
    }

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
