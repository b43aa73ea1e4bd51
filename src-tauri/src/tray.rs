//! The tray: plain data first ([`items`]), painted after that, and only when it has changed.

use tauri::{
    AppHandle, Manager,
    image::Image,
    menu::{Menu, MenuItem, PredefinedMenuItem},
    tray::{TrayIconBuilder, TrayIconEvent},
};
use uncall_contract::event::Presence;
use uncall_desk::{
    input::Intent,
    snapshot::{CallView, Mood, Snapshot, Verb},
};

use crate::{
    panel::Panel,
    window::{self, main::View},
    words::Words,
};

/// What the tray shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Face {
    mood: Mood,
    state: String,
    items: Vec<Item>,
}

/// A line of the menu; `None` draws a separator.
type Item = Option<Line>;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    id: &'static str,
    label: String,
    enabled: bool,
}

/// Makes the tray icon. Without a tray library or a tray on this desktop the panel lives on with its window.
pub(crate) fn build(app: &AppHandle) -> bool {
    let face = face(&app.state::<Panel>().words(), &app.state::<Panel>().snapshot());
    // The library that shows it is loaded at run time, and its absence is a panic.
    let built = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| paint_new(app, &face)));
    match built {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::warn!("no tray icon: {error}");
            false
        }
        Err(_) => {
            tracing::warn!("no tray icon: install libayatana-appindicator3-1");
            false
        }
    }
}

fn paint_new(app: &AppHandle, face: &Face) -> tauri::Result<()> {
    // The process number: the picture lies in a file of this name, and two panels must not share it.
    TrayIconBuilder::with_id(tray_id())
        .icon(picture(face.mood)?)
        .tooltip(&face.state)
        .menu(&menu(app, face)?)
        .show_menu_on_left_click(cfg!(target_os = "macos"))
        .on_menu_event(|app, event| pressed(app, event.id().as_ref()))
        .on_tray_icon_event(|tray, event| {
            if let TrayIconEvent::DoubleClick { .. } = event {
                window::main::show(tray.app_handle(), View::Desk, None);
            }
        })
        .build(app)?;
    app.state::<Panel>().tray_painted(face.clone());
    Ok(())
}

fn tray_id() -> String {
    format!("uncall-{}", std::process::id())
}

/// Shows the desk's state in the tray.
pub(crate) fn show(app: &AppHandle, snapshot: &Snapshot) {
    let panel = app.state::<Panel>();
    let face = face(&panel.words(), snapshot);
    let Some(tray) = app.tray_by_id(&tray_id()) else { return };
    if !panel.tray_painted(face.clone()) {
        return;
    }
    let painted = menu(app, &face)
        .and_then(|menu| tray.set_menu(Some(menu)))
        .and_then(|()| tray.set_icon(Some(picture(face.mood)?)))
        .and_then(|()| tray.set_tooltip(Some(&face.state)));
    if let Err(error) = painted {
        tracing::warn!("the tray could not be painted: {error}");
    }
}

fn menu(app: &AppHandle, face: &Face) -> tauri::Result<Menu<tauri::Wry>> {
    let menu = Menu::new(app)?;
    for item in &face.items {
        match item {
            Some(line) => menu.append(&MenuItem::with_id(app, line.id, &line.label, line.enabled, None::<&str>)?)?,
            None => menu.append(&PredefinedMenuItem::separator(app)?)?,
        }
    }
    Ok(menu)
}

fn picture(mood: Mood) -> tauri::Result<Image<'static>> {
    let png: &[u8] = match mood {
        Mood::Offline => include_bytes!("../../icons/tray/offline.png"),
        Mood::Idle => include_bytes!("../../icons/tray/idle.png"),
        Mood::Ringing => include_bytes!("../../icons/tray/ringing.png"),
        Mood::Talking => include_bytes!("../../icons/tray/talking.png"),
        Mood::Held => include_bytes!("../../icons/tray/held.png"),
        Mood::Busy => include_bytes!("../../icons/tray/busy.png"),
    };
    Image::from_bytes(png)
}

fn face(words: &Words, snapshot: &Snapshot) -> Face {
    let mood = match snapshot.mood {
        Mood::Offline => "offline",
        Mood::Idle => "idle",
        Mood::Ringing => "ringing",
        Mood::Talking => "talking",
        Mood::Held => "held",
        Mood::Busy => "busy",
    };
    let word = words.get(&format!("tray.state.{mood}")).to_owned();
    let call = snapshot.calls.first();
    let state = match call {
        Some(call) => format!("{} · {word} · {}", snapshot.extension, call.other),
        None if snapshot.extension.is_empty() => word,
        None => format!("{} · {word}", snapshot.extension),
    };
    let line =
        |id: &'static str, key: &str, enabled: bool| Some(Line { id, label: words.get(key).to_owned(), enabled });
    let may = |verb: Verb| call.is_some_and(|call| call.verbs.contains(&verb));
    let connected = snapshot.mood != Mood::Offline;
    let held = call.is_some_and(|call| call.verbs.contains(&Verb::Restore));
    let (hold, hold_key, hold_verb) =
        if held { ("restore", "tray.restore", Verb::Restore) } else { ("hold", "tray.hold", Verb::Hold) };
    let presence = snapshot.presence.value;
    let items = vec![
        // A single ampersand would mark a letter of a caller's name as a shortcut.
        Some(Line { id: "state", label: state.replace('&', "&&"), enabled: false }),
        line("show", "tray.show", true),
        None,
        line("idle", "tray.idle", connected && presence != Some(Presence::Idle)),
        line("busy", "tray.busy", connected && presence != Some(Presence::Busy)),
        None,
        line(hold, hold_key, may(hold_verb)),
        Some(Line {
            id: "transfer", label: format!("{}…", words.get("verb.transfer")), enabled: may(Verb::Transfer)
        }),
        line("survey", "verb.survey", may(Verb::Survey)),
        line("hang_up", "tray.hangup", may(Verb::HangUp)),
        None,
        line("settings", "tray.settings", true),
        line("quit", "tray.quit", true),
    ];
    Face { mood: snapshot.mood, state, items }
}

fn pressed(app: &AppHandle, id: &str) {
    let panel = app.state::<Panel>();
    let on_call = |intent: fn(String) -> Intent| {
        let uid = panel.snapshot().calls.first().map(|call: &CallView| call.uid.clone());
        if let Some(uid) = uid {
            panel.want(intent(uid));
        }
    };
    match id {
        "show" => window::main::show(app, View::Desk, None),
        "settings" => window::main::show(app, View::Settings, None),
        "quit" => crate::app::quit(app),
        "idle" => panel.want(Intent::Idle),
        "busy" => panel.want(Intent::Busy),
        "hold" => on_call(|uid| Intent::Hold { uid }),
        "restore" => on_call(|uid| Intent::Restore { uid }),
        "survey" => on_call(|uid| Intent::Survey { uid }),
        "hang_up" => on_call(|uid| Intent::HangUp { uid }),
        // A transfer needs a target, which is typed in the window.
        "transfer" => window::main::show(app, View::Transfer, None),
        other => tracing::debug!("nothing is behind the menu line {other}"),
    }
}
