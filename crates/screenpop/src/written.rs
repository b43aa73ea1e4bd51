//! A rule as its author wrote it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use uncall_files::Secret;

use crate::event::{Direction, Event};
use crate::template::Fault;

/// The keys of a rule.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    name: Option<String>,
    on: OneOrMore<Event>,
    direction: Option<Direction>,
    #[serde(default)]
    numbers: OneOrMore<String>,
    #[serde(default)]
    queues: OneOrMore<String>,
    open: Option<String>,
    run: Option<Vec<String>>,
    post: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    secret: Option<String>,
    #[serde(default)]
    answer_hosts: OneOrMore<String>,
}

/// A value, or a list of them.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore<T> {
    One(T),
    More(Vec<T>),
}

impl<T> Default for OneOrMore<T> {
    fn default() -> Self {
        OneOrMore::More(Vec::new())
    }
}

impl<T> OneOrMore<T> {
    fn all(self) -> Vec<T> {
        match self {
            OneOrMore::One(one) => vec![one],
            OneOrMore::More(all) => all,
        }
    }
}

/// A rule whose keys and types are right.
pub(crate) struct Written {
    pub(crate) name: Option<String>,
    pub(crate) on: Vec<Event>,
    pub(crate) direction: Option<Direction>,
    pub(crate) numbers: Vec<String>,
    pub(crate) queues: Vec<String>,
    pub(crate) open: Option<String>,
    pub(crate) run: Option<Vec<String>>,
    pub(crate) post: Option<String>,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) secret: Option<Secret>,
    pub(crate) answer_hosts: Vec<String>,
}

impl Written {
    pub(crate) fn read(table: Value) -> Result<Written, Fault> {
        // An untagged enum's own message names nothing.
        let on = table.get("on").cloned().ok_or_else(|| Fault::Rule("`on` is missing".to_owned()))?;
        if serde_json::from_value::<OneOrMore<Event>>(on).is_err() {
            return Err(Fault::Rule(format!("`on` takes a list of {}", Event::ALL.map(Event::name).join(", "))));
        }
        let table: Table = serde_json::from_value(table).map_err(|error| Fault::Rule(said(&error)))?;
        Ok(Written {
            name: table.name,
            on: table.on.all(),
            direction: table.direction,
            numbers: table.numbers.all(),
            queues: table.queues.all(),
            open: table.open,
            run: table.run,
            post: table.post,
            headers: table.headers,
            secret: table.secret.filter(|secret| !secret.is_empty()).map(Secret::new),
            answer_hosts: table.answer_hosts.all(),
        })
    }
}

/// What serde says, without values, which may be secrets.
fn said(error: &serde_json::Error) -> String {
    let text = error.to_string();
    if text.starts_with("invalid type") || text.starts_with("invalid value") {
        let expected = text.rsplit_once("expected ").map_or("another value", |(_, expected)| expected);
        return format!("has a value of the wrong kind: {expected} is expected");
    }
    text.chars().take(300).collect()
}
