//! Makes a .deb of a staged tree with Debian's own tools.

use std::{fs, path::Path};

use anyhow::Context;

use super::{
    Package, VERSION, control, fresh,
    stage::{folders, place, write, zipped},
};
use crate::run;

/// Makes `NAME_VERSION_ARCHITECTURE.deb`.
pub(super) fn make(package: &Package, tree: &Path, dist: &Path) -> anyhow::Result<()> {
    let papers = tree.join("usr/share/doc").join(package.name);
    write(control::COPYRIGHT, &papers.join("copyright"), 0o644)?;
    write(&control::changelog(package), &papers.join("changelog"), 0o644)?;
    zipped(&papers.join("changelog"))?;
    place(&run::root().join("CHANGELOG.md"), &papers.join("CHANGELOG.md"), 0o644)?;
    zipped(&papers.join("CHANGELOG.md"))?;
    let architecture = run::output(&mut run::command("dpkg", &["--print-architecture"]))?.trim().to_owned();
    let kilobytes = run::output(run::command("du", &["-sk"]).arg(tree))?;
    let kilobytes = kilobytes.split_whitespace().next().unwrap_or_default().parse().context("du says a size")?;
    let libraries = libraries(package, tree)?;
    let debian = tree.join("DEBIAN");
    write(&control::control(package, &architecture, &libraries, kilobytes), &debian.join("control"), 0o644)?;
    if package.name == "uncall-gateway" {
        write(control::GATEWAY_POSTINST, &debian.join("postinst"), 0o755)?;
        write(control::GATEWAY_PRERM, &debian.join("prerm"), 0o755)?;
        write(control::GATEWAY_POSTRM, &debian.join("postrm"), 0o755)?;
    }
    let sums = "find usr lib -type f -print0 2>/dev/null | sort -z | xargs -0 md5sum > DEBIAN/md5sums";
    run::run(run::command("sh", &["-c", sums]).current_dir(tree))?;
    folders(tree)?;
    let file = dist.join(format!("{}_{VERSION}_{architecture}.deb", package.name));
    run::run(run::command("dpkg-deb", &["--root-owner-group", "-Zxz", "--build"]).arg(tree).arg(file))
}

/// The packages with the libraries that the program is linked to.
fn libraries(package: &Package, tree: &Path) -> anyhow::Result<String> {
    let sources = fresh("shlibs")?;
    let control = format!("Source: uncall\n\nPackage: {}\nArchitecture: any\nDescription: x\n", package.name);
    fs::create_dir(sources.join("debian"))?;
    fs::write(sources.join("debian/control"), control)?;
    let mut ask = run::command("dpkg-shlibdeps", &["-O"]);
    let said = run::output(ask.arg(tree.join("usr/bin").join(package.program)).current_dir(&sources))?;
    let depends = said.lines().find_map(|line| line.strip_prefix("shlibs:Depends="));
    depends.map(str::to_owned).context("dpkg-shlibdeps names no packages")
}
