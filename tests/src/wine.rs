//! The programs as Windows executables, when `cargo xtask windows --wine` runs these tests.

use std::{env, ffi::OsString, path::Path};

use tokio::process::Command;

/// The script that runs its arguments inside Wine's root.
const INSIDE: &str = "UNCALL_WINE";
/// The folder with `uncall.exe` and `uncall-gateway.exe`.
const PROGRAMS: &str = "UNCALL_WINE_PROGRAMS";

fn setting() -> Option<(OsString, OsString)> {
    env::var_os(INSIDE).zip(env::var_os(PROGRAMS))
}

/// Whether the programs run under Wine.
pub fn is_on() -> bool {
    setting().is_some()
}

/// This program under Wine, to be given its arguments; nothing where programs are this machine's own.
pub(crate) fn program(name: &str) -> Option<Command> {
    let (inside, programs) = setting()?;
    let mut command = Command::new(inside);
    command.arg("wine").arg(Path::new(&programs).join(format!("{name}.exe")));
    Some(command)
}
