//! Runs Debian's checks on the packages and tries them on a clean Debian 12: install, start, take a call, upgrade to the same
//! version, remove, and leave nothing but the user's data.

use std::path::{Path, PathBuf};

use anyhow::Context;

use super::stage::{below, place};
use crate::{packages, run};

/// Runs lintian and appstreamcli. Their errors are ours.
pub(super) fn look(dist: &Path) -> anyhow::Result<()> {
    let metainfo = run::root().join("packaging/linux/net.uncall.panel.metainfo.xml");
    run::run(run::command("appstreamcli", &["validate", "--no-net"]).arg(metainfo))?;
    run::run(
        run::command("desktop-file-validate", &[]).arg(run::root().join("packaging/linux/net.uncall.panel.desktop")),
    )?;
    run::run(run::command("lintian", &["--fail-on", "error", "--no-tag-display-limit"]).args(debs(dist)?))
}

/// Runs the trial script inside the clean system.
pub(super) fn run(dist: &Path) -> anyhow::Result<()> {
    let root = clean_root()?;
    let trial = root.join("trial");
    run::run(packages::as_root("rm")?.arg("-rf").arg(&trial))?;
    for deb in debs(dist)? {
        let name = deb.file_name().context("a file has a name")?;
        place(&deb, &trial.join(name), 0o644)?;
    }
    place(&run::root().join("packaging/linux/try.sh"), &trial.join("try.sh"), 0o755)?;
    // In a mount namespace of its own, so the mounts disappear with it.
    let script =
        "mount -t proc proc \"$1/proc\" && mount --rbind /dev \"$1/dev\" && exec chroot \"$1\" /bin/sh /trial/try.sh";
    run::run(packages::as_root("unshare")?.args(["--mount", "sh", "-ec", script, "sh"]).arg(&root))
}

fn debs(dist: &Path) -> anyhow::Result<Vec<PathBuf>> {
    Ok(below(dist)?.into_iter().filter(|file| file.extension().is_some_and(|end| end == "deb")).collect())
}

/// Makes a new system for each trial from a base that is made once.
fn clean_root() -> anyhow::Result<PathBuf> {
    let folder = run::target().join("package");
    let (base, root) = (folder.join("base"), folder.join("root"));
    if !base.join("etc/debian_version").exists() {
        let archive = crate::windows::archive()?;
        run::run(packages::as_root("rm")?.arg("-rf").arg(&base))?;
        run::run(packages::as_root("debootstrap")?.args(["--variant=minbase", "bookworm"]).arg(&base).arg(archive))?;
    }
    run::run(packages::as_root("rm")?.args(["-rf", "--one-file-system"]).arg(&root))?;
    run::run(packages::as_root("cp")?.args(["-a", "--reflink=auto"]).arg(&base).arg(&root))?;
    // Give it this machine's apt configuration.
    for file in ["/etc/apt/apt.conf.d", "/etc/apt/sources.list.d", "/etc/resolv.conf", "/etc/hosts"] {
        if Path::new(file).exists() {
            run::run(
                packages::as_root("cp")?
                    .arg("-rL")
                    .arg(file)
                    .arg(root.join(file.trim_start_matches('/')).parent().unwrap_or(&root)),
            )?;
        }
    }
    run::run(packages::as_root("rm")?.arg("-f").arg(root.join("etc/apt/sources.list")))?;
    Ok(root)
}
