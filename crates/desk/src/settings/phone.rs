//! The panel as the phone: table `[phone]` in files, and how its values are written.

use std::path::Path;

use toml_edit::{Array, DocumentMut, Item, Table, value};
use uncall_client::Secret;

use super::value::Written;
use super::{Key, Keyring, Layer, SecretIn, Settings, Value, Warning};

/// The table's name.
pub(super) const TABLE: &str = "phone";
/// More devices than anybody has.
const MOST_DEVICES: usize = 8;
/// The longest text of a device or user.
const LONGEST: usize = 200;

/// One key of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PhonePart {
    /// `enabled`
    Enabled,
    /// `registrar`
    Registrar,
    /// `user`
    User,
    /// `secret`
    Secret,
    /// `input`
    Input,
    /// `output`
    Output,
    /// `ring_on`
    RingOn,
    /// `echo`
    Echo,
    /// `noise`
    Noise,
    /// `gain`
    Gain,
}

impl PhonePart {
    /// All of them, in the order in which a new file has them.
    pub const ALL: [PhonePart; 10] = [
        PhonePart::Enabled,
        PhonePart::Registrar,
        PhonePart::User,
        PhonePart::Secret,
        PhonePart::Input,
        PhonePart::Output,
        PhonePart::RingOn,
        PhonePart::Echo,
        PhonePart::Noise,
        PhonePart::Gain,
    ];

    /// As a file has it, with the table's name.
    pub const fn name(self) -> &'static str {
        match self {
            PhonePart::Enabled => "phone.enabled",
            PhonePart::Registrar => "phone.registrar",
            PhonePart::User => "phone.user",
            PhonePart::Secret => "phone.secret",
            PhonePart::Input => "phone.input",
            PhonePart::Output => "phone.output",
            PhonePart::RingOn => "phone.ring_on",
            PhonePart::Echo => "phone.echo",
            PhonePart::Noise => "phone.noise",
            PhonePart::Gain => "phone.gain",
        }
    }

    fn bare(self) -> &'static str {
        self.name().split_once('.').map_or(self.name(), |(_, name)| name)
    }
}

/// When the echo of the loudspeakers is taken out of the microphone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Echo {
    /// Where nothing says that there is a headset.
    #[default]
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

impl Echo {
    /// As a file has it.
    pub const fn name(self) -> &'static str {
        match self {
            Echo::Auto => "auto",
            Echo::On => "on",
            Echo::Off => "off",
        }
    }

    /// The one with this name.
    pub fn from_name(name: &str) -> Option<Echo> {
        [Echo::Auto, Echo::On, Echo::Off].into_iter().find(|echo| echo.name() == name)
    }
}

/// A value of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PhoneValue {
    /// This computer is the phone.
    Enabled(bool),
    /// The address of the server it registers with.
    Registrar(String),
    /// The user; the extension if none is set.
    User(String),
    /// The secret, and where it is kept.
    Secret(Secret, SecretIn),
    /// The microphone.
    Input(String),
    /// The headphones.
    Output(String),
    /// What rings.
    RingOn(Vec<String>),
    /// Echo cancelling.
    Echo(Echo),
    /// Noise suppression.
    Noise(bool),
    /// Automatic gain.
    Gain(bool),
}

impl PhoneValue {
    /// The key it belongs to.
    pub const fn part(&self) -> PhonePart {
        match self {
            PhoneValue::Enabled(_) => PhonePart::Enabled,
            PhoneValue::Registrar(_) => PhonePart::Registrar,
            PhoneValue::User(_) => PhonePart::User,
            PhoneValue::Secret(..) => PhonePart::Secret,
            PhoneValue::Input(_) => PhonePart::Input,
            PhoneValue::Output(_) => PhonePart::Output,
            PhoneValue::RingOn(_) => PhonePart::RingOn,
            PhoneValue::Echo(_) => PhonePart::Echo,
            PhoneValue::Noise(_) => PhonePart::Noise,
            PhoneValue::Gain(_) => PhonePart::Gain,
        }
    }

    /// As a file has it. A secret that the keyring has is not written.
    pub(super) fn written(&self) -> Item {
        match self {
            PhoneValue::Enabled(on) | PhoneValue::Noise(on) | PhoneValue::Gain(on) => value(*on),
            PhoneValue::Registrar(text) | PhoneValue::User(text) => value(text),
            PhoneValue::Input(text) | PhoneValue::Output(text) => value(text),
            PhoneValue::Secret(secret, SecretIn::File) => value(secret.expose()),
            PhoneValue::Secret(_, SecretIn::Keyring) => Item::None,
            PhoneValue::RingOn(devices) => value(devices.iter().map(String::as_str).collect::<Array>()),
            PhoneValue::Echo(echo) => value(echo.name()),
        }
    }
}

/// The settings of the phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phone {
    /// This computer is the phone. Off: who has a desk phone wants silence from the computer.
    pub enabled: bool,
    /// `sip:HOST[:PORT][;transport=udp|tcp|tls]` or `sips:HOST[:PORT]`.
    pub registrar: Option<String>,
    /// The user. `None` is the extension.
    pub user: Option<String>,
    /// The secret.
    pub secret: Option<Secret>,
    /// Where it is kept.
    pub secret_in: SecretIn,
    /// The microphone. `None` is the system's choice.
    pub input: Option<String>,
    /// The headphones. `None` is the system's choice.
    pub output: Option<String>,
    /// What rings, several at once. None: the headphones.
    pub ring_on: Vec<String>,
    /// Echo cancelling.
    pub echo: Echo,
    /// Noise suppression.
    pub noise: bool,
    /// Automatic gain.
    pub gain: bool,
}

impl Default for Phone {
    fn default() -> Phone {
        Phone {
            enabled: false,
            registrar: None,
            user: None,
            secret: None,
            secret_in: SecretIn::File,
            input: None,
            output: None,
            ring_on: Vec::new(),
            echo: Echo::Auto,
            noise: true,
            gain: true,
        }
    }
}

impl Phone {
    /// Whether a line can run on them.
    pub fn can_run(&self) -> bool {
        self.enabled && self.registrar.is_some()
    }

    pub(super) fn values(&self) -> impl Iterator<Item = Value> {
        let secret = self.secret.clone().map(|secret| PhoneValue::Secret(secret, self.secret_in));
        let open = [
            self.registrar.clone().map(PhoneValue::Registrar),
            self.user.clone().map(PhoneValue::User),
            secret,
            self.input.clone().map(PhoneValue::Input),
            self.output.clone().map(PhoneValue::Output),
            Some(self.ring_on.clone()).filter(|devices| !devices.is_empty()).map(PhoneValue::RingOn),
        ];
        let set = [
            PhoneValue::Enabled(self.enabled),
            PhoneValue::Echo(self.echo),
            PhoneValue::Noise(self.noise),
            PhoneValue::Gain(self.gain),
        ];
        open.into_iter().flatten().chain(set).map(Value::Phone)
    }

    pub(super) fn take(&mut self, value: PhoneValue) {
        match value {
            PhoneValue::Enabled(on) => self.enabled = on,
            PhoneValue::Registrar(text) => self.registrar = Some(text),
            PhoneValue::User(text) => self.user = Some(text),
            PhoneValue::Secret(secret, secret_in) => (self.secret, self.secret_in) = (Some(secret), secret_in),
            PhoneValue::Input(text) => self.input = Some(text),
            PhoneValue::Output(text) => self.output = Some(text),
            PhoneValue::RingOn(devices) => self.ring_on = devices,
            PhoneValue::Echo(echo) => self.echo = echo,
            PhoneValue::Noise(on) => self.noise = on,
            PhoneValue::Gain(on) => self.gain = on,
        }
    }
}

/// An address that a phone can register with, tidied.
///
/// # Errors
/// What the key takes.
pub fn registrar_address(typed: &str) -> Result<String, String> {
    let wrong = || "takes an address like sips:pbx.example, sip:10.0.0.1 or sip:10.0.0.1:5060;transport=tcp".to_owned();
    let text = typed.trim();
    let text = if text.contains(':') && text.to_ascii_lowercase().starts_with("sip") {
        text.to_owned()
    } else {
        format!("sip:{text}")
    };
    let (scheme, rest) = text.split_once(':').ok_or_else(wrong)?;
    let secure = match scheme.to_ascii_lowercase().as_str() {
        "sip" => false,
        "sips" => true,
        _ => return Err(wrong()),
    };
    let (place, transport) = rest.split_once(";transport=").map_or((rest, None), |(place, name)| (place, Some(name)));
    let known = |name: &str| matches!(name, "tls") || (!secure && matches!(name, "udp" | "tcp"));
    let transport = transport.map(str::to_ascii_lowercase);
    let host = place
        .strip_prefix('[')
        .map_or_else(|| place.split(':').next().unwrap_or_default(), |rest| rest.split(']').next().unwrap_or_default());
    let fit = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '-' | '.' | '_' | ':');
    let port = place.rsplit_once(':').filter(|(before, _)| !place.starts_with('[') || before.ends_with(']'));
    let port_fits = port.is_none_or(|(_, port)| port.parse::<u16>().is_ok_and(|port| port > 0));
    if host.is_empty() || host.len() > 253 || !host.chars().all(fit) || !port_fits {
        return Err(wrong());
    }
    if transport.as_deref().is_some_and(|name| !known(name)) {
        return Err(wrong());
    }
    let scheme = if secure { "sips" } else { "sip" };
    Ok(match transport {
        Some(name) => format!("{scheme}:{place};transport={name}"),
        None => format!("{scheme}:{place}"),
    })
}

/// Reads the value of a key. `None` for an empty text, which leaves it unset.
pub(super) fn understand(part: PhonePart, written: Written<'_>) -> Result<Option<Value>, String> {
    let text = || {
        let text = written.text_or_digits()?;
        let fits = text.chars().count() <= LONGEST && !text.contains(char::is_control);
        if fits { Ok(text) } else { Err(format!("takes at most {LONGEST} characters, and no control characters")) }
    };
    Ok(Some(Value::Phone(match part {
        PhonePart::Enabled => PhoneValue::Enabled(written.switch()?),
        PhonePart::Noise => PhoneValue::Noise(written.switch()?),
        PhonePart::Gain => PhoneValue::Gain(written.switch()?),
        PhonePart::Registrar => PhoneValue::Registrar(registrar_address(&text()?)?),
        PhonePart::User => PhoneValue::User(text()?.trim().to_owned()),
        PhonePart::Secret => PhoneValue::Secret(Secret::new(text()?), SecretIn::File),
        PhonePart::Input => PhoneValue::Input(text()?),
        PhonePart::Output => PhoneValue::Output(text()?),
        PhonePart::RingOn => PhoneValue::RingOn(devices(super::numbering::texts(&text()?))?),
        PhonePart::Echo => PhoneValue::Echo(Echo::from_name(&text()?).ok_or("takes \"auto\", \"on\" or \"off\"")?),
    })))
}

fn devices(names: Vec<String>) -> Result<Vec<String>, String> {
    let names: Vec<String> = names.into_iter().filter(|name| !name.is_empty()).collect();
    if names.len() > MOST_DEVICES || names.iter().any(|name| name.chars().count() > LONGEST) {
        return Err(format!("takes at most {MOST_DEVICES} devices"));
    }
    Ok(names)
}

/// Reads the table's keys into a layer. An invalid value only costs its key and gives a warning with its line.
pub(super) fn take(
    path: &Path,
    table: &Item,
    line_of: impl Fn(&Item, Option<&toml_edit::Key>) -> usize,
    layer: &mut Layer,
    warnings: &mut Vec<Warning>,
) -> bool {
    let Some(table) = table.as_table_like() else { return false };
    let mut has_secret = false;
    for (name, item) in table.iter() {
        let part = PhonePart::ALL.into_iter().find(|part| part.bare() == name);
        has_secret |= part == Some(PhonePart::Secret);
        let taken = match part {
            Some(part) => value_of(part, item).map(|value| value.into_iter().for_each(|value| layer.set(value))),
            None => Err("is not a setting".to_owned()),
        };
        let Err(why) = taken else { continue };
        let key = part.map(Key::Phone);
        key.into_iter().for_each(|key| layer.mark_unusable(key));
        let line = line_of(item, table.key(name));
        let text = format!("{}, line {line}: `{TABLE}.{name}` {why}; it has no effect", path.display());
        warnings.push(Warning { key, text });
    }
    has_secret
}

fn value_of(part: PhonePart, item: &Item) -> Result<Option<Value>, String> {
    if let (PhonePart::RingOn, Some(list)) = (part, item.as_array()) {
        let names: Option<Vec<String>> = list.iter().map(|name| name.as_str().map(str::to_owned)).collect();
        let names = names.ok_or("takes a list of texts in quotation marks")?;
        return Ok(Some(Value::Phone(PhoneValue::RingOn(devices(names)?))));
    }
    let written = super::file::written(item);
    if matches!(written, Written::Text(text) if text.trim().is_empty()) {
        return Ok(None);
    }
    understand(part, written)
}

/// Sets a key of the table, or takes it out.
pub(super) fn put(document: &mut DocumentMut, part: PhonePart, item: Option<Item>) {
    let item = item.filter(|item| !item.is_none());
    if item.is_none() && !document.contains_key(TABLE) {
        return;
    }
    let whole = document.entry(TABLE).or_insert_with(|| Item::Table(Table::new()));
    let Some(table) = whole.as_table_like_mut() else { return };
    match (table.get_mut(part.bare()).and_then(Item::as_value_mut), item) {
        (Some(old), Some(Item::Value(mut new))) => {
            *new.decor_mut() = old.decor().clone();
            *old = new;
        }
        (_, Some(item)) => drop(table.insert(part.bare(), item)),
        (_, None) => drop(table.remove(part.bare())),
    }
}

/// The account's name in the keyring.
fn account(settings: &Settings) -> Option<String> {
    let registrar = settings.phone.registrar.as_ref()?;
    let user = settings.phone.user.clone().or_else(|| settings.extension.as_ref().map(ToString::to_string))?;
    Some(format!("phone {user} at {registrar}"))
}

/// The secret from the keyring, where the phone is on and no source has one. The error message contains no secret.
pub(super) fn from_keyring(settings: &Settings, keyring: &dyn Keyring) -> Result<Option<Value>, String> {
    let Some(account) = account(settings).filter(|_| settings.phone.enabled && settings.phone.secret.is_none()) else {
        return Ok(None);
    };
    if !keyring.exists() {
        return Ok(None);
    }
    let secret = keyring
        .get(&account)
        .map_err(|error| format!("the secret for {account} cannot be read from the keyring: {error}"))?;
    Ok(secret.map(|secret| Value::Phone(PhoneValue::Secret(secret, SecretIn::Keyring))))
}

/// What the file has of a secret that is new: nothing where the keyring takes it.
pub(super) fn secret_item(secret: &Secret, settings: &Settings, keyring: &dyn Keyring) -> Option<Item> {
    if let Some(account) = account(settings).filter(|_| keyring.exists()) {
        match keyring.set(&account, secret) {
            Ok(()) => return None,
            Err(error) => tracing::warn!("the keyring does not take the secret ({error}); the file keeps it"),
        }
    }
    Some(value(secret.expose()))
}
