//! Every dependency's licence has to be one that lets the panel be given to anybody.

use anyhow::bail;

use crate::metadata::Metadata;

/// Licences that ask for no more than a notice. MPL-2.0 asks for changes to its own files, of which we make none.
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

/// Packages whose licence expression is not the whole truth. `g729-sys` says MIT and is a translation of bcg729, which is GPL-3.0.
const REFUSED: &[&str] = &["g729-sys"];

/// Fails with every package of [`REFUSED`], and every one whose licence expression cannot be met by [`ALLOWED`].
pub(crate) fn check(metadata: &Metadata) -> anyhow::Result<()> {
    let refused: Vec<String> = metadata
        .packages
        .values()
        .filter(|package| refused(&package.name) || !allowed(&package.licence))
        .map(|package| format!("{}: {:?}", package.name, package.licence))
        .collect();
    if refused.is_empty() {
        return Ok(());
    }
    bail!("licences that are not on the list in xtask/src/licences.rs:\n  {}", refused.join("\n  "))
}

fn refused(name: &str) -> bool {
    REFUSED.contains(&name)
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
    use std::collections::BTreeMap;

    use super::{allowed, check};
    use crate::metadata::{Metadata, Package};

    #[test]
    fn a_package_is_refused_by_name_whatever_its_licence_says() {
        let with = |name: &str| {
            let package = Package { name: name.to_owned(), licence: "MIT".to_owned() };
            check(&Metadata::of(BTreeMap::from([(name.to_owned(), package)])))
        };
        assert!(with("audio-codec").is_ok());
        let refusal = with("g729-sys").map_err(|error| error.to_string());
        assert!(refusal.is_err_and(|text| text.contains("g729-sys")));
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
