//! Makes .deb and .rpm packages: `cargo xtask package`, and `--try`, which installs them on a clean system.

mod control;
mod deb;
mod rpm;
mod stage;
mod trial;

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{packages, run};

/// The version in file names.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// One package.
#[derive(Debug, Clone, Copy)]
struct Package {
    /// Its name.
    name: &'static str,
    /// Its program.
    program: &'static str,
    /// A description in one line.
    summary: &'static str,
    /// A longer description.
    about: &'static str,
    section: &'static str,
    /// Packages it starts at run time or works better with, in addition to the linked libraries.
    depends: &'static [&'static str],
    recommends: &'static [&'static str],
    /// Files of the repository and their places.
    files: &'static [(&'static str, &'static str)],
}

const PACKAGES: [Package; 3] = [
    Package {
        name: "uncall-panel",
        program: "uncall-panel",
        summary: "panel of a call-centre agent",
        about: "Shows who is calling before the call is answered, and puts hold, transfer, survey, hang-up, click-to-dial, busy and \
                idle one click away. It speaks the Uncall Webservices API.",
        section: "comm",
        depends: &[],
        recommends: &["gstreamer1.0-plugins-good", "libayatana-appindicator3-1"],
        files: &[
            ("packaging/linux/net.uncall.panel.desktop", "usr/share/applications/net.uncall.panel.desktop"),
            ("packaging/linux/net.uncall.panel.metainfo.xml", "usr/share/metainfo/net.uncall.panel.metainfo.xml"),
            ("icons/app.svg", "usr/share/icons/hicolor/scalable/apps/net.uncall.panel.svg"),
        ],
    },
    Package {
        name: "uncall-gateway",
        program: "uncall-gateway",
        summary: "server of the Uncall Webservices API on an Asterisk",
        about: "Serves the Uncall Webservices API (SOAP) and its push stream on a real Asterisk, or on a simulated call centre.",
        section: "comm",
        depends: &["systemd | systemd-sysusers"],
        recommends: &[],
        files: &[
            ("packaging/linux/uncall-gateway.sysusers", "usr/lib/sysusers.d/uncall-gateway.conf"),
            ("packaging/linux/gateway.example.toml", "usr/share/doc/uncall-gateway/examples/gateway.toml"),
            ("docs/asterisk.md", "usr/share/doc/uncall-gateway/asterisk.md"),
            ("docs/access.md", "usr/share/doc/uncall-gateway/access.md"),
            ("docs/api.md", "usr/share/doc/uncall-gateway/api.md"),
        ],
    },
    Package {
        name: "uncall",
        program: "uncall",
        summary: "command line for a server of the Uncall Webservices API",
        about: "Dials, holds, transfers, listens, watches an extension and fetches recordings: for scripts, for hooks of other programs, \
                and to find out what a server really answers.",
        section: "comm",
        depends: &[],
        recommends: &[],
        files: &[],
    },
];

/// Makes the packages of the shipped programs, in `target/package/dist`.
pub(crate) fn build() -> anyhow::Result<()> {
    packages::install(&[packages::PANEL, packages::PACKAGING])?;
    let programs = ["uncall-panel", "uncall-gateway", "uncall-cli"];
    let chosen: Vec<&str> = programs.iter().flat_map(|program| ["-p", program]).collect();
    run::run(run::cargo(&["build", "--release"]).args(chosen))?;
    made_of(&run::target().join("release")).map(drop)
}

/// Makes packages of unoptimised programs, runs Debian's checks on them, and tries them on a clean Debian 12.
pub(crate) fn prove() -> anyhow::Result<()> {
    packages::install(&[packages::PANEL, packages::PACKAGING, packages::PACKAGE_CHECKS])?;
    run::run(&mut run::cargo(&["build", "--workspace", "--all-targets"]))?;
    let dist = made_of(&run::target().join("debug"))?;
    trial::look(&dist)?;
    trial::run(&dist)
}

fn made_of(programs: &Path) -> anyhow::Result<PathBuf> {
    let pages = fresh("pages")?;
    // Each program has a test that writes its manual page and completions.
    run::run(run::cargo(&["test", "--workspace", "-q", "the_manual_has_every_argument"]).env("UNCALL_PAGES", &pages))?;
    let dist = fresh("dist")?;
    for package in &PACKAGES {
        let tree = fresh(package.name)?;
        stage::lay_out(package, programs, &pages, &tree)?;
        // The .rpm comes first, before Debian's metadata is added to the tree.
        rpm::make(package, &tree, &dist)?;
        deb::make(package, &tree, &dist)?;
    }
    let mut sums = run::command("sh", &["-c", "sha256sum -- *.deb *.rpm > SHA256SUMS && cat SHA256SUMS >&2"]);
    run::run(sums.current_dir(&dist))?;
    Ok(dist)
}

/// An empty folder for this command.
fn fresh(name: &str) -> anyhow::Result<PathBuf> {
    let folder = run::target().join("package").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}
