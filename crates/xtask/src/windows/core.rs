//! The panel under Wine, which has no WebView2 and so shows no window: everything that works without one. The user's
//! folders were moved, to a long path in Chinese; the gateway runs outside of Wine.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use super::{
    build::Programs,
    machine::{Machine, wait},
};
use crate::run;

/// The user's folder below `C:\users`.
const USER: &str = "王芳 呼叫中心二组";
/// The part of it that makes paths longer than Windows' old 260 characters.
const DEEP: &str = "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十";

/// Starts the panel into the tray, calls it, hands it links, takes its gateway away.
pub(super) fn prove(programs: &Programs) -> anyhow::Result<()> {
    let desk = Desk { machine: Machine::ready("core")?, panel: programs.file("uncall-panel.exe") };
    desk.move_folders()?;
    let mut gateway = Gateway::start("127.0.0.1:0")?;

    // Without settings: an administrator's, this user's before those of all.
    desk.roll_out("HKLM", "Server", &format!("{}", gateway.address))?;
    desk.roll_out("HKLM", "Extension", "809")?;
    desk.roll_out("HKCU", "Extension", "801")?;
    let _first = desk.start(&["--tray"])?;
    desk.wait_log(&format!("http://{}/uncall_services_api/index.php?wsdl extension=801", gateway.address))?;
    desk.wait_log("the WebView2 runtime is missing: calls are told by notifications")?;
    let uid = gateway.ring("801")?;
    desk.wait_log(&format!("pops up uid=\"{uid}\""))?;
    desk.wait_log("no window can be shown")?;
    eprintln!("the panel takes what was rolled out, and pops a call without a window");

    desk.machine.succeed(&desk.panel, &["--", "tel:+86-134-2182-9060;ext=1"])?;
    desk.wait_log("a link's number goes into the dial box number=+8613421829060")?;
    desk.machine.succeed(&desk.panel, &["sip:802%00@pbx.example"])?;
    desk.wait_log("a link has no number that can be dialled")?;
    ensure!(gateway.calls()? == 1, "a link was dialled");
    let usage = desk.machine.run(&desk.panel, &["13421829060"])?;
    ensure!(usage.status.code() == Some(2), "what is no link is {} instead of a usage error", usage.status);
    ensure!(desk.log()?.matches("the desk starts").count() == 1, "a second panel went to work:\n{}", desk.log()?);
    ensure!(desk.log()?.matches("no window can be shown").count() == 1, "it is said more than once:\n{}", desk.log()?);
    eprintln!("links reach the panel that runs, and dial nothing");

    let address = gateway.address.to_string();
    drop(gateway);
    gateway = Gateway::start(&address)?;
    let again = gateway.ring("801")?;
    desk.wait_log(&format!("pops up uid=\"{again}\""))?;
    eprintln!("the panel finds a gateway that was killed and started again");

    desk.end()?;
    let config = desk.machine.place("users").join(USER).join("panel.toml");
    fs::write(&config, format!("server = \"{address}\"\nextension = \"802\"\n"))?;
    let _second = desk.start(&["--tray", "--config", &format!("C:\\users\\{USER}\\panel.toml")])?;
    desk.wait_log("extension=802")?;
    desk.end()?;
    desk.roll_out("HKCU", "Extension", "8 0;1")?;
    let mut third = desk.start(&["--tray"])?;
    desk.wait_log("the server or extension that was rolled out cannot be used: extension_invalid")?;
    // Settings have to be asked for, and there is no window to ask in: it says why, and ends when that was read.
    desk.wait_log("the WebView2 runtime is missing, so there is no window")?;
    wait("the end of a panel whose message is closed", || {
        let closed = desk.machine.run(Path::new("taskkill"), &["/IM", "uncall-panel.exe"]);
        closed.is_ok() && matches!(third.try_wait(), Ok(Some(_)))
    })?;
    ensure!(third.wait()?.code() == Some(1), "a panel that has to end for want of a window says that all was well");
    eprintln!("a settings file counts before what was rolled out, and what cannot be used is said");
    Ok(())
}

/// A Windows with a panel.
struct Desk {
    machine: Machine,
    panel: PathBuf,
}

impl Desk {
    /// Moves the user's folders, as companies do that keep them on another drive.
    fn move_folders(&self) -> anyhow::Result<()> {
        let key = "HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Explorer\\User Shell Folders";
        let local = format!("C:\\users\\{USER}\\{DEEP}\\{DEEP}\\{DEEP}\\{DEEP}\\{DEEP}\\Local");
        let roaming = format!("C:\\users\\{USER}\\Roaming");
        for (name, folder) in [("Local AppData", local), ("AppData", roaming)] {
            fs::create_dir_all(self.machine.place(&folder.replace("C:\\", "").replace('\\', "/")))?;
            self.machine.succeed(Path::new("reg"), &["add", key, "/v", name, "/d", &folder, "/f"])?;
        }
        Ok(())
    }

    fn roll_out(&self, root: &str, name: &str, value: &str) -> anyhow::Result<()> {
        let key = format!("{root}\\Software\\Uncall\\Panel");
        self.machine.succeed(Path::new("reg"), &["add", &key, "/v", name, "/d", value, "/f"]).map(drop)
    }

    fn start(&self, arguments: &[&str]) -> anyhow::Result<Child> {
        let mut panel = self.machine.wine.command(&self.panel, arguments);
        Ok(panel.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?)
    }

    /// Ends every panel, and forgets what was logged.
    fn end(&self) -> anyhow::Result<()> {
        self.machine.succeed(Path::new("taskkill"), &["/F", "/IM", "uncall-panel.exe"])?;
        wait("the panel's end", || fs::remove_dir_all(self.logs()).is_ok())
    }

    fn logs(&self) -> PathBuf {
        let local = self.machine.place("users").join(USER).join(DEEP).join(DEEP).join(DEEP).join(DEEP).join(DEEP);
        local.join("Local/uncall-panel/logs")
    }

    /// All that the panel has logged.
    fn log(&self) -> anyhow::Result<String> {
        let mut log = String::new();
        for file in fs::read_dir(self.logs()).context("there is no log")? {
            log.push_str(&fs::read_to_string(file?.path())?);
        }
        Ok(log)
    }

    fn wait_log(&self, words: &str) -> anyhow::Result<()> {
        let came = wait(words, || self.log().is_ok_and(|log| log.contains(words)));
        came.with_context(|| format!("the panel's log:\n{}", self.log().unwrap_or_default()))
    }
}

/// The gateway of this machine, on its simulator. Dropping it kills it.
struct Gateway {
    child: Child,
    address: SocketAddr,
}

impl Gateway {
    fn start(address: &str) -> anyhow::Result<Gateway> {
        run::run(&mut run::cargo(&["build", "--locked", "-p", "uncall-gateway"]))?;
        let mut gateway = Command::new(run::target().join("debug/uncall-gateway"));
        gateway.args(["--sim-control", "--listen", address]).stdin(Stdio::null());
        let mut child = gateway.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("no output")?).read_line(&mut line)?;
        let address = line.trim().strip_prefix("http://").and_then(|rest| rest.split('/').next());
        let address = address.and_then(|address| address.parse().ok()).with_context(|| format!("said {line:?}"))?;
        Ok(Gateway { child, address })
    }

    /// Has a customer call, and returns the call's uid.
    fn ring(&self, extension: &str) -> anyhow::Result<String> {
        let answer = self.ask("POST", "/sim/calls", &json!({"from": "13421829060", "to": extension}).to_string())?;
        Ok(answer.get("uid").and_then(Value::as_str).context("no uid")?.to_owned())
    }

    /// How many calls are up.
    fn calls(&self) -> anyhow::Result<usize> {
        let state = self.ask("GET", "/sim/state", "")?;
        Ok(state.get("calls").and_then(Value::as_array).context("no calls")?.len())
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> anyhow::Result<Value> {
        let mut connection = TcpStream::connect(self.address)?;
        write!(
            connection,
            "{method} {path} HTTP/1.0\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        )?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").context("no answer")?;
        serde_json::from_str(body).with_context(|| format!("{method} {path}: {head}"))
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
        let _reaped = self.child.wait();
    }
}
