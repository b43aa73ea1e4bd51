//! The pop-up: one small window for all ringing calls, on top, in the pointer's corner, never with the keyboard.
//!
//! It is made for the first call and then stays warm, hidden, for a while: a warm one shows within a frame, a new one
//! takes a few hundred milliseconds.

use tauri::{
    AppHandle, LogicalSize, Manager, PhysicalPosition, WebviewUrl, WebviewWindow, WebviewWindowBuilder, WindowEvent,
};
use tokio::sync::watch;

use super::place::{self, Area};
use crate::{panel::Panel, platform};

/// Its label, which the capability file names.
pub(crate) const LABEL: &str = "popup";

/// Starts a pop-up; it shows as many calls as the channel says, and goes when the channel does.
pub(crate) fn start(app: AppHandle) -> watch::Sender<usize> {
    let (calls, shown) = watch::channel(0);
    tokio::spawn(follow(app, shown));
    calls
}

/// Making a window takes a few hundred milliseconds, during which the desk has to go on: so this is a task of its own, and
/// when the desk has changed several times meanwhile, only the last counts.
async fn follow(app: AppHandle, mut calls: watch::Receiver<usize>) {
    let mut before = 0;
    loop {
        let cooling = async {
            match before {
                0 => tokio::time::sleep(app.state::<Panel>().popup_warm()).await,
                _ => std::future::pending().await,
            }
        };
        tokio::select! {
            changed = calls.changed() => {
                if changed.is_err() && before == 0 {
                    // The next desk's pop-up may be up already, in the same window.
                    return;
                }
                let ended = changed.is_err();
                let now = if ended { 0 } else { *calls.borrow_and_update() };
                if let Err(error) = tokio::task::block_in_place(|| show(&app, before, now)) {
                    tracing::error!("the pop-up could not be shown: {error}");
                }
                before = now;
                if ended {
                    return;
                }
            }
            () = cooling => {
                destroy(&app);
                if calls.changed().await.is_err() {
                    return;
                }
                calls.mark_changed();
            }
        }
    }
}

fn show(app: &AppHandle, before: usize, now: usize) -> tauri::Result<()> {
    let window = app.get_webview_window(LABEL);
    if now == 0 {
        return window.map_or(Ok(()), |window| platform::hide_popup(&window));
    }
    if !super::can_be_made() {
        return Ok(());
    }
    let window = window.map_or_else(|| build(app), Ok)?;
    let up = before > 0 && window.is_visible().unwrap_or(false);
    lay_out(app, &window, up, now)?;
    if up { Ok(()) } else { platform::show_popup(&window) }
}

fn destroy(app: &AppHandle) {
    let destroyed = app.get_webview_window(LABEL).map_or(Ok(()), |window| window.destroy());
    if let Err(error) = destroyed {
        tracing::debug!("the pop-up was gone already: {error}");
    }
}

fn build(app: &AppHandle) -> tauri::Result<WebviewWindow> {
    let (width, height) = place::CARD;
    let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App("popup.html".into()))
        .title(platform::APP_NAME)
        .inner_size(width, height)
        .decorations(false)
        .always_on_top(true)
        .visible_on_all_workspaces(true)
        .skip_taskbar(true)
        .focused(false)
        .focusable(false)
        .accept_first_mouse(true)
        .visible(false)
        .on_navigation(super::is_own_page)
        .disable_drag_drop_handler()
        .additional_browser_args(super::WEB_VIEW_ARGUMENTS)
        .build()?;
    // A task list or a shortcut must not take it away under a call: the desk closes it.
    window.on_window_event(|event| {
        if let WindowEvent::CloseRequested { api, .. } = event {
            api.prevent_close();
        }
    });
    platform::shape_popup(&window);
    platform::set_backdrop(&window);
    Ok(window)
}

/// Sizes and places the window. One that is already up stays on its screen and grows upwards.
fn lay_out(app: &AppHandle, window: &WebviewWindow, up: bool, calls: usize) -> tauri::Result<()> {
    let monitors = app.available_monitors()?;
    let work_areas: Vec<Area> = monitors.iter().map(|monitor| area(monitor.work_area())).collect();
    let whole: Vec<Area> = monitors
        .iter()
        .map(|monitor| Area {
            x: monitor.position().x,
            y: monitor.position().y,
            width: monitor.size().width,
            height: monitor.size().height,
        })
        .collect();
    let point = if up {
        window.outer_position().map(|at| (f64::from(at.x), f64::from(at.y)))
    } else {
        app.cursor_position().map(|at| (at.x, at.y))
    };
    let (x, y) = point.unwrap_or_default();
    let Some((monitor, work_area)) =
        place::holding(&whole, x, y).and_then(|at| monitors.get(at).zip(work_areas.get(at)))
    else {
        return Ok(());
    };
    let scale = monitor.scale_factor();
    let (width, height) = place::size(calls, f64::from(work_area.height) / scale);
    let size = LogicalSize::new(width, height).to_physical::<u32>(scale);
    let (x, y) = place::corner(*work_area, (size.width, size.height), scale);
    if !up {
        // First onto its screen: where screens differ in scale, Windows changes a window's size on the way.
        window.set_position(PhysicalPosition::new(x, y))?;
    }
    window.set_size(size)?;
    window.set_position(PhysicalPosition::new(x, y))
}

fn area(rect: &tauri::PhysicalRect<i32, u32>) -> Area {
    Area { x: rect.position.x, y: rect.position.y, width: rect.size.width, height: rect.size.height }
}
