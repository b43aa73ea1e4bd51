//! The type check for Windows, with Debian's own compiler and standard library source: no toolchain of rustup's for
//! another system is needed. Only the check runs with that compiler; the project's own toolchain stays what it is.

mod proof;
mod wine;

use std::{path::Path, process::Command};

use crate::{packages, run};

pub(crate) use self::proof::run as prove;

const TARGET: &str = "x86_64-pc-windows-gnu";
const RUSTC: &str = "/usr/bin/rustc";
const PACKAGES: &[&str] = &["rustc-web", "rust-web-src", "libstd-rust-web-dev", "mingw-w64"];

/// Checks every crate for Windows.
pub(crate) fn check() -> anyhow::Result<()> {
    let mut check = cargo(&["check"])?;
    for package in ["uncall-panel", "uncall-gateway", "uncall-cli"] {
        check.args(["-p", package]);
    }
    run::run(&mut check)
}

/// Cargo with Debian's compiler, for the target.
fn cargo(arguments: &[&str]) -> anyhow::Result<Command> {
    packages::install(&[PACKAGES])?;
    startup_objects()?;
    let mut cargo = run::cargo(arguments);
    cargo.args(["-Zbuild-std=std,panic_abort", "--target", TARGET, "--locked"]);
    // Ours were set by rustup for its own toolchain.
    cargo.env_remove("RUSTUP_TOOLCHAIN").env("RUSTC", RUSTC).env("RUSTC_BOOTSTRAP", "1");
    cargo.env("CARGO_TARGET_DIR", run::target().join("windows"));
    Ok(cargo)
}

/// Two objects that only a full toolchain ships.
fn startup_objects() -> anyhow::Result<()> {
    let sysroot = run::output(&mut run::command(RUSTC, &["--print", "sysroot"]))?;
    let library = Path::new(sysroot.trim()).join("lib/rustlib");
    let objects = library.join(TARGET).join("lib");
    std::fs::create_dir_all(&objects)?;
    for name in ["rsbegin", "rsend"] {
        let object = objects.join(format!("{name}.o"));
        if object.exists() {
            continue;
        }
        let source = library.join("src/rust/library/rtstartup").join(format!("{name}.rs"));
        let (object, source) = (object.to_string_lossy().into_owned(), source.to_string_lossy().into_owned());
        let mut compile = run::command(RUSTC, &["--target", TARGET, "--emit=obj", "-o", &object, &source]);
        run::run(compile.env("RUSTC_BOOTSTRAP", "1"))?;
    }
    Ok(())
}
