//! The application from arguments to event loop.

use std::{path::Path, time::Duration};

use anyhow::Context;
use tauri::{AppHandle, Config, Manager, RunEvent, utils::config::Csp};
use uncall_desk::settings::{self as desk, Settings};

#[cfg(target_os = "linux")]
use crate::instance::{Claim, Request};
use crate::{
    args::Args,
    away, commands, contacts, day, instance, journal, link,
    panel::Panel,
    phone::Phone,
    platform,
    playback::{Loopback, Playback},
    report, screenpop,
    settings::{Sources, Trouble},
    state_file, tray,
    window::{self, main::View, memory::WindowMemory, popup::Popup},
};

/// Runs until the user quits.
pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    let config = args.config.clone().or_else(desk::default_path);
    #[cfg(target_os = "linux")]
    let instance = match tauri::async_runtime::block_on(claim(&args, config.as_deref()))? {
        Claim::First(instance) => instance,
        Claim::HandedOver => {
            return match args.report {
                Some(file) => tauri::async_runtime::block_on(report::until_written(&file)),
                None => Ok(()),
            };
        }
    };
    // No other panel is running or can be asked: report what is known without a desk.
    if let Some(file) = &args.report {
        return tauri::async_runtime::block_on(report::write(file, config.as_deref(), None));
    }
    let (settings, trouble) = if args.demo() {
        (demo_settings(config.as_deref())?, Trouble::default())
    } else {
        let sources = Sources::read(config.as_deref());
        (sources.settings(), sources.trouble)
    };
    let troubled = trouble.is_own();
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
    let memory = WindowMemory::load(state_file::path("window.json").filter(|_| !args.demo()));
    let builder = tauri::Builder::default();
    // The demo is not an agent's desk and may run next to the real one.
    #[cfg(not(target_os = "linux"))]
    let builder = if args.demo() { builder } else { builder.plugin(instance::plugin()) };
    let app = builder
        .manage(panel)
        .manage(playback)
        .manage(Phone::default())
        .manage(memory)
        .invoke_handler(tauri::generate_handler![
            commands::act,
            commands::caller,
            commands::close_player,
            commands::contacts,
            commands::dispose_call,
            commands::explain_number,
            commands::favour,
            commands::forget_contacts,
            commands::hearing,
            commands::import_contacts,
            commands::journal,
            commands::keep_player_choice,
            commands::keep_position,
            commands::keep_tab,
            commands::note_call,
            commands::open_player,
            commands::painted,
            commands::pick_contacts,
            commands::player_choice,
            commands::popup_size,
            commands::quit,
            commands::report,
            commands::recent,
            commands::save_recording,
            commands::save_settings,
            commands::see_missed,
            commands::settings,
            commands::snapshot,
            commands::sound_devices,
            commands::suggest,
            commands::tab,
            commands::take_link,
            commands::test_settings,
            commands::totals,
            commands::try_screen_pop,
        ])
        .setup(move |app| {
            if let Some(loopback) = loopback {
                tauri::async_runtime::spawn(loopback.serve(app.state::<Playback>().now()));
            }
            app.manage(Popup::start(app.handle()));
            #[cfg(not(target_os = "linux"))]
            if !args.demo() {
                tauri::async_runtime::spawn(instance::listen(app.handle().clone(), args.config.clone()));
            }
            contacts::start(app.handle(), args.demo(), &settings);
            journal::start(app.handle(), args.demo());
            app.manage(day::Day::default());
            day::watch(app.handle());
            away::watch(app.handle());
            screenpop::start(app.handle(), args.demo(), args.config.as_deref(), &settings);
            #[cfg(target_os = "linux")]
            if let Some(instance) = instance {
                tauri::async_runtime::spawn(instance.serve(app.handle().clone()));
            }
            start(app.handle(), &args, settings, troubled).map_err(Into::into)
        })
        .build(context)
        .context("the window system did not start")?;
    // Check this only here: a second start has already handed over its link and exited.
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
        // The core lives on without a window. `code` is set if the user chose to quit.
        if let RunEvent::ExitRequested { code: None, api, .. } = &event {
            api.prevent_exit();
        }
        // macOS sends links to the running program instead of passing an argument. Never run by us.
        #[cfg(target_os = "macos")]
        if let RunEvent::Opened { urls } = &event {
            urls.iter().for_each(|url| link::open(_app, url.as_str(), None));
        }
    });
    Ok(())
}

/// Allows the pages to play sound from this origin and no other.
fn allow_media(config: &mut Config, origin: &str) {
    if let Some(Csp::Policy(policy)) = &mut config.app.security.csp {
        *policy = policy.replace("media-src 'none'", &format!("media-src {origin}"));
    }
}

/// Claims the settings file, except for the demo, which is not an agent's desk and may run next to the real one.
#[cfg(target_os = "linux")]
async fn claim(args: &Args, config: Option<&Path>) -> anyhow::Result<Claim> {
    if args.demo() {
        return Ok(Claim::First(None));
    }
    // The panel with the default file has the plain name on the bus.
    instance::claim(args.config.as_ref().and(config), Request::of(args)).await
}

/// Ends the panel as the agent wishes. Asks first if that would end a call.
pub(crate) fn quit_asked(app: &AppHandle) {
    if !app.state::<Phone>().is_in_call() {
        return quit(app);
    }
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let words = app.state::<Panel>().words();
        let (end, stay) = (words.get("quit.end").to_owned(), words.get("quit.stay").to_owned());
        let asked = rfd::AsyncMessageDialog::new()
            .set_level(rfd::MessageLevel::Warning)
            .set_title(platform::APP_NAME)
            .set_description(words.get("quit.in_call"))
            .set_buttons(rfd::MessageButtons::OkCancelCustom(end.clone(), stay));
        let answer = asked.show().await;
        // Systems without words of one's own answer "OK".
        if answer == rfd::MessageDialogResult::Ok || answer == rfd::MessageDialogResult::Custom(end) {
            quit(&app);
        }
    });
}

/// Ends the panel and takes everything off the screen.
pub(crate) fn quit(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        app.state::<Panel>().stop().await;
        app.state::<Phone>().stop().await;
        journal::flush(&app).await;
        app.state::<WindowMemory>().flush();
        app.exit(0);
    });
}

fn start(app: &AppHandle, args: &Args, settings: Settings, troubled: bool) -> anyhow::Result<()> {
    let has_icon = tray::build(app);
    let configured = settings.is_configured();
    let asked_for_tray = args.tray && configured && has_icon && args.link.is_none();
    match &args.link {
        Some(text) => link::open(app, text, None),
        // Otherwise the agent might not notice that the extension is somebody else's.
        None if troubled => window::main::show(app, View::Settings, None),
        None if asked_for_tray => {}
        None => window::main::show(app, View::Desk, None),
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
        if asked_for_tray {
            tauri::async_runtime::spawn(open_without_tray(app.clone()));
        }
        // There is nothing to use while the agent has to be asked. The reported problem stays.
        if !configured {
            return;
        }
        if let Err(problem) = app.state::<Panel>().take_into_use(&app, settings).await {
            tracing::error!("the settings cannot be used: {} ({})", problem.code, problem.detail);
        }
    });
    Ok(())
}

/// How long to wait at login for a tray before opening the window. If the tray comes later, the icon appears as well.
const TRAY_WITHIN: Duration = Duration::from_secs(30);

/// Opens the window on a desktop without a tray, so that the panel can be found.
async fn open_without_tray(app: AppHandle) {
    if in_time(platform::tray_appears()).await {
        tracing::info!("the tray is there");
    } else {
        tracing::warn!("this desktop shows no tray icons: the window opens instead");
        window::main::show(&app, View::Desk, None);
    }
}

async fn in_time(tray_appears: impl Future<Output = bool>) -> bool {
    tokio::time::timeout(TRAY_WITHIN, tray_appears).await.unwrap_or(false)
}

/// The demo takes only the language from the settings.
#[cfg(feature = "demo")]
fn demo_settings(config: Option<&Path>) -> anyhow::Result<Settings> {
    let language = Sources::read(config).settings().language;
    let server = tauri::async_runtime::block_on(crate::demo::start())?;
    let extension = desk::extension_number(crate::demo::EXTENSION).ok();
    Ok(Settings { server: Some(server.into()), extension, language, ..Settings::default() })
}

#[cfg(not(feature = "demo"))]
fn demo_settings(_config: Option<&Path>) -> anyhow::Result<Settings> {
    anyhow::bail!("this build has no demo")
}

#[cfg(test)]
mod tests {
    use std::{future::pending, time::Duration};

    use super::in_time;

    #[tokio::test(start_paused = true)]
    async fn a_tray_may_take_half_a_minute() {
        let after = |seconds| async move {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            true
        };
        assert!(in_time(after(0)).await);
        assert!(in_time(after(29)).await);
        assert!(!in_time(after(31)).await);
        assert!(!in_time(pending()).await);
        // Without a bus there is nothing to wait for.
        assert!(!in_time(async { false }).await);
    }
}
