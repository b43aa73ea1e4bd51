//! Native notifications: one per call, closed when the call ends or is dealt with.

use std::collections::HashMap;

use tauri::{AppHandle, Manager};
use tokio::sync::oneshot;
use uncall_contract::Direction;
use uncall_desk::{effect::Notification, input::Intent};

use crate::{
    panel::Panel,
    platform,
    window::{self, main::View},
};

/// What a notification shows.
#[derive(Debug, Clone)]
pub(crate) struct Content {
    /// One line.
    pub(crate) title: String,
    /// Who calls whom; plain text.
    pub(crate) body: String,
    /// Label of a press on the notification itself, where the system shows one.
    #[cfg_attr(not(target_os = "linux"), allow(dead_code))]
    pub(crate) open: String,
    /// Buttons: name and label.
    pub(crate) buttons: Vec<(&'static str, String)>,
}

/// What the person did with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pressed {
    /// Nothing, or it was closed.
    Nothing,
    /// Pressed the notification itself.
    Open,
    /// Pressed the button of this name.
    Button(String),
}

/// The notifications on the screen, by uid. Dropping a sender closes its notification.
#[derive(Debug, Default)]
pub(crate) struct Notifications {
    shown: HashMap<String, oneshot::Sender<()>>,
}

impl Notifications {
    /// Tells of a call.
    pub(crate) fn show(&mut self, app: &AppHandle, notification: &Notification) {
        let content = content(app, notification);
        let (close, closed) = oneshot::channel();
        self.shown.insert(notification.uid.clone(), close);
        let (app, uid) = (app.clone(), notification.uid.clone());
        tokio::spawn(async move {
            let panel = app.state::<Panel>();
            panel.toasts().send_modify(|shown| *shown += 1);
            let pressed = platform::show_notification(content, closed).await;
            panel.toasts().send_modify(|shown| *shown -= 1);
            carry_out(&app, &uid, &pressed);
        });
    }

    /// Takes the call's notification away.
    pub(crate) fn close(&mut self, uid: &str) {
        drop(self.shown.remove(uid));
    }
}

fn content(app: &AppHandle, notification: &Notification) -> Content {
    let words = app.state::<Panel>().words();
    let title = match notification.direction {
        Direction::Callin => "notification.incoming",
        Direction::Callout => "notification.outgoing",
    };
    let values = [("calla", notification.calla.as_str()), ("callb", notification.callb.as_str())];
    Content {
        title: words.get(title).to_owned(),
        body: words.with("notification.body", &values),
        open: words.get("tray.show").to_owned(),
        buttons: vec![("hang_up", words.get("notification.hangup").to_owned())],
    }
}

fn carry_out(app: &AppHandle, uid: &str, pressed: &Pressed) {
    match pressed {
        Pressed::Nothing => {}
        Pressed::Open => window::main::show(app, View::Desk, None),
        Pressed::Button(name) if name == "hang_up" => {
            app.state::<Panel>().want(Intent::HangUp { uid: uid.to_owned() });
        }
        Pressed::Button(name) => tracing::warn!("an unknown button was pressed: {name}"),
    }
}
