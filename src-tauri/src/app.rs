//! The application's life: from the arguments to the event loop.

use std::path::Path;

use anyhow::{Context, anyhow};
use tauri::{AppHandle, Manager, RunEvent};
use uncall_desk::settings::{self, Settings};

use crate::{args::Args, commands, panel::Panel, tray, window};

/// Runs until the person quits.
pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    let config = args.config.clone().or_else(settings::default_path);
    let settings = if args.demo() { demo_settings(config.as_deref())? } else { read(config.as_deref())? };
    let panel = Panel::new(config.filter(|_| !args.demo()), args.demo(), settings.clone());
    let app = tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(|app, _arguments, _folder| window::main::show(app)))
        .manage(panel)
        .invoke_handler(tauri::generate_handler![
            commands::act,
            commands::explain_number,
            commands::painted,
            commands::recording,
            commands::save_settings,
            commands::settings,
            commands::snapshot,
            commands::test_settings,
        ])
        .setup(move |app| start(app.handle(), &args, settings).map_err(Into::into))
        .build(tauri::generate_context!())
        .context("the window system did not start")?;
    app.run(|_app, event| {
        // Without a window the core lives on; `code` is there when the person chose to quit.
        if let RunEvent::ExitRequested { code: None, api, .. } = event {
            api.prevent_exit();
        }
    });
    Ok(())
}

fn start(app: &AppHandle, args: &Args, settings: Settings) -> anyhow::Result<()> {
    let has_tray = tray::build(app);
    let configured = settings.server.is_some() && settings.extension.is_some();
    if !args.tray || !configured || !has_tray {
        window::main::show(app);
    }
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        if let Err(problem) = app.state::<Panel>().take_into_use(&app, settings).await {
            tracing::error!("the settings cannot be used: {} ({})", problem.code, problem.detail);
        }
    });
    Ok(())
}

/// The file's settings, and the environment's for what the file leaves open.
fn read(config: Option<&Path>) -> anyhow::Result<Settings> {
    let settings = match config {
        Some(file) => {
            let loaded = settings::load(file)?;
            for warning in &loaded.warnings {
                tracing::warn!("{}: {warning}", file.display());
            }
            loaded.settings
        }
        None => Settings::default(),
    };
    let from_environment = settings.with_environment(|name| std::env::var(name).ok());
    from_environment.map_err(|problem| anyhow!("UNCALL_SERVER or UNCALL_EXTEN: {} {}", problem.code, problem.detail))
}

/// The demo takes the language from the settings and nothing else.
#[cfg(feature = "demo")]
fn demo_settings(config: Option<&Path>) -> anyhow::Result<Settings> {
    let language = config.and_then(|file| settings::load(file).ok()).and_then(|loaded| loaded.settings.language);
    let server = tauri::async_runtime::block_on(crate::demo::start())?;
    let extension = settings::extension_number(crate::demo::EXTENSION).ok();
    Ok(Settings { server: Some(server), extension, language, ..Settings::default() })
}

#[cfg(not(feature = "demo"))]
fn demo_settings(_config: Option<&Path>) -> anyhow::Result<Settings> {
    anyhow::bail!("this build has no demo")
}
