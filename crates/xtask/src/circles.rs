//! No circle among the files of a crate: whoever reads one file need not have read those that need it.
//!
//! An arrow goes from the file that names something to the file that declares it, past re-exports. A module and what is below it are
//! one room, in which arrows may run both ways. Tests and what stands within macros are not looked at.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use anyhow::{Context, bail};
use syn::{
    Attribute, File, Item, ItemFn, ItemImpl, ItemMod, ItemUse, UseTree,
    visit::{self, Visit},
};

use crate::run;

/// Crates whose circles are still to be cut.
const OWED: &[&str] = &["desk", "number", "phone"];

/// The path of a module below its crate.
type Module = Vec<String>;

/// What a file names.
#[derive(Debug, Default)]
struct Names {
    /// Paths that begin at the crate, at the module or above it.
    paths: BTreeSet<Vec<String>>,
    /// What it imports, by the name that this has here.
    imports: BTreeMap<String, Vec<String>>,
}

/// Fails with every circle.
pub(crate) fn check() -> anyhow::Result<()> {
    let mut found = Vec::new();
    for krate in fs::read_dir(run::root().join("crates"))? {
        let krate = krate?;
        let name = krate.file_name().to_string_lossy().into_owned();
        if OWED.contains(&name.as_str()) {
            continue;
        }
        let mut files = BTreeMap::new();
        read(&krate.path().join("src"), &[], &mut files)?;
        found.extend(circles(&files).into_iter().map(|circle| format!("{name}: {}", circle.join(" <-> "))));
    }
    if found.is_empty() {
        return Ok(());
    }
    found.sort();
    bail!("files that need each other:\n  {}", found.join("\n  "))
}

/// Reads the files of a folder, whose modules are below `above`.
fn read(folder: &Path, above: &[String], files: &mut BTreeMap<Module, Names>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let module = || [above, std::slice::from_ref(&name)].concat();
        if name == "tests" {
            continue;
        }
        if path.is_dir() {
            read(&path, &module(), files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let module = if matches!(name.as_str(), "lib" | "main" | "mod") { above.to_vec() } else { module() };
            let text = fs::read_to_string(&path)?;
            let file = syn::parse_file(&text).with_context(|| path.display().to_string())?;
            let names = Names::of(&file);
            let there = files.entry(module).or_default();
            there.paths.extend(names.paths);
            there.imports.extend(names.imports);
        }
    }
    Ok(())
}

impl Names {
    fn of(file: &File) -> Names {
        let mut names = Names::default();
        names.visit_file(file);
        names
    }

    fn import(&mut self, tree: &UseTree, before: &[String]) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.import(&path.tree, &with(&path.ident)),
            UseTree::Group(group) => group.items.iter().for_each(|item| self.import(item, before)),
            UseTree::Glob(_) => _ = self.paths.insert(before.to_vec()),
            UseTree::Name(name) if name.ident == "self" => {
                self.take(before.last().cloned().unwrap_or_default(), before.to_vec());
            }
            UseTree::Name(name) => self.take(name.ident.to_string(), with(&name.ident)),
            UseTree::Rename(renamed) => self.take(renamed.rename.to_string(), with(&renamed.ident)),
        }
    }

    fn take(&mut self, name: String, path: Vec<String>) {
        self.paths.insert(path.clone());
        self.imports.insert(name, path);
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes: &[Attribute] = if let Item::Mod(ItemMod { attrs, .. }) | Item::Use(ItemUse { attrs, .. }) = item
        {
            attrs
        } else if let Item::Fn(ItemFn { attrs, .. }) | Item::Impl(ItemImpl { attrs, .. }) = item {
            attrs
        } else {
            &[]
        };
        if !attributes.iter().any(is_test) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.import(&item.tree, &[]);
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        // Of a module within the file `super` is the file itself.
        let mut inner = Names::default();
        visit::visit_item_mod(&mut inner, item);
        let own = |path: &Vec<String>| path.first().is_some_and(|first| first == "crate");
        self.paths.extend(inner.paths.into_iter().filter(own));
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if names.first().is_some_and(|first| ["crate", "super", "self"].contains(&first.as_str())) {
            self.paths.insert(names);
        }
        visit::visit_path(self, path);
    }
}

fn is_test(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg") && attribute.parse_args::<syn::Ident>().is_ok_and(|condition| condition == "test")
}

/// The module that declares what a path means that stands in `from`; nothing where that is in another crate.
fn declares(files: &BTreeMap<Module, Names>, from: &[String], path: &[String], hops: usize) -> Option<Module> {
    let (first, mut rest) = path.split_first()?;
    let mut at: Module = match first.as_str() {
        "crate" => Vec::new(),
        "self" => from.to_vec(),
        "super" => from.split_last()?.1.to_vec(),
        _ if files.contains_key(&[from, std::slice::from_ref(first)].concat()) => {
            rest = path;
            from.to_vec()
        }
        _ => {
            let imported = files.get(from)?.imports.get(first).filter(|imported| *imported != path)?;
            return declares(files, from, &[imported, rest].concat(), hops.checked_sub(1)?);
        }
    };
    while let Some((next, after)) = rest.split_first() {
        let below = [at.as_slice(), std::slice::from_ref(next)].concat();
        if next == "super" {
            at.pop();
        } else if files.contains_key(&below) {
            at = below;
        } else {
            let imported = files.get(&at).and_then(|names| names.imports.get(next));
            let elsewhere =
                imported.and_then(|imported| declares(files, &at, &[imported, after].concat(), hops.checked_sub(1)?));
            return Some(elsewhere.unwrap_or(at));
        }
        rest = after;
    }
    Some(at)
}

/// The circles among these files.
fn circles(files: &BTreeMap<Module, Names>) -> Vec<Vec<String>> {
    let arrows: BTreeMap<&Module, BTreeSet<Module>> = files
        .iter()
        .map(|(from, names)| {
            let to = names.paths.iter().filter_map(|path| declares(files, from, path, 8));
            (from, to.filter(|to| !to.starts_with(from) && !from.starts_with(to)).collect())
        })
        .collect();
    let reach = |from: &Module| {
        let (mut seen, mut open) = (BTreeSet::new(), vec![from.clone()]);
        while let Some(next) = open.pop() {
            for to in arrows.get(&next).into_iter().flatten() {
                if seen.insert(to.clone()) {
                    open.push(to.clone());
                }
            }
        }
        seen
    };
    let reached: BTreeMap<&Module, BTreeSet<Module>> = files.keys().map(|from| (from, reach(from))).collect();
    let mut found = BTreeSet::new();
    for (from, seen) in reached.iter().filter(|(from, seen)| seen.contains(**from)) {
        let circle = seen.iter().filter(|other| reached.get(other).is_some_and(|back| back.contains(*from)));
        found.insert(circle.map(|module| module.join("/")).collect());
    }
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<Vec<String>> {
        let module = |name: &str| name.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        let names = |text: &str| Names::of(&syn::parse_file(text).unwrap());
        circles(&files.iter().map(|(name, text)| (module(name), names(text))).collect())
    }

    #[test]
    fn a_circle_is_found_past_re_exports_and_in_paths() {
        let lib = ("", "mod calls; mod board; pub use board::Item;");
        assert_eq!(found(&[lib, ("board", "use crate::calls::Table;"), ("calls", "struct Table;")]), [[""; 0]; 0]);
        let circle = [["board", "calls"]];
        assert_eq!(found(&[lib, ("board", "use super::calls;"), ("calls", "use crate::{Item, Other};")]), circle);
        assert_eq!(found(&[lib, ("board", "fn f(x: crate::calls::T) {}"), ("calls", "use super::board::*;")]), circle);
        let three = [("a", "use crate::b;"), ("b", "use crate::c::{self, D as E};"), ("c", "use super::a::X;")];
        assert_eq!(found(&three), [["a", "b", "c"]]);
    }

    #[test]
    fn a_module_and_its_parts_are_one_room_and_tests_are_none() {
        assert!(found(&[("a", "mod b; use b::X; struct Y;"), ("a/b", "use super::Y; struct X;")]).is_empty());
        let test = "#[cfg(test)] mod tests { use crate::b::X; }";
        assert!(found(&[("a", test), ("b", "use crate::a::Y;")]).is_empty());
    }
}
