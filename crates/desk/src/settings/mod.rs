//! The panel's configuration: what an agent or an administrator can set, and the file it is kept in.

mod address;
mod file;
mod keyring;
mod login;
mod notify;
mod popup_place;

#[cfg(test)]
mod tests;

pub use address::{extension_number, server_address};
pub use file::{Loaded, SettingsError, default_path, load, save};
pub use keyring::{Keyring, NoKeyring, SecretIn};
pub use login::TypedLogin;
pub use notify::Notify;
pub use popup_place::{Corner, NoPlace, PopupPlace, Screen};

use serde::{Deserialize, Serialize};
use uncall_client::{Credentials, InvalidLogin};
use uncall_contract::Extension;
use url::Url;

use crate::problem::Problem;
use crate::state::Options;

/// How long a pop-up's window stays warm by default, in minutes. A warm window shows a call within 50 ms, a new one takes
/// a third of a second, and warm it costs some 80 MB (`docs/benchmarks.md`): in a busy hour calls come within ten minutes of each
/// other, in a quiet one the memory goes back to the system.
pub const POPUP_WARM_MINUTES: u32 = 10;
/// The longest time a pop-up's window can be kept warm: a day.
pub const POPUP_WARM_MINUTES_MAX: u32 = 24 * 60;
/// How often a server that cannot push is asked by default, in seconds.
pub const POLL_SECONDS: u32 = 3;
/// The longest pause between two questions. The shortest is 1 second.
pub const POLL_SECONDS_MAX: u32 = 30;

/// The languages the panel speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// Chinese in simplified characters.
    #[serde(rename = "zh-CN")]
    Chinese,
    /// English.
    #[serde(rename = "en")]
    English,
}

impl Language {
    /// The tag in the configuration file and of `ui/locales`: `zh-CN` or `en`.
    pub const fn tag(self) -> &'static str {
        match self {
            Language::Chinese => "zh-CN",
            Language::English => "en",
        }
    }

    /// Reads such a tag.
    pub fn from_tag(tag: &str) -> Option<Language> {
        [Language::Chinese, Language::English].into_iter().find(|language| language.tag().eq_ignore_ascii_case(tag))
    }
}

/// The panel's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Address of the server's WSDL; none before the first start was finished.
    pub server: Option<Url>,
    /// The agent's extension; none before the first start was finished.
    pub extension: Option<Extension>,
    /// The login, where the server wants one.
    pub login: Option<Credentials>,
    /// Where the login's secret is kept.
    pub secret_in: SecretIn,
    /// The language; the system's when none is set.
    pub language: Option<Language>,
    /// Call the host that the WSDL names instead of the one that was typed. Off: behind NAT it is a LAN address.
    pub follow_wsdl_host: bool,
    /// Address at which recordings are heard, with `{files}` in it; the vendor's path on the server's host when none.
    pub recordings: Option<String>,
    /// Outgoing calls pop up, too.
    pub popup_callout: bool,
    /// How long the hidden pop-up window is kept after a call, 0 to 1440 minutes; default [`POPUP_WARM_MINUTES`].
    pub popup_warm_minutes: u32,
    /// How often a server that cannot push is asked for calls, 1 to 30 seconds; default [`POLL_SECONDS`]. Calls show up that
    /// much later.
    pub poll_seconds: u32,
    /// When a call is also told by a notification.
    pub notify: Notify,
    /// Where pop-ups come.
    pub popup_place: PopupPlace,
    /// Single letters act on the call, without Alt. Off: a letter that was meant for a text would.
    pub letter_keys: bool,
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
        }
    }
}

impl Settings {
    /// Lets `UNCALL_SERVER`, `UNCALL_EXTEN` and `UNCALL_USER` with `UNCALL_PASSWORD`, or `UNCALL_TOKEN`, stand in for what is not
    /// set; `variable` reads the environment.
    ///
    /// # Errors
    /// `server_invalid`, `extension_invalid` or `login_invalid` when a variable that is needed has no usable value.
    pub fn with_environment(mut self, variable: impl Fn(&str) -> Option<String>) -> Result<Settings, Problem> {
        let value = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        self.fill(|| value("UNCALL_SERVER"), || value("UNCALL_EXTEN"))?;
        if self.login.is_none() {
            self.login = login::of_environment(value)?;
        }
        Ok(self)
    }

    /// Whether a desk can run on them; else they have to be asked for.
    pub const fn is_configured(&self) -> bool {
        self.server.is_some() && self.extension.is_some()
    }

    /// Lets the `Server` and `Extension` that an administrator rolled out to many desks stand in for what neither the file
    /// nor the environment sets; `value` reads where the system keeps them.
    ///
    /// # Errors
    /// `server_invalid`, `extension_invalid` or `login_invalid` when a value that is needed is not usable.
    pub fn with_rollout(mut self, value: impl Fn(&str) -> Option<String>) -> Result<Settings, Problem> {
        let value = |name: &str| value(name).filter(|value| !value.trim().is_empty());
        self.fill(|| value("Server"), || value("Extension"))?;
        Ok(self)
    }

    /// Asks only for what is missing: what is not needed may be wrong.
    fn fill(
        &mut self,
        server: impl FnOnce() -> Option<String>,
        extension: impl FnOnce() -> Option<String>,
    ) -> Result<(), Problem> {
        if self.server.is_none()
            && let Some(typed) = server()
        {
            self.server = Some(server_address(&typed)?);
            self.take_login_of_address().map_err(login::invalid)?;
        }
        if self.extension.is_none()
            && let Some(typed) = extension()
        {
            self.extension = Some(extension_number(&typed)?);
        }
        Ok(())
    }

    /// A login in the server's address has its own place: pages and logs show addresses.
    fn take_login_of_address(&mut self) -> Result<(), InvalidLogin> {
        if let Some(server) = &mut self.server {
            let login = Credentials::take_from(server)?;
            self.login = self.login.take().or(login);
        }
        Ok(())
    }

    /// The client's settings; none as long as there is no server.
    pub fn client(&self) -> Option<uncall_client::Settings> {
        let mut client = uncall_client::Settings::new(self.server.clone()?);
        client.login = self.login.clone();
        client.follow_wsdl_host = self.follow_wsdl_host;
        client.recordings = self.recordings.clone();
        Some(client)
    }

    /// The desk's part.
    pub fn options(&self) -> Options {
        Options { popup_callout: self.popup_callout, poll_seconds: self.poll_seconds }
    }
}
