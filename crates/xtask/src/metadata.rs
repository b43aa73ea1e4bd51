//! What cargo knows about the packages of this workspace.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use serde_json::Value;

use crate::run;

/// The graph of packages, by cargo's package id.
#[derive(Debug)]
pub(crate) struct Metadata {
    /// Name and licence expression of each package.
    pub(crate) packages: BTreeMap<String, Package>,
    /// What each package needs to run (no build or dev dependencies).
    needs: BTreeMap<String, Vec<String>>,
}

/// One package.
#[derive(Debug)]
pub(crate) struct Package {
    /// Its name.
    pub(crate) name: String,
    /// Its SPDX licence expression.
    pub(crate) licence: String,
}

impl Metadata {
    /// Asks cargo.
    pub(crate) fn load() -> anyhow::Result<Metadata> {
        let json = run::output(&mut run::cargo(&["metadata", "--format-version", "1", "--locked"]))?;
        let json: Value = serde_json::from_str(&json).context("cargo metadata")?;
        let mut packages = BTreeMap::new();
        for package in array(&json, "packages") {
            let licence = text(package, "license").to_owned();
            packages
                .insert(text(package, "id").to_owned(), Package { name: text(package, "name").to_owned(), licence });
        }
        let mut needs = BTreeMap::new();
        for node in json.get("resolve").map(|resolve| array(resolve, "nodes")).unwrap_or_default() {
            let normal = array(node, "deps")
                .iter()
                .filter(|dep| array(dep, "dep_kinds").iter().any(|kind| kind.get("kind").is_some_and(Value::is_null)));
            needs.insert(text(node, "id").to_owned(), normal.map(|dep| text(dep, "pkg").to_owned()).collect());
        }
        Ok(Metadata { packages, needs })
    }

    /// The names of everything that a package needs to run, however far down.
    pub(crate) fn reach(&self, name: &str) -> BTreeSet<&str> {
        let mut open: Vec<&String> = self.packages.iter().filter(|(_, p)| p.name == name).map(|(id, _)| id).collect();
        let mut seen: BTreeSet<&String> = BTreeSet::new();
        while let Some(id) = open.pop() {
            for next in self.needs.get(id).into_iter().flatten() {
                if seen.insert(next) {
                    open.push(next);
                }
            }
        }
        seen.into_iter().filter_map(|id| self.packages.get(id)).map(|package| package.name.as_str()).collect()
    }
}

fn array<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}
