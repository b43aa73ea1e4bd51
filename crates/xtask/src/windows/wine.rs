//! A newer Wine than Debian 12 has, in a folder: the root file system of a later release, made once, and a fresh Windows (a
//! prefix) for each purpose. The repository and the target folder have the same paths in there, so paths compiled into a program
//! are found.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};

use crate::{packages, run};

/// The release whose Wine runs Rust programs. The one before lacks `bcryptprimitives.dll`.
const RELEASE: &str = "trixie";
/// The packages for its root and its screen.
pub(super) const PACKAGES: &[&str] = &["debootstrap", "debian-archive-keyring", "xvfb"];
/// The time limit for the first start of a prefix, which fills it. It takes 25 s here.
const FIRST_START: Duration = Duration::from_secs(300);

/// A Windows with its own screen. Dropping it ends every program in it.
#[derive(Debug)]
pub(crate) struct Wine {
    prefix: PathBuf,
    inside: PathBuf,
    session: Option<Session>,
    _screen: Screen,
}

impl Wine {
    /// Makes a fresh one; `purpose` is a single word. It replaces the one before, each of which takes 0.8 GB, so after a failure
    /// the one that failed is still there. Wine itself is installed into `target/wine-root` when it is missing, which needs
    /// root or sudo and 70 s.
    pub(crate) fn ready(purpose: &str) -> anyhow::Result<Wine> {
        let root = root()?;
        let all = target()?.join("wine");
        if all.exists() {
            fs::remove_dir_all(&all).with_context(|| format!("cannot empty {}", all.display()))?;
        }
        let folder = all.join(purpose);
        fs::create_dir_all(&folder)?;
        let (prefix, inside, screen) = (folder.join("prefix"), folder.join("inside"), Screen::start()?);
        fs::write(&inside, script(&root, &prefix, &screen)?)?;
        run::run(Command::new("chmod").arg("755").arg(&inside))?;
        let mut wine = Wine { prefix, inside, session: None, _screen: screen };
        wine.enter()?;
        let started = Instant::now();
        let boot = wine.run(Path::new("wineboot"), &["--init"], FIRST_START)?;
        ensure!(boot.status.success(), "Wine cannot fill a prefix: {}", String::from_utf8_lossy(&boot.stderr));
        wine.restart()?;
        eprintln!("Wine is up after {:.0} s in {}", started.elapsed().as_secs_f64(), folder.display());
        Ok(wine)
    }

    /// Ends every program and starts a new session, with the automatic services.
    pub(crate) fn restart(&mut self) -> anyhow::Result<()> {
        self.session = None;
        self.end();
        self.session = Some(Session::begin(self)?);
        Ok(())
    }

    fn end(&self) {
        let _gone_already = Command::new(&self.inside).args(["wineserver", "-k", "-w"]).status();
    }

    /// Fails with a clear message if folders cannot be mounted, as in most containers.
    fn enter(&self) -> anyhow::Result<()> {
        let output = Command::new(&self.inside).args(["wine", "--version"]).output()?;
        if output.status.success() {
            return Ok(());
        }
        bail!(
            "Wine's root cannot be entered: this needs a machine (or a container) that lets its user mount folders in a \
             namespace of his own ({}).",
            String::from_utf8_lossy(&output.stderr).trim()
        )
    }

    /// A command for a program (`x.exe`, or one of Wine's own such as `reg`) with arguments. Paths are this machine's or Windows'
    /// own; the working directory is the caller's.
    pub(crate) fn command(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.inside);
        command.arg("wine").arg(program).args(arguments).stdin(Stdio::null());
        command
    }

    /// Runs a program to its end. Fails if that takes longer than `deadline`.
    pub(crate) fn run(&self, program: &Path, arguments: &[&str], deadline: Duration) -> anyhow::Result<Output> {
        self.run_in(&run::root(), program, arguments, deadline)
    }

    /// The same in this folder.
    pub(crate) fn run_in(
        &self,
        folder: &Path,
        program: &Path,
        arguments: &[&str],
        deadline: Duration,
    ) -> anyhow::Result<Output> {
        let mut command = Command::new(&self.inside);
        command.args(["timeout", "--kill-after=5", &deadline.as_secs().to_string(), "wine"]).arg(program);
        command.args(arguments).current_dir(folder).env("RUST_BACKTRACE", "0").stdin(Stdio::null());
        // No pipes: the services that start with the first program would keep their other ends open.
        let (stdout, stderr) = (self.inside.with_file_name("stdout"), self.inside.with_file_name("stderr"));
        let status = command.stdout(File::create(&stdout)?).stderr(File::create(&stderr)?).status()?;
        let shown = program.display();
        ensure!(status.code() != Some(124), "{shown} did not end within {} s", deadline.as_secs());
        let output = Output { status, stdout: fs::read(stdout)?, stderr: fs::read(stderr)? };
        Ok(output)
    }

    /// The script that runs its arguments inside, e.g. `inside wine x.exe`: for tests, and by hand while this lives.
    pub(crate) fn inside(&self) -> &Path {
        &self.inside
    }

    /// The drive `C:` as a folder of this machine.
    pub(crate) fn drive_c(&self) -> PathBuf {
        self.prefix.join("drive_c")
    }

    /// A path in the repository, the target folder or `/tmp` for Windows programs: `Z:\tmp\x`.
    pub(crate) fn path(path: &Path) -> String {
        format!("Z:{}", path.to_string_lossy().replace('/', "\\"))
    }
}

impl Drop for Wine {
    fn drop(&mut self) {
        self.end();
    }
}

/// A program that waits. Wine's session ends with its last program, and the next program would start another one while the
/// services of the first still stop, and find either those or their successors.
#[derive(Debug)]
struct Session {
    holder: Child,
}

impl Session {
    fn begin(wine: &Wine) -> anyhow::Result<Session> {
        let mut holder = wine.command(Path::new("cmd"), &[]);
        holder.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let session = Session { holder: holder.spawn().context("cannot begin a session")? };
        // This waits until the start is over, as the holder does.
        let begun = wine.run(Path::new("cmd"), &["/c", "ver"], FIRST_START)?;
        ensure!(begun.status.success(), "no session begins: {}", String::from_utf8_lossy(&begun.stderr));
        Ok(session)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _gone_already = self.holder.kill();
        let _reaped = self.holder.wait();
    }
}

/// A virtual screen. It runs outside Wine's root, which shares the network and the display numbers.
#[derive(Debug)]
struct Screen {
    server: Child,
    display: String,
}

impl Screen {
    fn start() -> anyhow::Result<Screen> {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start Xvfb")?;
        let mut number = String::new();
        BufReader::new(server.stdout.take().context("no output")?).read_line(&mut number)?;
        let display = format!(":{}", number.trim());
        ensure!(display.len() > 1, "Xvfb found no number for a screen");
        Ok(Screen { server, display })
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _gone_already = self.server.kill();
        let _reaped = self.server.wait();
    }
}

/// The target folder with all links resolved, for mounting.
fn target() -> anyhow::Result<PathBuf> {
    let target = run::target();
    fs::create_dir_all(&target)?;
    Ok(target.canonicalize()?)
}

/// The folders that are the same inside and outside.
fn shared() -> anyhow::Result<Vec<PathBuf>> {
    let mut shared: Vec<PathBuf> = ["/proc", "/dev", "/tmp"].iter().map(PathBuf::from).collect();
    shared.push(run::root().canonicalize()?);
    shared.push(target()?);
    // It may be a link to a folder that several checkouts share.
    shared.extend(target()?.join("windows").canonicalize());
    Ok(shared)
}

/// The script that runs its arguments inside. The mounts are in a namespace of their own and end with the program. Users other
/// than root are root in there, as far as their own files are concerned.
fn script(root: &Path, prefix: &Path, screen: &Screen) -> anyhow::Result<String> {
    let user = if is_root()? { "" } else { "--map-root-user " };
    let shared = shared()?.iter().map(|path| quoted(path)).collect::<anyhow::Result<Vec<_>>>()?.join(" ");
    let (root, prefix, display) = (quoted(root)?, quoted(prefix)?, &screen.display);
    Ok(format!(
        r#"#!/bin/sh
# Runs Wine's programs in this prefix: inside wine PROGRAM.exe …  (written by `cargo xtask windows`)
export WINEPREFIX={prefix} HOME={prefix} DISPLAY={display}
export WINEDEBUG="${{WINEDEBUG:--all}}" WINEDLLOVERRIDES="mscoree,mshtml="
export LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin
unset XAUTHORITY WAYLAND_DISPLAY DBUS_SESSION_BUS_ADDRESS
exec unshare {user}--mount --propagation private -- /bin/sh -euc '
    root={root} folder=$1
    shift
    for path in {shared}; do
        mount --rbind "$path" "$root$path"
    done
    [ -d "$root$folder" ] || folder=/
    exec chroot "$root" env --chdir="$folder" "$@"
' sh "$PWD" "$@"
"#
    ))
}

fn quoted(path: &Path) -> anyhow::Result<String> {
    let text = path.to_str().context("a path that is not UTF-8")?;
    ensure!(!text.contains(['\'', '"', '$', '`', '\\']), "Wine's root cannot stand in a folder of this name: {text}");
    Ok(format!("\"{text}\""))
}

/// Wine's root. Makes it if it is missing; a lock lets only one process do that.
pub(super) fn root() -> anyhow::Result<PathBuf> {
    packages::install(&[PACKAGES])?;
    let root = target()?.join("wine-root");
    let lock = File::create(target()?.join("wine-root.lock"))?;
    lock.lock()?;
    if !root.exists() {
        make(&root)?;
    }
    // Keep a link, which shares the root with another checkout.
    let root = root.canonicalize()?;
    for path in shared()? {
        let place = root.join(path.strip_prefix("/")?);
        if !place.is_dir() {
            run::run(packages::as_root("mkdir")?.arg("-p").arg(&place))?;
        }
    }
    // Windows knows `localhost` by itself; Wine asks this file.
    let hosts = root.join("etc/hosts");
    if !hosts.exists() {
        run::run(packages::as_root("install")?.args(["-m", "644", "/etc/hosts"]).arg(&hosts))?;
    }
    Ok(root)
}

/// Makes it next to its final place, and moves it there when it is complete.
fn make(root: &Path) -> anyhow::Result<()> {
    let unfinished = root.with_extension("unfinished");
    if unfinished.exists() {
        run::run(packages::as_root("rm")?.args(["-rf", "--one-file-system"]).arg(&unfinished))?;
    }
    let mut make = packages::as_root("debootstrap")?;
    make.args(["--variant=minbase", "--include=wine,wine64", RELEASE]).arg(&unfinished).arg(archive()?);
    run::run(&mut make).context("Wine's root could not be made")?;
    run::run(packages::as_root("mv")?.arg(&unfinished).arg(root))
}

/// The package archive that apt uses on this machine.
pub(crate) fn archive() -> anyhow::Result<String> {
    let targets = ["indextargets", "--format", "$(ORIGIN) $(REPO_URI)", "Created-By: Packages"];
    let text = run::output(&mut run::command("apt-get", &targets))?;
    let uris = text.lines().filter_map(|line| line.strip_prefix("Debian "));
    let archive = uris.filter(|uri| !uri.contains("security")).map(|uri| uri.trim_end_matches('/').to_owned()).next();
    archive.context("apt's sources name no Debian archive; run `apt-get update` first")
}

fn is_root() -> anyhow::Result<bool> {
    Ok(run::output(&mut run::command("id", &["-u"]))?.trim() == "0")
}
