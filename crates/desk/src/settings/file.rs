//! Reads `config.toml`, with warnings for whoever has to correct it.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use toml_edit::{Array, Document, Item, Table, TomlError};
use uncall_screenpop::{Action, Rule};

use super::value::{Written, understand, understand_pattern};
use super::{Key, Layer, Names, Value, login, numbering, phone, screen_pop};

/// The largest configuration file, in bytes.
pub const LARGEST: u64 = 1024 * 1024;

/// The path of the configuration: `$XDG_CONFIG_HOME/uncall-panel/config.toml`, below `%APPDATA%` on Windows, below `Application
/// Support` on macOS. `None` if the system names no home directory.
pub fn default_path() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "uncall-panel").map(|dirs| dirs.config_dir().join("config.toml"))
}

/// A line with no effect, or with one that its author may not expect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The setting that is ignored because of it, if any.
    pub key: Option<Key>,
    /// A message for the log, with file and line.
    pub text: String,
}

/// A configuration that was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Loaded {
    /// Its settings. Empty if there is no file.
    pub layer: Layer,
    /// What its author should know.
    pub warnings: Vec<Warning>,
}

/// Why a configuration cannot be used. The file is not changed.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// It exists but cannot be read.
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
    /// It has another text encoding, as saved by old Chinese editors.
    #[error("{}, line {line}: this is {encoding}: save it as UTF-8", path.display())]
    Encoding {
        /// The file.
        path: PathBuf,
        /// The line of the first character that is not UTF-8, from 1.
        line: usize,
        /// The encoding that it probably has.
        encoding: &'static str,
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

/// Reads a configuration. A missing file is not an error. An invalid value only costs its key.
///
/// # Errors
/// [`SettingsError::Unreadable`], [`SettingsError::Broken`] and [`SettingsError::Encoding`].
pub fn load(path: &Path) -> Result<Loaded, SettingsError> {
    Ok(read(path)?.map(|text| parse(path, text)).transpose()?.map(|own| of_user(path, &own)).unwrap_or_default())
}

/// Reads the administrator's configuration of a machine. Like [`load`], but `{user}` and `{env:NAME}` in `server` and `extension`
/// are replaced from `names`.
///
/// # Errors
/// Those of [`load`].
pub fn load_machine(path: &Path, names: Names<'_>) -> Result<Loaded, SettingsError> {
    let Some(text) = read(path)? else { return Ok(Loaded::default()) };
    let document = parse(path, text)?;
    Ok(understood(path, document.raw(), document.as_table(), Some(names)))
}

/// Reads the user's own file.
pub(super) fn of_user(path: &Path, document: &Document<String>) -> Loaded {
    let mut loaded = understood(path, document.raw(), document.as_table(), None);
    let key = Key::ScreenPopSchemes;
    if loaded.layer.take_out(key) {
        let text = format!("{}: `{}` counts in an administrator's policy only", path.display(), key.name());
        loaded.warnings.push(Warning { key: Some(key), text });
    }
    loaded
}

/// Reads a table of the file `path`. `raw` is the whole file. Patterns are replaced only with `names`, in an administrator's
/// file.
pub(super) fn understood(path: &Path, raw: &str, table: &Table, names: Option<Names<'_>>) -> Loaded {
    let (mut layer, mut login_keys, mut warnings) = (Layer::default(), login::Keys::default(), Vec::new());
    let mut has_phone_secret = false;
    for (name, item) in table.iter() {
        if name == numbering::TABLE && item.is_table_like() {
            let line = |item: &Item, key: Option<&toml_edit::Key>| {
                let at = item.span().or_else(|| key.and_then(toml_edit::Key::span));
                line_of(raw.as_bytes(), at.map(|span| span.start))
            };
            numbering::take(path, item, line, &mut layer, &mut warnings);
            continue;
        }
        if name == phone::TABLE && item.is_table_like() {
            let line = |item: &Item, key: Option<&toml_edit::Key>| {
                let at = item.span().or_else(|| key.and_then(toml_edit::Key::span));
                line_of(raw.as_bytes(), at.map(|span| span.start))
            };
            has_phone_secret |= phone::take(path, item, line, &mut layer, &mut warnings);
            continue;
        }
        if name == screen_pop::TABLE {
            let line = |at: Option<usize>| {
                let at = at.or_else(|| table.key(name).and_then(toml_edit::Key::span).map(|span| span.start));
                line_of(raw.as_bytes(), at)
            };
            screen_pop::take(path, item, line, &mut layer, &mut warnings);
            continue;
        }
        let several = item.as_array().and_then(|list| match name {
            name if name == Key::Server.name() => parted_by_blanks(list),
            name if name == Key::Contacts.name() => parted_by_lines(list),
            _ => None,
        });
        let written = several.as_deref().map_or_else(|| written(item), Written::Text);
        let key = Key::ALL
            .into_iter()
            .find(|key| key.name() == name && !matches!(key, Key::Login | Key::Number(_) | Key::Phone(_)));
        let taken = match key {
            Some(key) => match names {
                Some(names) => understand_pattern(key, written, names),
                None => understand(key, written),
            }
            .map(|value| value.into_iter().for_each(|value| layer.set(value))),
            None if login::KEYS.contains(&name) => login_keys.take(name, written),
            None => Err("is not a setting".to_owned()),
        };
        if let Err(why) = taken {
            let key = key.or_else(|| login::KEYS.contains(&name).then_some(Key::Login));
            key.into_iter().for_each(|key| layer.mark_unusable(key));
            let at = item.span().or_else(|| table.key(name).and_then(toml_edit::Key::span));
            let line = line_of(raw.as_bytes(), at.map(|span| span.start));
            let text = format!("{}, line {line}: `{name}` {why}; it has no effect", path.display());
            warnings.push(Warning { key, text });
        }
    }
    let mut about_login = Vec::new();
    let has_post_secret = matches!(layer.get(Key::ScreenPop), Some(Value::ScreenPop(rules)) if has_secrets(rules));
    if (login_keys.has_secret() || has_phone_secret || has_post_secret) && others_may_read(path) {
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

/// Whether a webhook has a secret, or headers, which may be one.
fn has_secrets(rules: &[Rule]) -> bool {
    rules.iter().any(|rule| matches!(&rule.action, Action::Post(post) if post.has_secrets()))
}

/// Joins a list of texts with spaces, which none of them contains. `None` if the list has anything else in it.
pub(super) fn parted_by_blanks(list: &Array) -> Option<String> {
    let texts: Option<Vec<&str>> = list.iter().map(toml_edit::Value::as_str).collect();
    texts
        .filter(|texts| texts.iter().all(|text| !text.trim().contains(char::is_whitespace)))
        .map(|texts| texts.join(" "))
}

/// Joins a list of strings with newlines. `None` if it contains anything else.
fn parted_by_lines(list: &Array) -> Option<String> {
    let texts: Option<Vec<&str>> = list.iter().map(toml_edit::Value::as_str).collect();
    texts.map(|texts| texts.join("\n"))
}

pub(super) fn written(item: &Item) -> Written<'_> {
    let text = item.as_str().map(Written::Text);
    text.or_else(|| item.as_integer().map(Written::Number))
        .or_else(|| item.as_bool().map(Written::Switch))
        .or_else(|| item.as_array().map(Written::List))
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

pub(super) fn read(path: &Path) -> Result<Option<String>, SettingsError> {
    let unreadable = |source| SettingsError::Unreadable { path: path.to_owned(), source };
    let found = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        found => found.map_err(unreadable)?,
    };
    // Reading a pipe would never end.
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
        return Err(SettingsError::Encoding { path: path.to_owned(), line: 1, encoding: "UTF-16" });
    }
    String::from_utf8(bytes).map(Some).map_err(|error| {
        let line = line_of(error.as_bytes(), Some(error.utf8_error().valid_up_to()));
        SettingsError::Encoding { path: path.to_owned(), line, encoding: "not UTF-8 (GBK, perhaps)" }
    })
}

pub(super) fn parse(path: &Path, text: String) -> Result<Document<String>, SettingsError> {
    let raw = text.clone();
    Document::parse(text).map_err(|error: TomlError| {
        let reason = error.message().trim().replace('\n', ", ");
        broken(path, raw.as_bytes(), error.span().map(|span| span.start), reason)
    })
}

fn broken(path: &Path, bytes: &[u8], at: Option<usize>, reason: String) -> SettingsError {
    SettingsError::Broken { path: path.to_owned(), line: line_of(bytes, at), reason }
}

/// The line of a byte, from 1.
pub(super) fn line_of(bytes: &[u8], at: Option<usize>) -> usize {
    1 + bytes.iter().take(at.unwrap_or_default()).filter(|byte| **byte == b'\n').count()
}
