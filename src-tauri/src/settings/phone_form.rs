//! The panel as the phone, as the page shows and sends it.

use serde::{Deserialize, Serialize};
use uncall_client::Secret;
use uncall_desk::{
    problem::Problem,
    settings::{self, Phone, Settings},
};

use crate::phone;

/// The panel as the phone, as the page shows and sends it. An empty secret keeps the known one; the page gets none.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct PhoneForm {
    /// Whether this build can be a phone on this system.
    #[serde(default)]
    available: bool,
    enabled: bool,
    registrar: String,
    user: String,
    #[serde(default, skip_serializing)]
    secret: String,
    #[serde(default)]
    secret_set: bool,
    /// Names of devices. Empty for the system's choice.
    input: String,
    output: String,
    /// What rings in place of the headphones.
    ring_on: Vec<String>,
}

impl std::fmt::Debug for PhoneForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PhoneForm").field("enabled", &self.enabled).finish_non_exhaustive()
    }
}

impl PhoneForm {
    pub(super) fn of(settings: &Settings) -> PhoneForm {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let Phone { enabled, registrar, user, secret, input, output, ring_on, .. } = &settings.phone;
        PhoneForm {
            available: phone::IS_AVAILABLE,
            enabled: *enabled,
            registrar: text(registrar),
            user: text(user),
            secret: String::new(),
            secret_set: secret.is_some(),
            input: text(input),
            output: text(output),
            ring_on: ring_on.clone(),
        }
    }

    /// What is typed over the settings in use. A known secret is only for the server and the user it was typed for.
    pub(super) fn over(self, before: &Settings) -> Result<Phone, Problem> {
        let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let registrar = match text(&self.registrar) {
            Some(typed) => {
                let address = settings::registrar_address(&typed);
                Some(address.map_err(|_| Problem::new("registrar_invalid", ""))?)
            }
            None if self.enabled => return Err(Problem::new("registrar_missing", "")),
            None => None,
        };
        let user = text(&self.user);
        let same = registrar == before.phone.registrar && user == before.phone.user;
        let known = before.phone.secret.clone().filter(|_| same);
        Ok(Phone {
            enabled: self.enabled,
            registrar,
            user,
            secret: Some(self.secret).filter(|secret| !secret.is_empty()).map(Secret::new).or(known),
            input: text(&self.input),
            output: text(&self.output),
            ring_on: self.ring_on,
            ..before.phone.clone()
        })
    }
}
