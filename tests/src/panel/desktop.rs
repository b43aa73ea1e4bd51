//! A desktop of its own for each test: Xvfb, a session bus, a window manager, a notification daemon, an empty home.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, bail, ensure};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    process::{Child, Command},
};

use super::tray::Tray;

/// How the desktop looks to the programs on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// `zh_CN.UTF-8`, `en_US.UTF-8`.
    pub locale: &'static str,
    /// The dark theme.
    pub dark: bool,
    /// Screen size in pixels.
    pub screen: (u32, u32),
    /// How large text is, in per cent of the usual: as GNOME's text-scaling-factor arrives, by `Xft.dpi`.
    pub text: u32,
    /// Who manages the windows: `openbox`, or `metacity`, which prevents stealing of focus.
    pub manager: &'static str,
    /// Whether there is a tray from the start.
    pub tray: bool,
}

impl Look {
    /// English, light, 1280 × 800.
    pub const ENGLISH: Look =
        Look { locale: "en_US.UTF-8", dark: false, screen: (1280, 800), text: 100, manager: "openbox", tray: true };
    /// Chinese, light, 1280 × 800.
    pub const CHINESE: Look = Look { locale: "zh_CN.UTF-8", ..Look::ENGLISH };

    /// Whether its words are Chinese.
    pub fn is_chinese(self) -> bool {
        self.locale.starts_with("zh")
    }
}

/// A running desktop; everything on it ends when it is dropped.
#[derive(Debug)]
pub struct Desktop {
    /// The tray, on the desktop's bus.
    pub tray: Tray,
    environment: Vec<(String, String)>,
    home: TempDir,
    _processes: Vec<Child>,
}

/// What the notification daemon showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Its first line.
    pub summary: String,
    /// Its text.
    pub body: String,
}

/// A window on the screen, in pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Its number.
    pub id: String,
    /// Left edge.
    pub x: i32,
    /// Upper edge.
    pub y: i32,
    /// Width.
    pub width: i32,
    /// Height.
    pub height: i32,
}

impl Window {
    /// Reads what `xdotool getwindowgeometry --shell` prints.
    fn read(id: &str, shape: &str) -> Option<Window> {
        let value = |name: &str| shape.lines().find_map(|line| line.strip_prefix(name)?.parse().ok());
        Some(Window {
            id: id.to_owned(),
            x: value("X=")?,
            y: value("Y=")?,
            width: value("WIDTH=")?,
            height: value("HEIGHT=")?,
        })
    }
}

/// Whatever a test does: no log of the panel's has a customer's whole number.
impl Drop for Desktop {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let folders = [self.home.path().to_owned(), self.home.path().join("state/uncall-panel")];
        let files = folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten().flatten();
        for file in files.map(|file| file.path()).filter(|file| file.extension().is_some_and(|end| end == "log")) {
            let log = std::fs::read_to_string(&file).unwrap_or_default();
            let line = log.lines().find(|line| line.contains(super::desk::CUSTOMER));
            assert!(line.is_none(), "a customer's number in {}: {line:?}", file.display());
        }
    }
}

impl Desktop {
    /// Starts everything and waits until each part answers.
    pub async fn start(look: Look) -> anyhow::Result<Desktop> {
        let home = TempDir::with_prefix("uncall-desk-")?;
        for folder in ["config", "data", "cache", "run"] {
            std::fs::create_dir(home.path().join(folder))?;
        }
        private(&home.path().join("run"))?;
        let screen = format!("{}x{}x24", look.screen.0, look.screen.1);
        let mut xvfb = Command::new("Xvfb");
        xvfb.args(["-displayfd", "1", "-screen", "0", &screen, "-nolisten", "tcp", "-noreset"]);
        let (xvfb, number) = first_line(xvfb).await.context("Xvfb")?;
        let bus_address = format!("unix:path={}", home.path().join("run/bus").display());
        let mut dbus = Command::new("dbus-daemon");
        dbus.args(["--session", "--nofork", "--nopidfile", "--print-address=1", "--address", &bus_address]);
        let (dbus, _) = first_line(dbus).await.context("dbus-daemon")?;
        let environment = environment(look, home.path(), &format!(":{number}"), &bus_address);
        let tray = Tray::new(&bus_address).await.context("the tray's watcher")?;
        if look.tray {
            tray.appear().await?;
        }
        let notified = dunst_configuration(home.path())?;
        let configuration = notified.to_string_lossy().into_owned();
        let mut processes = vec![xvfb, dbus];
        set_text_size(look.text, &environment).await?;
        processes.push(start(look.manager, &["--sm-disable"], &environment)?);
        processes.push(start("dunst", &["-config", &configuration], &environment)?);
        let desktop = Desktop { tray, environment, home, _processes: processes };
        desktop.wait_for_parts().await?;
        Ok(desktop)
    }

    async fn wait_for_parts(&self) -> anyhow::Result<()> {
        until("the notification daemon answers", async || {
            self.run("dunstctl", &["count", "displayed"]).await.is_ok().then_some(())
        })
        .await?;
        until("the window manager answers", async || {
            let root = self.run("xprop", &["-root", "_NET_SUPPORTING_WM_CHECK"]).await.ok()?;
            root.contains("window id").then_some(())
        })
        .await?;
        // Pictures are looked at: a window's edge has to be seen against the desktop.
        self.run("xsetroot", &["-solid", "#5f7386"]).await.map(drop)
    }

    /// Gives the programs that are started from now on a variable.
    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.push((name.into(), value.into()));
    }

    /// The environment of a program on this desktop.
    pub fn environment(&self) -> &[(String, String)] {
        &self.environment
    }

    /// A folder of this desktop's user.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Starts a program on the desktop, which ends when the child is dropped.
    pub fn start_program(&self, program: &str, args: &[&str]) -> anyhow::Result<Child> {
        start(program, args, &self.environment)
    }

    /// Runs a program on the desktop and returns what it printed.
    pub async fn run(&self, program: &str, args: &[&str]) -> anyhow::Result<String> {
        let mut command = Command::new(program);
        command.args(args).envs(self.environment.iter().cloned()).stdin(Stdio::null()).kill_on_drop(true);
        let output = tokio::time::timeout(Duration::from_secs(20), command.output()).await.context("no end")??;
        ensure!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// A picture of the whole screen.
    pub async fn screenshot(&self, file: &Path) -> anyhow::Result<()> {
        let file = file.to_string_lossy().into_owned();
        self.run("import", &["-window", "root", "-silent", &file]).await.map(drop)
    }

    /// Every notification that the daemon has shown so far, as its own rule wrote them down.
    pub fn notifications(&self) -> Vec<Shown> {
        let text = std::fs::read_to_string(self.home.path().join("notified")).unwrap_or_default();
        let parts = text.split('\x1e').filter_map(|entry| entry.split_once('\x1f'));
        parts.map(|(summary, body)| Shown { summary: summary.trim_start().into(), body: body.into() }).collect()
    }

    /// How many notifications are on the screen.
    pub async fn notifications_displayed(&self) -> anyhow::Result<usize> {
        Ok(self.run("dunstctl", &["count", "displayed"]).await?.trim().parse()?)
    }

    /// Closes the window with this title and width, as its close button does. Waits until it is there.
    pub async fn close_window(&self, title: &str, width: u32) -> anyhow::Result<()> {
        let wide = format!("WIDTH={width}");
        let found = async || {
            for window in
                self.run("xdotool", &["search", "--onlyvisible", "--name", title]).await.ok()?.split_whitespace()
            {
                let shape = self.run("xdotool", &["getwindowgeometry", "--shell", window]).await.ok()?;
                if shape.lines().any(|line| line == wide) {
                    return Some(window.to_owned());
                }
            }
            None
        };
        let window = until(&format!("a window {title} of width {width}"), found).await?;
        self.run("wmctrl", &["-i", "-c", &window]).await.map(drop)
    }

    /// The panel's windows that are on the screen: their numbers and places.
    pub async fn windows(&self) -> anyhow::Result<Vec<Window>> {
        let found = self.run("xdotool", &["search", "--onlyvisible", "--name", "^Uncall Panel$"]).await;
        let mut windows = Vec::new();
        for id in found.unwrap_or_default().split_whitespace() {
            // One may go while the others are asked.
            if let Ok(shape) = self.run("xdotool", &["getwindowgeometry", "--shell", id]).await {
                windows.extend(Window::read(id, &shape));
            }
        }
        Ok(windows)
    }

    /// The number of the X window that has the keyboard.
    pub async fn focused_window(&self) -> anyhow::Result<String> {
        Ok(self.run("xdotool", &["getwindowfocus"]).await?.trim().to_owned())
    }

    /// Types on the keyboard of this desktop: whoever has the focus gets it.
    pub async fn type_text(&self, text: &str) -> anyhow::Result<()> {
        self.run("xdotool", &["type", "--delay", "5", text]).await.map(drop)
    }
}

/// Asks again until there is an answer, for 20 s at most.
pub async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> anyhow::Result<T> {
    let asking = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), asking).await.with_context(|| format!("never came true: {what}"))
}

fn start(program: &str, args: &[&str], environment: &[(String, String)]) -> anyhow::Result<Child> {
    let mut command = Command::new(program);
    command.args(args).envs(environment.iter().cloned()).kill_on_drop(true);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().with_context(|| format!("cannot start {program}"))
}

/// Starts a server that prints a line when it is ready.
async fn first_line(mut command: Command) -> anyhow::Result<(Child, String)> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    let mut child = command.spawn()?;
    let Some(stdout) = child.stdout.take() else { bail!("no output") };
    let mut lines = BufReader::new(stdout).lines();
    let line = tokio::time::timeout(Duration::from_secs(20), lines.next_line()).await.context("it did not start")??;
    let line = line.context("it ended at once")?;
    // A closed pipe would end some servers at their next word.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    Ok((child, line))
}

fn environment(look: Look, home: &Path, display: &str, bus: &str) -> Vec<(String, String)> {
    let folder = |name: &str| home.join(name).to_string_lossy().into_owned();
    let mut environment = vec![
        ("DISPLAY".into(), display.into()),
        ("DBUS_SESSION_BUS_ADDRESS".into(), bus.into()),
        ("HOME".into(), home.to_string_lossy().into_owned()),
        ("XDG_CONFIG_HOME".into(), folder("config")),
        ("XDG_DATA_HOME".into(), folder("data")),
        ("XDG_CACHE_HOME".into(), folder("cache")),
        ("XDG_STATE_HOME".into(), folder("state")),
        ("XDG_RUNTIME_DIR".into(), folder("run")),
        ("LC_ALL".into(), look.locale.into()),
        ("LANG".into(), look.locale.into()),
        ("LANGUAGE".into(), String::new()),
        ("GDK_BACKEND".into(), "x11".into()),
        ("NO_AT_BRIDGE".into(), "1".into()),
        ("TAURI_WEBVIEW_AUTOMATION".into(), "true".into()),
        ("TAURI_AUTOMATION".into(), "true".into()),
    ];
    if look.dark {
        environment.push(("GTK_THEME".into(), "Adwaita:dark".into()));
    }
    environment
}

/// GTK reads the resolution of text from the X resources where no settings daemon tells it.
async fn set_text_size(percent: u32, environment: &[(String, String)]) -> anyhow::Result<()> {
    let mut command = Command::new("xrdb");
    command.args(["-nocpp", "-merge"]).envs(environment.iter().cloned()).stdin(Stdio::piped());
    let mut resources = command.spawn().context("cannot start xrdb (package x11-xserver-utils)")?;
    let mut stdin = resources.stdin.take().context("no input")?;
    stdin.write_all(format!("Xft.dpi: {}\n", 96 * percent / 100).as_bytes()).await?;
    drop(stdin);
    ensure!(resources.wait().await?.success(), "xrdb");
    Ok(())
}

/// Only the owner may enter: GLib refuses a runtime folder that is open to others.
fn private(folder: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    Ok(std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?)
}

/// A rule for every notification: the daemon runs a script, which writes down what it was given.
fn dunst_configuration(home: &Path) -> anyhow::Result<PathBuf> {
    use std::os::unix::fs::PermissionsExt;
    let script = home.join("write-down");
    let log = home.join("notified");
    std::fs::write(&script, format!("#!/bin/sh\nprintf '%s\\037%s\\036' \"$2\" \"$3\" >> '{}'\n", log.display()))?;
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755))?;
    let file = home.join("dunstrc");
    let global = "[global]\nmonitor = 0\norigin = top-right\nfont = Noto Sans CJK SC 10\nidle_threshold = 0\n";
    std::fs::write(&file, format!("{global}\n[everything]\nsummary = \"*\"\nscript = {}\n", script.display()))?;
    Ok(file)
}
