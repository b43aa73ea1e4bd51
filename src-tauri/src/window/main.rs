//! The main window: created on demand, destroyed when closed. Closing it does not end the panel.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use tauri::{
    AppHandle, Emitter, LogicalSize, Manager, PhysicalPosition, PhysicalSize, WebviewUrl, WebviewWindow,
    WebviewWindowBuilder, WindowEvent,
};

use super::{
    memory::{MainPlace, WindowMemory},
    place::{self, Area},
    popup,
};
use crate::{platform, playback::Playback};

/// Its label, which the capability file names.
pub(crate) const LABEL: &str = "main";
/// Its initial size, in logical pixels.
const SIZE: (f64, f64) = (380.0, 640.0);
/// Its minimum size, in logical pixels.
const LEAST: (f64, f64) = (340.0, 480.0);

/// What the window opens with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    /// The call.
    Desk,
    /// The settings.
    Settings,
    /// The call, with the field for a transfer's target open.
    Transfer,
    /// The call, with a link's number in the dial box.
    Link,
}

impl View {
    const fn page(self) -> &'static str {
        match self {
            // The page asks for a link when it loads.
            View::Desk | View::Link => "index.html",
            View::Settings => "index.html#settings",
            View::Transfer => "index.html#transfer",
        }
    }

    const fn event(self) -> Option<&'static str> {
        match self {
            View::Desk => None,
            View::Settings => Some("show_settings"),
            View::Transfer => Some("show_transfer"),
            View::Link => Some("link_came"),
        }
    }
}

/// Shows the main window, in front and with the focus, because the user wants it. `token` stands for the user action if it was in
/// another program (see [`platform::bring_forward`]).
///
/// Menus and the single-instance plugin call this from the event loop, where a window cannot be created on Windows.
pub(crate) fn show(app: &AppHandle, view: View, token: Option<String>) {
    let app = app.clone();
    tauri::async_runtime::spawn_blocking(move || show_now(&app, view, token));
}

/// Changes the view of an open window wherever it is, or shows the window if there is none.
pub(crate) fn tell(app: &AppHandle, view: View) {
    let app = app.clone();
    tauri::async_runtime::spawn_blocking(move || match app.get_webview_window(LABEL) {
        Some(_) => {
            if let Some(Err(error)) = view.event().map(|event| app.emit_to(LABEL, event, ())) {
                tracing::warn!("the window could not be told: {error}");
            }
        }
        None => show_now(&app, view, None),
    });
}

fn show_now(app: &AppHandle, view: View, token: Option<String>) {
    static MAKING: Mutex<()> = Mutex::new(());
    static EXPLAINED: AtomicBool = AtomicBool::new(false);
    if !super::can_be_made() {
        // Only once: repeating the message at every start helps nobody.
        if !EXPLAINED.swap(true, Ordering::Relaxed) {
            super::explain_missing(app, true);
        }
        return;
    }
    // Two links in a row must not create two windows.
    let _making = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(window) = app.get_webview_window(LABEL) {
        let shown = platform::bring_forward(&window, token);
        let told = shown.and_then(|()| view.event().map_or(Ok(()), |event| app.emit_to(LABEL, event, ())));
        if let Err(error) = told {
            tracing::warn!("the window could not be brought to the front: {error}");
        }
        return;
    }
    match build(app, view) {
        // On Windows, a window opened because of a click in another program appears behind that program.
        Ok(window) => {
            if let Err(error) = platform::bring_forward(&window, token) {
                tracing::error!("the window could not be shown: {error}");
            }
        }
        Err(error) => tracing::error!("the window could not be made: {error}"),
    }
}

fn build(app: &AppHandle, view: View) -> tauri::Result<WebviewWindow> {
    let kept = app.state::<WindowMemory>().main();
    let (width, height) = kept.map_or(SIZE, |place| (place.width, place.height));
    let builder = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App(view.page().into()));
    let window = super::with_our_ways(builder).inner_size(width, height).min_inner_size(LEAST.0, LEAST.1).build()?;
    match kept {
        Some(place) => put_back(app, &window, place)?,
        None => grow_with_text(&window)?,
    }
    platform::set_backdrop(&window);
    platform::tame(&window);
    #[cfg(target_os = "linux")]
    crate::playback::web_cache::turn_off(&window);
    let own = app.clone();
    window.on_window_event(move |event| {
        if matches!(event, WindowEvent::Moved(_) | WindowEvent::Resized(_)) {
            remember(&own);
        }
        if matches!(event, WindowEvent::Destroyed) {
            own.state::<Playback>().close_all();
            own.state::<WindowMemory>().flush();
        }
    });
    let own = app.clone();
    PAINTED.store(true, Ordering::Relaxed);
    platform::on_page_death(&window, move || load_again(&own));
    Ok(window)
}

/// Enlarges the window for larger text, as far as the screen has room: the page is laid out for [`SIZE`] at normal text size.
fn grow_with_text(window: &WebviewWindow) -> tauri::Result<()> {
    let text = platform::text_scale(window);
    if text <= 1.0 {
        return Ok(());
    }
    let room = window.current_monitor()?.map(|screen| screen.size().to_logical::<f64>(screen.scale_factor()));
    let (widest, highest) = room.map_or(SIZE, |room| (room.width, 0.9 * room.height));
    window.set_size(tauri::LogicalSize::new((SIZE.0 * text).min(widest), (SIZE.1 * text).min(highest)))
}

/// Whether the page has painted since it was loaded.
static PAINTED: AtomicBool = AtomicBool::new(false);

/// The page has painted.
pub(crate) fn painted() {
    PAINTED.store(true, Ordering::Relaxed);
}

/// Reloads a page that died, which shows nothing, or outdated things. A page that dies before it has painted is not reloaded over
/// and over.
fn load_again(app: &AppHandle) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    if !PAINTED.swap(false, Ordering::Relaxed) {
        tracing::error!("the window's page died before it had painted: it stays as it is");
        return;
    }
    app.state::<Playback>().close_all();
    if let Err(error) = window.reload() {
        // The next click in the tray creates it again.
        tracing::error!("the window's page could not be loaded again, so the window closes: {error}");
        if let Err(error) = window.destroy() {
            tracing::debug!("it was gone already: {error}");
        }
    }
}

/// Restores the window's place, if there still is a screen there.
fn put_back(app: &AppHandle, window: &WebviewWindow, place: MainPlace) -> tauri::Result<()> {
    let monitors = app.available_monitors()?;
    let whole: Vec<Area> = monitors.iter().map(popup::whole).collect();
    let scale = place::holding(&whole, f64::from(place.x), f64::from(place.y))
        .and_then(|at| monitors.get(at))
        .map_or(1.0, tauri::Monitor::scale_factor);
    let text = platform::text_scale(window) / place.text;
    let size = LogicalSize::new(text * place.width, text * place.height).to_physical::<u32>(scale);
    let was = Area { x: place.x, y: place.y, width: size.width, height: size.height };
    let work_areas: Vec<Area> = monitors.iter().map(|monitor| popup::area(monitor.work_area())).collect();
    if let Some(now) = place::on_a_screen(was, &work_areas) {
        window.set_position(PhysicalPosition::new(now.x, now.y))?;
        window.set_size(PhysicalSize::new(now.width, now.height))?;
    }
    if place.maximized { window.maximize() } else { Ok(()) }
}

/// After a screen was removed or changed: moves the window back onto a screen if it is off all of them.
pub(crate) fn rescue(app: &AppHandle) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    let moved = place_of(&window).and_then(|place| {
        let monitors = app.available_monitors()?;
        let work_areas: Vec<Area> = monitors.iter().map(|monitor| popup::area(monitor.work_area())).collect();
        match place::on_a_screen(place, &work_areas) {
            Some(now) if (now.x, now.y) != (place.x, place.y) => {
                window.set_position(PhysicalPosition::new(now.x, now.y))
            }
            Some(_) | None => Ok(()),
        }
    });
    if let Err(error) = moved {
        tracing::debug!("the window stays where it is: {error}");
    }
}

fn place_of(window: &WebviewWindow) -> tauri::Result<Area> {
    let (at, size) = (window.outer_position()?, window.inner_size()?);
    Ok(Area { x: at.x, y: at.y, width: size.width, height: size.height })
}

fn remember(app: &AppHandle) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    // A hidden or minimised window has no place.
    if !window.is_visible().unwrap_or(false) || window.is_minimized().unwrap_or(true) {
        return;
    }
    let maximized = window.is_maximized().unwrap_or(false);
    let (Ok(place), Ok(scale)) = (place_of(&window), window.scale_factor()) else { return };
    let size = PhysicalSize::new(place.width, place.height).to_logical::<f64>(scale);
    let (LogicalSize { width, height }, text) = (size, platform::text_scale(&window));
    let now = MainPlace { x: place.x, y: place.y, width, height, text, maximized };
    app.state::<WindowMemory>().keep_main(app, |before| match before {
        Some(before) if maximized => Some(MainPlace { maximized, ..before }),
        Some(_) | None => Some(now),
    });
}

/// Whether the window is on the screen, even if covered by another one.
pub(crate) fn is_on_screen(app: &AppHandle) -> bool {
    app.get_webview_window(LABEL)
        .is_some_and(|window| window.is_visible().unwrap_or(false) && !window.is_minimized().unwrap_or(false))
}

/// The window with its frame, if it is on a screen.
pub(crate) fn frame(app: &AppHandle) -> Option<Area> {
    let window = app.get_webview_window(LABEL).filter(|_| is_on_screen(app))?;
    let (at, size) = (window.outer_position().ok()?, window.outer_size().ok()?);
    Some(Area { x: at.x, y: at.y, width: size.width, height: size.height })
}

/// The centre of the window's current or last place, in physical pixels.
pub(crate) fn center(app: &AppHandle) -> Option<(f64, f64)> {
    let middle = |x: i32, y: i32, width: f64, height: f64| (f64::from(x) + width / 2.0, f64::from(y) + height / 2.0);
    let open = app.get_webview_window(LABEL).and_then(|window| place_of(&window).ok());
    match open {
        Some(place) => Some(middle(place.x, place.y, f64::from(place.width), f64::from(place.height))),
        None => app.state::<WindowMemory>().main().map(|was| middle(was.x, was.y, was.width, was.height)),
    }
}
