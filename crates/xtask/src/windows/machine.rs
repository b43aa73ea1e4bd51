//! A Windows that Wine provides, seen as an administrator sees it: registry and folders.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};

use super::wine::Wine;
use crate::run;

/// How long one program, such as an installer, may take.
const DEADLINE: Duration = Duration::from_secs(120);

/// How a program ended, and what it wrote.
#[derive(Debug)]
pub(super) struct Finished {
    /// The exit status.
    pub(super) status: ExitStatus,
    /// Standard output and standard error, in the order of writing.
    pub(super) output: String,
}

/// A freshly made Windows.
#[derive(Debug)]
pub(super) struct Machine {
    /// Where programs run.
    pub(super) wine: Wine,
}

impl Machine {
    /// Makes one; `purpose` is a single word and names its folder.
    pub(super) fn ready(purpose: &str) -> anyhow::Result<Machine> {
        Ok(Machine { wine: Wine::ready(purpose)? })
    }

    /// Runs a program to its end. Its output goes to a file, because the services that some programs start keep a pipe open.
    pub(super) fn run(&self, program: &Path, arguments: &[&str]) -> anyhow::Result<Finished> {
        let file = self.place("said.txt");
        fs::write(&file, "")?;
        let append = || File::options().append(true).open(&file);
        let mut command = Command::new(self.wine.inside());
        command
            .args(["timeout", "--kill-after=5", &DEADLINE.as_secs().to_string(), "wine"])
            .arg(program)
            .args(arguments);
        let status =
            command.current_dir(run::root()).stdin(Stdio::null()).stdout(append()?).stderr(append()?).status()?;
        let output = String::from_utf8_lossy(&fs::read(&file)?).into_owned();
        ensure!(status.code() != Some(124), "{} {arguments:?} did not end:\n{output}", program.display());
        Ok(Finished { status, output })
    }

    /// Runs a program, which has to succeed, and returns its output.
    pub(super) fn succeed(&self, program: &Path, arguments: &[&str]) -> anyhow::Result<String> {
        let finished = self.run(program, arguments)?;
        let Finished { status, output } = &finished;
        ensure!(status.success(), "{} {arguments:?} ended with {status}:\n{output}", program.display());
        Ok(finished.output)
    }

    /// The file or folder at this path below `C:`, written with slashes.
    pub(super) fn place(&self, path: &str) -> PathBuf {
        self.wine.drive_c().join(path)
    }

    /// The folder of the user who runs this, below `C:`.
    pub(super) fn user(&self) -> anyhow::Result<PathBuf> {
        let users = fs::read_dir(self.place("users"))?.filter_map(Result::ok);
        let user = users.map(|entry| entry.path()).find(|path| !path.ends_with("Public"));
        user.context("Wine made no user")
    }

    /// The values of a registry key by name (the default value's name is empty); none if the key does not exist. Strings are
    /// unescaped, other types are as `reg` writes them.
    pub(super) fn values(&self, key: &str) -> anyhow::Result<BTreeMap<String, String>> {
        let file = self.place("export.reg");
        let exported = self.run(Path::new("reg"), &["export", key, "C:\\export.reg", "/y"])?;
        if !exported.status.success() {
            return Ok(BTreeMap::new());
        }
        let bytes = fs::read(&file)?;
        let units: Vec<u16> =
            bytes.chunks_exact(2).filter_map(|pair| pair.try_into().ok().map(u16::from_le_bytes)).collect();
        let text = String::from_utf16(&units).context("reg's export is UTF-16")?;
        // The key itself comes first, its subkeys after it.
        let mut lines = text.lines().skip_while(|line| !line.starts_with('[')).skip(1);
        Ok(lines.by_ref().take_while(|line| !line.starts_with('[')).filter_map(value).collect())
    }

    /// One value of a key.
    pub(super) fn value(&self, key: &str, name: &str) -> anyhow::Result<Option<String>> {
        Ok(self.values(key)?.remove(name))
    }

    /// Fails unless this value is there, or is not.
    pub(super) fn expect(&self, key: &str, name: &str, wanted: Option<&str>) -> anyhow::Result<()> {
        let found = self.value(key, name)?;
        ensure!(found.as_deref() == wanted, "{key} {name:?} is {found:?} instead of {wanted:?}");
        Ok(())
    }
}

/// `"Name"="text"` or `@="text"`.
fn value(line: &str) -> Option<(String, String)> {
    let (name, value) = match line.strip_prefix("@=") {
        Some(value) => (String::new(), value),
        None => {
            let (name, value) = line.strip_prefix('"')?.split_once("\"=")?;
            (name.to_owned(), value)
        }
    };
    let text = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
    Some((name, text.replace("\\\"", "\"").replace("\\\\", "\\")))
}

/// Waits until this is true.
pub(super) fn wait(what: &str, mut come: impl FnMut() -> bool) -> anyhow::Result<()> {
    let began = Instant::now();
    while !come() {
        ensure!(began.elapsed() < DEADLINE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}
