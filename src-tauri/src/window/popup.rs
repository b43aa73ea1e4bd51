//! The pop-up: one small window for all ringing calls, on top, in a corner, and never with the keyboard focus.
//!
//! It is created for the first call and then kept hidden for a while: a kept window appears within a frame, a new one takes a few
//! hundred milliseconds. The desk must not wait for that, so the pop-up is a task of its own, and of several changes in the
//! meantime only the last counts.

use std::{collections::HashSet, time::Duration};

use tauri::{
    AppHandle, Manager, PhysicalPosition, PhysicalSize, WebviewUrl, WebviewWindow, WebviewWindowBuilder, WindowEvent,
};
use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};
use uncall_desk::settings::{Corner, PopupPlace, Screen};

use super::{
    layout::Layout,
    memory::{PageSize, WindowMemory},
    place::{self, Area},
    watchdog::Watchdog,
};
use crate::{panel::Panel, platform};

/// Its label, which the capability file names.
pub(crate) const LABEL: &str = "popup";
/// The size of a call on the page, until the page reports it.
const CARD: PageSize = PageSize { width: 360.0, height: 168.0 };
/// How long a window manager may take to move windows after a screen is removed. The place is checked again after that.
const MOVED_WITHIN: Duration = Duration::from_secs(1);
/// How long a new window stays hidden waiting for its page. An empty window would say nothing; a notification says who is
/// calling.
const EMPTY_AFTER: Duration = Duration::from_secs(4);
/// How long the window system may take to destroy a window.
const GONE_WITHIN: Duration = Duration::from_secs(1);

/// Excludes an existing pop-up from screenshots, or includes it; the next one follows the settings. Does nothing on Linux, where
/// no window can ask for that.
pub(crate) fn keep_private(app: &AppHandle, private: bool) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    if let Err(error) = window.set_content_protected(private) {
        tracing::warn!("the pop-up cannot change whether pictures of the screen have it: {error}");
    }
}

/// Events for the pop-up's task.
#[derive(Debug)]
pub(crate) enum Event {
    /// A desk has these calls in the pop-up.
    Calls {
        /// The desk's number.
        desk: u64,
        /// The calls, newest first.
        uids: Vec<String>,
    },
    /// The desk with this number has ended. The next one's calls may already be shown.
    DeskEnded(u64),
    /// The page needs this size for the calls it shows.
    PageNeeds(PageSize),
    /// The page has painted this call.
    Painted(String),
    /// The page of this window has died.
    PageDied(u64),
    /// Screens, their scale or the text size have changed.
    ScreensChanged,
}

/// A handle to the pop-up. Managed by Tauri, available as `app.state::<Popup>()`.
#[derive(Debug)]
pub(crate) struct Popup {
    events: mpsc::UnboundedSender<Event>,
    painted: watch::Receiver<HashSet<String>>,
    layout: watch::Receiver<Option<Layout>>,
}

impl Popup {
    /// Starts the pop-up's task. Needs the async runtime.
    pub(crate) fn start(app: &AppHandle) -> Popup {
        let (events, received) = mpsc::unbounded_channel();
        let (tell, painted) = watch::channel(HashSet::new());
        let (lay, layout) = watch::channel(None);
        let own = events.clone();
        platform::on_screens_changed(app, move || {
            let _ = own.send(Event::ScreensChanged);
        });
        let window = Window::new(app.clone(), events.clone(), tell, lay);
        tauri::async_runtime::spawn(window.follow(received));
        Popup { events, painted, layout }
    }

    /// Sends an event.
    pub(crate) fn tell(&self, event: Event) {
        // Cannot fail: the task lives as long as the program.
        let _ = self.events.send(event);
    }

    /// Whether this call is visible in it.
    pub(crate) fn shows(&self, uid: &str) -> bool {
        self.painted.borrow().contains(uid)
    }

    /// Whether it reaches, or with this many calls would reach, the place of notifications in this corner.
    pub(crate) fn reaches(&self, corner: Corner, calls: usize) -> bool {
        self.layout.borrow().as_ref().is_some_and(|layout| layout.with(calls).reaches(corner))
    }

    /// Completes when it does.
    pub(crate) async fn until_reaches(&self, corner: Corner) {
        let mut layout = self.layout.clone();
        let reaches =
            |layout: &Option<Layout>| layout.as_ref().is_some_and(|layout| layout.up && layout.reaches(corner));
        if layout.wait_for(reaches).await.is_err() {
            std::future::pending().await
        }
    }

    /// Completes when this call is visible in it.
    pub(crate) async fn until_painted(&self, uid: &str) {
        let mut painted = self.painted.clone();
        if painted.wait_for(|painted| painted.contains(uid)).await.is_err() {
            std::future::pending().await
        }
    }
}

/// The window, and its wanted state.
struct Window {
    app: AppHandle,
    events: mpsc::UnboundedSender<Event>,
    /// The visible calls.
    painted: watch::Sender<HashSet<String>>,
    /// The window's current or last place.
    layout: watch::Sender<Option<Layout>>,
    desk: u64,
    uids: Vec<String>,
    /// The size the page last needed, and for how many calls.
    needs: (usize, PageSize),
    watchdog: Watchdog,
    up: bool,
    out_of_place: bool,
    /// Until when a new window waits for its page.
    show_at: Option<Instant>,
    cold_at: Option<Instant>,
    /// When to check the windows' places again.
    look_at: Option<Instant>,
    /// Counts the windows, so that the end of one is not mistaken for that of the next.
    number: u64,
    died: bool,
    /// Whether this window's page has ever painted. A page that dies before that is not recreated over and over.
    has_painted: bool,
    /// Whether this window's page has a call in it. A page does not paint while its window is off the screen, but reports how
    /// much room its cards need.
    is_drawn: bool,
}

impl Window {
    fn new(
        app: AppHandle,
        events: mpsc::UnboundedSender<Event>,
        painted: watch::Sender<HashSet<String>>,
        layout: watch::Sender<Option<Layout>>,
    ) -> Window {
        let card = app.state::<WindowMemory>().card().unwrap_or(CARD);
        Window {
            app,
            events,
            painted,
            layout,
            desk: 0,
            uids: Vec::new(),
            needs: (1, card),
            watchdog: Watchdog::default(),
            up: false,
            out_of_place: false,
            show_at: None,
            cold_at: None,
            look_at: None,
            number: 0,
            died: false,
            has_painted: false,
            is_drawn: false,
        }
    }

    async fn follow(mut self, mut events: mpsc::UnboundedReceiver<Event>) {
        loop {
            let next = [self.watchdog.due(), self.show_at, self.cold_at, self.look_at].into_iter().flatten().min();
            let due = async {
                match next {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                event = events.recv() => {
                    let Some(event) = event else { return };
                    self.take(event);
                    while let Ok(event) = events.try_recv() {
                        self.take(event);
                    }
                }
                () = due => {}
            }
            if let Err(error) = self.act().await {
                tracing::error!("the pop-up could not be shown: {error}");
            }
        }
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Calls { desk, uids } => {
                self.out_of_place |= uids.len() != self.uids.len();
                self.desk = desk;
                self.uids = uids;
                let now = Instant::now();
                let early = self.uids.iter().filter(|uid| self.watchdog.is_early(uid, now));
                self.painted.send_modify(|painted| {
                    painted.retain(|uid| self.uids.contains(uid));
                    painted.extend(early.cloned());
                });
            }
            Event::DeskEnded(desk) if desk == self.desk => self.uids.clear(),
            Event::DeskEnded(_) => {}
            Event::PageNeeds(size) => {
                let calls = self.uids.len().max(1);
                self.needs = (calls, size);
                self.is_drawn = true;
                self.out_of_place = true;
                if calls == 1 {
                    self.app.state::<WindowMemory>().keep_card(&self.app, size);
                }
            }
            Event::Painted(uid) => {
                self.has_painted = true;
                self.watchdog.painted(&uid, Instant::now());
                if self.uids.contains(&uid) {
                    self.painted.send_modify(|painted| {
                        painted.insert(uid);
                    });
                }
            }
            Event::PageDied(number) => self.died |= number == self.number,
            Event::ScreensChanged => {
                self.look_at = Some(Instant::now() + MOVED_WITHIN);
                self.put_in_place();
            }
        }
    }

    /// Moves the window if its screen is gone.
    fn put_in_place(&mut self) {
        self.out_of_place = true;
        tokio::task::block_in_place(|| super::main::rescue(&self.app));
    }

    /// Brings the window into its wanted state.
    async fn act(&mut self) -> tauri::Result<()> {
        let now = Instant::now();
        if self.look_at.is_some_and(|at| at <= now) {
            self.look_at = None;
            self.put_in_place();
        }
        self.watchdog.shown(&self.uids, self.has_painted, now);
        let bitten = self.watchdog.due().is_some_and(|due| due <= now) && {
            let visible = self.is_mapped() && !platform::is_locked().await;
            self.watchdog.bites(now, visible)
        };
        if bitten {
            tracing::error!("the pop-up's page paints nothing: it is built anew");
        }
        if bitten || (std::mem::take(&mut self.died) && (self.has_painted || self.uids.is_empty())) {
            self.destroy().await;
        }
        if self.uids.is_empty() {
            return self.rest(now).await;
        }
        self.cold_at = None;
        tokio::task::block_in_place(|| self.show(now))
    }

    /// Nothing to show: hides the window, and destroys it after a while.
    async fn rest(&mut self, now: Instant) -> tauri::Result<()> {
        // A new window may still be waiting for its page.
        if self.lower() {
            self.painted.send_replace(HashSet::new());
            self.cold_at = Some(now + self.app.state::<Panel>().popup_warm());
            if let Some(window) = self.app.get_webview_window(LABEL) {
                tokio::task::block_in_place(|| platform::hide_popup(&window))?;
            }
        }
        if self.cold_at.is_some_and(|at| at <= now) {
            self.destroy().await;
        }
        Ok(())
    }

    /// Marks the window as no longer on the screen. False if it was not there.
    fn lower(&mut self) -> bool {
        self.layout.send_if_modified(|layout| layout.as_mut().is_some_and(|layout| std::mem::take(&mut layout.up)));
        let waited = self.show_at.take().is_some();
        std::mem::take(&mut self.up) || waited
    }

    fn show(&mut self, now: Instant) -> tauri::Result<()> {
        if !super::can_be_made() {
            return Ok(());
        }
        let window = match self.app.get_webview_window(LABEL) {
            Some(window) => window,
            None => self.build()?,
        };
        if !self.up || std::mem::take(&mut self.out_of_place) {
            self.lay_out(&window)?;
        }
        // Show a new window only with its page's first card, because an empty one says nothing.
        if !self.up && (self.is_drawn || *self.show_at.get_or_insert(now + EMPTY_AFTER) <= now) {
            platform::show_popup(&window)?;
            tracing::info!(empty = !self.is_drawn, "the pop-up is shown");
            self.up = true;
            self.show_at = None;
            self.layout.send_modify(|layout| layout.iter_mut().for_each(|layout| layout.up = true));
        }
        Ok(())
    }

    fn is_mapped(&self) -> bool {
        self.app.get_webview_window(LABEL).is_some_and(|window| window.is_visible().unwrap_or(false))
    }

    async fn destroy(&mut self) {
        self.cold_at = None;
        self.lower();
        (self.has_painted, self.is_drawn) = (false, false);
        self.painted.send_replace(HashSet::new());
        let Some(window) = self.app.get_webview_window(LABEL) else { return };
        // From now on, ignore this window's end.
        self.number += 1;
        platform::end_page(&window);
        if let Err(error) = window.destroy() {
            tracing::debug!("the pop-up was gone already: {error}");
        }
        let gone = async {
            while self.app.get_webview_window(LABEL).is_some() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        if tokio::time::timeout(GONE_WITHIN, gone).await.is_err() {
            tracing::warn!("the window system does not let go of the pop-up");
        }
    }

    fn build(&mut self) -> tauri::Result<WebviewWindow> {
        self.number += 1;
        (self.has_painted, self.is_drawn) = (false, false);
        let number = self.number;
        let (width, height) = self.page_size();
        let builder = WebviewWindowBuilder::new(&self.app, LABEL, WebviewUrl::App("popup.html".into()));
        let window = super::with_our_ways(builder)
            .inner_size(width, height)
            .decorations(false)
            .always_on_top(true)
            .visible_on_all_workspaces(true)
            .skip_taskbar(true)
            .focused(false)
            .focusable(false)
            .accept_first_mouse(true)
            .content_protected(self.app.state::<Panel>().settings().popup_private)
            .build()?;
        // Only the desk may close it, not a task list or a shortcut during a call.
        let own = self.events.clone();
        window.on_window_event(move |event| {
            if let WindowEvent::CloseRequested { api, .. } = event {
                api.prevent_close();
            }
            if let WindowEvent::ScaleFactorChanged { .. } = event {
                let _ = own.send(Event::ScreensChanged);
            }
        });
        platform::shape_popup(&window);
        platform::set_backdrop(&window);
        platform::tame(&window);
        let events = self.events.clone();
        platform::on_page_death(&window, move || {
            let _ = events.send(Event::PageDied(number));
        });
        Ok(window)
    }

    /// The size the page needs for the calls, in its own pixels. A guess if their number has changed and the page has not
    /// reported yet.
    fn page_size(&self) -> (f64, f64) {
        let (calls, size) = self.needs;
        let count = |calls: usize| f64::from(u32::try_from(calls).unwrap_or(u32::MAX));
        (size.width, size.height * count(self.uids.len().max(1)) / count(calls))
    }

    /// Sizes and places the window, beside the main window if there is room. A visible window stays on its screen and grows out
    /// of its corner.
    fn lay_out(&self, window: &WebviewWindow) -> tauri::Result<()> {
        let monitors = self.app.available_monitors()?;
        let place = self.app.state::<Panel>().settings().popup_place;
        let Some(monitor) = self.screen(window, &monitors, &place).and_then(|at| monitors.get(at)) else {
            return Ok(());
        };
        let scale = monitor.scale_factor();
        let layout = Layout {
            work_area: area(monitor.work_area()),
            scale,
            pixels: scale * platform::text_scale(window),
            corner: place.corner,
            page: self.page_size(),
            calls: self.uids.len().max(1),
            main: super::main::frame(&self.app),
            up: self.up,
        };
        let Area { x, y, width, height } = layout.area();
        self.layout.send_replace(Some(layout));
        if !self.up {
            // Move it to its screen first: if screens differ in scale, Windows changes the window's size on the way.
            window.set_position(PhysicalPosition::new(x, y))?;
        }
        window.set_size(PhysicalSize::new(width, height))?;
        window.set_position(PhysicalPosition::new(x, y))
    }

    /// The screen to use.
    fn screen(&self, window: &WebviewWindow, monitors: &[tauri::Monitor], place: &PopupPlace) -> Option<usize> {
        let whole: Vec<Area> = monitors.iter().map(whole).collect();
        let fixed = match &place.screen {
            Screen::Pointer => None,
            Screen::Primary => {
                let primary = self.app.primary_monitor().ok().flatten();
                primary.and_then(|primary| monitors.iter().position(|one| one.position() == primary.position()))
            }
            named @ Screen::Named(_) => {
                monitors.iter().position(|one| one.name().is_some_and(|name| named.is_called(name)))
            }
        };
        if fixed.is_some() {
            return fixed;
        }
        let main = || super::main::center(&self.app);
        let pointer = || self.app.cursor_position().ok().map(|at| (at.x, at.y));
        let point = if self.up {
            window.outer_position().ok().map(|at| (f64::from(at.x), f64::from(at.y)))
        } else if platform::knows_pointer() {
            pointer()
        } else {
            main().or_else(pointer)
        };
        let (x, y) = point.unwrap_or_default();
        place::holding(&whole, x, y)
    }
}

/// The area of a screen.
pub(crate) fn whole(monitor: &tauri::Monitor) -> Area {
    let (at, size) = (monitor.position(), monitor.size());
    Area { x: at.x, y: at.y, width: size.width, height: size.height }
}

/// The area without task bars.
pub(crate) fn area(rect: &tauri::PhysicalRect<i32, u32>) -> Area {
    Area { x: rect.position.x, y: rect.position.y, width: rect.size.width, height: rect.size.height }
}
