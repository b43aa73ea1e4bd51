//! One panel for each settings file in a session: a second start hands over what it was started for, and ends.

mod ask;
#[cfg(target_os = "linux")]
mod bus;
#[cfg(not(target_os = "linux"))]
mod channel;
#[cfg(not(target_os = "linux"))]
mod plugin;

pub(crate) use ask::{Answer, Ask, SHOW};
#[cfg(target_os = "linux")]
pub(crate) use bus::{Claim, ask, claim};
#[cfg(not(target_os = "linux"))]
pub(crate) use channel::{ask, listen};
#[cfg(not(target_os = "linux"))]
pub(crate) use plugin::plugin;

use tauri::AppHandle;

use crate::{
    args::Args,
    link,
    window::{self, main::View},
};

/// What a second start is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Request {
    /// The window.
    Show,
    /// A link's number in the dial box.
    Link(String),
    /// The tray, where the panel is already: the machine's entry for the login beside the user's.
    Tray,
}

impl Request {
    /// What these arguments ask for.
    pub(crate) fn of(args: &Args) -> Request {
        match &args.link {
            Some(text) => Request::Link(text.clone()),
            None if args.tray => Request::Tray,
            None => Request::Show,
        }
    }
}

/// Does what a second start is for. `token` says which deed of the person's it was, so that the window may come to the front.
pub(crate) fn serve(app: &AppHandle, request: &Request, token: Option<String>) {
    match request {
        Request::Link(text) => link::open(app, text, token),
        Request::Tray => tracing::info!("started again for the tray, where it is"),
        Request::Show => window::main::show(app, View::Desk, token),
    }
}
