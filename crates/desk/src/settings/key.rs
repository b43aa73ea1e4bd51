//! The settings' names.

use serde::{Serialize, Serializer};
use uncall_number::rules::Part;

use super::PhonePart;

/// One setting. The four keys of the login (`user`, `password`, `token`, `secret_in`) are one, `login` in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// `server`
    Server,
    /// `extension`
    Extension,
    /// `user` with `password`, or `token`
    Login,
    /// `language`
    Language,
    /// `follow_wsdl_host`
    FollowWsdlHost,
    /// `recordings`
    Recordings,
    /// `popup_callout`
    PopupCallout,
    /// `popup_warm_minutes`
    PopupWarmMinutes,
    /// `popup_place`
    PopupPlace,
    /// `poll_seconds`
    PollSeconds,
    /// `notify`
    Notify,
    /// `letter_keys`
    LetterKeys,
    /// `link_countdown`
    LinkCountdown,
    /// `mask_numbers`
    MaskNumbers,
    /// `popup_private`
    PopupPrivate,
    /// `contacts`
    Contacts,
    /// `contacts_url`
    ContactsUrl,
    /// The tables `[[screen_pop]]`
    ScreenPop,
    /// `screen_pop_schemes`, which counts in an administrator's files only
    ScreenPopSchemes,
    /// `busy_reasons`
    BusyReasons,
    /// `busy_when_locked`
    BusyWhenLocked,
    /// `busy_when_idle_minutes`
    BusyWhenIdleMinutes,
    /// `wrap_up_seconds`
    WrapUpSeconds,
    /// `wrap_up_after`
    WrapUpAfter,
    /// `hold_alert_seconds`
    HoldAlertSeconds,
    /// `dispositions`
    Dispositions,
    /// `dispositions_required`
    DispositionsRequired,
    /// `journal_days`
    JournalDays,
    /// A number rule, of the table `[number]`
    Number(Part),
    /// A key of the table `[phone]`
    Phone(PhonePart),
}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(if *self == Key::Login { "login" } else { self.name() })
    }
}

impl Key {
    /// All of them, in the order of a new file.
    pub const ALL: [Key; 48] = [
        Key::Server,
        Key::Extension,
        Key::Login,
        Key::Language,
        Key::Recordings,
        Key::FollowWsdlHost,
        Key::PollSeconds,
        Key::PopupCallout,
        Key::PopupPlace,
        Key::PopupWarmMinutes,
        Key::Notify,
        Key::LetterKeys,
        Key::LinkCountdown,
        Key::Number(Part::Country),
        Key::Number(Part::Area),
        Key::Number(Part::OutsidePrefix),
        Key::Number(Part::MobileZero),
        Key::Number(Part::LocalMobiles),
        Key::Number(Part::Internal),
        Key::Number(Part::Replace),
        Key::Number(Part::Block),
        Key::Number(Part::Ask),
        Key::Number(Part::Hours),
        Key::BusyReasons,
        Key::BusyWhenLocked,
        Key::BusyWhenIdleMinutes,
        Key::WrapUpSeconds,
        Key::WrapUpAfter,
        Key::HoldAlertSeconds,
        Key::Dispositions,
        Key::DispositionsRequired,
        Key::JournalDays,
        Key::MaskNumbers,
        Key::PopupPrivate,
        Key::Phone(PhonePart::Enabled),
        Key::Phone(PhonePart::Registrar),
        Key::Phone(PhonePart::User),
        Key::Phone(PhonePart::Secret),
        Key::Phone(PhonePart::Input),
        Key::Phone(PhonePart::Output),
        Key::Phone(PhonePart::RingOn),
        Key::Phone(PhonePart::Echo),
        Key::Phone(PhonePart::Noise),
        Key::Phone(PhonePart::Gain),
        Key::Contacts,
        Key::ContactsUrl,
        Key::ScreenPopSchemes,
        Key::ScreenPop,
    ];

    /// The name in a configuration file. For the login, `user`; for keys in a table, e.g. `number.country`.
    pub const fn name(self) -> &'static str {
        match self {
            Key::Server => "server",
            Key::Extension => "extension",
            Key::Login => "user",
            Key::Language => "language",
            Key::FollowWsdlHost => "follow_wsdl_host",
            Key::Recordings => "recordings",
            Key::PopupCallout => "popup_callout",
            Key::PopupWarmMinutes => "popup_warm_minutes",
            Key::PopupPlace => "popup_place",
            Key::PollSeconds => "poll_seconds",
            Key::Notify => "notify",
            Key::LetterKeys => "letter_keys",
            Key::LinkCountdown => "link_countdown",
            Key::Number(Part::Country) => "number.country",
            Key::Number(Part::Area) => "number.area",
            Key::Number(Part::OutsidePrefix) => "number.outside_prefix",
            Key::Number(Part::MobileZero) => "number.mobile_zero",
            Key::Number(Part::LocalMobiles) => "number.local_mobiles",
            Key::Number(Part::Internal) => "number.internal",
            Key::Number(Part::Replace) => "number.replace",
            Key::Number(Part::Block) => "number.block",
            Key::Number(Part::Ask) => "number.ask",
            Key::Number(Part::Hours) => "number.hours",
            Key::BusyReasons => "busy_reasons",
            Key::BusyWhenLocked => "busy_when_locked",
            Key::BusyWhenIdleMinutes => "busy_when_idle_minutes",
            Key::WrapUpSeconds => "wrap_up_seconds",
            Key::WrapUpAfter => "wrap_up_after",
            Key::HoldAlertSeconds => "hold_alert_seconds",
            Key::Dispositions => "dispositions",
            Key::DispositionsRequired => "dispositions_required",
            Key::JournalDays => "journal_days",
            Key::MaskNumbers => "mask_numbers",
            Key::PopupPrivate => "popup_private",
            Key::Phone(part) => part.name(),
            Key::Contacts => "contacts",
            Key::ContactsUrl => "contacts_url",
            Key::ScreenPop => "screen_pop",
            Key::ScreenPopSchemes => "screen_pop_schemes",
        }
    }
}
