//! Asterisk out of the distribution's own packages: fetched through apt (which checks their signatures), unpacked into a
//! folder, never installed. No root is needed. The Debian that this was written on (12) has no asterisk package; the next
//! ones have.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail, ensure};

/// The release whose packages are taken (Asterisk 22), unless `UNCALL_LAB_RELEASE` names another one. With `bullseye` it is 16.28; of
/// 18, 20 and 21 Debian has none.
const RELEASE: &str = "forky";
const RELEASE_NAMED: &str = "UNCALL_LAB_RELEASE";
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// `target/lab`.
pub fn folder() -> Result<PathBuf> {
    Ok(crate::target_folder()?.join("lab"))
}

/// An unpacked Asterisk.
#[derive(Debug, Clone)]
pub(super) struct Distribution {
    root: PathBuf,
    libraries: PathBuf,
}

impl Distribution {
    /// The one in `target/lab/root`, or in `root-RELEASE` of another one; unpacked when it is missing, once, however many ask at the same time.
    pub(super) async fn unpacked() -> Result<Distribution> {
        tokio::task::spawn_blocking(|| {
            let folder = folder()?;
            fs::create_dir_all(&folder)?;
            let named = std::env::var(RELEASE_NAMED).ok().filter(|release| !release.is_empty());
            let root = folder.join(named.as_ref().map_or("root".to_owned(), |release| format!("root-{release}")));
            let lock = File::create(folder.join("root.lock"))?;
            lock.lock()?;
            if !root.exists() {
                let release = named.as_deref().unwrap_or(RELEASE);
                fetch(&folder, release, &root).context("cannot unpack Asterisk from the distribution's packages")?;
            }
            Distribution::at(root)
        })
        .await?
    }

    fn at(root: PathBuf) -> Result<Distribution> {
        let triplet = format!("{}-linux-gnu", std::env::consts::ARCH);
        let libraries = root.join("usr/lib").join(triplet);
        ensure!(libraries.is_dir(), "there is no Asterisk in {}; delete that folder", root.display());
        Ok(Distribution { root, libraries })
    }

    /// The folder of Asterisk's modules.
    pub(super) fn modules(&self) -> PathBuf {
        let of_the_machine = self.libraries.join("asterisk/modules");
        if of_the_machine.is_dir() { of_the_machine } else { self.root.join("usr/lib/asterisk/modules") }
    }

    /// The folder of what Asterisk brings along.
    pub(super) fn share(&self) -> PathBuf {
        self.root.join("usr/share/asterisk")
    }

    /// Program and first arguments that run Asterisk against its own libraries.
    pub(super) fn asterisk(&self) -> Result<(PathBuf, Vec<String>)> {
        // Older ones have /lib beside /usr/lib, and the usual name of the loader leads out of the folder.
        let beside = self.root.join("lib").join(self.libraries.file_name().unwrap_or_default());
        let is_loader = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            path.exists() && (name.starts_with("ld-linux") || (name.starts_with("ld-") && name.ends_with(".so")))
        };
        let folders = [&self.libraries, &beside].into_iter().filter_map(|folder| fs::read_dir(folder).ok());
        let files = folders.flatten().filter_map(Result::ok).map(|entry| entry.path());
        // A link to the machine's own loader would do, but its libraries are others.
        let own = |path: &PathBuf| path.canonicalize().is_ok_and(|real| real.starts_with(&self.root));
        let loader = files.filter(is_loader).find(own).context("the packages have no loader")?;
        let libraries = [self.libraries.clone(), beside, self.root.join("usr/lib")];
        let libraries: Vec<_> = libraries.iter().map(|path| path.to_string_lossy().into_owned()).collect();
        let program = self.root.join("usr/sbin/asterisk").to_string_lossy().into_owned();
        Ok((loader, vec!["--library-path".into(), libraries.join(":"), program]))
    }
}

/// Fetches and unpacks beside the final place, and moves it there when it is whole.
fn fetch(folder: &Path, release: &str, root: &Path) -> Result<()> {
    let apt = folder.join("apt");
    for part in ["lists/partial", "cache/archives/partial", "etc"] {
        fs::create_dir_all(apt.join(part))?;
    }
    File::create(apt.join("status"))?;
    fs::write(apt.join("etc/sources.list"), format!("deb [signed-by={KEYRING}] {} {release} main\n", mirror()?))?;
    run(apt_get(&apt).args(["update", "-qq"]))?;
    run(apt_get(&apt).args(["install", "-y", "-qq", "--download-only", "asterisk", "base-files"]))?;
    let unfinished = folder.join("root.unfinished");
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished)?;
    }
    fs::create_dir_all(&unfinished)?;
    for archive in fs::read_dir(apt.join("cache/archives"))? {
        let archive = archive?.path();
        if archive.extension().is_some_and(|extension| extension == "deb") {
            run(Command::new("dpkg-deb").arg("-x").args([&archive, &unfinished]))?;
        }
    }
    fs::rename(unfinished, root)?;
    Ok(fs::remove_dir_all(apt)?)
}

/// The archive that apt itself uses on this machine.
fn mirror() -> Result<String> {
    let output = Command::new("apt-get")
        .args(["indextargets", "--format", "$(ORIGIN) $(CREATED_BY) $(REPO_URI)", "Created-By: Packages"])
        .output()
        .context("there is no apt here: the lab needs a Debian")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let uris = text.lines().filter_map(|line| line.strip_prefix("Debian ")).filter_map(|line| line.split(' ').nth(1));
    let main = uris.filter(|uri| !uri.contains("security")).map(|uri| uri.trim_end_matches('/').to_owned()).next();
    main.context("apt's sources name no Debian archive; run `apt-get update` first")
}

/// apt-get on folders of its own: it neither sees nor touches what is installed.
fn apt_get(apt: &Path) -> Command {
    let mut command = Command::new("apt-get");
    let at = |name: &str| apt.join(name).to_string_lossy().into_owned();
    for option in [
        format!("Dir::State={}", at("")),
        format!("Dir::State::status={}", at("status")),
        format!("Dir::State::lists={}", at("lists")),
        format!("Dir::Cache={}", at("cache")),
        format!("Dir::Etc::sourcelist={}", at("etc/sources.list")),
        "Dir::Etc::sourceparts=/dev/null".into(),
        "Dir::Etc::preferencesparts=/dev/null".into(),
        "APT::Install-Recommends=false".into(),
        "Acquire::Languages=none".into(),
        // A mirror that stands still is no reason to refuse; the signatures are checked all the same.
        "Acquire::Check-Valid-Until=false".into(),
        "Debug::NoLocking=1".into(),
        // The folder belongs to whoever runs this, not to apt's own user.
        "APT::Sandbox::User=root".into(),
    ] {
        command.args(["-o", &option]);
    }
    command
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.stdin(Stdio::null()).output()?;
    if !output.status.success() {
        bail!("{command:?} failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}
