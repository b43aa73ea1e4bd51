//! What the distribution has to provide, and installing what is missing of it.

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

/// To show the panel where there is no display, and to press its buttons.
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

/// Proxies that stand before a gateway.
pub(crate) const PROXIES: &[&str] = &["nginx", "haproxy", "stunnel4"];

/// The phones of the lab. Its Asterisk is unpacked from packages, not installed.
pub(crate) const LAB: &[&str] = &["baresip-core", "sip-tester", "debian-archive-keyring"];

/// A sound server of the tests' own, with cards that are none.
pub(crate) const SOUND: &[&str] = &["pulseaudio", "pulseaudio-utils", "libasound2-plugins"];

/// Decoders to measure ours beside.
pub(crate) const DECODERS: &[&str] = &["ffmpeg", "sox", "libsox-fmt-mp3"];

/// Other programs of an agent's desktop, and SoX, which writes recordings as a PBX does.
pub(crate) const NEIGHBOURS: &[&str] = &["metacity", "zenity", "libglib2.0-bin", "sox"];

/// To check the page's types, where Node's npm is not there.
pub(crate) const PAGE: &[&str] = &["nodejs", "npm"];

/// What the tests start; `programs.rs` holds it against the tests themselves.
pub(crate) const FOR_TESTS: &[&[&str]] = &[PANEL, DISPLAY, PEERS, PROXIES, LAB, NEIGHBOURS, SOUND];

/// To build for Windows.
pub(crate) const CROSS: &[&str] = &["rustc-web", "rust-web-src", "libstd-rust-web-dev", "mingw-w64"];

/// To make installers and archive of it.
pub(crate) const INSTALLERS: &[&str] = &["nsis", "wixl", "msitools", "zip"];

/// Installs what is missing. Needs root or sudo only when something is.
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

/// A program that changes the system: as it is for root, by sudo for everybody else.
pub(crate) fn as_root(program: &str) -> anyhow::Result<Command> {
    if run::output(&mut run::command("id", &["-u"]))?.trim() == "0" {
        return Ok(run::command(program, &[]));
    }
    if run::command("sudo", &["-V"]).stdout(Stdio::null()).status().is_err() {
        bail!("the system lacks something, and this user is neither root nor has sudo");
    }
    Ok(run::command("sudo", &[program]))
}
