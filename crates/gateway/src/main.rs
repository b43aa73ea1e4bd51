//! `uncall-gateway`: the service.

use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::Parser;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;
use uncall_gateway::asterisk::check::{self, Check, Finding, Verdict};
use uncall_gateway::asterisk::file::warn_if_others_read;
use uncall_gateway::asterisk::{Asterisk, Options};
use uncall_gateway::pbx::Pbx;
use uncall_gateway::settings::{DEFAULT_LISTEN, File, Kind};
use uncall_gateway::{serve, simulator::Simulator};

/// Serves the Uncall Webservices API on a PBX.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Configuration file (TOML).
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address and port to listen on [default: 127.0.0.1:8088].
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Which PBX.
    #[arg(long)]
    pbx: Option<Kind>,
    /// Simulator: nobody answers by himself, and /sim is the hands on the phones (this machine only).
    #[arg(long)]
    sim_control: bool,
    /// Simulator: makes calls by itself, the same ones for the same seed.
    #[arg(long, value_name = "SEED")]
    sim_traffic: Option<u64>,
}

/// What else the binary does.
#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Logs in to the PBX, and says what is missing there for the gateway: a line each, with what to do. No phone rings.
    /// Exit status 0: nothing is missing; 1: something is.
    Check {
        /// Configuration file (TOML).
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// Which PBX.
        #[arg(long)]
        pbx: Option<Kind>,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    let done = match arguments.command {
        Some(Command::Check { config, pbx }) => check(config.as_deref(), pbx).await,
        None => run(arguments).await.map(|()| ExitCode::SUCCESS),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn read(config: Option<&Path>) -> Result<File> {
    let Some(path) = config else { return Ok(File::default()) };
    let file = File::read(path)?;
    if file.asterisk.secret.is_some() {
        warn_if_others_read(path);
    }
    Ok(file)
}

/// The adapter's options from the file and the environment.
fn asterisk(file: &File) -> Result<Options> {
    let options = file.asterisk.options(|name| std::env::var(name).ok())?;
    let local = options.address.rsplit_once(':').is_some_and(|(host, _port)| {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
    });
    if !local && options.tls.is_none() {
        tracing::warn!("the way to the PBX at {} is not encrypted, the login included; see `tls`", options.address);
    }
    Ok(options)
}

async fn check(config: Option<&Path>, pbx: Option<Kind>) -> Result<ExitCode> {
    let file = read(config)?;
    let findings = match pbx.or(file.pbx).unwrap_or_default() {
        Kind::Simulator => {
            vec![Finding {
                verdict: Verdict::Ok,
                text: "the simulator needs nothing (--pbx asterisk checks a real PBX)".into(),
            }]
        }
        Kind::Asterisk => {
            let check = Check { options: asterisk(&file)?, prompts: file.asterisk.prompts, recordings: None };
            check::run(&check).await
        }
    };
    let mut out = std::io::stdout();
    for finding in &findings {
        writeln!(out, "{finding}").context("cannot write")?;
    }
    let missing = findings.iter().any(|finding| finding.verdict == Verdict::Missing);
    Ok(if missing { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn run(arguments: Arguments) -> Result<()> {
    let file = read(arguments.config.as_deref())?;
    let address = arguments.listen.or(file.listen).unwrap_or(DEFAULT_LISTEN);
    let listener = TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))?;
    let address = listener.local_addr().context("the listening address is not known")?;
    let pbx: Arc<dyn Pbx> = match arguments.pbx.or(file.pbx).unwrap_or_default() {
        Kind::Simulator => {
            let mut options = file.simulator.options();
            options.control |= arguments.sim_control;
            options.traffic = arguments.sim_traffic.or(options.traffic);
            Simulator::start(options)
        }
        Kind::Asterisk => Asterisk::start(asterisk(&file)?),
    };
    if !address.ip().is_loopback() {
        tracing::warn!(
            "listening beyond this machine, and the API has no passwords: whoever reaches {address} acts for every agent"
        );
    }
    let wsdl = format!("http://{address}/uncall_services_api/index.php?wsdl");
    tracing::info!("WSDL at {wsdl}");
    // Whoever started this with port 0 reads the port here; nobody need read it.
    let _nobody_reads = writeln!(std::io::stdout(), "{wsdl}");
    let stopped = stop_signal().context("cannot wait for signals")?;
    serve(listener, pbx, file.settings(), stopped).await.context("cannot serve")?;
    tracing::info!("stopped");
    Ok(())
}

/// Done on SIGINT or SIGTERM.
#[cfg(unix)]
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Done on Ctrl-C.
#[cfg(not(unix))]
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        let _closed_or_rung = interrupt.recv().await;
    })
}
