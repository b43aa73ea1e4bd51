//! The Windows side, made on Debian: type check, release build, installers, and the proof under Wine.

mod archive;
mod build;
mod core;
mod file_version;
mod installed;
mod installer;
mod machine;
mod msi;
mod proof;
mod serviced;
mod toolchain;
mod wine;

use std::path::PathBuf;

use self::build::Programs;
use crate::{packages, run};

use toolchain::cargo;
pub(crate) use toolchain::check;

/// What was built.
#[derive(Debug)]
struct Built {
    programs: Programs,
    /// The files that the panel's installers hold.
    stage: PathBuf,
    /// What is handed out.
    dist: PathBuf,
}

/// Programs, installers and archive, with their checksums, into `target/windows/dist`.
pub(crate) fn build() -> anyhow::Result<()> {
    built().map(|_| ())
}

/// The same, and the proof that all of it works, as far as Wine can show that.
pub(crate) fn prove() -> anyhow::Result<()> {
    proof::run()?;
    let Built { programs, stage, dist } = built()?;
    installed::prove(&programs, &stage, &dist)?;
    core::prove(&programs)?;
    serviced::prove(&programs)
}

fn built() -> anyhow::Result<Built> {
    packages::install(&[packages::INSTALLERS])?;
    let programs = build::release()?;
    let (stage, dist) = (fresh("stage")?, fresh("dist")?);
    build::lay_out(&programs, &stage)?;
    installer::make(&stage, &dist)?;
    msi::make(&stage, &dist, VERSION)?;
    archive::make(&programs, &dist)?;
    archive::sums(&dist)?;
    Ok(Built { programs, stage, dist })
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
