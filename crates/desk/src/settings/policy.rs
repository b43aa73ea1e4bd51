//! An administrator's policy: defaults and locked settings.

use std::path::Path;

use toml_edit::Item;

use super::file::{line_of, parse, read, understood};
use super::{Key, Layer, Loaded, Names, SettingsError, Warning};

/// A policy that was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    /// What the agent cannot change.
    pub locked: Layer,
    /// What applies if nobody else sets it.
    pub default: Layer,
    /// What its author should know.
    pub warnings: Vec<Warning>,
}

impl Policy {
    /// Makes a policy of its two parts. `place` appears in warnings. A key in both parts is locked, with a warning.
    pub fn of(locked: Loaded, default: Loaded, place: &str) -> Policy {
        let mut warnings = [locked.warnings, default.warnings].concat();
        let is_in_both = |key: &Key| locked.layer.get(*key).is_some() && default.layer.get(*key).is_some();
        warnings.extend(Key::ALL.into_iter().filter(is_in_both).map(|key| {
            let name = key.name();
            Warning {
                key: None,
                text: format!("{place}: `{name}` is locked and has a default; the locked value counts"),
            }
        }));
        Policy { locked: locked.layer, default: default.layer, warnings }
    }
}

/// Reads a policy: the tables `[default]` and `[locked]`, each with the keys of a configuration. A missing file is an empty
/// policy. An invalid value only costs its key.
///
/// # Errors
/// [`SettingsError::Unreadable`], [`SettingsError::Broken`] and [`SettingsError::Encoding`].
pub fn load_policy(path: &Path, names: Names<'_>) -> Result<Policy, SettingsError> {
    let Some(text) = read(path)? else { return Ok(Policy::default()) };
    let document = parse(path, text)?;
    let (mut locked, mut default, mut strays) = (Loaded::default(), Loaded::default(), Vec::new());
    for (name, item) in document.iter() {
        let half = match name {
            "locked" => &mut locked,
            "default" => &mut default,
            _ => {
                strays.push((name, item, "stands in neither [default] nor [locked]"));
                continue;
            }
        };
        match item.as_table() {
            Some(table) => *half = understood(path, document.raw(), table, Some(names)),
            None => strays.push((name, item, "takes keys of its own, below a line [locked] or [default]")),
        }
    }
    let mut policy = Policy::of(locked, default, &path.display().to_string());
    policy.warnings.extend(strays.into_iter().map(|(name, item, why)| {
        let at = item.span().or_else(|| document.key(name).and_then(toml_edit::Key::span));
        let line = line_of(document.raw().as_bytes(), at.map(|span| span.start));
        Warning {
            key: known(name, item),
            text: format!("{}, line {line}: `{name}` {why}; it has no effect", path.display()),
        }
    }));
    Ok(policy)
}

/// The setting that a value outside the two tables was meant for.
fn known(name: &str, item: &Item) -> Option<Key> {
    Key::ALL.into_iter().find(|key| key.name() == name && item.is_value())
}
