//! Checks that every dependency's licence allows giving the panel to anybody.

use anyhow::bail;

use crate::{metadata::Metadata, run};

/// Licences that require no more than a notice. MPL-2.0 also requires publishing changes to its files, but we make none.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "Zlib",
    "bzip2-1.0.6",
];

/// Packages whose licence expression is wrong. `g729-sys` says MIT but is a translation of bcg729, which is GPL-3.0.
const REFUSED: &[&str] = &["g729-sys"];

/// Fails with a list of all packages whose licence expression [`ALLOWED`] cannot satisfy, and of those in [`REFUSED`] that are
/// compiled.
pub(crate) fn check(metadata: &Metadata) -> anyhow::Result<()> {
    let refused: Vec<String> = metadata
        .packages
        .values()
        .filter(|package| !allowed(&package.licence))
        .map(|package| format!("{}: {:?}", package.name, package.licence))
        .collect();
    if !refused.is_empty() {
        bail!("licences that are not on the list in xtask/src/licences.rs:\n  {}", refused.join("\n  "))
    }
    let refused = by_name(&compiled()?);
    if !refused.is_empty() {
        bail!("not free, whatever it says (xtask/src/licences.rs): {}", refused.join(", "));
    }
    Ok(())
}

/// All packages that are compiled for any system, one per line. Lock file and metadata also list optional packages that no
/// feature enables.
fn compiled() -> anyhow::Result<String> {
    let mut tree = run::cargo(&["tree", "--locked", "--workspace", "--target", "all", "--edges", "normal,build"]);
    run::output(tree.args(["--prefix", "none", "--format", "{p}"]))
}

fn by_name(compiled: &str) -> Vec<&'static str> {
    let there = |name: &str| compiled.lines().any(|line| line.split(' ').next() == Some(name));
    REFUSED.iter().copied().filter(|name| there(name)).collect()
}

/// Reads an SPDX expression of `AND`, `OR` and brackets (and the old `/` for `OR`). `AND` binds tighter.
fn allowed(expression: &str) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ").replace(" WITH ", "+WITH+");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    let met = any(&mut rest);
    met && rest.is_empty() && !words.is_empty()
}

fn any(rest: &mut &[&str]) -> bool {
    let mut met = all(rest);
    while let Some((&"OR", tail)) = rest.split_first() {
        *rest = tail;
        met |= all(rest);
    }
    met
}

fn all(rest: &mut &[&str]) -> bool {
    let mut met = one(rest);
    while let Some((&"AND", tail)) = rest.split_first() {
        *rest = tail;
        met &= one(rest);
    }
    met
}

fn one(rest: &mut &[&str]) -> bool {
    let Some((word, tail)) = rest.split_first() else { return false };
    *rest = tail;
    if *word != "(" {
        let name = word.replace("+WITH+", " WITH ");
        return ALLOWED.contains(&name.as_str());
    }
    let met = any(rest);
    match rest.split_first() {
        Some((&")", tail)) => {
            *rest = tail;
            met
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{allowed, by_name, compiled};

    #[test]
    fn a_package_is_refused_by_name_whatever_its_licence_says() {
        assert_eq!(by_name("audio-codec v0.4.13\ng729-sys v0.3.0\n"), ["g729-sys"]);
        let compiled = compiled().expect("cargo's tree");
        assert!(compiled.contains("audio-codec v"), "{compiled}");
        assert_eq!(by_name(&compiled), [""; 0]);
    }

    #[test]
    fn expressions_are_read_as_spdx_says() {
        for good in [
            "MIT",
            "MIT OR GPL-3.0",
            "GPL-3.0/MIT",
            "(MIT OR GPL-3.0) AND Apache-2.0",
            "Apache-2.0 WITH LLVM-exception OR GPL-2.0",
            "MIT OR GPL-3.0 AND GPL-2.0",
        ] {
            assert!(allowed(good), "{good}");
        }
        for bad in [
            "",
            "GPL-3.0",
            "MIT AND GPL-3.0",
            "(MIT",
            "MIT)",
            "LGPL-2.1 OR GPL-3.0",
            "MIT MIT",
            "(GPL-3.0 OR MIT) AND GPL-3.0",
        ] {
            assert!(!allowed(bad), "{bad}");
        }
    }
}
