//! The panel as the phone.

use std::collections::HashMap;
use std::sync::Mutex;

use super::*;
use crate::settings::{Keyring, Layers, environment, registrar_address};

/// A keyring in memory.
#[derive(Default)]
struct Memory(Mutex<HashMap<String, Secret>>);

impl Keyring for Memory {
    fn exists(&self) -> bool {
        true
    }

    fn get(&self, account: &str) -> Result<Option<Secret>, String> {
        Ok(self.0.lock().unwrap().get(account).cloned())
    }

    fn set(&self, account: &str, secret: &Secret) -> Result<(), String> {
        self.0.lock().unwrap().insert(account.to_owned(), secret.clone());
        Ok(())
    }

    fn forget(&self, account: &str) -> Result<(), String> {
        self.0.lock().unwrap().remove(account);
        Ok(())
    }
}

#[test]
fn a_phone_alone_is_configured_by_its_table() {
    let place = place("[phone]\nenabled = true\nregistrar = \"sip:10.0.0.1\"\nuser = 801\nsecret = \"s\"\n");
    let (settings, warnings) = load(&place.path).unwrap();
    assert!(settings.is_configured() && settings.client().is_none(), "{warnings:?}");
    assert_eq!(settings.desk_extension().as_ref().map(Extension::as_str), Some("801"));
    assert!(settings.phone.noise && settings.phone.gain && settings.phone.echo == Echo::Auto);
    let (off, _) = load(&place_with("enabled = false\nregistrar = \"sip:10.0.0.1\"\nuser = \"801\"").path).unwrap();
    assert!(!off.is_configured(), "off by default, and nothing runs");
}

fn place_with(phone: &str) -> Place {
    place(&format!("[phone]\n{phone}\n"))
}

#[test]
fn what_cannot_be_used_costs_its_key_and_names_its_line() {
    for (line, said) in [
        ("enabled = \"yes\"", "takes true or false"),
        ("registrar = \"http://pbx\"", "takes an address like sips:pbx.example"),
        ("echo = \"maybe\"", "takes \"auto\", \"on\" or \"off\""),
        ("ring_on = [1]", "takes a list of texts"),
        ("volume = 3", "is not a setting"),
    ] {
        let place = place_with(&format!("user = \"801\"\n{line}"));
        let (settings, warnings) = load(&place.path).unwrap();
        let warning = warnings.iter().find(|warning| warning.contains("phone."));
        let text = warning.unwrap_or_else(|| panic!("{line}: {warnings:?}"));
        assert!(text.contains(said) && text.contains("line 3"), "{text}");
        assert_eq!(settings.phone.user.as_deref(), Some("801"));
    }
}

#[test]
fn a_registrar_is_tidied() {
    for (typed, address) in [
        ("pbx.example", "sip:pbx.example"),
        (" SIPS:pbx.example:5061 ", "sips:pbx.example:5061"),
        ("sip:10.0.0.1;transport=TCP", "sip:10.0.0.1;transport=tcp"),
        ("sips:[2001:db8::1]:6000", "sips:[2001:db8::1]:6000"),
    ] {
        assert_eq!(registrar_address(typed).as_deref(), Ok(address), "{typed}");
    }
    for wrong in ["", "sip:", "sip:a b", "sip:pbx:0", "sip:pbx:x", "sips:pbx;transport=udp", "sip:801@pbx"] {
        assert!(registrar_address(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn the_secret_goes_to_the_keyring_and_comes_from_it_and_the_environment_has_one_too() {
    let place = place("# mine\nextension = \"801\"\n\n[phone] # here\nenabled = false # not yet\n");
    let keyring = Memory::default();
    let (before, _) = load(&place.path).unwrap();
    let phone = Phone {
        enabled: true,
        registrar: Some("sip:10.0.0.1".into()),
        secret: Some(Secret::new("sesame")),
        ..before.phone.clone()
    };
    let wanted = Settings { phone, ..before.clone() };
    super::super::save(&place.path, &before, &wanted, &Layers::default(), &keyring).unwrap();
    let text = read(&place.path);
    assert!(
        !text.contains("sesame") && text.contains("enabled = true # not yet") && text.starts_with("# mine"),
        "{text}"
    );
    assert_eq!(keyring.get("phone 801 at sip:10.0.0.1"), Ok(Some(Secret::new("sesame"))));
    let loaded = crate::settings::load(&place.path).unwrap();
    let mut layers = Layers { user: loaded.layer, ..Layers::default() };
    assert!(layers.unlock(&keyring).is_empty());
    assert_eq!(layers.merged().phone.secret, Some(Secret::new("sesame")));
    let shown = format!("{:?}", layers.explained());
    assert!(shown.contains("phone.secret") && !shown.contains("sesame"), "{shown}");
    // Saving something else writes no secret.
    let shown = layers.merged();
    super::super::save(
        &place.path,
        &shown,
        &Settings { letter_keys: true, ..shown.clone() },
        &Layers::default(),
        &keyring,
    )
    .unwrap();
    assert!(!read(&place.path).contains("sesame"));
    let variable = |name: &str| (name == "UNCALL_PHONE_SECRET").then(|| "open".to_owned());
    let (environment, _) = environment(variable);
    let merged = Layers { environment, ..Layers::default() }.merged();
    assert_eq!(merged.phone.secret, Some(Secret::new("open")));
}
