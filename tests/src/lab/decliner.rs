//! A phone that declines every call with 603, which baresip cannot: SIPp in its place.

use std::{fs, net::Ipv4Addr, path::Path};

use anyhow::{Context, Result, ensure};
use tokio::process::Command;

use super::process::Process;

const PROGRAM: &str = "/usr/bin/sipp";

/// Something that declines every call to its extension. Dropping it makes it vanish.
#[derive(Debug)]
pub struct Decliner {
    _process: Process,
}

impl Decliner {
    pub(super) async fn start(run: &Path, pbx: Ipv4Addr, exten: &str) -> Result<Decliner> {
        ensure!(Path::new(PROGRAM).exists(), "sip-tester is not installed; `cargo xtask lab up` installs it");
        let folder = run.join("phones").join(format!("{exten}-declines"));
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("register.xml"), include_str!("etc/register.xml"))?;
        fs::write(folder.join("decline.xml"), include_str!("etc/decline.xml"))?;
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
        let mut arguments = vec!["-sf", "decline.xml"];
        arguments.extend(here);
        Ok(Decliner { _process: Process::start(&folder, "sipp.out", Path::new(PROGRAM), &arguments)? })
    }
}
