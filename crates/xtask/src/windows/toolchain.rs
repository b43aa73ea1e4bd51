//! Debian's compiler with the standard library's source, which builds for Windows without a toolchain of rustup's. Nothing
//! else is built with it.

use std::{path::Path, process::Command};

use crate::{packages, run};

/// The target that Debian's mingw-w64 links for.
pub(super) const TARGET: &str = "x86_64-pc-windows-gnu";
const RUSTC: &str = "/usr/bin/rustc";

/// Cargo's arguments for all crates that are for Windows.
pub(super) const FOR_WINDOWS: &[&str] = &["--workspace", "--exclude", "uncall-tests", "--exclude", "xtask"];

/// Only type-checks them, their tests too.
pub(crate) fn check() -> anyhow::Result<()> {
    run::run(cargo(&["check", "--profile", "proof", "--all-targets"])?.args(FOR_WINDOWS))
}

/// Cargo with that compiler, for the target, its output in a folder of its own.
pub(super) fn cargo(arguments: &[&str]) -> anyhow::Result<Command> {
    packages::install(&[packages::CROSS])?;
    startup_objects()?;
    let mut cargo = run::cargo(arguments);
    cargo.args(["-Zbuild-std=std,panic_abort", "--target", TARGET, "--locked"]);
    // rustup has set these for its own toolchain.
    cargo.env_remove("RUSTUP_TOOLCHAIN").env("RUSTC", RUSTC).env("RUSTC_BOOTSTRAP", "1");
    cargo.env("CARGO_TARGET_DIR", super::folder());
    Ok(cargo)
}

/// Two objects that only a full toolchain ships.
fn startup_objects() -> anyhow::Result<()> {
    let sysroot = run::output(&mut run::command(RUSTC, &["--print", "sysroot"]))?;
    let library = Path::new(sysroot.trim()).join("lib/rustlib");
    let made = super::folder().join("startup");
    std::fs::create_dir_all(&made)?;
    for name in ["rsbegin", "rsend"] {
        let place = library.join(TARGET).join("lib").join(format!("{name}.o"));
        if place.exists() {
            continue;
        }
        let (source, object) =
            (library.join("src/rust/library/rtstartup").join(format!("{name}.rs")), made.join(format!("{name}.o")));
        let mut compile = run::command(RUSTC, &["--target", TARGET, "--emit=obj", "-o"]);
        run::run(compile.arg(&object).arg(source).env("RUSTC_BOOTSTRAP", "1"))?;
        run::run(packages::as_root("install")?.args(["-D", "-m", "644"]).arg(&object).arg(&place))?;
    }
    Ok(())
}
