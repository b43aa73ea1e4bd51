//! Each setting with its value and source, for administrators who wonder why a desk behaves as it does.

use toml_edit::Array;
use uncall_client::Credentials;
use uncall_number::rules::Part;
use uncall_screenpop::Rule;

use super::contacts;
use super::save::written_as;
use super::{Key, Layers, PhoneValue, SecretIn, Settings, Source, Value};

/// One key of a configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// The setting it belongs to.
    pub key: Key,
    /// Its name, as in a file.
    pub name: &'static str,
    /// Its value, as in a file; secrets appear as stars. `None` if it is not set.
    pub value: Option<String>,
    /// The source of the value.
    pub source: Source,
}

impl Explained {
    /// Whether a policy keeps the agent from changing it.
    pub fn is_locked(&self) -> bool {
        self.source == Source::LockedPolicy
    }
}

/// Replaces secrets. Does not even give away their length.
const STARS: &str = "\"********\"";

impl Layers {
    /// Every key, in the order of a new file. Call [`Layers::unlock`] first: a login whose secret has not been fetched from the
    /// keyring is not in use.
    pub fn explained(&self) -> Vec<Explained> {
        self.merged().explained()
    }
}

impl Settings {
    /// Every key, in the order of a new file.
    pub fn explained(&self) -> Vec<Explained> {
        let values: Vec<_> = self.values().collect();
        let of_key = |key: Key| {
            let row = |name, value| Explained { key, name, value, source: self.source(key) };
            if key == Key::Login {
                return self.login_rows().into_iter().map(|(name, value)| row(name, value)).collect();
            }
            let value = if let Key::Number(part) = key {
                self.number_texts.get(&part).map(|texts| rule(part, texts))
            } else if key == Key::ScreenPop {
                let shown = self.screen_pop.iter().map(Rule::shown);
                (!self.screen_pop.is_empty()).then(|| toml_edit::value(shown.collect::<Array>()).to_string())
            } else if key == Key::ScreenPopSchemes {
                let more = self.screen_pop_schemes.more();
                let texts = || toml_edit::value(more.iter().map(String::as_str).collect::<Array>()).to_string();
                (!more.is_empty()).then(texts)
            } else {
                values.iter().find(|value| value.key() == key).map(shown)
            };
            vec![row(key.name(), value)]
        };
        Key::ALL.into_iter().flat_map(of_key).collect()
    }

    fn login_rows(&self) -> Vec<(&'static str, Option<String>)> {
        let user = self.login.as_ref().and_then(Credentials::user);
        let mut rows = vec![("user", user.map(|user| toml_edit::value(user).to_string()))];
        if self.login.is_some() {
            rows.push((if user.is_some() { "password" } else { "token" }, Some(STARS.to_owned())));
            let place = if self.secret_in == SecretIn::Keyring { "\"keyring\"" } else { "\"file\"" };
            rows.push(("secret_in", Some(place.to_owned())));
        }
        rows
    }
}

/// A number rule as a file has it; a replacement stays `MATCH=WITH`.
fn rule(part: Part, texts: &[String]) -> String {
    let texts = texts.iter().map(String::as_str);
    if part.is_list() {
        toml_edit::value(texts.collect::<Array>()).to_string()
    } else {
        toml_edit::value(texts.collect::<String>()).to_string()
    }
}

/// A value as a file has it, without a login that somebody wrote into an address.
fn shown(value: &Value) -> String {
    if let Value::Phone(PhoneValue::Secret(..)) = value {
        return STARS.to_owned();
    }
    if let Value::Recordings(template) = value {
        return toml_edit::value(without_login(template)).to_string();
    }
    if let Value::ContactsUrl(template) = value {
        return toml_edit::value(contacts::without_secrets(template)).to_string();
    }
    written_as(value).to_string()
}

pub(super) fn without_login(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}
