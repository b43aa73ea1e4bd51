//! The values of the settings, and how they are written.

use std::path::PathBuf;

use toml_edit::Array;
use uncall_client::Credentials;
use uncall_contract::{BusyReason, Direction, Extension};
use uncall_number::rules::Part;
use uncall_screenpop::Rule;

use crate::state::{BUSY_WHEN_IDLE_MINUTES_MAX, Required, WRAP_UP_SECONDS_MAX};

use super::{
    Key, Language, Names, Notify, POLL_SECONDS_MAX, POPUP_WARM_MINUTES_MAX, PhoneValue, PopupPlace, SecretIn, Servers,
    contacts, extension_number, pattern, screen_pop, server_addresses,
};

/// How many texts a list takes, and how many characters each of them.
#[derive(Debug, Clone, Copy)]
pub struct ListSize {
    most: usize,
    longest: usize,
}

/// Reasons for being busy.
pub const REASONS: ListSize = ListSize { most: 20, longest: BusyReason::LONGEST };
/// Results of a call, with their second level.
pub const DISPOSITIONS: ListSize = ListSize { most: 200, longest: 80 };
/// Schemes of addresses that are opened.
const SCHEMES: ListSize = ListSize { most: 20, longest: 40 };
/// The longest time until a caller on hold is called to attention, in seconds.
pub const HOLD_ALERT_SECONDS_MAX: u32 = 3600;
/// The longest time for which the journal keeps a call, in days.
pub const JOURNAL_DAYS_MAX: u32 = 3650;

/// The texts that a list takes; what is empty or too long, and what is too many, is left out.
pub fn short_texts(texts: Vec<String>, size: ListSize) -> Vec<String> {
    let trimmed = texts.into_iter().map(|text| text.trim().to_owned());
    trimmed.filter(|text| !text.is_empty() && size.takes(text)).take(size.most).collect()
}

impl ListSize {
    fn takes(self, text: &str) -> bool {
        text.chars().count() <= self.longest && !text.contains(char::is_control)
    }
}

/// A setting and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Addresses of the WSDLs, without logins.
    Server(Servers),
    /// The agent's extension.
    Extension(Extension),
    /// How the agent logs in.
    Login(Login),
    /// The language. `None` is the system's.
    Language(Option<Language>),
    /// Whether to call the host that the WSDL names.
    FollowWsdlHost(bool),
    /// Address of recordings.
    Recordings(String),
    /// Whether outgoing calls pop up, too.
    PopupCallout(bool),
    /// How long the hidden pop-up is kept, in minutes.
    PopupWarmMinutes(u32),
    /// Where pop-ups appear.
    PopupPlace(PopupPlace),
    /// The interval of polls, in seconds.
    PollSeconds(u32),
    /// When calls are announced by a notification.
    Notify(Notify),
    /// Whether single letters act on the call.
    LetterKeys(bool),
    /// Whether a link's number is dialled after three seconds.
    LinkCountdown(bool),
    /// A number rule as written, already checked by [`uncall_number::Rules::set`].
    Number(Part, Vec<String>),
    /// Reasons for being busy that are offered.
    BusyReasons(Vec<String>),
    /// While the screen is locked the extension is busy.
    BusyWhenLocked(bool),
    /// After so many minutes without keyboard, mouse and calls the extension is busy.
    BusyWhenIdleMinutes(u32),
    /// The time after a call, in seconds.
    WrapUpSeconds(u32),
    /// After which calls; all where none is given.
    WrapUpAfter(Option<Direction>),
    /// A call that is on hold for longer, in seconds, calls for attention.
    HoldAlertSeconds(u32),
    /// What may come of a call.
    Dispositions(Vec<String>),
    /// After which calls a result is required before the next idle.
    DispositionsRequired(Required),
    /// For how many days the journal keeps a call.
    JournalDays(u32),
    /// Numbers are shown in part.
    MaskNumbers(bool),
    /// Whether pop-ups are left out of screenshots.
    PopupPrivate(bool),
    /// A setting of the panel as the phone.
    Phone(PhoneValue),
    /// Contact files.
    Contacts(Vec<PathBuf>),
    /// Address of a web service for names.
    ContactsUrl(String),
    /// What is opened, started or posted for calls.
    ScreenPop(Vec<Rule>),
    /// Schemes that are opened beyond http and https.
    ScreenPopSchemes(Vec<String>),
}

/// A login in a layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Login {
    /// No login, whatever weaker layers say.
    None,
    /// A complete login.
    Known {
        /// The login.
        credentials: Credentials,
        /// Where its secret is kept.
        secret_in: SecretIn,
    },
    /// A login whose secret is in the keyring and has not been fetched.
    InKeyring {
        /// The user. `None` for a token.
        user: Option<String>,
    },
}

impl Login {
    /// The login, if it is complete.
    pub const fn credentials(&self) -> Option<&Credentials> {
        match self {
            Login::Known { credentials, .. } => Some(credentials),
            Login::None | Login::InKeyring { .. } => None,
        }
    }
}

impl Value {
    /// The key it belongs to.
    pub const fn key(&self) -> Key {
        match self {
            Value::Server(_) => Key::Server,
            Value::Extension(_) => Key::Extension,
            Value::Login(_) => Key::Login,
            Value::Language(_) => Key::Language,
            Value::FollowWsdlHost(_) => Key::FollowWsdlHost,
            Value::Recordings(_) => Key::Recordings,
            Value::PopupCallout(_) => Key::PopupCallout,
            Value::PopupWarmMinutes(_) => Key::PopupWarmMinutes,
            Value::PopupPlace(_) => Key::PopupPlace,
            Value::PollSeconds(_) => Key::PollSeconds,
            Value::Notify(_) => Key::Notify,
            Value::LetterKeys(_) => Key::LetterKeys,
            Value::LinkCountdown(_) => Key::LinkCountdown,
            Value::Number(part, _) => Key::Number(*part),
            Value::BusyReasons(_) => Key::BusyReasons,
            Value::BusyWhenLocked(_) => Key::BusyWhenLocked,
            Value::BusyWhenIdleMinutes(_) => Key::BusyWhenIdleMinutes,
            Value::WrapUpSeconds(_) => Key::WrapUpSeconds,
            Value::WrapUpAfter(_) => Key::WrapUpAfter,
            Value::HoldAlertSeconds(_) => Key::HoldAlertSeconds,
            Value::Dispositions(_) => Key::Dispositions,
            Value::DispositionsRequired(_) => Key::DispositionsRequired,
            Value::JournalDays(_) => Key::JournalDays,
            Value::MaskNumbers(_) => Key::MaskNumbers,
            Value::PopupPrivate(_) => Key::PopupPrivate,
            Value::Phone(value) => Key::Phone(value.part()),
            Value::Contacts(_) => Key::Contacts,
            Value::ContactsUrl(_) => Key::ContactsUrl,
            Value::ScreenPop(_) => Key::ScreenPop,
            Value::ScreenPopSchemes(_) => Key::ScreenPopSchemes,
        }
    }

    /// Whether both have the same effect. Where a login's secret is kept makes no difference.
    pub fn does_the_same(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Login(Login::Known { credentials: own, .. }), Value::Login(Login::Known { credentials, .. })) => {
                own == credentials
            }
            (Value::Phone(PhoneValue::Secret(own, _)), Value::Phone(PhoneValue::Secret(secret, _))) => own == secret,
            (own, other) => own == other,
        }
    }
}

/// A value as written, before its key is considered.
#[derive(Debug, Clone, Copy)]
pub(super) enum Written<'a> {
    /// A text.
    Text(&'a str),
    /// A whole number.
    Number(i64),
    /// True or false.
    Switch(bool),
    /// A list.
    List(&'a Array),
    /// Something that no setting takes: a table, a date.
    Other,
}

impl Written<'_> {
    fn text(self) -> Result<String, String> {
        match self {
            Written::Text(text) => Ok(text.to_owned()),
            Written::Number(_) | Written::Switch(_) | Written::List(_) | Written::Other => {
                Err("takes a text in quotation marks".to_owned())
            }
        }
    }

    /// A text that may consist of digits. Quotation marks are optional then, because people forget that an extension is a text.
    pub(super) fn text_or_digits(self) -> Result<String, String> {
        match self {
            Written::Number(number) => Ok(number.to_string()),
            Written::Text(_) | Written::Switch(_) | Written::List(_) | Written::Other => self.text(),
        }
    }

    pub(super) fn switch(self) -> Result<bool, String> {
        match self {
            Written::Switch(on) => Ok(on),
            Written::Text(_) | Written::Number(_) | Written::List(_) | Written::Other => {
                Err("takes true or false".to_owned())
            }
        }
    }

    /// A list of short texts, or one text with `;` between them, as the registry has it. Empty ones are dropped.
    fn texts(self, size: ListSize) -> Result<Vec<String>, String> {
        let texts: Option<Vec<&str>> = match self {
            Written::Text(text) => Some(text.split(';').collect()),
            Written::List(list) => list.iter().map(toml_edit::Value::as_str).collect(),
            Written::Number(_) | Written::Switch(_) | Written::Other => None,
        };
        let texts: Option<Vec<String>> = texts
            .map(|texts| texts.into_iter().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned).collect());
        texts.filter(|texts| texts.len() <= size.most && texts.iter().all(|text| size.takes(text))).ok_or_else(|| {
            format!("takes a list of at most {} texts of at most {} characters", size.most, size.longest)
        })
    }

    fn number(self, least: u32, most: u32, unit: &str) -> Result<u32, String> {
        match self {
            Written::Number(number) => u32::try_from(number).ok().filter(|number| (least..=most).contains(number)),
            Written::Text(_) | Written::Switch(_) | Written::List(_) | Written::Other => None,
        }
        .ok_or_else(|| format!("takes whole {unit} from {least} to {most}"))
    }
}

/// Reads the value of a key. `None` for an empty text, which leaves the key unset. Not for logins, which have several keys. The
/// error says what the key accepts.
pub(super) fn understand(key: Key, written: Written<'_>) -> Result<Option<Value>, String> {
    if matches!(written, Written::Text(text) if text.trim().is_empty()) {
        return Ok(None);
    }
    let text = || written.text();
    Ok(Some(match key {
        Key::Server => Value::Server(server_addresses(&text()?).map_err(|problem| {
            format!(
                "takes an address like http://192.168.160.211/uncall_services_api/index.php?wsdl, or several servers of one PBX ({})",
                problem.detail
            )
        })?),
        Key::Extension => Value::Extension(
            extension_number(&written.text_or_digits()?)
                .map_err(|problem| format!("takes an extension like \"801\" ({})", problem.detail))?,
        ),
        Key::Login => return Ok(None),
        Key::Language => Value::Language(match text()?.as_str() {
            "system" => None,
            tag => Some(Language::from_tag(tag).ok_or("takes \"zh-CN\", \"en\" or \"system\"")?),
        }),
        Key::FollowWsdlHost => Value::FollowWsdlHost(written.switch()?),
        Key::Recordings => Value::Recordings(template(text()?)?),
        Key::PopupCallout => Value::PopupCallout(written.switch()?),
        Key::PopupWarmMinutes => Value::PopupWarmMinutes(written.number(0, POPUP_WARM_MINUTES_MAX, "minutes")?),
        Key::PopupPlace => Value::PopupPlace(text()?.parse().map_err(|error: super::NoPlace| error.to_string())?),
        Key::PollSeconds => Value::PollSeconds(written.number(1, POLL_SECONDS_MAX, "seconds")?),
        Key::Notify => Value::Notify(Notify::from_name(&text()?).ok_or("takes \"always\", \"hidden\" or \"never\"")?),
        Key::LetterKeys => Value::LetterKeys(written.switch()?),
        Key::LinkCountdown => Value::LinkCountdown(written.switch()?),
        Key::Number(part) => super::numbering::value(part, super::numbering::texts(&text()?))?,
        Key::BusyReasons => Value::BusyReasons(written.texts(REASONS)?),
        Key::BusyWhenLocked => Value::BusyWhenLocked(written.switch()?),
        Key::BusyWhenIdleMinutes => {
            Value::BusyWhenIdleMinutes(written.number(0, BUSY_WHEN_IDLE_MINUTES_MAX, "minutes")?)
        }
        Key::WrapUpSeconds => Value::WrapUpSeconds(written.number(0, WRAP_UP_SECONDS_MAX, "seconds")?),
        Key::WrapUpAfter => Value::WrapUpAfter(match text()?.as_str() {
            "all" => None,
            "callin" => Some(Direction::Callin),
            "callout" => Some(Direction::Callout),
            _ => return Err("takes \"all\", \"callin\" or \"callout\"".to_owned()),
        }),
        Key::HoldAlertSeconds => Value::HoldAlertSeconds(written.number(0, HOLD_ALERT_SECONDS_MAX, "seconds")?),
        Key::Dispositions => Value::Dispositions(written.texts(DISPOSITIONS)?),
        Key::DispositionsRequired => Value::DispositionsRequired(
            Required::from_name(&text()?).ok_or("takes \"in\", \"out\", \"both\" or \"never\"")?,
        ),
        Key::JournalDays => Value::JournalDays(written.number(0, JOURNAL_DAYS_MAX, "days")?),
        Key::MaskNumbers => Value::MaskNumbers(written.switch()?),
        Key::PopupPrivate => Value::PopupPrivate(written.switch()?),
        Key::Phone(part) => return super::phone::understand(part, written),
        Key::Contacts => Value::Contacts(contacts::files(&text()?)?),
        Key::ContactsUrl => Value::ContactsUrl(contacts::web_service(&text()?)?),
        Key::ScreenPop => return Err("is written as tables, each below a line [[screen_pop]]".to_owned()),
        Key::ScreenPopSchemes => Value::ScreenPopSchemes(screen_pop::schemes(written.texts(SCHEMES)?)?),
    }))
}

/// The same for an administrator's value, where server, extension and contacts may be patterns.
pub(super) fn understand_pattern(key: Key, written: Written<'_>, names: Names<'_>) -> Result<Option<Value>, String> {
    match (key, written) {
        (Key::Server | Key::Extension | Key::Contacts, Written::Text(text)) if text.contains('{') => {
            let filled = pattern::filled(text, names)?;
            understand(key, Written::Text(&filled)).map_err(|why| format!("is \"{filled}\" here, and {why}"))
        }
        (key, written) => understand(key, written),
    }
}

/// The same if everything is a text, as in the registry: `3`, `1`, `true`.
pub(super) fn understand_text(key: Key, text: &str, names: Option<Names<'_>>) -> Result<Option<Value>, String> {
    let plain = text.trim();
    let as_text = match names {
        Some(names) => understand_pattern(key, Written::Text(plain), names),
        None => understand(key, Written::Text(plain)),
    };
    let number = || understand(key, Written::Number(plain.parse().map_err(|_| String::new())?));
    let switch = || match plain.to_ascii_lowercase().as_str() {
        "1" | "true" => understand(key, Written::Switch(true)),
        "0" | "false" => understand(key, Written::Switch(false)),
        _ => Err(String::new()),
    };
    as_text.or_else(|why| number().or_else(|_| switch()).map_err(|_| why))
}

fn template(text: String) -> Result<String, String> {
    let checked = uncall_client::recording::check_template(&text);
    checked.map_err(|_| "takes an http or https address with {files} or {uid} in it".to_owned())?;
    Ok(text)
}
