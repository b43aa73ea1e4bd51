//! Layers of settings: one per source, and the rules for which one wins.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use uncall_number::rules::Part;

use super::value::understand_text;
use super::{
    AddressLogin, Key, Keyring, Loaded, Login, Names, PhonePart, Servers, Settings, Value, Warning, login, phone,
};

/// The source of a value, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// An administrator's policy that the agent cannot change.
    LockedPolicy,
    /// The user's own file.
    User,
    /// `UNCALL_SERVER`, `UNCALL_EXTEN` and the login's variables.
    Environment,
    /// The machine's settings: the registry on Windows, `/etc/uncall-panel/config.toml` elsewhere.
    System,
    /// An administrator's policy for settings that nobody else sets.
    DefaultPolicy,
    /// The panel itself.
    Default,
}

/// The settings from one source.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layer {
    values: BTreeMap<Key, Value>,
    /// The keys it sets to something invalid.
    unusable: BTreeSet<Key>,
}

impl Layer {
    /// Its value for a key.
    pub fn get(&self, key: Key) -> Option<&Value> {
        self.values.get(&key)
    }

    /// Sets a value.
    pub fn set(&mut self, value: Value) {
        self.unusable.remove(&value.key());
        self.values.insert(value.key(), value);
    }

    /// Takes a value out. True if there was one.
    pub(super) fn take_out(&mut self, key: Key) -> bool {
        self.values.remove(&key).is_some()
    }

    pub(super) fn mark_unusable(&mut self, key: Key) {
        self.unusable.insert(key);
    }

    pub(super) fn servers(&self) -> Option<&Servers> {
        match self.get(Key::Server) {
            Some(Value::Server(servers)) => Some(servers),
            Some(_) | None => None,
        }
    }

    /// Moves a login from the server's address to its own key, because pages and logs show addresses. A login that is set
    /// separately wins.
    pub(super) fn take_login_of_address(&mut self) -> Result<(), AddressLogin> {
        let Some(Value::Server(servers)) = self.values.get_mut(&Key::Server) else { return Ok(()) };
        if let Some(credentials) = servers.take_login()?
            && !self.values.contains_key(&Key::Login)
        {
            self.set(Value::Login(Login::Known { credentials, secret_in: Default::default() }));
        }
        Ok(())
    }

    /// Whether its login may be sent to all of `servers`. If a layer names servers, its login is only for those.
    fn means_login_for(&self, servers: Option<&Servers>) -> bool {
        !self.unusable.contains(&Key::Server)
            && self.servers().is_none_or(|own| servers.is_some_and(|servers| servers.are_among(own)))
    }
}

impl FromIterator<Value> for Layer {
    fn from_iter<T: IntoIterator<Item = Value>>(values: T) -> Layer {
        let mut layer = Layer::default();
        values.into_iter().for_each(|value| layer.set(value));
        layer
    }
}

/// The layers of all sources except the panel's own defaults.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layers {
    /// The locked part of a policy.
    pub locked_policy: Layer,
    /// The user's file.
    pub user: Layer,
    /// The environment.
    pub environment: Layer,
    /// The registry or `/etc`.
    pub system: Layer,
    /// The default part of a policy.
    pub default_policy: Layer,
}

impl Layers {
    /// The effective settings.
    pub fn merged(&self) -> Settings {
        let own = Settings::default().values().collect();
        let by_strength = [
            (Source::LockedPolicy, &self.locked_policy),
            (Source::User, &self.user),
            (Source::Environment, &self.environment),
            (Source::System, &self.system),
            (Source::DefaultPolicy, &self.default_policy),
            (Source::Default, &own),
        ];
        let mut settings = Settings::default();
        // The server has to come first, because a login is for a server.
        for key in Key::ALL {
            let usable = |layer: &Layer, value: &Value| {
                let Value::Login(login) = value else { return true };
                match login {
                    Login::InKeyring { .. } => false,
                    Login::Known { .. } => layer.means_login_for(settings.server.as_ref()),
                    Login::None => true,
                }
            };
            let said = by_strength.iter().filter_map(|(source, layer)| Some((*source, *layer, layer.get(key)?)));
            let found = said.into_iter().find(|(_, layer, value)| usable(layer, value));
            if let Some((source, _, value)) = found.map(|(source, layer, value)| (source, layer, value.clone())) {
                settings.take(value, source);
            }
        }
        settings
    }

    /// The settings without the user's layer and without locks, which the user's file need not repeat.
    pub fn without_user(&self) -> Settings {
        Layers { locked_policy: Layer::default(), user: Layer::default(), ..self.clone() }.merged()
    }

    /// Fetches the secret of the user's login from the keyring, if the user's file says that it is there. Problems are warnings:
    /// the server will say what is missing.
    pub fn unlock(&mut self, keyring: &dyn Keyring) -> Vec<Warning> {
        let mut warnings = Vec::new();
        if let Some(Value::Login(Login::InKeyring { user })) = self.user.get(Key::Login) {
            let settings = self.merged();
            match login::from_keyring(user.as_deref(), &settings, keyring) {
                Ok(Some(login)) => self.user.set(Value::Login(login)),
                Ok(None) => {}
                Err(text) => warnings.push(Warning { key: Some(Key::Login), text }),
            }
        }
        match phone::from_keyring(&self.merged(), keyring) {
            Ok(secret) => secret.into_iter().for_each(|secret| self.user.set(secret)),
            Err(text) => warnings.push(Warning { key: Some(Key::Phone(PhonePart::Secret)), text }),
        }
        warnings
    }
}

/// The environment's layer: `UNCALL_SERVER`, `UNCALL_EXTEN`, the number rules (`UNCALL_NUMBER_…`), and `UNCALL_USER` with
/// `UNCALL_PASSWORD` or `UNCALL_TOKEN`, read through `variable`. An invalid value only costs its key.
pub fn environment(variable: impl Fn(&str) -> Option<String>) -> (Layer, Vec<Warning>) {
    let variable = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
    let (mut layer, mut warnings) = of_texts(&ENVIRONMENT, &variable, None);
    match login::of_environment(variable) {
        Ok(login) => {
            if let Some(login) = login {
                layer.set(Value::Login(login));
            }
        }
        Err(text) => warnings.push(Warning { key: Some(Key::Login), text }),
    }
    (layer, warnings)
}

/// The variables. The command line uses the same ones for the number rules.
const ENVIRONMENT: [(Key, &str); 13] = [
    (Key::Server, "UNCALL_SERVER"),
    (Key::Extension, "UNCALL_EXTEN"),
    (Key::Number(Part::Country), "UNCALL_NUMBER_COUNTRY"),
    (Key::Number(Part::Area), "UNCALL_NUMBER_AREA"),
    (Key::Number(Part::OutsidePrefix), "UNCALL_NUMBER_OUTSIDE_PREFIX"),
    (Key::Number(Part::MobileZero), "UNCALL_NUMBER_MOBILE_ZERO"),
    (Key::Number(Part::LocalMobiles), "UNCALL_NUMBER_LOCAL_MOBILES"),
    (Key::Number(Part::Internal), "UNCALL_NUMBER_INTERNAL"),
    (Key::Number(Part::Replace), "UNCALL_NUMBER_REPLACE"),
    (Key::Number(Part::Block), "UNCALL_NUMBER_BLOCK"),
    (Key::Number(Part::Ask), "UNCALL_NUMBER_ASK"),
    (Key::Number(Part::Hours), "UNCALL_NUMBER_HOURS"),
    (Key::Phone(PhonePart::Secret), "UNCALL_PHONE_SECRET"),
];

/// The registry's layer. `value` reads a value by name: `Server`, `Extension`, `PollSeconds` and so on, like the keys of a file,
/// but no login, which is the agent's own. Patterns in server, extension and contacts are replaced from `names`. An invalid value
/// only costs its key.
pub fn registry(value: impl Fn(&str) -> Option<String>, names: Names<'_>) -> Loaded {
    let (layer, warnings) =
        of_texts(&REGISTRY, &|name: &str| value(name).filter(|value| !value.trim().is_empty()), Some(names));
    Loaded { layer, warnings }
}

/// The names of the registry's values.
pub(super) const REGISTRY: [(Key, &str); 37] = [
    (Key::Server, "Server"),
    (Key::Extension, "Extension"),
    (Key::Language, "Language"),
    (Key::FollowWsdlHost, "FollowWsdlHost"),
    (Key::Recordings, "Recordings"),
    (Key::PopupCallout, "PopupCallout"),
    (Key::PopupWarmMinutes, "PopupWarmMinutes"),
    (Key::PopupPlace, "PopupPlace"),
    (Key::PollSeconds, "PollSeconds"),
    (Key::Notify, "Notify"),
    (Key::LetterKeys, "LetterKeys"),
    (Key::LinkCountdown, "LinkCountdown"),
    (Key::Number(Part::Country), "NumberCountry"),
    (Key::Number(Part::Area), "NumberArea"),
    (Key::Number(Part::OutsidePrefix), "NumberOutsidePrefix"),
    (Key::Number(Part::MobileZero), "NumberMobileZero"),
    (Key::Number(Part::LocalMobiles), "NumberLocalMobiles"),
    (Key::Number(Part::Internal), "NumberInternal"),
    (Key::Number(Part::Replace), "NumberReplace"),
    (Key::Number(Part::Block), "NumberBlock"),
    (Key::Number(Part::Ask), "NumberAsk"),
    (Key::Number(Part::Hours), "NumberHours"),
    (Key::BusyReasons, "BusyReasons"),
    (Key::BusyWhenLocked, "BusyWhenLocked"),
    (Key::BusyWhenIdleMinutes, "BusyWhenIdleMinutes"),
    (Key::WrapUpSeconds, "WrapUpSeconds"),
    (Key::WrapUpAfter, "WrapUpAfter"),
    (Key::HoldAlertSeconds, "HoldAlertSeconds"),
    (Key::Dispositions, "Dispositions"),
    (Key::DispositionsRequired, "DispositionsRequired"),
    (Key::JournalDays, "JournalDays"),
    (Key::MaskNumbers, "MaskNumbers"),
    (Key::PopupPrivate, "PopupPrivate"),
    (Key::Phone(PhonePart::Enabled), "PhoneEnabled"),
    (Key::Phone(PhonePart::Registrar), "PhoneRegistrar"),
    (Key::Contacts, "Contacts"),
    (Key::ContactsUrl, "ContactsUrl"),
];

fn of_texts(
    keys: &[(Key, &str)],
    value: &dyn Fn(&str) -> Option<String>,
    names: Option<Names<'_>>,
) -> (Layer, Vec<Warning>) {
    let (mut layer, mut warnings) = (Layer::default(), Vec::new());
    for (key, name) in keys {
        let Some(text) = value(name) else { continue };
        match understand_text(*key, &text, names) {
            Ok(Some(value)) => layer.set(value),
            Ok(None) => {}
            Err(why) => {
                layer.mark_unusable(*key);
                warnings.push(Warning { key: Some(*key), text: format!("{name} {why}") });
            }
        }
    }
    if let Err(error) = layer.take_login_of_address() {
        warnings.push(Warning { key: Some(Key::Login), text: format!("in the server's address {error}") });
    }
    (layer, warnings)
}
