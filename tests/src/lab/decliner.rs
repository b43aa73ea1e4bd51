//! Phones that do what baresip cannot: decline every call with 603, or say 183 and no 180. SIPp in their place.

use std::{fs, net::Ipv4Addr, path::Path};

use anyhow::{Context, Result, ensure};
use tokio::process::Command;

use super::process::Process;

const PROGRAM: &str = "/usr/bin/sipp";

/// What it says to a call.
#[derive(Debug, Clone, Copy)]
pub(super) enum Says {
    /// 603.
    No,
    /// 183, with sound, until the caller gives up.
    Early,
}

/// Something that says the same to every call to its extension. Dropping it makes it vanish.
#[derive(Debug)]
pub struct Decliner {
    _process: Process,
}

impl Decliner {
    pub(super) async fn start(run: &Path, pbx: Ipv4Addr, exten: &str, says: Says) -> Result<Decliner> {
        ensure!(Path::new(PROGRAM).exists(), "sip-tester is not installed; `cargo xtask lab up` installs it");
        let folder = run.join("phones").join(format!("{exten}-declines"));
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("register.xml"), include_str!("etc/register.xml"))?;
        let scenario = match says {
            Says::No => include_str!("etc/decline.xml"),
            Says::Early => include_str!("etc/early.xml"),
        };
        fs::write(folder.join("answer.xml"), scenario)?;
        let port = (15_000 + exten.parse::<u16>()?).to_string();
        let (pbx, password) = (pbx.to_string(), format!("pw{exten}"));
        let there = format!("{pbx}:5060");
        let here = ["-i", &pbx, "-p", &port, "-nostdin"];
        let register = Command::new(PROGRAM)
            .args([
                &there,
                "-sf",
                "register.xml",
                "-m",
                "1",
                "-s",
                exten,
                "-au",
                exten,
                "-ap",
                &password,
                "-timeout",
                "10",
            ])
            .args(here)
            .current_dir(&folder)
            .output()
            .await
            .context("cannot start sipp")?;
        ensure!(
            register.status.success(),
            "SIPp could not register {exten}: {}",
            String::from_utf8_lossy(&register.stderr)
        );
        let mut arguments = vec!["-sf", "answer.xml"];
        arguments.extend(here);
        Ok(Decliner { _process: Process::start(&folder, "sipp.out", Path::new(PROGRAM), &arguments)? })
    }
}
