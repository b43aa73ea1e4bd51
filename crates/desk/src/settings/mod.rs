//! The panel's configuration: what agents and administrators can set, and the file for it.

mod address;
mod contacts;
mod document;
mod explain;
mod file;
mod key;
mod keyring;
mod language;
mod layer;
mod login;
mod notify;
mod numbering;
mod pattern;
mod phone;
mod policy;
mod popup_place;
mod save;
mod screen_pop;
mod value;

#[cfg(test)]
mod tests;

pub use address::{AddressLogin, Servers, extension_number, server_address, server_addresses};
pub use contacts::contacts_url;
pub use explain::Explained;
pub use file::{LARGEST, Loaded, SettingsError, Warning, default_path, load, load_machine};
pub use key::Key;
pub use keyring::{Keyring, NoKeyring, SecretIn};
pub use language::Language;
pub use layer::{Layer, Layers, Source, environment, registry};
pub use login::TypedLogin;
pub use notify::Notify;
pub use pattern::Names;
pub use phone::{Echo, Phone, PhonePart, PhoneValue, registrar_address};
pub use policy::{Policy, load_policy};
pub use popup_place::{Corner, NoPlace, PopupPlace, Screen};
pub use save::{Saved, name_aside, save};
pub use value::{DISPOSITIONS, HOLD_ALERT_SECONDS_MAX, JOURNAL_DAYS_MAX, ListSize, Login, REASONS, Value, short_texts};

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::tz::TimeZone;
use uncall_client::Credentials;
use uncall_contract::Extension;
use uncall_number::{Rules, rules::Part};
use uncall_screenpop::{Rule, Schemes};

use crate::names;
use crate::number::Numbers;
use crate::state::{Options, Required, WrapUpRule};

/// How long the hidden pop-up window is kept by default, in minutes. With it, a call appears within 50 ms; a new window takes a
/// third of a second. It costs about 80 MB (`docs/benchmarks.md`). In a busy hour calls come within ten minutes of each other; in
/// a quiet one the system gets the memory back.
pub const POPUP_WARM_MINUTES: u32 = 10;
/// The longest time to keep it: a day.
pub const POPUP_WARM_MINUTES_MAX: u32 = 24 * 60;
/// A caller who has waited on hold for so long, in seconds, is called to attention by default.
pub const HOLD_ALERT_SECONDS: u32 = 120;
/// How often a server that cannot push is asked by default, in seconds.
pub const POLL_SECONDS: u32 = 3;
/// The longest interval of polls. The shortest is 1 second.
pub const POLL_SECONDS_MAX: u32 = 30;

/// The panel's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The server, or the servers of one PBX. `None` until the first setup is done.
    pub server: Option<Servers>,
    /// The agent's extension. `None` until the first setup is done.
    pub extension: Option<Extension>,
    /// The login, if the server wants one. It is for all servers.
    pub login: Option<Credentials>,
    /// Where the login's secret is kept.
    pub secret_in: SecretIn,
    /// The language. `None` is the system's.
    pub language: Option<Language>,
    /// Whether to call the host that the WSDL names instead of the one that was typed. Off by default, because behind NAT it is a
    /// LAN address.
    pub follow_wsdl_host: bool,
    /// The address of recordings, with `{files}` in it. `None` is the vendor's path on the server's host.
    pub recordings: Option<String>,
    /// Whether outgoing calls pop up, too.
    pub popup_callout: bool,
    /// How long the hidden pop-up window is kept after a call, 0 to 1440 minutes. Default [`POPUP_WARM_MINUTES`].
    pub popup_warm_minutes: u32,
    /// The interval of polls for servers without push, 1 to 30 seconds. Default [`POLL_SECONDS`]. Calls may show up this late.
    pub poll_seconds: u32,
    /// When calls are also announced by a notification.
    pub notify: Notify,
    /// Where pop-ups appear.
    pub popup_place: PopupPlace,
    /// Whether single letters without Alt act on the call. Off by default, because a letter meant for a text field could.
    pub letter_keys: bool,
    /// Whether a link's number is dialled after three seconds unless stopped. Off by default, because links come from strangers.
    pub link_countdown: bool,
    /// The number rules of this place.
    pub number: Rules,
    /// The same as it is written, for who asks where it comes from.
    pub number_texts: BTreeMap<Part, Vec<String>>,
    /// Reasons for being busy that are offered; none for the page's own list.
    pub busy_reasons: Vec<String>,
    /// While the screen is locked the extension is busy.
    pub busy_when_locked: bool,
    /// Minutes without keyboard, mouse and calls after which the extension is busy; 0 is never.
    pub busy_when_idle_minutes: u32,
    /// The time after a call, and after which calls; 0 seconds is none.
    pub wrap_up: WrapUpRule,
    /// A call that is on hold for longer calls for attention; 0 seconds for never, default [`HOLD_ALERT_SECONDS`].
    pub hold_alert_seconds: u32,
    /// What may come of a call, the second level behind a `/`; none for the page's own list.
    pub dispositions: Vec<String>,
    /// After which calls a result is required before the next idle.
    pub dispositions_required: Required,
    /// For how many days the journal keeps a call; 0 for ever.
    pub journal_days: u32,
    /// Numbers are shown in part on the screen and in notifications, as [`uncall_contract::masked_on_screen`] has them.
    pub mask_numbers: bool,
    /// Whether pop-ups are left out of screenshots and shared screens, where the system supports that (Windows, macOS).
    pub popup_private: bool,
    /// The panel as the phone.
    pub phone: Phone,
    /// Contact files in addition to the panel's own, at most 20. Earlier files take precedence.
    pub contacts: Vec<PathBuf>,
    /// Address of a web service for names, with `{number}` in it.
    pub contacts_url: Option<String>,
    /// What is opened, started or posted when something happens to a call.
    pub screen_pop: Vec<Rule>,
    /// The schemes of addresses that are opened.
    pub screen_pop_schemes: Schemes,
    /// The sources of the values. What is not listed has the panel's default.
    pub sources: BTreeMap<Key, Source>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            server: None,
            extension: None,
            login: None,
            secret_in: SecretIn::File,
            language: None,
            follow_wsdl_host: false,
            recordings: None,
            popup_callout: false,
            popup_warm_minutes: POPUP_WARM_MINUTES,
            poll_seconds: POLL_SECONDS,
            notify: Notify::default(),
            popup_place: PopupPlace::default(),
            letter_keys: false,
            link_countdown: false,
            number: Rules::default(),
            number_texts: BTreeMap::new(),
            busy_reasons: Vec::new(),
            busy_when_locked: false,
            busy_when_idle_minutes: 0,
            wrap_up: WrapUpRule::default(),
            hold_alert_seconds: HOLD_ALERT_SECONDS,
            dispositions: Vec::new(),
            dispositions_required: Required::Never,
            journal_days: 0,
            mask_numbers: false,
            popup_private: false,
            phone: Phone::default(),
            contacts: Vec::new(),
            contacts_url: None,
            screen_pop: Vec::new(),
            screen_pop_schemes: Schemes::default(),
            sources: BTreeMap::new(),
        }
    }
}

impl Settings {
    /// Whether a desk can run with them: with a server, or as a phone alone. Otherwise the user has to be asked.
    pub fn is_configured(&self) -> bool {
        self.desk_extension().is_some() && (self.server.is_some() || self.phone.can_run())
    }

    /// The extension of the desk. A phone alone is its user's.
    pub fn desk_extension(&self) -> Option<Extension> {
        let of_phone = || {
            let user = self.phone.user.as_deref().filter(|_| self.server.is_none() && self.phone.can_run())?;
            Extension::parse(user).ok()
        };
        self.extension.clone().or_else(of_phone)
    }

    /// The source of a key's value.
    pub fn source(&self, key: Key) -> Source {
        self.sources.get(&key).copied().unwrap_or(Source::Default)
    }

    /// The client's settings. `None` without a server.
    pub fn client(&self) -> Option<uncall_client::Settings> {
        let Servers { first, further } = self.server.clone()?;
        let mut client = uncall_client::Settings::new(first);
        client.further = further;
        client.login = self.login.clone();
        client.follow_wsdl_host = self.follow_wsdl_host;
        client.recordings = self.recordings.clone();
        client.poll_seconds = self.poll_seconds;
        Some(client)
    }

    /// The desk's options, without names.
    pub fn options(&self) -> Options {
        Options {
            popup_callout: self.popup_callout,
            poll_seconds: self.poll_seconds,
            link_countdown: self.link_countdown,
            numbers: self.numbers(),
            names: names::Names::default(),
            wrap_up: self.wrap_up,
            busy_reasons: self.busy_reasons.clone(),
            hold_alert_seconds: self.hold_alert_seconds,
            busy_when_locked: self.busy_when_locked,
            busy_when_idle_minutes: self.busy_when_idle_minutes,
            dispositions_required: self.dispositions_required,
        }
    }

    /// The number rules, in the system's time zone.
    pub fn numbers(&self) -> Numbers {
        Numbers::new(self.number.clone(), TimeZone::system())
    }

    /// All settings with a value, except number rules and screen pop, which are never saved.
    pub(crate) fn values(&self) -> impl Iterator<Item = Value> {
        let login = self
            .login
            .clone()
            .map_or(Login::None, |credentials| Login::Known { credentials, secret_in: self.secret_in });
        let open = [self.server.clone().map(Value::Server), self.extension.clone().map(Value::Extension)];
        let open = open.into_iter().flatten().chain(self.recordings.clone().map(Value::Recordings));
        let open = open.chain(self.contacts_url.clone().map(Value::ContactsUrl));
        open.chain([
            Value::Login(login),
            Value::Language(self.language),
            Value::FollowWsdlHost(self.follow_wsdl_host),
            Value::PopupCallout(self.popup_callout),
            Value::PopupWarmMinutes(self.popup_warm_minutes),
            Value::PopupPlace(self.popup_place.clone()),
            Value::PollSeconds(self.poll_seconds),
            Value::Notify(self.notify),
            Value::LetterKeys(self.letter_keys),
            Value::LinkCountdown(self.link_countdown),
            Value::BusyReasons(self.busy_reasons.clone()),
            Value::BusyWhenLocked(self.busy_when_locked),
            Value::BusyWhenIdleMinutes(self.busy_when_idle_minutes),
            Value::WrapUpSeconds(self.wrap_up.seconds),
            Value::WrapUpAfter(self.wrap_up.after),
            Value::HoldAlertSeconds(self.hold_alert_seconds),
            Value::Dispositions(self.dispositions.clone()),
            Value::DispositionsRequired(self.dispositions_required),
            Value::JournalDays(self.journal_days),
            Value::MaskNumbers(self.mask_numbers),
            Value::PopupPrivate(self.popup_private),
            Value::Contacts(self.contacts.clone()),
        ])
        .chain(self.phone.values())
    }

    fn take(&mut self, value: Value, source: Source) {
        self.sources.insert(value.key(), source);
        match value {
            Value::Server(servers) => self.server = Some(servers),
            Value::Extension(extension) => self.extension = Some(extension),
            Value::Login(Login::Known { credentials, secret_in }) => {
                (self.login, self.secret_in) = (Some(credentials), secret_in);
            }
            Value::Login(Login::None | Login::InKeyring { .. }) => self.login = None,
            Value::Language(language) => self.language = language,
            Value::FollowWsdlHost(on) => self.follow_wsdl_host = on,
            Value::Recordings(template) => self.recordings = Some(template),
            Value::PopupCallout(on) => self.popup_callout = on,
            Value::PopupWarmMinutes(minutes) => self.popup_warm_minutes = minutes,
            Value::PopupPlace(place) => self.popup_place = place,
            Value::PollSeconds(seconds) => self.poll_seconds = seconds,
            Value::Notify(notify) => self.notify = notify,
            Value::LetterKeys(on) => self.letter_keys = on,
            Value::LinkCountdown(on) => self.link_countdown = on,
            Value::Number(part, texts) => {
                // The value was checked when it was made.
                if let Err(error) = self.number.set(part, &texts) {
                    tracing::error!(part = part.name(), %error, "a number rule is lost");
                } else {
                    self.number_texts.insert(part, texts);
                }
            }
            Value::BusyReasons(reasons) => self.busy_reasons = reasons,
            Value::BusyWhenLocked(on) => self.busy_when_locked = on,
            Value::BusyWhenIdleMinutes(minutes) => self.busy_when_idle_minutes = minutes,
            Value::WrapUpSeconds(seconds) => self.wrap_up.seconds = seconds,
            Value::WrapUpAfter(after) => self.wrap_up.after = after,
            Value::HoldAlertSeconds(seconds) => self.hold_alert_seconds = seconds,
            Value::Dispositions(dispositions) => self.dispositions = dispositions,
            Value::DispositionsRequired(required) => self.dispositions_required = required,
            Value::JournalDays(days) => self.journal_days = days,
            Value::MaskNumbers(on) => self.mask_numbers = on,
            Value::PopupPrivate(on) => self.popup_private = on,
            Value::Phone(value) => self.phone.take(value),
            Value::Contacts(files) => self.contacts = files,
            Value::ContactsUrl(template) => self.contacts_url = Some(template),
            Value::ScreenPop(rules) => self.screen_pop = rules,
            // They were checked when the value was made.
            Value::ScreenPopSchemes(schemes) => self.screen_pop_schemes = Schemes::with(&schemes).unwrap_or_default(),
        }
    }
}
