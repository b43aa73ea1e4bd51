//! The Windows side, made on Debian: type check, release build, installers, and the proof under Wine.

mod archive;
mod build;
mod installer;
mod msi;
mod toolchain;

use std::path::PathBuf;

use crate::{packages, run};

pub(crate) use toolchain::check;

/// Programs, installers and archive, with their checksums, into `target/windows/dist`.
pub(crate) fn build() -> anyhow::Result<()> {
    packages::install(&[packages::INSTALLERS])?;
    let programs = build::release()?;
    let (stage, dist) = (fresh("stage")?, fresh("dist")?);
    build::lay_out(&programs, &stage)?;
    installer::make(&stage, &dist)?;
    msi::make(&stage, &dist)?;
    archive::make(&programs, &dist)?;
    archive::sums(&dist)
}

/// The version that names files.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Where everything of this command lies.
fn folder() -> PathBuf {
    run::target().join("windows")
}

fn fresh(name: &str) -> anyhow::Result<PathBuf> {
    let folder = folder().join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}
