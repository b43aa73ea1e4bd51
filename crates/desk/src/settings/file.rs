//! `config.toml`: read with an eye to who has to correct it, written so that nothing of its owner's is lost.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use toml_edit::{Document, DocumentMut, Item, TomlError, value};

use super::document::put;
use super::value::{Written, understand};
use super::{Key, Keyring, Layer, Layers, Login, Settings, Value, login, server_address};

/// The largest configuration that is read, in bytes.
pub const LARGEST: u64 = 1024 * 1024;
/// How many files that could not be read are kept beside the one in use, before the last one is replaced.
const KEPT_BROKEN: usize = 99;

/// Where the configuration is kept: `$XDG_CONFIG_HOME/uncall-panel/config.toml`, on Windows below `%APPDATA%`, on macOS
/// below `Application Support`. `None` where the system names no home.
pub fn default_path() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "uncall-panel").map(|dirs| dirs.config_dir().join("config.toml"))
}

/// A line that has no effect, or not the one that its owner may expect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The setting that it costs, if any.
    pub key: Option<Key>,
    /// A sentence for the log, with file and line.
    pub text: String,
}

/// A configuration that was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Loaded {
    /// What it says; nothing where there is no file.
    pub layer: Layer,
    /// What its owner should know.
    pub warnings: Vec<Warning>,
}

/// Why a configuration cannot be used. The file is left as it is.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// It is there, and cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is not TOML.
    #[error("{}, line {line}: {reason}", path.display())]
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

/// Reads a configuration; a file that is not there is no error. A value that its key does not take costs that key.
///
/// # Errors
/// [`SettingsError::Unreadable`] and [`SettingsError::Broken`].
pub fn load(path: &Path) -> Result<Loaded, SettingsError> {
    let Some(text) = read(path)? else { return Ok(Loaded::default()) };
    Ok(understood(path, &parse(path, text)?))
}

fn understood(path: &Path, document: &Document<String>) -> Loaded {
    let (mut layer, mut login_keys, mut warnings) = (Layer::default(), login::Keys::default(), Vec::new());
    for (name, item) in document.iter() {
        let written = written(item);
        let key = Key::ALL.into_iter().find(|key| key.name() == name && *key != Key::Login);
        let taken = match key {
            Some(key) => understand(key, written).map(|value| value.into_iter().for_each(|value| layer.set(value))),
            None if login::KEYS.contains(&name) => login_keys.take(name, written),
            None => Err("is not a setting".to_owned()),
        };
        if let Err(why) = taken {
            let key = key.or_else(|| login::KEYS.contains(&name).then_some(Key::Login));
            key.into_iter().for_each(|key| layer.mark_unusable(key));
            let at = item.span().or_else(|| document.key(name).and_then(toml_edit::Key::span));
            let line = line(document.raw().as_bytes(), at.map(|span| span.start));
            let text = format!("{}, line {line}: `{name}` {why}; it has no effect", path.display());
            warnings.push(Warning { key, text });
        }
    }
    let mut about_login = Vec::new();
    if login_keys.has_secret() && others_may_read(path) {
        about_login.push(format!("others can read it, and it holds a secret: chmod 600 {}", path.display()));
    }
    login_keys.login(&mut about_login).into_iter().for_each(|login| layer.set(Value::Login(login)));
    if let Err(error) = layer.take_login_of_address() {
        about_login.push(format!("in the server's address {error}"));
    }
    let named = |text| Warning { key: Some(Key::Login), text: format!("{}: {text}", path.display()) };
    warnings.extend(about_login.into_iter().map(named));
    Loaded { layer, warnings }
}

fn written(item: &Item) -> Written<'_> {
    let text = item.as_str().map(Written::Text);
    text.or_else(|| item.as_integer().map(Written::Number))
        .or_else(|| item.as_bool().map(Written::Switch))
        .unwrap_or(Written::Other)
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

/// What a save did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Saved {
    /// Where the file is now that was there and could not be read.
    pub set_aside: Option<PathBuf>,
}

/// Writes what the user changed from `before` to `wanted` into his own file, all at once, readable by its owner only. The
/// file is read anew for that: comments, keys that this version does not know and what was not changed stay as they are. A
/// value that the weaker layers give, too, is left out or taken out, so that they can change it later. `layers` has all
/// layers but the user's, which is not used.
///
/// The login's secret goes to the keyring, and into the file only where there is none. A file that cannot be read is kept
/// beside the new one, as `config.toml.broken`, `config.toml.broken-2` and so on.
///
/// # Errors
/// [`SettingsError::NotWritten`]. Then everything is as it was.
pub fn save(
    path: &Path,
    before: &Settings,
    wanted: &Settings,
    layers: &Layers,
    keyring: &dyn Keyring,
) -> Result<Saved, SettingsError> {
    let not_written = |source| SettingsError::NotWritten { path: path.to_owned(), source };
    // A link stays a link.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let found = read(path).and_then(|text| text.map(|text| parse(path, text)).transpose());
    let (document, set_aside) = match found {
        Ok(document) => (document, None),
        Err(error) => {
            let kept = set_aside(&target).map_err(not_written)?;
            tracing::warn!("{error}. The file is kept as {}", kept.display());
            (None, Some(kept))
        }
    };
    let text = changed(path, document, before, wanted, layers, keyring);
    let result = uncall_files::replace(&target, text.as_bytes());
    if let (Err(_), Some(kept)) = (&result, &set_aside) {
        // The error is told; the file that was there is worth more than none.
        let _ = fs::rename(kept, &target);
    }
    result.map(|()| Saved { set_aside }).map_err(not_written)
}

/// The text of the user's file with the changes in it.
fn changed(
    path: &Path,
    document: Option<Document<String>>,
    before: &Settings,
    wanted: &Settings,
    layers: &Layers,
    keyring: &dyn Keyring,
) -> String {
    let raw = document.as_ref().map(|document| document.raw().to_owned()).unwrap_or_default();
    let user = document.as_ref().map(|document| understood(path, document).layer).unwrap_or_default();
    let mut layers = Layers { user, ..layers.clone() };
    let warnings = layers.unlock(keyring);
    warnings.iter().for_each(|warning| tracing::warn!("{}", warning.text));
    let current = layers.merged();
    let given: Layer = layers.without_user().values().collect();
    let (shown, wanted_values): (Layer, Layer) = (before.values().collect(), wanted.values().collect());

    let mut document = document.map_or_else(DocumentMut::new, Document::into_mut);
    // It gets keys of its own, and must not stay where pages and logs show it.
    let address = document.get(Key::Server.name()).and_then(Item::as_str).and_then(|text| server_address(text).ok());
    let has_login_in_address = address.is_some_and(|url| !url.username().is_empty() || url.password().is_some());
    for key in Key::ALL {
        let is_locked = layers.locked_policy.get(key).is_some();
        let new = wanted_values.get(key);
        let is_changed = !is_locked && (new != shown.get(key) || key == Key::Login && moves_login(before, wanted));
        let own = if is_changed { new } else { layers.user.get(key) };
        let is_given = own.is_some_and(|own| given.get(key).is_some_and(|given| own.does_the_same(given)));
        let own = own.filter(|_| !is_given);
        match own {
            Some(Value::Login(Login::InKeyring { .. })) => {}
            // Also without a change: a keyring that was missing may be there now.
            Some(Value::Login(login)) => login::write(&mut document, Some(login), wanted, keyring),
            Some(value) if is_changed || key == Key::Server && has_login_in_address => {
                put(&mut document, key.name(), Some(written_as(value)))
            }
            Some(_) => {}
            None if key == Key::Login && (is_changed || is_given) => {
                login::write(&mut document, None, wanted, keyring);
            }
            None if is_changed || is_given => put(&mut document, key.name(), None),
            None => {}
        }
    }
    login::forget(&current, &document, wanted, keyring);
    with_lines_of(&raw, document.to_string())
}

/// Whether the login is for another server or extension now: the keyring keeps it by these.
fn moves_login(before: &Settings, wanted: &Settings) -> bool {
    let origin = |settings: &Settings| settings.server.as_ref().map(url::Url::origin);
    wanted.login.is_some() && (origin(before) != origin(wanted) || before.extension != wanted.extension)
}

fn written_as(of: &Value) -> Item {
    match of {
        Value::Server(url) => value(url.as_str()),
        Value::Extension(extension) => value(extension.as_str()),
        // Written elsewhere: it has several keys.
        Value::Login(_) => Item::None,
        Value::Language(language) => value(language.map_or("system", super::Language::tag)),
        Value::Recordings(template) => value(template),
        Value::FollowWsdlHost(on) | Value::PopupCallout(on) | Value::LetterKeys(on) => value(*on),
        Value::PopupWarmMinutes(number) | Value::PollSeconds(number) => value(i64::from(*number)),
        Value::PopupPlace(place) => value(place.to_string()),
        Value::Notify(notify) => value(notify.name()),
    }
}

/// Mark and line ends as the file had them: its owner's editor may go by these.
fn with_lines_of(raw: &str, text: String) -> String {
    let text = if raw.contains("\r\n") { text.replace("\r\n", "\n").replace('\n', "\r\n") } else { text };
    if raw.starts_with(MARK) && !text.starts_with(MARK) { format!("{MARK}{text}") } else { text }
}

const MARK: char = '\u{feff}';

/// Under which name [`save`] keeps a file that cannot be read: the first of `config.toml.broken`, `config.toml.broken-2` and
/// so on that is free.
pub fn name_aside(path: &Path) -> PathBuf {
    let beside = |count: usize| {
        let mut name = path.file_name().map(OsString::from).unwrap_or_default();
        name.push(if count == 1 { ".broken".to_owned() } else { format!(".broken-{count}") });
        path.with_file_name(name)
    };
    let is_free = |path: &PathBuf| fs::symlink_metadata(path).is_err();
    (1..=KEPT_BROKEN).map(beside).find(is_free).unwrap_or_else(|| beside(KEPT_BROKEN))
}

/// Moves a file that cannot be read to a name beside it, which it gives.
fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let found = fs::symlink_metadata(path)?;
    if !(found.is_file() || found.is_dir()) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is neither a file nor a folder"));
    }
    let kept = name_aside(path);
    fs::rename(path, &kept)?;
    Ok(kept)
}

fn read(path: &Path) -> Result<Option<String>, SettingsError> {
    let unreadable = |source| SettingsError::Unreadable { path: path.to_owned(), source };
    let found = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        found => found.map_err(unreadable)?,
    };
    // A pipe has no end.
    if !found.is_file() {
        let what = if found.is_dir() { "it is a folder" } else { "it is no file" };
        return Err(unreadable(io::Error::new(io::ErrorKind::InvalidInput, what)));
    }
    let mut bytes = Vec::new();
    fs::File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        return Err(broken(path, &[], None, format!("it is larger than {LARGEST} bytes")));
    }
    if matches!(bytes.as_slice(), [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) {
        return Err(broken(path, &[], None, "this is UTF-16: save it as UTF-8".into()));
    }
    String::from_utf8(bytes).map(Some).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        broken(path, error.as_bytes(), Some(at), "this is not UTF-8 (GBK, perhaps): save it as UTF-8".into())
    })
}

fn parse(path: &Path, text: String) -> Result<Document<String>, SettingsError> {
    let raw = text.clone();
    Document::parse(text).map_err(|error: TomlError| {
        let reason = error.message().trim().replace('\n', ", ");
        broken(path, raw.as_bytes(), error.span().map(|span| span.start), reason)
    })
}

fn broken(path: &Path, bytes: &[u8], at: Option<usize>, reason: String) -> SettingsError {
    SettingsError::Broken { path: path.to_owned(), line: line(bytes, at), reason }
}

/// The line of a byte, from 1.
fn line(bytes: &[u8], at: Option<usize>) -> usize {
    1 + bytes.iter().take(at.unwrap_or_default()).filter(|byte| **byte == b'\n').count()
}
