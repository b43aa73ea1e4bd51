//! The configuration file as its owner sees it.

mod login;

use std::fs;
use std::path::{Path, PathBuf};

use uncall_client::Secret;

use super::*;

fn load(path: &Path) -> Result<Loaded, SettingsError> {
    super::load(path, &NoKeyring)
}

fn save(path: &Path, settings: &Settings) -> Result<SecretIn, SettingsError> {
    super::save(path, settings, &NoKeyring)
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

const ADDRESS: &str = "http://192.168.160.211/uncall_services_api/index.php?wsdl";

fn full() -> Settings {
    Settings {
        server: Some(ADDRESS.parse().unwrap()),
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
    }
}

#[test]
fn what_is_saved_is_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made/on/the/way/config.toml");
    for settings in [full(), Settings::default()] {
        save(&path, &settings).unwrap();
        let loaded = load(&path).unwrap();
        assert_eq!((loaded.settings, loaded.warnings.len()), (settings, 0));
    }
    let left: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["config.toml"], "nothing is left beside it");
}

#[test]
fn a_first_save_writes_what_was_set_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    assert_eq!(load(&path).unwrap().settings, Settings::default(), "a missing file is no error");
    let server = Some(ADDRESS.parse().unwrap());
    save(&path, &Settings { server, extension: full().extension, ..Settings::default() }).unwrap();
    assert_eq!(read(&path), format!("server = \"{ADDRESS}\"\nextension = \"801\"\n"));
}

#[test]
fn what_the_owner_wrote_stays() {
    let place = place(concat!(
        "# our panel\nserver = \"pbx.example\" # the old one\nextension = '801'\npopup_callout = false\nfuture = 1\n\n",
        "[hotkeys] # mine\nhold = \"H\"\n",
    ));
    let loaded = load(&place.path).unwrap();
    assert_eq!(loaded.settings.server.as_ref().unwrap().host_str(), Some("pbx.example"));
    assert_eq!(loaded.warnings.len(), 2, "{:?}", loaded.warnings);
    assert!(loaded.warnings.iter().any(|warning| warning.contains("`future`")));
    let server = Some(ADDRESS.parse().unwrap());
    save(&place.path, &Settings { server, language: Some(Language::English), ..loaded.settings }).unwrap();
    let text = read(&place.path);
    assert_eq!(
        text,
        format!(
            concat!(
                "# our panel\nserver = \"{}\" # the old one\nextension = \"801\"\npopup_callout = false\nfuture = 1\n",
                "language = \"en\"\n\n[hotkeys] # mine\nhold = \"H\"\n",
            ),
            ADDRESS
        ),
    );
    assert_eq!(load(&place.path).unwrap().settings.language, Some(Language::English));
}

#[test]
fn a_broken_file_is_named_with_its_line_and_left_alone() {
    for (text, line, reason) in [
        ("server = \"a\"\nextension = \n", 2, ""),
        ("server = \"a\"\nserver = \"b\"\n", 2, ""),
        ("\n\nextension = 801\n", 3, "`extension` takes a text"),
        ("extension = \"8 01\"\n", 1, "`extension` takes an extension"),
        ("language = \"de\"\n", 1, "`language` takes"),
        ("server = \"ftp://x\"\n", 1, "`server` takes an address"),
        ("#\npopup_callout = \"yes\"\n", 2, "`popup_callout` takes true or false"),
        ("popup_warm_minutes = -1\n", 1, "`popup_warm_minutes` takes whole minutes"),
        ("popup_warm_minutes = 2000\n", 1, "`popup_warm_minutes` takes whole minutes"),
        ("poll_seconds = 0\n", 1, "`poll_seconds` takes whole seconds from 1 to 30"),
        ("poll_seconds = 31\n", 1, "`poll_seconds` takes whole seconds from 1 to 30"),
        ("notify = \"sometimes\"\n", 1, "`notify` takes"),
        ("popup_place = \"middle\"\n", 1, "`popup_place` takes"),
        ("letter_keys = 1\n", 1, "`letter_keys` takes true or false"),
        ("recordings = \"https://rec.example/\"\n", 1, "{files}"),
        ("recordings = \"file:///{files}\"\n", 1, "{files}"),
        ("\n[server]\nx = 1\n", 2, "`server` takes a text"),
    ] {
        let place = place(text);
        let error = load(&place.path).unwrap_err();
        let SettingsError::Broken { line: named, .. } = &error else { panic!("{error}") };
        assert_eq!(*named, line, "{text:?}: {error}");
        let words = error.to_string();
        assert!(
            words.contains("config.toml") && words.contains(reason) && words.contains("Correct the line"),
            "{words}"
        );
        assert!(!words.contains('\n'), "{words}");
        assert!(matches!(save(&place.path, &full()), Err(SettingsError::Broken { .. })));
        assert_eq!(read(&place.path), text, "left as it is");
    }
}

#[test]
fn a_file_that_is_no_text_is_left_alone() {
    let place = place("");
    fs::write(&place.path, [0xff, 0xfe, 0x00]).unwrap();
    assert!(matches!(load(&place.path), Err(SettingsError::Unreadable { .. })));
    assert!(matches!(save(&place.path, &full()), Err(SettingsError::Unreadable { .. })));
    assert_eq!(fs::read(&place.path).unwrap(), [0xff, 0xfe, 0x00]);
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
    assert_eq!(load(&place.path).unwrap().settings, full());
}

#[test]
fn the_environment_stands_in_for_what_is_not_set() {
    let variable = |name: &str| match name {
        "UNCALL_SERVER" => Some("pbx.example:8088".to_owned()),
        "UNCALL_EXTEN" => Some("805".to_owned()),
        _ => None,
    };
    let settings = Settings::default().with_environment(variable).unwrap();
    assert_eq!(settings.extension.as_ref().map(Extension::as_str), Some("805"));
    assert_eq!(
        settings.server.as_ref().map(Url::as_str),
        Some("http://pbx.example:8088/uncall_services_api/index.php?wsdl")
    );
    assert_eq!(full().with_environment(variable).unwrap(), full(), "the file comes first");
    assert_eq!(Settings::default().with_environment(|_| Some(" ".into())).unwrap(), Settings::default());
    let problem = Settings::default().with_environment(|_| Some("8 0".into())).unwrap_err();
    assert_eq!(problem.code, "server_invalid");
    assert!(full().with_environment(|_| Some("8 0".into())).is_ok(), "what is not needed is not read");
}

#[test]
fn what_was_rolled_out_fills_what_file_and_environment_leave_open() {
    let rolled_out = |name: &str| match name {
        "Server" => Some("pbx.example".to_owned()),
        "Extension" => Some("812".to_owned()),
        _ => None,
    };
    let environment = |name: &str| (name == "UNCALL_EXTEN").then(|| "805".to_owned());
    let extension = |settings: &Settings| settings.extension.as_ref().map(ToString::to_string);
    let nothing = Settings::default().with_rollout(rolled_out).unwrap();
    assert_eq!((nothing.server.is_some(), extension(&nothing)), (true, Some("812".into())));
    let settings = Settings::default().with_environment(environment).unwrap().with_rollout(rolled_out).unwrap();
    assert_eq!(extension(&settings), Some("805".into()), "the environment comes before");
    assert_eq!(
        settings.server.as_ref().map(Url::as_str),
        Some("http://pbx.example/uncall_services_api/index.php?wsdl")
    );
    assert_eq!(full().with_rollout(rolled_out).unwrap(), full(), "the file comes first");
    assert_eq!(Settings::default().with_rollout(|_| Some(" ".into())).unwrap(), Settings::default());
    assert_eq!(Settings::default().with_rollout(|_| Some("8 0".into())).unwrap_err().code, "server_invalid");
    let no_server = Settings { server: None, ..full() };
    assert!(no_server.with_rollout(|name| (name == "Extension").then(|| "8 0".into())).is_ok(), "not needed, not read");
    let wrong = |name: &str| Some(if name == "Server" { "pbx.example" } else { "80;1" }.to_owned());
    assert_eq!(Settings::default().with_rollout(wrong).unwrap_err().code, "extension_invalid");
}

#[test]
fn what_the_client_and_the_desk_get() {
    assert!(Settings::default().client().is_none());
    let client = full().client().unwrap();
    assert_eq!((client.server.as_str(), client.follow_wsdl_host), (ADDRESS, true));
    assert_eq!(client.recordings, full().recordings);
    assert!(full().options().popup_callout);
    assert_eq!(Settings::default().popup_warm_minutes, POPUP_WARM_MINUTES);
}

#[test]
fn the_default_path_is_the_panels_own() {
    let path = default_path().unwrap();
    assert!(path.ends_with("config.toml") && path.to_string_lossy().contains("uncall-panel"), "{}", path.display());
}
