//! Gateway and command line as a zip, the templates for group policy as another, and the checksums of all that is handed out.

use std::{
    fs::{self, File},
    path::Path,
    time::{Duration, SystemTime},
};

use super::{
    VERSION,
    build::{Programs, copy},
};
use crate::run;

/// What the archive holds beside the programs: the repository's file, and its name in the archive.
const FILES: &[(&str, &str)] = &[
    ("packaging/windows/gateway.example.toml", "gateway.example.toml"),
    ("README.md", "README.md"),
    ("LICENSE-MIT", "LICENSE-MIT"),
    ("LICENSE-APACHE", "LICENSE-APACHE"),
    ("docs/windows.md", "docs/windows.md"),
    ("docs/access.md", "docs/access.md"),
    ("docs/asterisk.md", "docs/asterisk.md"),
    ("docs/api.md", "docs/api.md"),
    ("docs/scaling.md", "docs/scaling.md"),
];

/// 2026-01-01: every entry's time, so that the same files make the same archive.
const STAMP: Duration = Duration::from_secs(1_767_225_600);

/// Makes `uncall-gateway-VERSION.zip`; everything in it lies in a folder of that name.
pub(super) fn make(programs: &Programs, dist: &Path) -> anyhow::Result<()> {
    let name = format!("uncall-gateway-{VERSION}");
    let parent = super::fresh("archive")?;
    let folder = parent.join(&name);
    for program in ["uncall-gateway.exe", "uncall.exe"] {
        copy(&programs.file(program), &folder.join(program))?;
    }
    for (file, place) in FILES {
        copy(&run::root().join(file), &folder.join(place))?;
    }
    copy_tree(&run::root().join("dialplan"), &folder.join("dialplan"))?;
    pack(&parent, &name, dist)
}

/// Makes `uncall-panel-VERSION-policy.zip`, the templates for group policy.
pub(super) fn make_policy(dist: &Path) -> anyhow::Result<()> {
    let name = format!("uncall-panel-{VERSION}-policy");
    let parent = super::fresh("policy")?;
    copy_tree(&run::root().join("packaging/windows/policy"), &parent.join(&name))?;
    pack(&parent, &name, dist)
}

/// Packs the folder `name` in `parent`.
fn pack(parent: &Path, name: &str, dist: &Path) -> anyhow::Result<()> {
    let mut names = Vec::new();
    list(&parent.join(name), name, &mut names)?;
    names.sort();
    let mut zip = run::command("zip", &["-X", "-q"]);
    zip.arg(dist.join(format!("{name}.zip"))).args(names).current_dir(parent).env("TZ", "UTC");
    run::run(&mut zip)
}

/// `SHA256SUMS`, as `sha256sum -c` reads it.
pub(super) fn sums(dist: &Path) -> anyhow::Result<()> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dist)? {
        names.push(entry?.file_name());
    }
    names.sort();
    let sums = run::output(run::command("sha256sum", &["--"]).args(names).current_dir(dist))?;
    eprint!("In {}:\n{sums}", dist.display());
    Ok(fs::write(dist.join("SHA256SUMS"), sums)?)
}

fn copy_tree(from: &Path, to: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let place = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &place)?;
        } else {
            copy(&entry.path(), &place)?;
        }
    }
    Ok(())
}

/// Every file below, by its name in the archive, with the common time.
fn list(folder: &Path, name: &str, names: &mut Vec<String>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{name}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            list(&entry.path(), &name, names)?;
            continue;
        }
        File::options().write(true).open(entry.path())?.set_modified(SystemTime::UNIX_EPOCH + STAMP)?;
        names.push(name);
    }
    Ok(())
}
