//! The number rules in files (table `[number]`) and in the registry.

use std::path::Path;

use toml_edit::{Item, TableLike};
use uncall_number::{Rules, rules::Part};

use super::{Key, Layer, Value, Warning};

/// The table's name.
pub(super) const TABLE: &str = "number";

/// Reads the table's keys into a layer. An invalid value only costs its key and gives a warning with its line.
pub(super) fn take(
    path: &Path,
    table: &Item,
    line_of: impl Fn(&Item, Option<&toml_edit::Key>) -> usize,
    layer: &mut Layer,
    warnings: &mut Vec<Warning>,
) {
    let Some(table) = table.as_table_like() else { return };
    for (name, item) in table.iter() {
        let part = Part::ALL.into_iter().find(|part| part.name() == name);
        let taken = match part {
            Some(part) => written(part, item).and_then(|texts| value(part, texts)).map(|value| layer.set(value)),
            None => Err("is not a setting".to_owned()),
        };
        let Err(why) = taken else { continue };
        let key = part.map(Key::Number);
        key.into_iter().for_each(|key| layer.mark_unusable(key));
        let line = line_of(item, table.key(name));
        let text = format!("{}, line {line}: `{TABLE}.{name}` {why}; it has no effect", path.display());
        warnings.push(Warning { key, text });
    }
}

/// The value of a part, after a check.
pub(super) fn value(part: Part, texts: Vec<String>) -> Result<Value, String> {
    Rules::default().set(part, &texts).map_err(|error| error.to_string())?;
    Ok(Value::Number(part, texts))
}

/// Splits a list as the registry has it, separated by `;`.
pub(super) fn texts(text: &str) -> Vec<String> {
    text.split(';').map(|text| text.trim().to_owned()).collect()
}

/// The texts written for a part: texts, numbers without quotation marks, a list of these, or for replacements, tables with
/// `match` and `with`.
fn written(part: Part, item: &Item) -> Result<Vec<String>, String> {
    if part == Part::Replace {
        return replacements(item).ok_or_else(|| "takes a list of { match = \"…\", with = \"…\" }".to_owned());
    }
    let one = |item: &toml_edit::Value| match item {
        toml_edit::Value::String(text) => Some(text.value().clone()),
        toml_edit::Value::Integer(number) => Some(number.value().to_string()),
        toml_edit::Value::Boolean(switch) => Some(switch.value().to_string()),
        toml_edit::Value::Float(_)
        | toml_edit::Value::Datetime(_)
        | toml_edit::Value::Array(_)
        | toml_edit::Value::InlineTable(_) => None,
    };
    let texts = match item.as_value() {
        Some(toml_edit::Value::Array(list)) if part.is_list() => list.iter().map(one).collect(),
        Some(value) => one(value).map(|text| vec![text]),
        None => None,
    };
    texts.ok_or_else(|| {
        if part.is_list() { "takes a list of texts" } else { "takes a text in quotation marks" }.to_owned()
    })
}

/// `replace = [{ match = "8(.*)", with = "9$1" }]`, or `[[number.replace]]`.
fn replacements(item: &Item) -> Option<Vec<String>> {
    let one = |table: &dyn TableLike| {
        let text = |name: &str| table.get(name)?.as_str();
        // A replacement cannot contain `=`.
        let with = text("with").filter(|with| !with.contains('='))?;
        (table.len() == 2).then_some(format!("{}={with}", text("match")?))
    };
    match item {
        Item::Value(toml_edit::Value::Array(list)) => {
            list.iter().map(|value| one(value.as_inline_table()? as &dyn TableLike)).collect()
        }
        Item::ArrayOfTables(list) => list.iter().map(|table| one(table)).collect(),
        Item::None | Item::Value(_) | Item::Table(_) => None,
    }
}
