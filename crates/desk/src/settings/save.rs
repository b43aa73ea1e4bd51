//! Writes `config.toml`: only what the user changed, without losing anything its author wrote.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use toml_edit::{Array, Document, DocumentMut, Item, value};
use uncall_contract::Direction;

use super::document::put;
use super::file::{of_user, parse, parted_by_blanks, read};
use super::{
    Key, Keyring, Layer, Layers, Login, PhonePart, PhoneValue, SecretIn, Servers, Settings, SettingsError, Value,
    login, phone, server_addresses,
};

/// How many unreadable files are kept next to the one in use before the last one is replaced.
const KEPT_BROKEN: usize = 99;

/// The result of a save.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Saved {
    /// The new path of an unreadable file that was in the way.
    pub set_aside: Option<PathBuf>,
}

/// Writes what the user changed between `before` and `wanted` to the user's own file, atomically and readable by its owner only.
/// The file is read again first: comments, unknown keys and unchanged values stay as they are. A value equal to that of the
/// weaker layers is left out or removed, so that they can change it later. `layers` has all layers; the user's is not used.
///
/// The login's secret goes to the keyring, or to the file if there is none. An unreadable file is kept next to the new one, as
/// `config.toml.broken`, `config.toml.broken-2` and so on.
///
/// # Errors
/// [`SettingsError::NotWritten`]. Nothing has changed then.
pub fn save(
    path: &Path,
    before: &Settings,
    wanted: &Settings,
    layers: &Layers,
    keyring: &dyn Keyring,
) -> Result<Saved, SettingsError> {
    let not_written = |source| SettingsError::NotWritten { path: path.to_owned(), source };
    // Write to a link's target, so that the link stays one.
    let target = dunce::canonicalize(path).unwrap_or_else(|_| path.to_owned());
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
        // The save has failed, so put the old file back: it is better than none.
        let _ = fs::rename(kept, &target);
    }
    result.map(|()| Saved { set_aside }).map_err(not_written)
}

/// The text of the user's file with the changes applied.
fn changed(
    path: &Path,
    document: Option<Document<String>>,
    before: &Settings,
    wanted: &Settings,
    layers: &Layers,
    keyring: &dyn Keyring,
) -> String {
    let raw = document.as_ref().map(|document| document.raw().to_owned()).unwrap_or_default();
    let user = document.as_ref().map(|document| of_user(path, document).layer).unwrap_or_default();
    let mut layers = Layers { user, ..layers.clone() };
    let warnings = layers.unlock(keyring);
    warnings.iter().for_each(|warning| tracing::warn!("{}", warning.text));
    let current = layers.merged();
    let given: Layer = layers.without_user().values().collect();
    let (shown, wanted_values): (Layer, Layer) = (before.values().collect(), wanted.values().collect());

    let mut document = document.map_or_else(DocumentMut::new, Document::into_mut);
    // A login in the address gets keys of its own: pages and logs show addresses.
    let address = document
        .get(Key::Server.name())
        .and_then(|item| item.as_str().map(str::to_owned).or_else(|| item.as_array().and_then(parted_by_blanks)));
    let servers = address.and_then(|text| server_addresses(&text).ok());
    let has_login_in_address =
        servers.is_some_and(|servers| servers.all().any(|url| !url.username().is_empty() || url.password().is_some()));
    // Number rules and screen pop are set in the file only.
    let in_file_only = |key: &Key| matches!(key, Key::Number(_) | Key::ScreenPop | Key::ScreenPopSchemes);
    for key in Key::ALL.into_iter().filter(|key| !in_file_only(key)) {
        let is_locked = layers.locked_policy.get(key).is_some();
        let new = wanted_values.get(key);
        let is_changed = !is_locked && (new != shown.get(key) || key == Key::Login && moves_login(before, wanted));
        let own = if is_changed { new } else { layers.user.get(key) };
        let is_given = own.is_some_and(|own| given.get(key).is_some_and(|given| own.does_the_same(given)));
        let own = own.filter(|_| !is_given);
        match own {
            Some(Value::Login(Login::InKeyring { .. })) => {}
            // Even without a change: the keyring may have been missing before.
            Some(Value::Phone(PhoneValue::Secret(secret, kept))) if is_changed || *kept == SecretIn::Keyring => {
                let item = phone::secret_item(secret, wanted, keyring);
                phone::put(&mut document, PhonePart::Secret, item);
            }
            Some(Value::Login(login)) => login::write(&mut document, Some(login), wanted, keyring),
            Some(value) if is_changed || key == Key::Server && has_login_in_address => {
                put_key(&mut document, key, Some(written_as(value)));
            }
            Some(_) => {}
            None if key == Key::Login && (is_changed || is_given) => {
                login::write(&mut document, None, wanted, keyring);
            }
            None if is_changed || is_given => put_key(&mut document, key, None),
            None => {}
        }
    }
    login::forget(&current, &document, wanted, keyring);
    with_lines_of(&raw, document.to_string())
}

fn put_key(document: &mut DocumentMut, key: Key, item: Option<Item>) {
    if let Key::Phone(part) = key {
        phone::put(document, part, item);
    } else {
        put(document, key.name(), item);
    }
}

/// Whether server or extension have changed, which identify the login in the keyring.
fn moves_login(before: &Settings, wanted: &Settings) -> bool {
    let origin = |settings: &Settings| settings.server.as_ref().map(|servers| servers.first.origin());
    wanted.login.is_some() && (origin(before) != origin(wanted) || before.extension != wanted.extension)
}

pub(super) fn written_as(of: &Value) -> Item {
    match of {
        Value::Server(Servers { first, further }) if further.is_empty() => value(first.as_str()),
        Value::Server(servers) => value(servers.all().map(url::Url::as_str).collect::<Array>()),
        Value::Extension(extension) => value(extension.as_str()),
        // A login has several keys and is written elsewhere; number rules and screen pop are not written at all.
        Value::Login(_) | Value::Number(..) | Value::ScreenPop(_) | Value::ScreenPopSchemes(_) => Item::None,
        Value::Language(language) => value(language.map_or("system", super::Language::tag)),
        Value::Recordings(template) => value(template),
        Value::FollowWsdlHost(on)
        | Value::PopupCallout(on)
        | Value::LetterKeys(on)
        | Value::LinkCountdown(on)
        | Value::BusyWhenLocked(on)
        | Value::MaskNumbers(on)
        | Value::PopupPrivate(on) => value(*on),
        Value::Contacts(files) => match files.as_slice() {
            [file] => value(file.display().to_string()),
            files => value(files.iter().map(|file| file.display().to_string()).collect::<Array>()),
        },
        Value::ContactsUrl(template) => value(template),
        Value::PopupWarmMinutes(number)
        | Value::PollSeconds(number)
        | Value::WrapUpSeconds(number)
        | Value::HoldAlertSeconds(number)
        | Value::BusyWhenIdleMinutes(number)
        | Value::JournalDays(number) => value(i64::from(*number)),
        Value::WrapUpAfter(after) => value(after.map_or("all", Direction::as_str)),
        Value::DispositionsRequired(required) => value(required.name()),
        Value::BusyReasons(texts) | Value::Dispositions(texts) => {
            value(texts.iter().map(String::as_str).collect::<Array>())
        }
        Value::PopupPlace(place) => value(place.to_string()),
        Value::Notify(notify) => value(notify.name()),
        Value::Phone(phone) => phone.written(),
    }
}

/// Restores the byte order mark and line ends of the file, which its author's editor may need.
fn with_lines_of(raw: &str, text: String) -> String {
    let text = if raw.contains("\r\n") { text.replace("\r\n", "\n").replace('\n', "\r\n") } else { text };
    if raw.starts_with(MARK) && !text.starts_with(MARK) { format!("{MARK}{text}") } else { text }
}

const MARK: char = '\u{feff}';

/// The name under which [`save`] keeps an unreadable file: the first free one of `config.toml.broken`, `config.toml.broken-2` and
/// so on.
pub fn name_aside(path: &Path) -> PathBuf {
    let beside = |count: usize| {
        let mut name = path.file_name().map(OsString::from).unwrap_or_default();
        name.push(if count == 1 { ".broken".to_owned() } else { format!(".broken-{count}") });
        path.with_file_name(name)
    };
    let is_free = |path: &PathBuf| fs::symlink_metadata(path).is_err();
    (1..=KEPT_BROKEN).map(beside).find(is_free).unwrap_or_else(|| beside(KEPT_BROKEN))
}

/// Renames an unreadable file and returns its new path.
fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let found = fs::symlink_metadata(path)?;
    if !(found.is_file() || found.is_dir()) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is neither a file nor a folder"));
    }
    let kept = name_aside(path);
    fs::rename(path, &kept)?;
    Ok(kept)
}
