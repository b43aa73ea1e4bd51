//! `config.toml`: read with an eye to who has to correct it, written so that nothing of its owner's is lost.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use toml_edit::{Document, DocumentMut, Item, TomlError, value};
use uncall_client::Secret;
use uncall_contract::Extension;

use super::login::{self, Keys};
use super::{
    Keyring, Language, Notify, POLL_SECONDS_MAX, POPUP_WARM_MINUTES_MAX, PopupPlace, SecretIn, Settings, server_address,
};

/// Where the configuration is kept: `$XDG_CONFIG_HOME/uncall-panel/config.toml`, on Windows below `%APPDATA%`, on macOS
/// below `Application Support`. `None` where the system names no home.
pub fn default_path() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "uncall-panel").map(|dirs| dirs.config_dir().join("config.toml"))
}

/// A configuration that was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Loaded {
    /// The settings; the defaults where there is no file.
    pub settings: Settings,
    /// What the file's owner should know, for the log: keys that nobody reads.
    pub warnings: Vec<String>,
}

/// Why the configuration cannot be used. The file is left as it is.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// It is there, and cannot be read.
    #[error("cannot read {}: {source}. Make it readable, or move it away to start afresh", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is not TOML, or a value is not what its key takes.
    #[error("{}, line {line}: {reason}. Correct the line, or move the file away to start afresh", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// It cannot be written.
    #[error("cannot write {}: {source}. Check that the folder exists and is yours, and that the disk is not full", path.display())]
    NotWritten {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Reads the configuration, and the login's secret from the keyring where the file says so; a file that is not there is
/// no error.
///
/// # Errors
/// [`SettingsError::Unreadable`] and [`SettingsError::Broken`].
pub fn load(path: &Path, keyring: &dyn Keyring) -> Result<Loaded, SettingsError> {
    let Some(text) = read(path)? else { return Ok(Loaded::default()) };
    let document = parse(path, text)?;
    let mut loaded = Loaded::default();
    let mut keys = Keys::default();
    for (key, item) in document.iter() {
        let taken = take(&mut loaded.settings, &mut keys, key, item).map_err(|expected| {
            let at = item.span().or_else(|| document.key(key).and_then(toml_edit::Key::span));
            broken(path, document.raw(), at.map(|span| span.start), format!("`{key}` {expected}"))
        })?;
        if !taken {
            loaded.warnings.push(format!("{}: `{key}` is not a setting and has no effect", path.display()));
        }
    }
    if (keys.password.is_some() || keys.token.is_some()) && others_may_read(path) {
        let named = path.display();
        loaded.warnings.push(format!("{named}: others can read it, and it holds a secret: chmod 600 {named}"));
    }
    if let Err(error) = loaded.settings.take_login_of_address() {
        loaded.warnings.push(format!("{}: in the server's address {error}", path.display()));
    }
    login::take(&mut loaded.settings, keys, keyring, &mut loaded.warnings);
    Ok(loaded)
}

#[cfg(unix)]
fn others_may_read(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn others_may_read(_: &Path) -> bool {
    false
}

/// Writes the settings, all at once, readable by their owner only. Comments and keys that this version does not know
/// stay; a setting that has its default is written only where the file named it already. The login's secret goes to the
/// keyring, and into the file only where there is none; the answer says which.
///
/// # Errors
/// [`SettingsError::NotWritten`]; and those of [`load`], since a file that cannot be read is not overwritten.
pub fn save(path: &Path, settings: &Settings, keyring: &dyn Keyring) -> Result<SecretIn, SettingsError> {
    // A value that is not understood may be one that its owner needs.
    let before = load(path, keyring)?.settings;
    let mut document = match read(path)? {
        Some(text) => parse(path, text)?.into_mut(),
        None => DocumentMut::new(),
    };
    let defaults = Settings::default();
    put(&mut document, "server", settings.server.as_ref().map(|url| value(url.as_str())));
    put(&mut document, "extension", settings.extension.as_ref().map(|exten| value(exten.as_str())));
    let kept = login::write(&mut document, settings, &before, keyring);
    put(&mut document, "language", settings.language.map(|language| value(language.tag())));
    put(&mut document, "recordings", settings.recordings.as_ref().map(value));
    for (key, now, default) in [
        ("follow_wsdl_host", settings.follow_wsdl_host, defaults.follow_wsdl_host),
        ("popup_callout", settings.popup_callout, defaults.popup_callout),
        ("letter_keys", settings.letter_keys, defaults.letter_keys),
    ] {
        if now != default || document.contains_key(key) {
            put(&mut document, key, Some(value(now)));
        }
    }
    for (key, now, default) in [
        ("popup_warm_minutes", settings.popup_warm_minutes, defaults.popup_warm_minutes),
        ("poll_seconds", settings.poll_seconds, defaults.poll_seconds),
    ] {
        if now != default || document.contains_key(key) {
            put(&mut document, key, Some(value(i64::from(now))));
        }
    }
    for (key, now, default) in [
        ("notify", settings.notify.name().to_owned(), defaults.notify.name().to_owned()),
        ("popup_place", settings.popup_place.to_string(), defaults.popup_place.to_string()),
    ] {
        if now != default || document.contains_key(key) {
            put(&mut document, key, Some(value(now)));
        }
    }
    replace(path, document.to_string().as_bytes())
        .map_err(|source| SettingsError::NotWritten { path: path.to_owned(), source })?;
    Ok(kept)
}

fn read(path: &Path) -> Result<Option<String>, SettingsError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(SettingsError::Unreadable { path: path.to_owned(), source }),
    }
}

fn parse(path: &Path, text: String) -> Result<Document<String>, SettingsError> {
    let raw = text.clone();
    Document::parse(text).map_err(|error: TomlError| {
        broken(path, &raw, error.span().map(|span| span.start), error.message().trim().replace('\n', ", "))
    })
}

fn broken(path: &Path, text: &str, at: Option<usize>, reason: String) -> SettingsError {
    let before = text.as_bytes().iter().take(at.unwrap_or_default());
    let line = 1 + before.filter(|byte| **byte == b'\n').count();
    SettingsError::Broken { path: path.to_owned(), line, reason }
}

/// Takes one key in; `false` for one that is not known. The error says what the key takes.
fn take(settings: &mut Settings, keys: &mut Keys, key: &str, item: &Item) -> Result<bool, String> {
    let text = || item.as_str().ok_or_else(|| "takes a text in quotation marks".to_owned());
    let switch = || item.as_bool().ok_or_else(|| "takes true or false".to_owned());
    match key {
        "server" => {
            let url = server_address(text()?);
            settings.server = Some(url.map_err(|problem| {
                format!(
                    "takes an address like http://192.168.160.211/uncall_services_api/index.php?wsdl ({})",
                    problem.detail
                )
            })?);
        }
        "extension" => {
            let extension = Extension::parse(text()?);
            settings.extension =
                Some(extension.map_err(|invalid| format!("takes an extension like \"801\"; this {invalid}"))?);
        }
        "user" => keys.user = Some(text()?.to_owned()),
        "password" => keys.password = Some(Secret::new(text()?)),
        "token" => keys.token = Some(Secret::new(text()?)),
        "secret_in" => {
            keys.secret_in = match text()? {
                "keyring" => SecretIn::Keyring,
                "file" => SecretIn::File,
                _ => return Err("takes \"keyring\" or \"file\"".to_owned()),
            };
        }
        "language" => {
            let language = Language::from_tag(text()?);
            settings.language = Some(language.ok_or("takes \"zh-CN\" or \"en\"; without it the system's is used")?);
        }
        "follow_wsdl_host" => settings.follow_wsdl_host = switch()?,
        "popup_callout" => settings.popup_callout = switch()?,
        "recordings" => settings.recordings = Some(template(text()?)?),
        "popup_warm_minutes" => {
            let minutes = item.as_integer().and_then(|minutes| u32::try_from(minutes).ok());
            let minutes = minutes.filter(|minutes| *minutes <= POPUP_WARM_MINUTES_MAX);
            settings.popup_warm_minutes =
                minutes.ok_or_else(|| format!("takes whole minutes from 0 to {POPUP_WARM_MINUTES_MAX}"))?;
        }
        "poll_seconds" => {
            let seconds = item.as_integer().and_then(|seconds| u32::try_from(seconds).ok());
            let seconds = seconds.filter(|seconds| (1..=POLL_SECONDS_MAX).contains(seconds));
            settings.poll_seconds =
                seconds.ok_or_else(|| format!("takes whole seconds from 1 to {POLL_SECONDS_MAX}"))?;
        }
        "notify" => {
            let notify = Notify::from_name(text()?);
            settings.notify = notify.ok_or("takes \"always\", \"hidden\" or \"never\"")?;
        }
        "popup_place" => {
            settings.popup_place = text()?.parse::<PopupPlace>().map_err(|error| error.to_string())?;
        }
        "letter_keys" => settings.letter_keys = switch()?,
        _ => return Ok(false),
    }
    Ok(true)
}

fn template(text: &str) -> Result<String, String> {
    let checked = uncall_client::recording::check_template(text);
    checked.map_err(|_| "takes an http or https address with {files} or {uid} in it".to_owned())?;
    Ok(text.to_owned())
}

/// Sets a key, keeping the comment beside it; `None` takes the key out.
pub(super) fn put(document: &mut DocumentMut, key: &str, item: Option<Item>) {
    match (document.get_mut(key).and_then(Item::as_value_mut), item) {
        (_, None) => {
            document.remove(key);
        }
        (Some(old), Some(Item::Value(mut new))) => {
            *new.decor_mut() = old.decor().clone();
            *old = new;
        }
        (_, Some(item)) => {
            document.insert(key, item);
        }
    }
}

/// Writes beside the file and renames: a crash leaves the old file or the new one. A link stays a link.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    private_folder(folder)?;
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy();
    let beside = folder.join(format!(".{name}.{}.new", std::process::id()));
    let written = write_private(&beside, bytes).and_then(|()| fs::rename(&beside, &path));
    if written.is_err() {
        // What went wrong is said; the remains are of no use to anyone.
        let _ = fs::remove_file(&beside);
    }
    written
}

fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
