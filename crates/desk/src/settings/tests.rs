//! The configuration file from its author's point of view.

mod broken;
mod layers;
mod login;
mod numbering;
mod owner;
mod phone;
mod policy;
mod screen_pop;
mod templates;

use std::fs;
use std::path::{Path, PathBuf};

use uncall_client::Secret;
use uncall_contract::Direction;

use super::*;

/// The settings and warnings of the file alone.
fn load(path: &Path) -> Result<(Settings, Vec<String>), SettingsError> {
    let loaded = super::load(path)?;
    let layers = Layers { user: loaded.layer, ..Layers::default() };
    Ok((of_file(&layers), loaded.warnings.into_iter().map(|warning| warning.text).collect()))
}

/// The settings without their sources.
fn of_file(layers: &Layers) -> Settings {
    Settings { sources: BTreeMap::new(), ..layers.merged() }
}

/// Saves settings like a panel that has read the file before.
fn save(path: &Path, settings: &Settings) -> Result<Saved, SettingsError> {
    save_over(path, settings, &Layers::default(), &NoKeyring)
}

fn save_over(path: &Path, wanted: &Settings, layers: &Layers, keyring: &dyn Keyring) -> Result<Saved, SettingsError> {
    let user = super::load(path).unwrap_or_default().layer;
    let mut known = Layers { user, ..layers.clone() };
    known.unlock(keyring);
    super::save(path, &known.merged(), wanted, layers, keyring)
}

struct Place {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

fn place(text: &str) -> Place {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    fs::write(&path, text).unwrap();
    Place { _folder: folder, path }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

const SECOND: &str = "http://second.example/uncall_services_api/index.php?wsdl";
const ADDRESS: &str = "http://192.168.160.211/uncall_services_api/index.php?wsdl";

fn full() -> Settings {
    Settings {
        server: server_addresses(ADDRESS).ok(),
        extension: Some(Extension::parse("801").unwrap()),
        login: Some(Credentials::basic("王芳", Secret::new("open \"sesame\"")).unwrap()),
        secret_in: SecretIn::File,
        language: Some(Language::Chinese),
        follow_wsdl_host: true,
        recordings: Some("https://rec.example/play?f={files}".into()),
        popup_callout: true,
        popup_warm_minutes: 0,
        poll_seconds: 1,
        notify: Notify::Hidden,
        popup_place: "top-left on HDMI-1".parse().unwrap(),
        letter_keys: true,
        link_countdown: true,
        number: Rules::default(),
        number_texts: BTreeMap::new(),
        busy_reasons: vec!["小休".into(), "lunch".into()],
        busy_when_locked: true,
        busy_when_idle_minutes: 15,
        wrap_up: WrapUpRule { seconds: 30, after: Some(Direction::Callin) },
        hold_alert_seconds: 45,
        dispositions_required: Required::Both,
        dispositions: vec!["sold".into(), "sold/later".into()],
        journal_days: 90,
        mask_numbers: true,
        popup_private: true,
        phone: Phone {
            enabled: true,
            registrar: Some("sips:pbx.example".into()),
            user: Some("8801".into()),
            secret: Some(Secret::new("pass # word")),
            secret_in: SecretIn::File,
            input: Some("USB Headset".into()),
            output: Some("USB Headset".into()),
            ring_on: vec!["Speakers".into(), "USB Headset".into()],
            echo: Echo::Off,
            noise: false,
            gain: false,
        },
        contacts: vec![std::env::temp_dir().join("a b.csv"), std::env::temp_dir().join("b.vcf")],
        contacts_url: Some("https://crm.example/who?number={number}".into()),
        screen_pop: Vec::new(),
        screen_pop_schemes: Schemes::default(),
        sources: BTreeMap::new(),
    }
}

#[test]
fn several_servers_are_a_list() {
    let two = server_addresses(&format!("{ADDRESS} {SECOND}")).unwrap();
    for text in [
        format!("server = [\"{ADDRESS}\", \"{SECOND}\"] # both\n"),
        format!("server = \"{ADDRESS} {SECOND}\"\n"),
        "server = [\"192.168.160.211\", \"second.example\"]\n".to_owned(),
    ] {
        let place = place(&text);
        let (settings, warnings) = load(&place.path).unwrap();
        assert_eq!((settings.server, warnings.as_slice()), (Some(two.clone()), [].as_slice()), "{text}");
    }
    for text in [
        "server = []\n",
        "server = [1]\n",
        "server = [\"a b\"]\n",
        "server = [\"ftp://a\"]\n",
        "extension = [\"801\"]\n",
    ] {
        let (settings, warnings) = load(&place(text).path).unwrap();
        assert_eq!(
            (settings.is_configured(), warnings.len()),
            (false, usize::from(text != "server = []\n")),
            "{text}: {warnings:?}"
        );
    }
    let place = place(&format!("server = \"{ADDRESS}\" # here\nextension = \"801\"\n"));
    let (before, _) = load(&place.path).unwrap();
    let save = |wanted: &Settings| save(&place.path, wanted).unwrap();
    save(&Settings { server: Some(two), ..before.clone() });
    assert_eq!(read(&place.path), format!("server = [\"{ADDRESS}\", \"{SECOND}\"] # here\nextension = \"801\"\n"));
    save(&before);
    assert_eq!(read(&place.path), format!("server = \"{ADDRESS}\" # here\nextension = \"801\"\n"));
}

#[test]
fn what_is_saved_is_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made/on/the/way/config.toml");
    for settings in [full(), Settings::default()] {
        save(&path, &settings).unwrap();
        assert_eq!(load(&path).unwrap(), (settings, vec![]));
    }
    let left: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["config.toml"], "nothing is left beside it");
}

#[test]
fn a_first_save_writes_what_was_set_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    assert_eq!(load(&path).unwrap().0, Settings::default(), "a missing file is no error");
    let server = server_addresses(ADDRESS).ok();
    save(&path, &Settings { server, extension: full().extension, ..Settings::default() }).unwrap();
    assert_eq!(read(&path), format!("server = \"{ADDRESS}\"\nextension = \"801\"\n"));
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error() {
    let place = place("a file, no folder");
    let below = place.path.join("config.toml");
    assert!(matches!(save(&below, &full()), Err(SettingsError::NotWritten { .. } | SettingsError::Unreadable { .. })));
}

#[cfg(unix)]
#[test]
fn the_file_is_private_and_a_link_stays_a_link() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let place = place("");
    fs::set_permissions(&place.path, fs::Permissions::from_mode(0o644)).unwrap();
    let link = place.path.with_file_name("link.toml");
    symlink(&place.path, &link).unwrap();
    save(&link, &full()).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::metadata(&place.path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(load(&place.path).unwrap().0, full());
}

#[test]
fn what_the_client_and_the_desk_get() {
    assert!(Settings::default().client().is_none());
    let client = full().client().unwrap();
    assert_eq!((client.server.as_str(), client.follow_wsdl_host), (ADDRESS, true));
    assert_eq!(client.recordings, full().recordings);
    let two = Settings { server: server_addresses(&format!("{ADDRESS} {SECOND}")).ok(), ..full() }.client().unwrap();
    assert_eq!((two.server, two.further.as_slice()), (client.server, [SECOND.parse().unwrap()].as_slice()));
    assert!(full().options().popup_callout);
    assert_eq!(Settings::default().popup_warm_minutes, POPUP_WARM_MINUTES);
}

#[test]
fn the_default_path_is_the_panels_own() {
    let path = default_path().unwrap();
    assert!(path.ends_with("config.toml") && path.to_string_lossy().contains("uncall-panel"), "{}", path.display());
}
