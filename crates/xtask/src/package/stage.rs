//! Stages a package's files at their final paths, with their final modes.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::Context;

use super::Package;
use crate::run;

/// The icon sizes that desktops use. The SVG serves all others.
const ICONS: [u32; 8] = [16, 22, 24, 32, 48, 64, 128, 256];

/// Stages the package in an empty folder.
pub(super) fn lay_out(package: &Package, programs: &Path, pages: &Path, tree: &Path) -> anyhow::Result<()> {
    let program = package.program;
    let binary = tree.join("usr/bin").join(program);
    place(&programs.join(program), &binary, 0o755)?;
    run::run(run::command("strip", &["--strip-unneeded"]).arg(&binary))?;
    for (file, at) in package.files {
        place(&run::root().join(file), &tree.join(at), 0o644)?;
    }
    for (file, at) in [
        (format!("{program}.1"), format!("usr/share/man/man1/{program}.1")),
        (program.to_owned(), format!("usr/share/bash-completion/completions/{program}")),
        (format!("_{program}"), format!("usr/share/zsh/vendor-completions/_{program}")),
        (format!("{program}.fish"), format!("usr/share/fish/vendor_completions.d/{program}.fish")),
    ] {
        place(&pages.join(file), &tree.join(at), 0o644)?;
    }
    zipped(&tree.join(format!("usr/share/man/man1/{program}.1")))?;
    if program == "uncall-panel" {
        icons(tree)?;
    }
    if program == "uncall-gateway" {
        unit(tree)?;
    }
    folders(tree)
}

fn icons(tree: &Path) -> anyhow::Result<()> {
    for size in ICONS {
        let at = tree.join(format!("usr/share/icons/hicolor/{size}x{size}/apps/net.uncall.panel.png"));
        make_folder_of(&at)?;
        let length = size.to_string();
        let mut draw = run::command("rsvg-convert", &["--width", &length, "--height", &length, "--output"]);
        run::run(draw.arg(&at).arg(run::root().join("icons/app.svg")))?;
        mode(&at, 0o644)?;
    }
    Ok(())
}

/// Writes the systemd unit with the programs' path in packages.
fn unit(tree: &Path) -> anyhow::Result<()> {
    let unit = fs::read_to_string(run::root().join("packaging/linux/uncall-gateway.service"))?;
    let at = tree.join("lib/systemd/system/uncall-gateway.service");
    make_folder_of(&at)?;
    fs::write(&at, unit.replace("/usr/local/bin/", "/usr/bin/"))?;
    mode(&at, 0o644)
}

/// Copies a file to its place.
pub(super) fn place(from: &Path, to: &Path, bits: u32) -> anyhow::Result<()> {
    make_folder_of(to)?;
    fs::copy(from, to).with_context(|| format!("cannot copy {}", from.display()))?;
    mode(to, bits)
}

/// Writes a text to its place.
pub(super) fn write(text: &str, to: &Path, bits: u32) -> anyhow::Result<()> {
    make_folder_of(to)?;
    fs::write(to, text)?;
    mode(to, bits)
}

/// Compresses a file with gzip, without its name and time.
pub(super) fn zipped(file: &Path) -> anyhow::Result<()> {
    run::run(run::command("gzip", &["-9n"]).arg(file))
}

fn make_folder_of(file: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(file.parent().context("a place has a folder")?)?;
    Ok(())
}

fn mode(file: &Path, bits: u32) -> anyhow::Result<()> {
    Ok(fs::set_permissions(file, fs::Permissions::from_mode(bits))?)
}

/// Makes all folders accessible to everybody, whatever the umask.
pub(super) fn folders(tree: &Path) -> anyhow::Result<()> {
    mode(tree, 0o755)?;
    for folder in below(tree)?.into_iter().filter(|path| path.is_dir()) {
        folders(&folder)?;
    }
    Ok(())
}

/// The entries of a folder, sorted.
pub(super) fn below(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    found.sort();
    Ok(found)
}
