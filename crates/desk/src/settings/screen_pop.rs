//! The screen pop's rules in files: tables `[[screen_pop]]`. A layer's list counts whole.

use std::path::Path;

use serde_json::{Map, Number, Value as Json};
use toml_edit::{Item, Table, Value as Toml};
use uncall_screenpop::{Rule, Schemes};

use super::{Key, Layer, Value, Warning};

/// The tables' name.
pub(super) const TABLE: &str = "screen_pop";
/// How many rules there may be.
const MOST: usize = 50;

/// Reads the tables into a layer. A rule that is not understood costs itself and gives a warning with its line.
pub(super) fn take(
    path: &Path,
    item: &Item,
    line_of: impl Fn(Option<usize>) -> usize,
    layer: &mut Layer,
    warnings: &mut Vec<Warning>,
) {
    let tables: Vec<(Option<usize>, Json)> = match item {
        Item::ArrayOfTables(tables) => {
            tables.iter().map(|table| (table.span().map(|span| span.start), of_table(table))).collect()
        }
        Item::Value(Toml::Array(list)) => {
            list.iter().map(|value| (value.span().map(|span| span.start), of_value(value))).collect()
        }
        Item::None | Item::Value(_) | Item::Table(_) => vec![(item.span().map(|span| span.start), Json::Null)],
    };
    let mut rules: Vec<Rule> = Vec::new();
    for (at, table) in tables {
        let read = match table {
            Json::Object(_) if rules.len() >= MOST => Err(format!("is one of more than {MOST}")),
            Json::Object(_) => Rule::read(table).map_err(|fault| fault.to_string()),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Array(_) => {
                Err(format!("is written as tables, each below a line [[{TABLE}]]"))
            }
        };
        // Webhooks that wait know their rule by its name.
        let read = read.and_then(|rule| match rules.iter().any(|other| other.name == rule.name) {
            true => Err(format!("has a second rule \"{}\": give each its own `name`", rule.name)),
            false => Ok(rule),
        });
        match read {
            Ok(rule) => rules.push(rule),
            Err(why) => {
                let text =
                    format!("{}, line {}: `{TABLE}`: {why}; this rule has no effect", path.display(), line_of(at));
                warnings.push(Warning { key: Some(Key::ScreenPop), text });
            }
        }
    }
    layer.set(Value::ScreenPop(rules));
}

/// Schemes that a policy allows beyond http and https.
pub(super) fn schemes(texts: Vec<String>) -> Result<Vec<String>, String> {
    Schemes::with(&texts).map_err(|fault| format!("takes a list of schemes like [\"sap\"], and {fault}"))?;
    Ok(texts)
}

fn of_table(table: &Table) -> Json {
    Json::Object(table.iter().map(|(key, item)| (key.to_owned(), of_item(item))).collect())
}

fn of_item(item: &Item) -> Json {
    match item {
        Item::Value(value) => of_value(value),
        Item::Table(table) => of_table(table),
        Item::ArrayOfTables(tables) => Json::Array(tables.iter().map(of_table).collect()),
        Item::None => Json::Null,
    }
}

fn of_value(value: &Toml) -> Json {
    match value {
        Toml::String(text) => Json::String(text.value().clone()),
        Toml::Integer(number) => Json::Number(Number::from(*number.value())),
        Toml::Float(number) => Number::from_f64(*number.value()).map_or(Json::Null, Json::Number),
        Toml::Boolean(switch) => Json::Bool(*switch.value()),
        Toml::Datetime(date) => Json::String(date.value().to_string()),
        Toml::Array(list) => Json::Array(list.iter().map(of_value).collect()),
        Toml::InlineTable(table) => {
            Json::Object(table.iter().map(|(key, value)| (key.to_owned(), of_value(value))).collect::<Map<_, _>>())
        }
    }
}
