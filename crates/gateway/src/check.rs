//! `uncall-gateway check`, and what it shares with the service: the configuration.

use std::io::Write as _;
use std::net::IpAddr;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use uncall_asterisk::Options;
use uncall_asterisk::check::{self, Check, File as Config, Finding, Verdict};
use uncall_asterisk::file::warn_if_others_read;
use uncall_gateway::settings::{DEFAULT_LISTEN, File, Kind};
use uncall_recordings::LedgerOptions;

/// Prints a line for each finding, or with `lines` what to add to which file. Success if nothing is missing.
pub(crate) async fn run(config: Option<&Path>, pbx: Option<Kind>, lines: bool) -> Result<ExitCode> {
    let file = read(config)?;
    let mut findings = match pbx.or(file.pbx).unwrap_or_default() {
        Kind::Simulator => {
            vec![Finding::ok("the simulator needs nothing (--pbx asterisk checks a real PBX)")]
        }
        Kind::Asterisk => {
            let mut findings =
                check::run(&Check { options: asterisk(&file)?, prompts: file.asterisk.prompts.clone() }).await;
            findings.extend(match recordings(&file)? {
                Some(options) => look_for_recordings(&options, &file).await,
                None => vec![no_recordings()],
            });
            findings.push(clients(&file));
            findings
        }
    };
    let open = file.settings().who_is_open();
    findings.push(match open {
        Ok(open) => Finding::ok(format!("access: {open}")),
        Err(error) => Finding::missing(format!("access: {error}")),
    });
    let mut out = std::io::stdout();
    if lines {
        write!(out, "{}", check::to_add(&findings)).context("cannot write")?;
    } else {
        for finding in &findings {
            writeln!(out, "{finding}").context("cannot write")?;
        }
    }
    let missing = findings.iter().any(|finding| finding.verdict == Verdict::Missing);
    Ok(if missing { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn no_recordings() -> Finding {
    const USUAL: &str = "/var/spool/asterisk/monitor";
    let finding = Finding::not_checked("recordings: to serve them, set `folder` or `s3` in [recordings]");
    if Path::new(USUAL).is_dir() {
        finding.add(Config::Gateway, "[recordings]", format!("folder = {USUAL:?}"))
    } else {
        finding
    }
}

/// Whether desks on other machines can reach the gateway.
fn clients(file: &File) -> Finding {
    let listen = file.listen.unwrap_or(DEFAULT_LISTEN);
    if let Err(error) = file.settings().check(listen) {
        let finding = Finding::missing(format!("clients: {error}"));
        let top = "# at the top, the network of the desks (or logins: docs/access.md)";
        let nobody = file.open.is_none() && file.agents_file.is_none() && file.agents.is_empty();
        return if nobody { finding.add(Config::Gateway, top, "open = [\"192.0.2.0/24\"]") } else { finding };
    }
    if listen.ip().is_loopback() {
        return Finding::ok(format!(
            "clients: only this machine's come to {listen}; for desks on others set `listen`, and `open` or logins"
        ));
    }
    Finding::ok(format!("clients: come to {listen}"))
}

async fn look_for_recordings(options: &uncall_recordings::Options, file: &File) -> Vec<Finding> {
    let mut findings = uncall_recordings::check(options).await;
    findings.extend(uncall_recordings::check_ledger(&ledger(file)));
    let told = findings.into_iter().map(|finding| (finding.good, format!("recordings: {}", finding.text)));
    let told = told.map(|(good, text)| if good { Finding::ok(text) } else { Finding::missing(text) });
    let without_state = file.state.is_none().then(|| {
        Finding::not_checked("recordings: whose they are is forgotten when the gateway ends; to keep it, set `state`")
    });
    told.chain(without_state).collect()
}

/// Where to store whose recordings are.
pub(crate) fn ledger(file: &File) -> LedgerOptions {
    LedgerOptions { state: file.state.clone(), cdr: file.recordings.cdr.clone() }
}

/// Where the recordings are, from the configuration and the environment.
pub(crate) fn recordings(file: &File) -> Result<Option<uncall_recordings::Options>> {
    Ok(file.recordings.options(|name| std::env::var(name).ok())?)
}

/// The configuration, or the defaults without a file.
pub(crate) fn read(config: Option<&Path>) -> Result<File> {
    let Some(path) = config else { return Ok(File::default()) };
    let file = File::read(path)?;
    if file.asterisk.secret.is_some() {
        warn_if_others_read(path);
    }
    Ok(file)
}

/// The Asterisk adapter's options, from the configuration and the environment.
pub(crate) fn asterisk(file: &File) -> Result<Options> {
    let options = file.asterisk.options(|name| std::env::var(name).ok())?;
    let host = options.address.rsplit_once(':').map_or("", |(host, _port)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let near = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    if !near && options.tls.is_none() {
        tracing::warn!("the way to the PBX at {} is not encrypted, the login included; see `tls`", options.address);
    }
    Ok(options)
}
