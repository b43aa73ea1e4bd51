//! The Windows side, made on Debian: type check, programs, installers, and the proof under Wine.

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

use std::{path::PathBuf, thread};

use anyhow::anyhow;

use self::build::Programs;
use crate::{packages, run};

use toolchain::cargo;
pub(crate) use toolchain::check;
pub(crate) use wine::archive;

/// Installers and archive of these programs.
#[derive(Debug)]
struct Installers {
    /// The files that the panel's installers hold.
    stage: PathBuf,
    /// The folder for what is handed out.
    dist: PathBuf,
}

/// Makes the shipped programs, installers and archives, with checksums, in `target/windows/dist`.
pub(crate) fn build() -> anyhow::Result<()> {
    packages::install(&[packages::INSTALLERS])?;
    made_of(&build::release()?).map(drop)
}

/// Tests everything as far as Wine allows: the crates' tests, and installers with the same programs, in a profile that compiles
/// in half the time.
pub(crate) fn prove() -> anyhow::Result<()> {
    packages::install(&[packages::CROSS, packages::INSTALLERS, packages::PEERS, wine::PACKAGES])?;
    // One core unpacks Wine while the other one compiles.
    let (programs, tests) = thread::scope(|scope| {
        let unpacked = scope.spawn(wine::root);
        let built = build::proof();
        unpacked.join().map_err(|_| anyhow!("making Wine's root panicked"))?.and(built)
    })?;
    proof::run(&programs, &tests)?;
    installed(&programs)
}

/// The tests of the installers, with the shipped programs.
pub(crate) fn prove_shipped() -> anyhow::Result<()> {
    installed(&build::release()?)
}

/// Makes installers of these programs, and lets Wine install, run and remove them.
fn installed(programs: &Programs) -> anyhow::Result<()> {
    packages::install(&[packages::INSTALLERS])?;
    let Installers { stage, dist } = made_of(programs)?;
    installed::prove(programs, &stage, &dist)?;
    core::prove(programs)?;
    serviced::prove(programs)
}

fn made_of(programs: &Programs) -> anyhow::Result<Installers> {
    let (stage, dist) = (fresh("stage")?, fresh("dist")?);
    build::lay_out(programs, &stage)?;
    installer::make(&stage, &dist)?;
    msi::make(&stage, &dist, VERSION)?;
    archive::make(programs, &dist)?;
    archive::make_policy(&dist)?;
    archive::sums(&dist)?;
    Ok(Installers { stage, dist })
}

/// The version in file names.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The folder of this command.
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
