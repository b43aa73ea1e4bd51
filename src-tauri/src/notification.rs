//! Native notifications: one for each offer of a call, closed when the call is answered or over, and refusals that no window
//! shows.

use std::{collections::HashMap, time::Duration};

use tauri::{AppHandle, Manager};
use tokio::sync::oneshot;
use uncall_contract::{Direction, masked_on_screen};
use uncall_desk::{
    effect::Notification,
    input::Intent,
    names::together,
    problem::Problem,
    settings::{Corner, Notify},
    snapshot::{Notice, Verb},
};

use crate::{
    panel::Panel,
    platform,
    window::{self, main::View, popup::Popup},
};

/// How long to wait for the pop-up before a notification replaces it. A page that paints nothing is rebuilt within 2 s.
const POPUP_WITHIN: Duration = Duration::from_secs(4);
const HANG_UP: &str = "hang_up";
const ANSWER: &str = "answer";

/// What a notification shows.
#[derive(Debug, Clone)]
pub(crate) struct Content {
    /// One line.
    pub(crate) title: String,
    /// Plain text.
    pub(crate) body: String,
    /// The label for the click on the notification itself, if the system shows one.
    #[cfg_attr(not(target_os = "linux"), allow(dead_code))]
    pub(crate) open: String,
    /// Buttons: name and label.
    pub(crate) buttons: Vec<(&'static str, String)>,
    /// Whether it stays until it is closed. Otherwise it disappears after a few seconds.
    pub(crate) stays: bool,
}

/// What the user did with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pressed {
    /// Ignored or closed it.
    Nothing,
    /// Clicked the notification itself.
    Open,
    /// Clicked the button of this name.
    Button(String),
}

/// The notifications on the screen. Dropping a sender closes its notification.
#[derive(Debug, Default)]
pub(crate) struct Notifications {
    calls: HashMap<String, oneshot::Sender<()>>,
    refusal: Option<oneshot::Sender<()>>,
}

impl Notifications {
    /// Announces a call, according to the settings.
    pub(crate) fn show(&mut self, app: &AppHandle, notification: &Notification) {
        let settings = app.state::<Panel>().settings();
        let corner = platform::notification_corner();
        let calls = app.state::<Panel>().snapshot().popups.len();
        let in_place_of_popup = match settings.notify {
            Notify::Never => return,
            Notify::Hidden if window::main::is_on_screen(app) => return,
            Notify::Hidden => true,
            // Pop-up and notification must not be in the same corner.
            Notify::Always => {
                let popup = app.state::<Popup>();
                corner.is_some_and(|corner| settings.popup_place.corner == corner || popup.reaches(corner, calls))
            }
        };
        let (content, uid) = (of_call(app, notification), notification.uid.clone());
        let (close, closed) = oneshot::channel();
        self.calls.insert(uid.clone(), close);
        let app = app.clone();
        tokio::spawn(async move {
            let Some(closed) = wait_for_popup(&app, &uid, in_place_of_popup, closed).await else { return };
            match shown_beside_popup(&app, content, &uid, corner, closed).await {
                Pressed::Nothing => {}
                Pressed::Open => window::main::show(&app, View::Desk, None),
                Pressed::Button(name) if name == ANSWER => app.state::<Panel>().want(Intent::Answer { uid }),
                Pressed::Button(name) if name == HANG_UP => app.state::<Panel>().want(Intent::HangUp { uid }),
                Pressed::Button(name) => tracing::warn!("an unknown button was pressed: {name}"),
            }
        });
    }

    /// Removes the call's notification.
    pub(crate) fn close(&mut self, uid: &str) {
        drop(self.calls.remove(uid));
    }

    /// The call has a new uid. If both have a notification, one of them goes.
    pub(crate) fn rename(&mut self, was: &str, uid: &str) {
        if let Some(close) = self.calls.remove(was) {
            self.calls.entry(uid.to_owned()).or_insert(close);
        }
    }

    /// Reports that a verb was refused if no window on the screen does: the click came from the tray, or from a window that has
    /// been closed since. The next such notification replaces it.
    pub(crate) fn refuse(&mut self, app: &AppHandle, notice: &Notice) {
        let in_popup = notice.uid.as_ref().is_some_and(|uid| app.state::<Popup>().shows(uid));
        if in_popup || window::main::is_on_screen(app) {
            return;
        }
        let content = of_refusal(app, notice);
        let (close, closed) = oneshot::channel();
        self.refusal = Some(close);
        let app = app.clone();
        tokio::spawn(async move {
            if shown(&app, content, closed).await == Pressed::Open {
                window::main::show(&app, View::Desk, None);
            }
        });
    }
}

/// Reports a problem of the panel itself, once, if the window does not.
pub(crate) fn tell(app: &AppHandle, problem: &Problem) {
    if window::main::is_on_screen(app) {
        return;
    }
    let words = app.state::<Panel>().words();
    let content = Content {
        title: words.get("journal.trouble").to_owned(),
        body: words.with(&format!("problem.{}", problem.code), &[("detail", &problem.detail)]),
        open: words.get("tray.show").to_owned(),
        buttons: Vec::new(),
        stays: false,
    };
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let (_open, closed) = oneshot::channel();
        if shown(&app, content, closed).await == Pressed::Open {
            window::main::show(&app, View::Desk, None);
        }
    });
}

/// Waits for the pop-up if that would make the notification unnecessary, and shows the notification only if the pop-up does not
/// appear with this call.
async fn wait_for_popup(
    app: &AppHandle,
    uid: &str,
    needless: bool,
    mut closed: oneshot::Receiver<()>,
) -> Option<oneshot::Receiver<()>> {
    if !needless {
        return Some(closed);
    }
    let popup = app.state::<Popup>();
    tokio::select! {
        () = popup.until_painted(uid) => None,
        _ = &mut closed => None,
        () = tokio::time::sleep(POPUP_WITHIN) => Some(closed),
    }
}

/// Shows it until the pop-up grows into its corner, where it would cover the call.
async fn shown_beside_popup(
    app: &AppHandle,
    content: Content,
    uid: &str,
    corner: Option<Corner>,
    closed: oneshot::Receiver<()>,
) -> Pressed {
    let popup = app.state::<Popup>();
    let (close, end) = oneshot::channel();
    let mut showing = std::pin::pin!(shown(app, content, end));
    let covered = async {
        let Some(corner) = corner else { return std::future::pending().await };
        popup.until_painted(uid).await;
        popup.until_reaches(corner).await;
    };
    tokio::select! {
        pressed = &mut showing => return pressed,
        _ = closed => {}
        () = covered => {}
    }
    drop(close);
    showing.await
}

async fn shown(app: &AppHandle, content: Content, closed: oneshot::Receiver<()>) -> Pressed {
    let panel = app.state::<Panel>();
    panel.toasts().send_modify(|shown| *shown += 1);
    let pressed = platform::show_notification(content, closed).await;
    panel.toasts().send_modify(|shown| *shown -= 1);
    pressed
}

fn of_call(app: &AppHandle, notification: &Notification) -> Content {
    let panel = app.state::<Panel>();
    let words = panel.words();
    let title = match notification.direction {
        Direction::Callin => "notification.incoming",
        Direction::Callout => "notification.outgoing",
    };
    let is_masked = panel.settings().mask_numbers;
    let party = |number: &str| if is_masked { masked_on_screen(number).into_owned() } else { number.to_owned() };
    let (calla, callb) = (party(&notification.calla), party(&notification.callb));
    let name = notification.name.as_deref().map(party).unwrap_or_default();
    let values = [("calla", calla.as_str()), ("callb", callb.as_str()), ("name", name.as_str())];
    let body = if name.is_empty() { "notification.body" } else { "notification.body_named" };
    // Only if the server would hang up this very call.
    let snapshot = panel.snapshot();
    let own = snapshot.calls.iter().find(|call| call.uid == notification.uid);
    let can = |verb: Verb| own.is_some_and(|call| call.verbs.contains(&verb));
    let answer = can(Verb::Answer).then(|| (ANSWER, words.get("verb.answer").to_owned()));
    let hang_up = if answer.is_some() { "verb.decline" } else { "notification.hangup" };
    let hang_up = can(Verb::HangUp).then(|| (HANG_UP, words.get(hang_up).to_owned()));
    Content {
        title: words.get(title).to_owned(),
        body: words.with(body, &values),
        open: words.get("tray.show").to_owned(),
        buttons: answer.into_iter().chain(hang_up).collect(),
        stays: true,
    }
}

fn of_refusal(app: &AppHandle, notice: &Notice) -> Content {
    let panel = app.state::<Panel>();
    let (words, snapshot) = (panel.words(), panel.shown());
    let is_masked = panel.settings().mask_numbers;
    let shown = |text: &str| if is_masked { masked_on_screen(text).into_owned() } else { text.to_owned() };
    let verb = serde_json::to_value(notice.verb).ok();
    let verb = verb.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default();
    let call = notice.uid.as_ref().and_then(|uid| snapshot.calls.iter().find(|call| call.uid == *uid));
    let of_call = || call.map(|call| together(&call.who).unwrap_or_else(|| call.other.clone()));
    let party = notice.target.clone().or_else(of_call).map(|party| shown(&party));
    let verb = words.get(&format!("verb.{verb}")).to_owned();
    Content {
        title: party.map_or_else(|| verb.clone(), |party| format!("{verb} · {party}")),
        body: words.with(&format!("problem.{}", notice.problem.code), &[("detail", &shown(&notice.problem.detail))]),
        open: words.get("tray.show").to_owned(),
        buttons: Vec::new(),
        stays: false,
    }
}
