//! The pop-up: one small window for all ringing calls, on top, in the pointer's corner, never with the keyboard.
//!
//! It is made for the first call and then stays warm, hidden, for a while: a warm one shows within a frame, a new one
//! takes a few hundred milliseconds.

use std::time::Duration;

use tauri::{AppHandle, LogicalSize, Manager, PhysicalPosition, WebviewUrl, WebviewWindow, WebviewWindowBuilder};
use tokio::task::JoinHandle;

use super::place::{self, Area};
use crate::{panel::Panel, platform};

/// Its label, which the capability file names.
pub(crate) const LABEL: &str = "popup";

/// The pop-up window's life.
#[derive(Debug, Default)]
pub(crate) struct Popup {
    calls: usize,
    cooling: Option<JoinHandle<()>>,
}

impl Popup {
    /// Makes the window show this many calls; hides it for none.
    pub(crate) fn show_calls(&mut self, app: &AppHandle, calls: usize) {
        if calls == self.calls {
            return;
        }
        let before = std::mem::replace(&mut self.calls, calls);
        if calls == 0 {
            self.hide(app);
        } else if let Err(error) = self.arrange(app, before, calls) {
            tracing::error!("the pop-up could not be shown: {error}");
        }
    }

    fn arrange(&mut self, app: &AppHandle, before: usize, calls: usize) -> tauri::Result<()> {
        if let Some(cooling) = self.cooling.take() {
            cooling.abort();
        }
        let window = match app.get_webview_window(LABEL) {
            Some(window) => window,
            None => build(app)?,
        };
        lay_out(app, &window, before > 0, calls)?;
        if before == 0 {
            window.show()?;
            window.set_always_on_top(true)?;
        }
        Ok(())
    }

    fn hide(&mut self, app: &AppHandle) {
        let Some(window) = app.get_webview_window(LABEL) else { return };
        let warm = app.state::<Panel>().popup_warm();
        if warm.is_zero() || window.hide().is_err() {
            close(&window);
            return;
        }
        self.cooling = Some(tokio::spawn(cool(window, warm)));
    }
}

async fn cool(window: WebviewWindow, warm: Duration) {
    tokio::time::sleep(warm).await;
    close(&window);
}

fn close(window: &WebviewWindow) {
    if let Err(error) = window.destroy() {
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
        .disable_drag_drop_handler()
        .build()?;
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
    let size = LogicalSize::new(width, height);
    let physical = size.to_physical::<u32>(scale);
    let (x, y) = place::corner(*work_area, (physical.width, physical.height), scale);
    window.set_size(size)?;
    window.set_position(PhysicalPosition::new(x, y))
}

fn area(rect: &tauri::PhysicalRect<i32, u32>) -> Area {
    Area { x: rect.position.x, y: rect.position.y, width: rect.size.width, height: rect.size.height }
}
