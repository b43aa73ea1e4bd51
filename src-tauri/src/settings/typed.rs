//! What the agent typed and chose.

use serde::Deserialize;
use uncall_client::Credentials;
use uncall_desk::{
    problem::Problem,
    settings::{self, Language, Notify, Servers, Settings, TypedLogin},
};

use super::{day::Day, login::LoginForm, phone_form::PhoneForm};

/// What the agent typed and chose.
#[derive(Clone, Deserialize)]
pub(crate) struct Typed {
    /// A host, an address, or the address of a WSDL; several are separated by spaces.
    server: String,
    extension: String,
    login: LoginForm,
    /// `system`, `zh-CN` or `en`.
    language: String,
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
}

impl Typed {
    /// Applies the input to the settings in use. Locked settings stay.
    pub(super) fn over(self, mut before: Settings) -> Result<Settings, Problem> {
        self.day.clone().over(&mut before);
        let phone = self.phone.over(&before)?;
        // A phone alone has no server.
        let alone = phone.can_run() && self.server.trim().is_empty();
        let (server, login) = match alone {
            true => (None, None),
            false => {
                let (server, login) = server(&self.server, self.login, &before)?;
                (Some(server), login)
            }
        };
        Ok(Settings {
            server,
            login,
            phone,
            extension: Some(settings::extension_number(&self.extension)?),
            language: Language::from_tag(&self.language),
            popup_callout: self.popup_callout,
            follow_wsdl_host: self.follow_wsdl_host,
            poll_seconds: self.poll_seconds.clamp(1, settings::POLL_SECONDS_MAX),
            notify: self.notify,
            popup_place: self.popup_place.parse().unwrap_or_else(|_| before.popup_place.clone()),
            letter_keys: self.letter_keys,
            mask_numbers: self.mask_numbers,
            popup_private: self.popup_private,
            ..before
        })
    }
}

/// The servers and their login. A login typed into the addresses is used if no other is given.
pub(super) fn server(
    typed: &str,
    login: LoginForm,
    before: &Settings,
) -> Result<(Servers, Option<Credentials>), Problem> {
    let mut servers = settings::server_addresses(typed)?;
    let in_address = servers.take_login();
    let login = match TypedLogin::from(login).over(before, &servers)? {
        Some(login) => Some(login),
        None => in_address.map_err(|error| Problem::new("login_invalid", &error.to_string()))?,
    };
    Ok((servers, login))
}
