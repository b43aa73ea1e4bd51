//! The page's JavaScript, checked against the types that it names.

use std::{collections::BTreeSet, process::Stdio};

use anyhow::ensure;

use crate::{packages, run};

/// The compiler's version; the page's comments are the only TypeScript here.
const TYPESCRIPT: &str = "typescript@5.9.3";

/// Runs `tsc` over `ui`. The compiler comes from npm into the target folder, without a lock file: it has no dependencies.
pub(crate) fn check() -> anyhow::Result<()> {
    ids()?;
    let folder = run::target().join(TYPESCRIPT);
    let compiler = folder.join("node_modules/typescript/bin/tsc");
    if !compiler.exists() {
        npm()?;
        std::fs::create_dir_all(&folder)?;
        let mut install = run::command("npm", &["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]);
        install.args(["--no-save", "--no-package-lock", "--prefix"]).arg(&folder).arg(TYPESCRIPT);
        run::run(&mut install)?;
    }
    run::run(run::command("node", &[]).arg(compiler).args(["--noEmit", "-p", "ui"]))
}

/// Fails if two elements of a page have one id: scripts would find the first of them for both.
fn ids() -> anyhow::Result<()> {
    for page in ["ui/index.html", "ui/popup.html"] {
        let text = std::fs::read_to_string(run::root().join(page))?;
        let mut seen = BTreeSet::new();
        let ids = text.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next());
        for id in ids {
            ensure!(seen.insert(id), "two elements of {page} have the id {id}");
        }
    }
    Ok(())
}

/// Node's own packages bring npm along, the distribution's do not.
fn npm() -> anyhow::Result<()> {
    let version = run::command("npm", &["--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if version.is_ok_and(|status| status.success()) {
        return Ok(());
    }
    packages::install(&[packages::PAGE])
}
