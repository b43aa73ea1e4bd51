//! The names of the settings.

use serde::Serialize;

/// One setting. The four keys of the login (`user`, `password`, `token`, `secret_in`) are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
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
    /// `mask_numbers`
    MaskNumbers,
    /// `popup_private`
    PopupPrivate,
}

impl Key {
    /// All of them, in the order in which a new file has them.
    pub const ALL: [Key; 14] = [
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
        Key::MaskNumbers,
        Key::PopupPrivate,
    ];

    /// As a configuration file has it; of a login, `user`.
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
            Key::MaskNumbers => "mask_numbers",
            Key::PopupPrivate => "popup_private",
        }
    }
}
