//! The programs that tests start, and the packages they come from.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use anyhow::bail;

use crate::{packages, run};

/// The folders with tests that start programs.
const FOLDERS: &[&str] = &[
    "tests",
    "crates/gateway",
    "crates/client",
    "crates/cli",
    "crates/desk",
    "crates/headset",
    "crates/phone",
    "crates/screenpop",
    "src-tauri",
];

/// The source text before the name of a program that is started.
const STARTS: &[&str] = &["Command::new(\"", ".run(\"", "start_program(\"", "manager: \""];
/// Source text that may come before such a name. It counts if the name is in [`PROGRAMS`].
const PERHAPS: &[&str] = &[" start(\"", "(start(\"", "::start(\""];

/// The package that provides a program. `None` if every Debian has it.
const PROGRAMS: &[(&str, Option<&str>)] = &[
    ("WebKitWebDriver", Some("webkit2gtk-driver")),
    ("Xvfb", Some("xvfb")),
    ("chromedriver", Some("chromium-driver")),
    ("chmod", None),
    ("apt-get", None),
    ("curl", Some("curl")),
    ("dbus-daemon", Some("dbus")),
    ("dpkg-deb", None),
    ("dunst", Some("dunst")),
    ("dunstctl", Some("dunst")),
    ("haproxy", Some("haproxy")),
    ("gapplication", Some("libglib2.0-bin")),
    ("iconv", None),
    ("ip", Some("iproute2")),
    ("id", None),
    ("import", Some("imagemagick")),
    ("kill", Some("procps")),
    ("metacity", Some("metacity")),
    ("bash", None),
    ("mkfifo", None),
    ("nginx", Some("nginx")),
    ("openbox", Some("openbox")),
    ("openssl", Some("openssl")),
    ("pactl", Some("pulseaudio-utils")),
    ("parec", Some("pulseaudio-utils")),
    ("php", Some("php-cli")),
    ("prlimit", None),
    ("promtool", Some("prometheus")),
    ("pulseaudio", Some("pulseaudio")),
    ("python3", Some("python3-venv")),
    ("script", None),
    ("sh", None),
    ("sox", Some("sox")),
    ("stunnel", Some("stunnel4")),
    ("stunnel4", Some("stunnel4")),
    ("unshare", None),
    ("wmctrl", Some("wmctrl")),
    ("xdotool", Some("xdotool")),
    ("xrandr", Some("x11-xserver-utils")),
    ("xrdb", Some("x11-xserver-utils")),
    ("xprop", Some("x11-utils")),
    ("xsetroot", Some("x11-xserver-utils")),
    ("xwininfo", Some("x11-utils")),
    ("zenity", Some("zenity")),
];

/// Fails with a list of the programs that tests start but no package of the test command provides.
pub(crate) fn check() -> anyhow::Result<()> {
    let mut started = BTreeSet::new();
    for folder in FOLDERS {
        collect(&run::root().join(folder), &mut started)?;
    }
    let known: BTreeMap<_, _> = PROGRAMS.iter().copied().collect();
    let installed = packages::FOR_TESTS.concat();
    let missing: Vec<String> = started
        .iter()
        .filter_map(|program| match known.get(program.as_str()) {
            None => Some(format!("{program}: say in xtask/src/programs.rs which package brings it")),
            Some(Some(package)) if !installed.contains(package) => {
                Some(format!("{program}: {package} is not in xtask/src/packages.rs"))
            }
            Some(_) => None,
        })
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    bail!("tests start programs that a fresh machine may lack:\n  {}", missing.join("\n  "))
}

/// Collects the programs that the Rust files below this folder start, without those that only benchmarks start.
fn collect(folder: &Path, started: &mut BTreeSet<String>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && !["figures", "fuzz", "target"].contains(&name.as_str()) {
            collect(&path, started)?;
        } else if name.ends_with(".rs") {
            started.extend(named(&fs::read_to_string(&path)?));
        }
    }
    Ok(())
}

/// The programs that this source starts by name, without our own, and without extensions that are first arguments.
fn named(source: &str) -> Vec<String> {
    let after = |starts: &[&str]| -> Vec<String> {
        let literals = starts.iter().flat_map(|start| source.split(start).skip(1));
        literals.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
    };
    let mut names = after(PERHAPS);
    names.retain(|name| PROGRAMS.iter().any(|(known, _)| known == name));
    names.extend(after(STARTS));
    names.retain(|name| {
        !name.starts_with("uncall")
            && name.starts_with(|first: char| first.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    });
    names
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn programs_are_found_where_they_are_started() {
        let source = r#"Command::new("curl").arg("-s"); self.run("xprop", &["-root"]); agent.run("801", &[]);
            Command::new("uncall-gateway"); let it = start("openbox", &[]); let (first, _) = start("first");"#;
        assert_eq!(named(source), ["openbox", "curl", "xprop"]);
    }
}
