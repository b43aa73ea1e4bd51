//! All sources of the settings, and what is wrong with them.

use std::path::{Path, PathBuf};

use serde::Serialize;
use uncall_desk::{
    problem::Problem,
    settings::{self, Explained, Key, Layers, Loaded, PhonePart, Policy, Settings, SettingsError, Source, Warning},
};

use crate::platform;

/// All sources, and problems with them.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    pub(super) layers: Layers,
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
    pub(super) problem: Option<Problem>,
    /// The name under which saving keeps the user's file, if that cannot be read.
    pub(super) kept_as: Option<String>,
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

#[cfg(test)]
mod tests {
    use uncall_desk::settings;

    use super::Sources;

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
}
