//! The tray: plain data first ([`face`]), then painted, and only what has changed, so that an open menu stays open.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use tauri::{
    AppHandle, Manager, Wry,
    image::Image,
    menu::{Menu, MenuItem, PredefinedMenuItem},
    tray::{TrayIcon, TrayIconBuilder, TrayIconEvent},
};
use uncall_contract::event::Presence;
use uncall_desk::{
    input::Intent,
    names::together,
    snapshot::{CallView, CallViewState, Mood, Snapshot},
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
    /// Whether there are missed calls that the agent has not seen.
    missed: bool,
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
    /// The call that the line acts on.
    uid: Option<String>,
}

/// The system's menu items, by name. Managed by Tauri.
#[derive(Default)]
struct Lines(Mutex<HashMap<&'static str, MenuItem<Wry>>>);

/// Makes the tray icon. Without a tray library, or a tray on this desktop, the panel has only its window.
pub(crate) fn build(app: &AppHandle) -> bool {
    let panel = app.state::<Panel>();
    let face = face(&panel.words(), &panel.shown(), panel.missed());
    // The tray library is loaded at run time, and panics if it is missing.
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
    // Includes the process id, because the icon is in a file of this name, which two panels must not share.
    TrayIconBuilder::with_id(tray_id())
        .icon(picture(face.mood, face.missed)?)
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
pub(crate) fn show(app: &AppHandle) {
    let panel = app.state::<Panel>();
    let face = face(&panel.words(), &panel.shown(), panel.missed());
    let Some(tray) = app.tray_by_id(&tray_id()) else { return };
    let before = panel.tray_painted(face.clone());
    if before.as_ref() == Some(&face) {
        return;
    }
    if let Err(error) = repaint(app, &tray, before.as_ref(), &face) {
        tracing::warn!("the tray could not be painted: {error}");
    }
}

fn repaint(app: &AppHandle, tray: &TrayIcon, before: Option<&Face>, face: &Face) -> tauri::Result<()> {
    let known = |id: &str| before.into_iter().flat_map(|face| face.items.iter().flatten()).find(|line| line.id == id);
    // The phone was switched on or off: a menu of its own.
    let ids = |face: &Face| face.items.iter().map(|item| item.as_ref().map(|line| line.id)).collect::<Vec<_>>();
    if before.is_none_or(|before| ids(before) != ids(face)) {
        tray.set_menu(Some(menu(app, face)?))?;
    }
    let lines = app.state::<Lines>();
    let lines = lines.0.lock().unwrap_or_else(PoisonError::into_inner);
    for line in face.items.iter().flatten() {
        let Some(item) = lines.get(line.id) else { continue };
        if known(line.id).is_none_or(|known| known.label != line.label) {
            item.set_text(&line.label)?;
        }
        if known(line.id).is_none_or(|known| known.enabled != line.enabled) {
            item.set_enabled(line.enabled)?;
        }
    }
    if before.is_none_or(|before| (before.mood, before.missed) != (face.mood, face.missed)) {
        tray.set_icon(Some(picture(face.mood, face.missed)?))?;
    }
    if before.is_none_or(|before| before.state != face.state) {
        tray.set_tooltip(Some(&face.state))?;
    }
    Ok(())
}

fn menu(app: &AppHandle, face: &Face) -> tauri::Result<Menu<Wry>> {
    let menu = Menu::new(app)?;
    let mut lines = HashMap::new();
    for item in &face.items {
        match item {
            Some(line) => {
                let item = MenuItem::with_id(app, line.id, &line.label, line.enabled, None::<&str>)?;
                menu.append(&item)?;
                lines.insert(line.id, item);
            }
            None => menu.append(&PredefinedMenuItem::separator(app)?)?,
        }
    }
    // Of the first menu or a later one.
    app.manage(Lines::default());
    *app.state::<Lines>().0.lock().unwrap_or_else(PoisonError::into_inner) = lines;
    Ok(menu)
}

fn picture(mood: Mood, missed: bool) -> tauri::Result<Image<'static>> {
    let png: &[u8] = match mood {
        Mood::Offline => include_bytes!("../../icons/tray/offline.png"),
        Mood::Idle => include_bytes!("../../icons/tray/idle.png"),
        Mood::Ringing => include_bytes!("../../icons/tray/ringing.png"),
        Mood::Talking => include_bytes!("../../icons/tray/talking.png"),
        Mood::Held => include_bytes!("../../icons/tray/held.png"),
        Mood::Busy => include_bytes!("../../icons/tray/busy.png"),
    };
    let picture = Image::from_bytes(png)?;
    Ok(if missed { marked(&picture) } else { picture })
}

/// The icon with a red dot in its upper right corner, a third as wide, with a gap around it.
fn marked(picture: &Image<'_>) -> Image<'static> {
    let (width, height) = (picture.width(), picture.height());
    let radius = i64::from(width.min(height)) / 6;
    let centre = (i64::from(width) - radius - 1, radius);
    let mut pixels = picture.rgba().to_vec();
    for (n, pixel) in (0_i64..).zip(pixels.chunks_exact_mut(4)) {
        let (x, y) = (n % i64::from(width) - centre.0, n / i64::from(width) - centre.1);
        let away = x * x + y * y;
        if away <= radius * radius {
            pixel.copy_from_slice(&[0xd9, 0x2d, 0x20, 0xff]);
        } else if away <= (radius + 1) * (radius + 1) {
            pixel.copy_from_slice(&[0; 4]);
        }
    }
    Image::new_owned(pixels, width, height)
}

fn face(words: &Words, snapshot: &Snapshot, missed: u32) -> Face {
    let mut state = state(words, snapshot);
    if missed > 0 {
        state = format!("{state} · {}", words.with("recent.missed_count", &[("count", &missed.to_string())]));
    }
    let line = |id: &'static str, key: &str, enabled: bool| {
        Some(Line { id, label: words.get(key).to_owned(), enabled, uid: None })
    };
    let targets = &snapshot.targets;
    let on_call = |id: &'static str, label: &str, target: &Option<String>| {
        let call = target.as_ref().and_then(|uid| snapshot.calls.iter().find(|call| call.uid == *uid));
        Some(Line { id, label: label_for(label, call, snapshot), enabled: call.is_some(), uid: target.clone() })
    };
    let transfer = format!("{}…", words.get("verb.transfer"));
    let connected = snapshot.mood != Mood::Offline;
    let presence = snapshot.presence.value;
    // Where this computer is the phone.
    let own = snapshot.line.is_some();
    let muted = targets.mute.as_ref().and_then(|uid| snapshot.calls.iter().find(|call| call.uid == *uid));
    let muted = muted.and_then(|call| call.phone.as_ref()).is_some_and(|phone| phone.muted);
    let of_phone = [
        on_call("answer", words.get("verb.answer"), &targets.answer),
        on_call("mute", words.get(if muted { "tray.unmute" } else { "verb.mute" }), &targets.mute),
    ];
    let mut items = vec![
        Some(Line { id: "state", label: plain(&state), enabled: false, uid: None }),
        line("show", "tray.show", true),
        None,
        line("idle", "tray.idle", connected && presence != Some(Presence::Idle)),
        line("busy", "tray.busy", connected && presence != Some(Presence::Busy)),
        None,
        on_call("hold", words.get("tray.hold"), &targets.hold),
        on_call("restore", words.get("tray.restore"), &targets.restore),
        on_call("transfer", &transfer, &targets.transfer),
        on_call("survey", words.get("verb.survey"), &targets.survey),
        on_call("hang_up", words.get("tray.hangup"), &targets.hang_up),
        None,
        line("settings", "tray.settings", true),
        line("report", "tray.report", true),
        line("quit", "tray.quit", true),
    ];
    if own {
        let at = items.iter().position(|item| item.as_ref().is_some_and(|line| line.id == "hold")).unwrap_or_default();
        items.splice(at..at, of_phone);
    }
    Face { mood: snapshot.mood, missed: missed > 0, state, items }
}

/// The extension and its state: that of the call that the icon shows, or else the presence.
fn state(words: &Words, snapshot: &Snapshot) -> String {
    let shown = snapshot.calls.iter().find(|call| call.state.mood() == snapshot.mood);
    let told = match (shown, snapshot.mood) {
        (Some(call), _) => format!("{} · {}", words.get(call_word(call.state)), party(call)),
        (None, Mood::Offline) => words.get("tray.state.offline").to_owned(),
        (None, Mood::Busy) => words.get("tray.state.busy").to_owned(),
        (None, Mood::Idle) if snapshot.presence.value.is_none() => words.get("connection.push").to_owned(),
        (None, Mood::Idle | Mood::Ringing | Mood::Talking | Mood::Held) => words.get("tray.state.idle").to_owned(),
    };
    if snapshot.extension.is_empty() { told } else { format!("{} · {told}", snapshot.extension) }
}

/// The other party's name and number.
fn party(call: &CallView) -> String {
    together(&call.who).map_or_else(|| call.other.clone(), |name| format!("{name} {}", call.other))
}

const fn call_word(state: CallViewState) -> &'static str {
    match state {
        CallViewState::Ringing => "state.ringing",
        CallViewState::Talking => "state.talking",
        CallViewState::InCall => "state.in_call",
        CallViewState::Held => "state.held",
        CallViewState::HoldUnknown => "state.hold_unknown",
        CallViewState::Transferring => "state.transferring",
    }
}

/// With two calls, a line names the one it acts on.
fn label_for(label: &str, call: Option<&CallView>, snapshot: &Snapshot) -> String {
    match call {
        Some(call) if snapshot.calls.len() > 1 => format!("{label} · {}", plain(&party(call))),
        Some(_) | None => label.to_owned(),
    }
}

/// Doubles ampersands, because a single one would turn a letter of a caller's name into a shortcut.
fn plain(text: &str) -> String {
    text.replace('&', "&&")
}

fn pressed(app: &AppHandle, id: &str) {
    let panel = app.state::<Panel>();
    // Act on the call that the line named, not on one that has replaced it since.
    let on_call = |intent: fn(String) -> Intent| {
        if let Some(uid) = panel.tray_face().and_then(|face| face.uid_of(id)) {
            panel.want(intent(uid));
        }
    };
    match id {
        "show" => window::main::show(app, View::Desk, None),
        "settings" => window::main::show(app, View::Settings, None),
        "report" => {
            let app = app.clone();
            tauri::async_runtime::spawn(async move {
                // On failure, the log has the reason and there is no file.
                let _ = crate::report::ask(&app).await;
            });
        }
        "quit" => crate::app::quit_asked(app),
        "idle" => panel.want(Intent::Idle),
        "busy" => panel.want(Intent::Busy { reason: None }),
        "hold" => on_call(|uid| Intent::Hold { uid }),
        "restore" => on_call(|uid| Intent::Restore { uid }),
        "survey" => on_call(|uid| Intent::Survey { uid }),
        "hang_up" => on_call(|uid| Intent::HangUp { uid }),
        "answer" => on_call(|uid| Intent::Answer { uid }),
        "mute" => {
            let Some(uid) = panel.tray_face().and_then(|face| face.uid_of(id)) else { return };
            let muted = |call: &CallView| call.uid == uid && call.phone.as_ref().is_some_and(|phone| phone.muted);
            let on = !panel.snapshot().calls.iter().any(muted);
            panel.want(Intent::Mute { uid, on });
        }
        // A transfer needs a target, which the agent types in the window.
        "transfer" => window::main::show(app, View::Transfer, None),
        other => tracing::debug!("nothing is behind the menu line {other}"),
    }
}

impl Face {
    fn uid_of(&self, id: &str) -> Option<String> {
        self.items.iter().flatten().find(|line| line.id == id)?.uid.clone()
    }
}
