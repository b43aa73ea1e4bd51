//! Generates a command's manual page and shell completions from its definition. Each program has a test that calls [`write`], so
//! that shipped programs do not contain the generator; `cargo xtask package` runs these tests.

use std::fs;
use std::io;
use std::path::Path;

use clap::Command;
use clap_complete::Shell;

/// The environment variable with the output folder. Without it, a test only checks the pages.
pub const VARIABLE: &str = "UNCALL_PAGES";

/// Writes `NAME.1` and the completions for bash, zsh and fish into `folder`, under the names these shells look for.
///
/// # Errors
/// If a file cannot be written.
pub fn write(command: Command, folder: &Path) -> io::Result<()> {
    let name = command.get_name().to_owned();
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    fs::create_dir_all(folder)?;
    fs::write(folder.join(format!("{name}.1")), page)?;
    let files = [(Shell::Bash, name.clone()), (Shell::Zsh, format!("_{name}")), (Shell::Fish, format!("{name}.fish"))];
    for (shell, file) in files {
        let mut text = Vec::new();
        clap_complete::generate(shell, &mut command.clone(), &name, &mut text);
        fs::write(folder.join(file), text)?;
    }
    Ok(())
}

/// Writes the pages to the folder in [`VARIABLE`], or else to `forgotten`, a temporary one. Returns the manual page.
///
/// # Errors
/// If a file cannot be written or read.
pub fn made(command: Command, forgotten: &Path) -> io::Result<String> {
    let wanted = std::env::var_os(VARIABLE);
    let folder = wanted.as_deref().map_or(forgotten, Path::new);
    let page = folder.join(format!("{}.1", command.get_name()));
    write(command, folder)?;
    fs::read_to_string(page)
}
