//! The first thing a new user types.

use crate::{packages, run};

/// Opens the panel on the built-in simulator; without a display, plays one call under Xvfb and leaves pictures of it.
pub(crate) fn run() -> anyhow::Result<()> {
    packages::install(&[packages::PANEL])?;
    run::run(&mut run::cargo(&["build", "--locked", "-p", "uncall-panel", "--bins"]))?;
    if display() {
        eprintln!(
            "The panel opens on a simulated call centre; the first call comes in a few seconds. Quit from its tray menu or with Ctrl+C."
        );
        let panel = run::target().join("debug").join(format!("uncall-panel{}", std::env::consts::EXE_SUFFIX));
        return run::run(&mut run::command(&panel.to_string_lossy(), &["--demo"]));
    }
    eprintln!(
        "There is no display here (DISPLAY and WAYLAND_DISPLAY are not set): the same runs under Xvfb, and leaves pictures."
    );
    packages::install(&[packages::DISPLAY])?;
    run::run(&mut run::cargo(&["run", "--locked", "--quiet", "-p", "uncall-tests", "--bin", "scripted-demo"]))
}

fn display() -> bool {
    !cfg!(target_os = "linux")
        || ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}
