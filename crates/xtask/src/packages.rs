//! The packages needed from the distribution, and their installation.

use std::process::{Command, Stdio};

use anyhow::bail;

use crate::run;

/// To build the panel and to run it: web view, tray, sound.
pub(crate) const PANEL: &[&str] = &[
    "build-essential",
    "pkg-config",
    "libwebkit2gtk-4.1-dev",
    "libayatana-appindicator3-dev",
    "libayatana-appindicator3-1",
    "gstreamer1.0-plugins-base",
    "gstreamer1.0-plugins-good",
    "libasound2-dev",
    "libasound2-plugins",
];

/// To show the panel without a display, and to press its buttons.
pub(crate) const DISPLAY: &[&str] = &[
    "xvfb",
    "xauth",
    "openbox",
    "metacity",
    "zenity",
    "libglib2.0-bin",
    "dbus",
    "dunst",
    "libnotify-bin",
    "webkit2gtk-driver",
    "chromium",
    "chromium-driver",
    "imagemagick",
    "xdotool",
    "x11-utils",
    "x11-xserver-utils",
    "wmctrl",
    "fonts-noto-cjk",
];

/// To build the fuzz targets, whose engine is C++.
pub(crate) const COMPILER: &[&str] = &["build-essential"];

/// The foreign peers: SOAP, HTTP, certificates.
pub(crate) const PEERS: &[&str] = &["php-cli", "php-soap", "python3-venv", "curl", "openssl", "procps"];

/// Proxies in front of a gateway.
pub(crate) const PROXIES: &[&str] = &["nginx", "haproxy", "stunnel4"];

/// Prometheus' own tool, to test the alerts.
pub(crate) const ALERTS: &[&str] = &["prometheus"];

/// The phones of the lab. Its Asterisk is unpacked from packages, not installed.
pub(crate) const LAB: &[&str] = &["baresip-core", "sip-tester", "iproute2", "debian-archive-keyring"];

/// A sound server for tests, with virtual cards.
pub(crate) const SOUND: &[&str] = &["pulseaudio", "pulseaudio-utils", "libasound2-plugins"];

/// Decoders to compare ours with.
pub(crate) const DECODERS: &[&str] = &["ffmpeg", "sox", "libsox-fmt-mp3"];

/// Other programs of an agent's desktop, and SoX, which writes recordings as a PBX does.
pub(crate) const NEIGHBOURS: &[&str] = &["metacity", "zenity", "libglib2.0-bin", "sox"];

/// To check the page's types, if there is no npm.
pub(crate) const PAGE: &[&str] = &["nodejs", "npm"];

/// What the tests need. `programs.rs` compares it with the programs that tests start.
pub(crate) const FOR_TESTS: &[&[&str]] = &[PANEL, DISPLAY, PEERS, PROXIES, ALERTS, LAB, NEIGHBOURS, SOUND];

/// To build for Windows.
pub(crate) const CROSS: &[&str] = &["rustc-web", "rust-web-src", "libstd-rust-web-dev", "mingw-w64"];

/// To make the Windows installers and archives.
pub(crate) const INSTALLERS: &[&str] = &["nsis", "wixl", "msitools", "zip"];

/// To make packages for Linux.
pub(crate) const PACKAGING: &[&str] = &["dpkg-dev", "binutils", "librsvg2-bin", "rpm"];

/// To check and try these packages.
pub(crate) const PACKAGE_CHECKS: &[&str] =
    &["lintian", "appstream", "desktop-file-utils", "debootstrap", "debian-archive-keyring"];

/// Installs missing packages. Needs root or sudo only if any are missing.
pub(crate) fn install(groups: &[&[&str]]) -> anyhow::Result<()> {
    let wanted: Vec<&str> = groups.concat();
    if !cfg!(target_os = "linux") || run::command("dpkg", &["--version"]).stdout(Stdio::null()).status().is_err() {
        eprintln!(
            "This is not a Debian system. Please see to it yourself that these, or what your system calls them, are there:"
        );
        eprintln!("  {}", wanted.join(" "));
        return Ok(());
    }
    let missing: Vec<&str> = wanted.into_iter().filter(|package| !installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    eprintln!("Installing from the distribution: {}", missing.join(" "));
    run::run(&mut apt(&["update", "-qq"])?)?;
    let mut install = apt(&["install", "-y", "-qq", "--no-install-recommends"])?;
    run::run(install.args(&missing))
}

fn installed(package: &str) -> bool {
    let mut query = run::command("dpkg-query", &["-W", "-f=${Status}", package]);
    let status = query.stderr(Stdio::null()).output();
    status.is_ok_and(|output| output.stdout.ends_with(b"install ok installed"))
}

fn apt(args: &[&str]) -> anyhow::Result<Command> {
    let mut command = as_root("env")?;
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]).args(args).stdin(Stdio::null());
    Ok(command)
}

/// A command that changes the system: run directly for root, through sudo for everybody else.
pub(crate) fn as_root(program: &str) -> anyhow::Result<Command> {
    if run::output(&mut run::command("id", &["-u"]))?.trim() == "0" {
        return Ok(run::command(program, &[]));
    }
    if run::command("sudo", &["-V"]).stdout(Stdio::null()).status().is_err() {
        bail!("the system lacks something, and this user is neither root nor has sudo");
    }
    Ok(run::command("sudo", &[program]))
}
