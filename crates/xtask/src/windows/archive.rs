//! Makes the zip with gateway and command line, the one with the group policy templates, and the checksums of everything.

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

/// The archive's files besides the programs: the file in the repository, and its name in the archive.
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

/// The time of every entry, 2026-01-01, so that the same files always make the same archive.
const STAMP: Duration = Duration::from_secs(1_767_225_600);

/// Makes `uncall-gateway-VERSION.zip`, with everything in a folder of that name.
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

/// Makes `uncall-panel-VERSION-policy.zip` with the group policy templates.
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

/// Lists every file below a folder by its name in the archive, and sets the common time.
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
