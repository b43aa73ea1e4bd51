//! The settings as the page shows them.

use std::collections::BTreeMap;

use serde::Serialize;
use uncall_client::Credentials;
use uncall_desk::settings::{Key, Language, Notify, SecretIn, Settings, Source};

use super::{day::Day, login::LoginKind, phone_form::PhoneForm, sources::Trouble};
use crate::{platform, words::Words};

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
