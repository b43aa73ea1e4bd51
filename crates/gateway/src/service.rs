//! `uncall-gateway service`: installed, removed and run as a service of Windows.
//!
//! It runs as Local Service, which has few rights; its logs are in `%ProgramData%\Uncall Gateway\logs`, one file a day. Relative
//! paths in its configuration start at the configuration's folder.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Subcommand, ValueEnum as _};
use tokio_util::sync::CancellationToken;
use uncall_log::{Bounds, Files, Masked};
use windows_service::service::{
    Service, ServiceAccess, ServiceAction, ServiceActionType, ServiceControl, ServiceControlAccept,
    ServiceErrorControl, ServiceExitCode, ServiceFailureActions, ServiceFailureResetPeriod, ServiceInfo,
    ServiceStartType, ServiceState, ServiceStatus, ServiceType,
};
use windows_service::service_control_handler::{self, ServiceControlHandlerResult, ServiceStatusHandle};
use windows_service::service_manager::{ServiceManager, ServiceManagerAccess};
use windows_service::{define_windows_service, service_dispatcher};

use crate::{Serving, check, log_filter};

const NAME: &str = "uncall-gateway";
const TITLE: &str = "Uncall Gateway";
/// Two weeks of logs, and no more than 160 MiB of them.
const LOGS: Bounds = Bounds { days: 14, files: 20, bytes: 8 * 1024 * 1024 };
/// How long the service control should wait for each of our steps: the PBX gets 3 s at the start, clients 5 s at the end.
const STEP: Duration = Duration::from_secs(20);

/// What to do with the service.
#[derive(Debug, Subcommand)]
pub(crate) enum Word {
    /// Install it, or give the installed one these arguments; as administrator.
    Install(Serving),
    /// Stop and remove it; as administrator. Configuration and logs stay.
    Uninstall,
    /// Run as Windows' service control starts it.
    #[command(hide = true)]
    Run(Serving),
}

/// Carries it out. `Run` returns when the service has stopped.
pub(crate) fn run(word: Word) -> Result<()> {
    match word {
        Word::Install(serving) => install(&serving),
        Word::Uninstall => uninstall(),
        Word::Run(serving) => {
            SERVING.get_or_init(|| serving);
            service_dispatcher::start(NAME, service_main).map_err(|error| {
                // It was typed in a terminal, so log there.
                crate::log_to_terminal();
                explained(error)
            })
        }
    }
}

fn install(serving: &Serving) -> Result<()> {
    check::read(serving.config.as_deref())?;
    let info = ServiceInfo {
        name: NAME.into(),
        display_name: TITLE.into(),
        service_type: ServiceType::OWN_PROCESS,
        start_type: ServiceStartType::AutoStart,
        error_control: ServiceErrorControl::Normal,
        executable_path: std::env::current_exe().context("where this program lies is not known")?,
        launch_arguments: arguments(serving)?,
        dependencies: Vec::new(),
        account_name: Some("NT AUTHORITY\\LocalService".into()),
        account_password: None,
    };
    let manager = manager(ServiceManagerAccess::CONNECT | ServiceManagerAccess::CREATE_SERVICE)?;
    // Setting a restart as failure action requires START.
    let access = ServiceAccess::CHANGE_CONFIG | ServiceAccess::START;
    let service = match manager.create_service(&info, access) {
        Err(error) if code(&error) == Some(EXISTS) => {
            let service = manager.open_service(NAME, access).map_err(explained)?;
            // Keep the account that an administrator chose.
            let info = ServiceInfo { account_name: None, ..info };
            service.change_config(&info).map_err(explained)?;
            service
        }
        created => created.map_err(explained)?,
    };
    service.set_description("Serves the Uncall Webservices API on the PBX.").map_err(explained)?;
    if let Err(error) = restart_after_failure(&service) {
        tracing::warn!("Windows will not start it again after a failure: {:#}", explained(error));
    }
    std::fs::create_dir_all(logs()?).with_context(|| format!("cannot make the folder {}", shown_logs()))?;
    say(&format!("installed. `net start {NAME}` starts it now, Windows at each start. Its log: {}", shown_logs()))
}

/// Restarts after 5 s twice, then after a minute; a day without failure resets that.
fn restart_after_failure(service: &Service) -> windows_service::Result<()> {
    let restart =
        |seconds| ServiceAction { action_type: ServiceActionType::Restart, delay: Duration::from_secs(seconds) };
    service.update_failure_actions(ServiceFailureActions {
        reset_period: ServiceFailureResetPeriod::After(Duration::from_secs(24 * 60 * 60)),
        reboot_msg: None,
        command: None,
        actions: Some(vec![restart(5), restart(5), restart(60)]),
    })?;
    // An end with an error counts as a failure, too, not only a crash.
    service.set_failure_actions_on_non_crash_failures(true)
}

fn uninstall() -> Result<()> {
    let manager = manager(ServiceManagerAccess::CONNECT)?;
    let access = ServiceAccess::QUERY_STATUS | ServiceAccess::STOP | ServiceAccess::DELETE;
    let service = manager.open_service(NAME, access).map_err(explained)?;
    if service.query_status().map_err(explained)?.current_state != ServiceState::Stopped {
        service.stop().map_err(explained)?;
    }
    // Windows removes it once it has stopped and nobody has it open.
    service.delete().map_err(explained)?;
    say(&format!("removed. Configuration and logs stay; the logs: {}", shown_logs()))
}

/// The service's arguments: those of `install`, with absolute paths.
fn arguments(serving: &Serving) -> Result<Vec<OsString>> {
    let Serving { config, listen, pbx, sim_control, sim_traffic } = serving;
    let mut arguments: Vec<OsString> = vec!["service".into(), "run".into()];
    let mut option = |name: &str, value: OsString| arguments.extend([name.into(), value]);
    if let Some(config) = config {
        option("--config", std::path::absolute(config).context("where the configuration lies is not known")?.into());
    }
    if let Some(listen) = listen {
        option("--listen", listen.to_string().into());
    }
    if let Some(pbx) = pbx.and_then(|pbx| pbx.to_possible_value()) {
        option("--pbx", pbx.get_name().into());
    }
    if let Some(seed) = sim_traffic {
        option("--sim-traffic", seed.to_string().into());
    }
    if *sim_control {
        arguments.push("--sim-control".into());
    }
    Ok(arguments)
}

/// The arguments of `Run`, for the thread on which Windows calls [`served`].
static SERVING: OnceLock<Serving> = OnceLock::new();

define_windows_service!(service_main, served);

fn served(_arguments: Vec<OsString>) {
    log_to_file();
    let stop = CancellationToken::new();
    let asked = stop.clone();
    let handler = move |control| match control {
        ServiceControl::Stop | ServiceControl::Shutdown => {
            asked.cancel();
            ServiceControlHandlerResult::NoError
        }
        ServiceControl::Interrogate => ServiceControlHandlerResult::NoError,
        _ => ServiceControlHandlerResult::NotImplemented,
    };
    let status = match service_control_handler::register(NAME, handler) {
        Ok(status) => status,
        Err(error) => return tracing::error!("the service control does not answer: {:#}", explained(error)),
    };
    tell(status, ServiceState::StartPending, ServiceExitCode::NO_ERROR);
    let code = match serve(status, stop) {
        Ok(()) => ServiceExitCode::NO_ERROR,
        Err(error) => {
            tracing::error!("{error:#}");
            ServiceExitCode::ServiceSpecific(1)
        }
    };
    tell(status, ServiceState::Stopped, code);
}

fn serve(status: ServiceStatusHandle, stop: CancellationToken) -> Result<()> {
    let serving = SERVING.get().context("there are no arguments")?.clone();
    // A service starts in the system's folder, to which no relative path refers.
    if let Some(folder) = serving.config.as_deref().and_then(Path::parent) {
        std::env::set_current_dir(folder).with_context(|| format!("cannot enter the folder {}", folder.display()))?;
    }
    let running = move |_wsdl: &str| tell(status, ServiceState::Running, ServiceExitCode::NO_ERROR);
    let stopped = async move {
        stop.cancelled().await;
        tell(status, ServiceState::StopPending, ServiceExitCode::NO_ERROR);
    };
    let runtime = tokio::runtime::Runtime::new().context("cannot start")?;
    runtime.block_on(crate::run(serving, running, stopped))
}

fn tell(status: ServiceStatusHandle, state: ServiceState, exit_code: ServiceExitCode) {
    let pending = matches!(state, ServiceState::StartPending | ServiceState::StopPending);
    let accepted = ServiceControlAccept::STOP | ServiceControlAccept::SHUTDOWN;
    let told = status.set_service_status(ServiceStatus {
        service_type: ServiceType::OWN_PROCESS,
        current_state: state,
        controls_accepted: if state == ServiceState::Running { accepted } else { ServiceControlAccept::empty() },
        exit_code,
        checkpoint: u32::from(pending),
        wait_hint: if pending { STEP } else { Duration::ZERO },
        process_id: None,
    });
    if let Err(error) = told {
        tracing::warn!("the service control was not told that this is {state:?}: {:#}", explained(error));
    }
}

/// Logs to a file, since there is no terminal. If that fails, the service runs without a log.
fn log_to_file() {
    let open = |folder: PathBuf| {
        std::fs::create_dir_all(&folder)?;
        Ok(Files::open(&folder, "gateway", LOGS)?)
    };
    match logs().and_then(open) {
        Ok(files) => {
            let place = Masked(Mutex::new(files));
            tracing_subscriber::fmt().with_env_filter(log_filter()).with_writer(place).with_ansi(false).init();
        }
        Err(_nowhere) => crate::log_to_terminal(),
    }
}

fn logs() -> Result<PathBuf> {
    let data = std::env::var_os("ProgramData").context("Windows does not say where programs keep their data")?;
    Ok(Path::new(&data).join(TITLE).join("logs"))
}

fn shown_logs() -> String {
    logs().map_or_else(|_| format!("%ProgramData%\\{TITLE}\\logs"), |folder| folder.display().to_string())
}

fn manager(access: ServiceManagerAccess) -> Result<ServiceManager> {
    ServiceManager::local_computer(None::<&str>, access).map_err(explained)
}

fn say(text: &str) -> Result<()> {
    writeln!(std::io::stdout(), "{text}").context("cannot write")
}

// Windows' own numbers (winerror.h).
const DENIED: i32 = 5;
const NOT_THERE: i32 = 1060;
const NOT_A_SERVICE: i32 = 1063;
const LEAVING: i32 = 1072;
const EXISTS: i32 = 1073;

fn code(error: &windows_service::Error) -> Option<i32> {
    match error {
        windows_service::Error::Winapi(error) => error.raw_os_error(),
        _ => None,
    }
}

/// Adds advice to the error.
fn explained(error: windows_service::Error) -> anyhow::Error {
    let words = match code(&error) {
        Some(DENIED) => "this needs an administrator: open the terminal with \"Run as administrator\"",
        Some(NOT_THERE) => "it is not installed",
        Some(NOT_A_SERVICE) => {
            "only Windows' service control starts this; without `service run` the gateway runs in this terminal"
        }
        Some(LEAVING) => {
            "it was removed, but another program still looks at it: close the Services window, and try again"
        }
        _ => match error {
            windows_service::Error::Winapi(system) => return anyhow::anyhow!("Windows refuses: {system}"),
            other => return other.into(),
        },
    };
    anyhow::anyhow!(words)
}
