//! `uncall-gateway check`, and what it has in common with the service: the configuration.

use std::io::Write as _;
use std::net::IpAddr;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use uncall_gateway::asterisk::Options;
use uncall_gateway::asterisk::check::{self, Check, Finding, Verdict};
use uncall_gateway::asterisk::file::warn_if_others_read;
use uncall_gateway::recordings;
use uncall_gateway::settings::{File, Kind};

/// A line for each finding; success when nothing is missing.
pub(crate) async fn run(config: Option<&Path>, pbx: Option<Kind>) -> Result<ExitCode> {
    let file = read(config)?;
    let findings = match pbx.or(file.pbx).unwrap_or_default() {
        Kind::Simulator => {
            vec![Finding::ok("the simulator needs nothing (--pbx asterisk checks a real PBX)")]
        }
        Kind::Asterisk => {
            let mut findings =
                check::run(&Check { options: asterisk(&file)?, prompts: file.asterisk.prompts.clone() }).await;
            findings.extend(match recordings(&file)? {
                Some(options) => look_for_recordings(&options).await,
                None => vec![Finding::not_checked("recordings: to serve them, set `folder` or `s3` in [recordings]")],
            });
            findings
        }
    };
    let mut out = std::io::stdout();
    for finding in &findings {
        writeln!(out, "{finding}").context("cannot write")?;
    }
    let missing = findings.iter().any(|finding| finding.verdict == Verdict::Missing);
    Ok(if missing { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn look_for_recordings(options: &recordings::Options) -> Vec<Finding> {
    let findings = recordings::check(options).await.into_iter();
    let told = findings.map(|finding| (finding.good, format!("recordings: {}", finding.text)));
    told.map(|(good, text)| if good { Finding::ok(text) } else { Finding::missing(text) }).collect()
}

/// Where the recordings are, from the configuration and the environment.
pub(crate) fn recordings(file: &File) -> Result<Option<recordings::Options>> {
    Ok(file.recordings.options(|name| std::env::var(name).ok())?)
}

/// The configuration; without a file, the defaults.
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
