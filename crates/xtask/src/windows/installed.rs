//! The installers under Wine: silently, for everybody and for one user, over themselves, and away again.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Stdio},
};

use anyhow::{Context, ensure};

use super::{
    VERSION,
    build::{Programs, copy},
    machine::{Machine, wait},
    msi,
};

/// A server that would break a careless installer: a space, what looks like an option, variables, other letters.
const SERVER: &str = "http://gw.example:8088/a b?/EXTENSION=9;%PATH%$INSTDIR&x=座席";
/// The handler that another program had registered before.
const CALLTO: &str = "HKLM\\Software\\Classes\\callto\\shell\\open\\command";
const SOFTPHONE: &str = "\"C:\\softphone.exe\" %1";

/// For whom it is installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    Everybody,
    User,
}

/// The options that an installation was given.
#[derive(Debug, Clone, Copy)]
struct Choices {
    server: &'static str,
    extension: &'static str,
    autostart: bool,
    handlers: bool,
}

/// Tries both installers in `dist`, and a newer MSI made of the files in `stage`.
pub(super) fn prove(programs: &Programs, stage: &Path, dist: &Path) -> anyhow::Result<()> {
    for scope in [Scope::Everybody, Scope::User] {
        let installation = Installation::begin(scope, &format!("setup-{scope:?}"))?;
        setup(&installation, &dist.join(format!("uncall-panel-{VERSION}-setup.exe")), programs)?;
        eprintln!("the setup for {scope:?} installs, upgrades over a running panel, keeps choices, and goes");
    }
    let old = dist.join(format!("uncall-panel-{VERSION}.msi"));
    let folder = super::fresh("proof")?;
    let newer = newer(VERSION)?;
    msi::make(stage, &folder, &newer)?;
    let new = folder.join(format!("uncall-panel-{newer}.msi"));
    for scope in [Scope::Everybody, Scope::User] {
        windows_installer(&Installation::begin(scope, &format!("msi-{scope:?}"))?, &old, &new)?;
        eprintln!("the MSI for {scope:?} installs, upgrades, keeps choices, and goes");
    }
    Ok(())
}

fn setup(it: &Installation, setup: &Path, programs: &Programs) -> anyhow::Result<()> {
    let who = if it.scope == Scope::User { "/CurrentUser" } else { "/AllUsers" };
    let run = |more: &[&str]| it.machine.succeed(setup, &[&["/S", who], more].concat());
    let mut choices = Choices { server: SERVER, extension: "801", autostart: true, handlers: true };
    run(&[&format!("/SERVER={SERVER}"), "/EXTENSION=801"])?;
    it.is_there(choices)?;

    // A program that runs keeps its file. The gateway stands in for the panel, which could not open its window here.
    let panel = it.folder()?.join("uncall-panel.exe");
    let size = fs::metadata(&panel)?.len();
    let mut runs = stand_in(it, programs)?;
    run(&[])?;
    ensure!(fs::metadata(&panel)?.len() == size, "the new panel did not come");
    ensure!(runs.try_wait()?.is_none(), "the panel that ran was ended");
    it.machine.run(Path::new("taskkill"), &["/F", "/IM", "uncall-panel.exe"])?;
    runs.wait()?;
    it.is_there(choices)?;

    run(&["/AUTOSTART=0", "/HANDLERS=0", "/EXTENSION=802"])?;
    choices = Choices { extension: "802", autostart: false, handlers: false, ..choices };
    it.is_there(choices)?;
    run(&[])?;
    it.is_there(choices)?;
    run(&["/HANDLERS=1"])?;
    it.is_there(Choices { handlers: true, ..choices })?;

    let user = it.user_data()?;
    uninstall(it, &["/S", who])?;
    ensure!(user.iter().all(|file| file.exists()), "the user's data went without being asked for");
    run(&[])?;
    let mut runs = stand_in(it, programs)?;
    uninstall(it, &["/S", who, "/PURGE=1"])?;
    ensure!(runs.try_wait()?.is_some(), "the panel goes on though it is removed");
    let left = user.iter().find(|file| file.exists());
    ensure!(left.is_none(), "of the user's data there is left: {left:?}");
    Ok(())
}

/// A panel that runs.
fn stand_in(it: &Installation, programs: &Programs) -> anyhow::Result<Child> {
    let panel = it.folder()?.join("uncall-panel.exe");
    copy(&programs.file("uncall-gateway.exe"), &panel)?;
    let mut runs = it.machine.wine.command(&panel, &["--listen", "127.0.0.1:0"]);
    let mut runs = runs.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let mut first = [0];
    std::io::Read::read_exact(runs.stdout.as_mut().context("no output")?, &mut first)?;
    Ok(runs)
}

/// Runs the uninstaller, which copies itself elsewhere and goes on there.
fn uninstall(it: &Installation, arguments: &[&str]) -> anyhow::Result<()> {
    let folder = it.folder()?;
    it.machine.succeed(&folder.join("uninstall.exe"), arguments)?;
    wait("the uninstaller", || !folder.exists())?;
    it.is_gone()
}

fn windows_installer(it: &Installation, old: &Path, new: &Path) -> anyhow::Result<()> {
    // Wine does not know MSIINSTALLPERUSER, and takes the context of a later run from the command line only.
    let who: &[&str] = if it.scope == Scope::User { &["ALLUSERS=\"\""] } else { &[] };
    let msiexec = |word: &str, file: &Path, more: &[&str]| {
        let file = super::wine::Wine::path(file);
        it.machine.run(Path::new("msiexec"), &[&[word, &file, "/qn"], who, more].concat())
    };
    let succeed = |word: &str, file: &Path, more: &[&str]| {
        let output = msiexec(word, file, more)?;
        ensure!(output.status.success(), "msiexec {word} {} {more:?} ended with {}", file.display(), output.status);
        anyhow::Ok(())
    };
    // An older Windows has not got this value.
    let windows = "HKLM\\Software\\Microsoft\\Windows NT\\CurrentVersion";
    let major = ["/v", "CurrentMajorVersionNumber"];
    it.machine.succeed(Path::new("reg"), &[&["delete", windows, "/f"][..], &major].concat())?;
    ensure!(!msiexec("/i", old, &[])?.status.success(), "it installs on a Windows older than 10");
    it.is_gone()?;
    it.machine
        .succeed(Path::new("reg"), &[&["add", windows, "/f", "/t", "REG_DWORD", "/d", "10"][..], &major].concat())?;

    let server = "http://192.168.160.211/uncall_services_api/index.php?wsdl";
    let mut choices = Choices { server, extension: "801", autostart: true, handlers: true };
    succeed("/i", old, &[&format!("SERVER={server}"), "EXTENSION=801"])?;
    it.is_there(choices)?;
    if it.scope == Scope::Everybody {
        // For one user Wine removes the old version as if it were everybody's.
        succeed("/i", new, &[])?;
        it.is_there(choices)?;
        ensure!(!msiexec("/i", old, &["EXTENSION=809"])?.status.success(), "an older MSI installs over a newer one");
        it.is_there(choices)?;
        succeed("/x", new, &[])?;
        it.is_gone()?;
        choices = Choices { autostart: false, handlers: false, ..choices };
        succeed("/i", old, &["AUTOSTART=0", "HANDLERS=0", &format!("SERVER={server}"), "EXTENSION=801"])?;
        it.is_there(choices)?;
        choices.extension = "802";
        succeed("/i", new, &["EXTENSION=802"])?;
        it.is_there(choices)?;
        succeed("/x", new, &[])?;

        let (folder, panel) = ("C:\\Callcentre呼叫\\", it.machine.place("Callcentre呼叫/uncall-panel.exe"));
        for msi in [old, new] {
            succeed("/i", msi, if msi == old { &["INSTALLDIR=C:\\Callcentre呼叫"] } else { &[] })?;
            ensure!(panel.exists(), "the folder was not {}", if msi == old { "taken" } else { "kept" });
            it.machine.expect("HKLM\\Software\\Uncall\\Panel", "Folder", Some(folder))?;
        }
    }
    let user = it.user_data()?;
    succeed("/x", if it.scope == Scope::Everybody { new } else { old }, &[])?;
    it.is_gone()?;
    ensure!(!it.machine.place("Callcentre呼叫").exists(), "the chosen folder is still there");
    ensure!(user.iter().all(|file| file.exists()), "the user's data went without being asked for");
    Ok(())
}

/// The next version.
fn newer(version: &str) -> anyhow::Result<String> {
    let (front, last) = version.rsplit_once('.').context("a version has points")?;
    Ok(format!("{front}.{}", last.parse::<u32>()? + 1))
}

/// A Windows with, or without, the panel.
#[derive(Debug)]
struct Installation {
    machine: Machine,
    scope: Scope,
}

impl Installation {
    /// A Windows on which another program answers `callto:`.
    fn begin(scope: Scope, purpose: &str) -> anyhow::Result<Installation> {
        let it = Installation { machine: Machine::ready(&purpose.to_lowercase())?, scope };
        it.machine.succeed(Path::new("reg"), &["add", CALLTO, "/ve", "/d", SOFTPHONE, "/f"])?;
        Ok(it)
    }

    /// The half of the registry that the installation writes.
    fn key(&self, path: &str) -> String {
        format!("{}\\Software\\{path}", if self.scope == Scope::User { "HKCU" } else { "HKLM" })
    }

    /// The folder into which it is installed.
    fn folder(&self) -> anyhow::Result<PathBuf> {
        Ok(match self.scope {
            Scope::Everybody => self.machine.place("Program Files/Uncall Panel"),
            Scope::User => self.machine.user()?.join("AppData/Local/Programs/Uncall Panel"),
        })
    }

    /// The panel's program as Windows names it.
    fn program(&self) -> anyhow::Result<String> {
        let folder = self.folder()?;
        let below = folder.strip_prefix(self.machine.wine.drive_c())?;
        Ok(format!("C:\\{}\\uncall-panel.exe", below.to_string_lossy().replace('/', "\\")))
    }

    fn shortcut(&self) -> anyhow::Result<bool> {
        let menus = [self.machine.place("ProgramData"), self.machine.user()?.join("AppData/Roaming")];
        let file = "Microsoft/Windows/Start Menu/Programs/Uncall Panel.lnk";
        Ok(menus.iter().any(|menu| menu.join(file).exists()))
    }

    fn is_there(&self, choices: Choices) -> anyhow::Result<()> {
        for file in ["uncall-panel.exe", "WebView2Loader.dll", "icon.ico", "LICENSE.txt"] {
            ensure!(self.folder()?.join(file).exists(), "{file} was not installed");
        }
        ensure!(self.shortcut()?, "there is no shortcut in the start menu");
        let flag = |on: bool| if on { "1" } else { "0" };
        let settings = self.machine.values(&self.key("Uncall\\Panel"))?;
        for (name, wanted) in [
            ("Server", choices.server),
            ("Extension", choices.extension),
            ("Autostart", flag(choices.autostart)),
            ("Handlers", flag(choices.handlers)),
        ] {
            ensure!(
                settings.get(name).is_some_and(|found| found == wanted),
                "{name}: {wanted:?} instead of {settings:?}"
            );
        }
        self.expect(Some(choices))
    }

    fn is_gone(&self) -> anyhow::Result<()> {
        ensure!(!self.folder()?.exists(), "the program's folder is still there");
        ensure!(!self.shortcut()?, "the shortcut is still there");
        let settings = self.machine.values(&self.key("Uncall\\Panel"))?;
        ensure!(settings.is_empty(), "of the settings there is left: {settings:?}");
        self.expect(None)
    }

    /// The registry beside the settings.
    fn expect(&self, choices: Option<Choices>) -> anyhow::Result<()> {
        let program = self.program()?;
        let (command, start) = (format!("\"{program}\" -- \"%1\""), format!("\"{program}\" --tray"));
        let there = choices.is_some();
        let handlers = choices.is_some_and(|choices| choices.handlers);
        let autostart = choices.is_some_and(|choices| choices.autostart);
        let expect = |path: &str, name: &str, value: &str, there: bool| {
            self.machine.expect(&self.key(path), name, there.then_some(value))
        };
        expect("Classes\\uncall\\shell\\open\\command", "", &command, there)?;
        expect("Classes\\tel\\shell\\open\\command", "", &command, handlers)?;
        expect("Classes\\tel", "URL Protocol", "", handlers)?;
        expect("Classes\\sip\\shell\\open\\command", "", &command, handlers)?;
        self.machine.expect(CALLTO, "", Some(SOFTPHONE))?;
        ensure!(
            self.scope == Scope::Everybody || self.machine.values("HKCU\\Software\\Classes\\callto")?.is_empty(),
            "the softphone's links were taken"
        );
        expect("Classes\\UncallPanel.link\\shell\\open\\command", "", &command, handlers)?;
        expect("Uncall\\Panel\\Capabilities\\URLAssociations", "callto", "UncallPanel.link", handlers)?;
        expect("RegisteredApplications", "Uncall Panel", "Software\\Uncall\\Panel\\Capabilities", handlers)?;
        expect("Classes\\AppUserModelId\\net.uncall.panel", "DisplayName", "Uncall Panel", there)?;
        expect("Microsoft\\Windows\\CurrentVersion\\Run", "UncallPanel", &start, autostart)
    }

    /// What a user's panel leaves: settings, cache, the web view's.
    fn user_data(&self) -> anyhow::Result<[PathBuf; 3]> {
        let user = self.machine.user()?;
        let files = [
            "AppData/Roaming/uncall-panel/config/config.toml",
            "AppData/Local/uncall-panel/cache/recordings/call.wav",
            "AppData/Local/net.uncall.panel/EBWebView/state",
        ];
        for file in files {
            let file = user.join(file);
            fs::create_dir_all(file.parent().context("a file lies in a folder")?)?;
            fs::write(file, "the user's")?;
        }
        Ok(files.map(|file| user.join(file)))
    }
}
