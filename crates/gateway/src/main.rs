//! `uncall-gateway`: the service.

use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anstyle_query::windows::enable_ansi_colors;
use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;
use uncall_asterisk::Asterisk;
use uncall_gateway::serve;
use uncall_gateway::settings::{DEFAULT_LISTEN, Kind};
use uncall_recordings::{Ledger, Recordings};
use uncall_simulator::Simulator;
use uncall_switch::Pbx;

mod check;
mod secrets;
#[cfg(windows)]
mod service;

/// Serves the Uncall Webservices API on a PBX.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serving: Serving,
}

/// The options for serving.
#[derive(Debug, Clone, clap::Args)]
struct Serving {
    /// Configuration file (TOML).
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address and port to listen on [default: 127.0.0.1:8088].
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Which PBX.
    #[arg(long)]
    pbx: Option<Kind>,
    /// Simulator: phones do not answer by themselves, and /sim operates them (from this machine only).
    #[arg(long)]
    sim_control: bool,
    /// Simulator: makes calls by itself, the same ones for the same seed.
    #[arg(long, value_name = "SEED")]
    sim_traffic: Option<u64>,
}

/// The other commands.
#[derive(Debug, Subcommand)]
enum Command {
    /// Reads a password, without echo from the terminal or as the first line of the input, and prints its line for the list of
    /// agents.
    Password,
    /// Makes a token, and prints it for the agent and its line for the list of agents.
    Token,
    /// Logs in to the PBX, and lists what the gateway lacks there and what to do about it, one line each. No phone rings. Exit
    /// status 0: nothing is missing; 1: something is, or the check failed.
    Check {
        /// Configuration file (TOML).
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// Which PBX.
        #[arg(long)]
        pbx: Option<Kind>,
        /// Prints instead, file by file, the lines to add for what is missing, ready to go at each file's end.
        #[arg(long)]
        lines: bool,
    },
    /// Manages the Windows service, which starts with the machine, restarts after a failure, and needs nobody to be logged in.
    #[cfg(windows)]
    #[command(subcommand)]
    Service(service::Word),
}

/// The exit status where another start cannot help: sysexits' `EX_CONFIG`, which the unit of systemd knows.
const UNFIT: u8 = 78;

/// The configuration has to be changed before the gateway can run.
#[derive(Debug)]
struct Unfit;

impl std::fmt::Display for Unfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the configuration has to be changed")
    }
}

/// How long to wait at the start for the PBX to say which calls are up. After that the service starts anyway, and tells its
/// clients that the PBX cannot be reached.
const CALLS_KNOWN: Duration = Duration::from_secs(3);

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if !arguments.unseen() {
        log_to_terminal();
    }
    let done = match arguments.command {
        Some(Command::Check { config, pbx, lines }) => check::run(config.as_deref(), pbx, lines).await,
        Some(Command::Password) => secrets::password().map(|()| ExitCode::SUCCESS),
        Some(Command::Token) => secrets::token().map(|()| ExitCode::SUCCESS),
        #[cfg(windows)]
        Some(Command::Service(word)) => service::run(word).map(|()| ExitCode::SUCCESS),
        None => here(arguments.serving).await.map(|()| ExitCode::SUCCESS),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            tracing::error!("{error:#}");
            if error.is::<Unfit>() { ExitCode::from(UNFIT) } else { ExitCode::FAILURE }
        }
    }
}

impl Arguments {
    /// Whether Windows' service control runs this, so that there is no terminal.
    fn unseen(&self) -> bool {
        #[cfg(windows)]
        return matches!(self.command, Some(Command::Service(service::Word::Run(_))));
        #[cfg(not(windows))]
        false
    }
}

fn log_to_terminal() {
    tracing_subscriber::fmt()
        .with_env_filter(log_filter())
        .with_writer(uncall_log::Masked(std::io::stderr))
        .with_ansi(std::io::stderr().is_terminal() && enable_ansi_colors() != Some(false))
        .init();
}

fn log_filter() -> EnvFilter {
    EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"))
}

/// Serves until a signal comes.
async fn here(serving: Serving) -> Result<()> {
    let stopped = stop_signal().context("cannot wait for signals")?;
    let listening = |wsdl: &str| {
        // With port 0, the starter reads the port here; it does not matter if nobody does.
        let _nobody_reads = writeln!(std::io::stdout(), "{wsdl}");
    };
    run(serving, listening, stopped).await
}

/// Serves until `stopped` is done. Calls `listening` with the WSDL's address once clients can connect.
async fn run(
    arguments: Serving,
    listening: impl FnOnce(&str),
    stopped: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    let file = check::read(arguments.config.as_deref()).context(Unfit)?;
    let address = arguments.listen.or(file.listen).unwrap_or(DEFAULT_LISTEN);
    let listener = TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))?;
    let address = listener.local_addr().context("the listening address is not known")?;
    let settings = file.settings();
    settings.check(address).context(Unfit)?;
    let (pbx, recordings): (Arc<dyn Pbx>, _) = match arguments.pbx.or(file.pbx).unwrap_or_default() {
        Kind::Simulator => {
            let mut options = file.simulator.options();
            options.control |= arguments.sim_control;
            options.traffic = arguments.sim_traffic.or(options.traffic);
            (Simulator::start(options), None)
        }
        Kind::Asterisk => {
            let recordings = check::recordings(&file).context(Unfit)?;
            let ledger = || Ledger::open(check::ledger(&file));
            let recordings = recordings.map(|options| Recordings::keeping(&options, ledger())).transpose()?;
            let asterisk = Asterisk::start(check::asterisk(&file).context(Unfit)?, recordings.clone());
            // Until then popEvent would say that there are no calls, and panels would think that theirs have ended.
            asterisk.ready(CALLS_KNOWN).await;
            (asterisk, recordings)
        }
    };
    // Every desk keeps a connection open; many systems begin with 1024 files.
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "the number of connections stays limited by the system");
    }
    let scheme = if settings.tls.is_some() { "https" } else { "http" };
    let wsdl = format!("{scheme}://{address}/uncall_services_api/index.php?wsdl");
    tracing::info!("WSDL at {wsdl}");
    listening(&wsdl);
    serve(listener, pbx, recordings, settings, stopped).await.map_err(|error| {
        let unfit = error.kind() == std::io::ErrorKind::InvalidInput;
        let error = anyhow::Error::new(error).context("cannot serve");
        if unfit { error.context(Unfit) } else { error }
    })?;
    tracing::info!("stopped");
    Ok(())
}

/// Done on SIGINT or SIGTERM.
#[cfg(unix)]
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    // SIGHUP reads files again (see the service); even without files it must not end the process.
    let hangup = signal(SignalKind::hangup())?;
    Ok(async move {
        let _kept = hangup;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Done on Ctrl-C and Ctrl-Break, when the console's window is closed, and when the system goes down.
#[cfg(windows)]
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown};
    let (mut interrupt, mut stop, mut close, mut shutdown) =
        (ctrl_c()?, ctrl_break()?, ctrl_close()?, ctrl_shutdown()?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = stop.recv() => {}
            _ = close.recv() => {}
            _ = shutdown.recv() => {}
        }
    })
}

#[cfg(test)]
mod tests {
    use super::Arguments;

    #[test]
    fn the_manual_has_every_argument() {
        use clap::CommandFactory as _;
        let folder = tempfile::tempdir().unwrap();
        let page = uncall_pages::made(Arguments::command(), folder.path()).unwrap();
        for argument in Arguments::command().get_arguments().filter_map(clap::Arg::get_long) {
            assert!(page.contains(&argument.replace('-', "\\-")), "{argument}: {page}");
        }
    }
}
