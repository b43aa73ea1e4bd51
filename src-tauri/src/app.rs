//! The application's life: from the arguments to the event loop.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    path::Path,
};

use anyhow::Context;
use clap::Parser;
use tauri::{AppHandle, Config, Manager, RunEvent, Wry, plugin::TauriPlugin, utils::config::Csp};
use uncall_desk::settings::{self as desk, Settings};

use crate::{
    args::Args,
    commands, link,
    panel::Panel,
    platform,
    playback::{Loopback, Playback},
    settings::{Sources, Trouble},
    tray,
    window::{self, main::View},
};

/// Runs until the person quits.
pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    let config = args.config.clone().or_else(desk::default_path);
    let (settings, trouble) = if args.demo() {
        (demo_settings(config.as_deref())?, Trouble::default())
    } else {
        let sources = Sources::read(config.as_deref());
        (sources.settings(), sources.trouble)
    };
    let configured = settings.is_configured();
    let tray_alone = args.tray && args.link.is_none();
    let panel = Panel::new(config.filter(|_| !args.demo()), args.demo(), settings.clone(), trouble);
    let loopback = Loopback::bind()
        .inspect_err(|error| tracing::error!("recordings cannot be heard: no loopback port: {error}"))
        .ok();
    let playback = Playback::new(loopback.as_ref(), !args.demo());
    let mut context = tauri::generate_context!();
    if let Some(loopback) = &loopback {
        allow_media(context.config_mut(), &loopback.origin());
    }
    let mut builder = tauri::Builder::default();
    // The demo is no agent's desk: it stands beside the real one.
    if !args.demo() {
        builder = builder.plugin(single_instance(args.config.as_deref()));
    }
    let app = builder
        .manage(panel)
        .manage(playback)
        .invoke_handler(tauri::generate_handler![
            commands::act,
            commands::close_player,
            commands::explain_number,
            commands::keep_player_choice,
            commands::keep_position,
            commands::open_player,
            commands::painted,
            commands::player_choice,
            commands::quit,
            commands::save_recording,
            commands::save_settings,
            commands::settings,
            commands::snapshot,
            commands::take_link,
            commands::test_settings,
        ])
        .setup(move |app| {
            if let Some(loopback) = loopback {
                tauri::async_runtime::spawn(loopback.serve(app.state::<Playback>().now()));
            }
            start(app.handle(), &args, settings).map_err(Into::into)
        })
        .build(context)
        .context("the window system did not start")?;
    // Asked here, where a second start has handed its link over and is gone.
    if platform::web_view_missing() {
        if !(tray_alone && configured) {
            tracing::error!("the WebView2 runtime is missing, so there is no window. It is at {}", window::WEB_VIEW_AT);
            window::explain_missing(app.handle(), false);
            anyhow::bail!("the panel needs its settings or its window, and has neither");
        }
        tracing::error!(
            "the WebView2 runtime is missing: calls are told by notifications, without windows. It is at {}",
            window::WEB_VIEW_AT
        );
    }
    app.run(|_app, event| {
        // Without a window the core lives on; `code` is there when the person chose to quit.
        if let RunEvent::ExitRequested { code: None, api, .. } = &event {
            api.prevent_exit();
        }
        // macOS gives links to the program that runs, and not as an argument. Never run.
        #[cfg(target_os = "macos")]
        if let RunEvent::Opened { urls } = &event {
            urls.iter().for_each(|url| link::open(_app, url.as_str()));
        }
    });
    Ok(())
}

/// Lets the pages play what comes from there, and from nowhere else.
fn allow_media(config: &mut Config, origin: &str) {
    if let Some(Csp::Policy(policy)) = &mut config.app.security.csp {
        *policy = policy.replace("media-src 'none'", &format!("media-src {origin}"));
    }
}

/// A second start shows the window of the first, which runs on the same settings, and hands its link over.
fn single_instance(config: Option<&Path>) -> TauriPlugin<Wry> {
    let builder = tauri_plugin_single_instance::Builder::new().callback(|app, arguments, _folder| {
        match Args::try_parse_from(arguments) {
            Ok(Args { link: Some(text), .. }) => link::open(app, &text),
            // The machine's entry for the login beside the user's.
            Ok(Args { tray: true, .. }) => tracing::info!("started again for the tray, where it is"),
            _ => window::main::show(app, View::Desk),
        }
    });
    let Some(config) = config else { return builder.build() };
    let mut hasher = DefaultHasher::new();
    std::path::absolute(config).unwrap_or_else(|_| config.to_owned()).hash(&mut hasher);
    builder.dbus_id(format!("net.uncall.panel.config{:016x}", hasher.finish())).build()
}

/// Ends the panel, and leaves nothing on the screen.
pub(crate) fn quit(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        app.state::<Panel>().stop().await;
        app.exit(0);
    });
}

fn start(app: &AppHandle, args: &Args, settings: Settings) -> anyhow::Result<()> {
    let has_icon = tray::build(app);
    let configured = settings.is_configured();
    let asked_for_tray = args.tray && configured && has_icon && args.link.is_none();
    match &args.link {
        Some(text) => link::open(app, text),
        None if asked_for_tray => {}
        None => window::main::show(app, View::Desk),
    }
    let app = app.clone();
    tauri::async_runtime::spawn({
        let app = app.clone();
        async move {
            platform::asked_to_end().await;
            quit(&app);
        }
    });
    tauri::async_runtime::spawn(async move {
        if asked_for_tray && !platform::has_tray().await {
            tracing::warn!("this desktop shows no tray icons: the window opens instead");
            window::main::show(&app, View::Desk);
        }
        // Nothing to take when they have to be asked for; what was wrong with them stays said.
        if !configured {
            return;
        }
        if let Err(problem) = app.state::<Panel>().take_into_use(&app, settings).await {
            tracing::error!("the settings cannot be used: {} ({})", problem.code, problem.detail);
        }
    });
    Ok(())
}

/// The demo takes the language from the settings and nothing else.
#[cfg(feature = "demo")]
fn demo_settings(config: Option<&Path>) -> anyhow::Result<Settings> {
    let language = Sources::read(config).settings().language;
    let server = tauri::async_runtime::block_on(crate::demo::start())?;
    let extension = desk::extension_number(crate::demo::EXTENSION).ok();
    Ok(Settings { server: Some(server), extension, language, ..Settings::default() })
}

#[cfg(not(feature = "demo"))]
fn demo_settings(_config: Option<&Path>) -> anyhow::Result<Settings> {
    anyhow::bail!("this build has no demo")
}
