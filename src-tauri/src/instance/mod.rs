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

use std::path::PathBuf;

use tauri::AppHandle;

use crate::{
    args::Args,
    link, report,
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
    /// A report of a problem in this file.
    #[cfg_attr(not(target_os = "linux"), allow(dead_code))]
    Report(PathBuf),
}

impl Request {
    /// What these arguments ask for.
    pub(crate) fn of(args: &Args) -> Request {
        match &args.link {
            Some(text) => Request::Link(text.clone()),
            None if args.report.is_some() => Request::Report(args.report.clone().unwrap_or_default()),
            None if args.tray => Request::Tray,
            None => Request::Show,
        }
    }
}

/// Does what a second start is for. `token` says which deed of the person's it was, so that the window may come to the front.
pub(crate) fn serve(app: &AppHandle, request: &Request, token: Option<String>) {
    match request {
        Request::Link(text) => link::open(app, text, token),
        Request::Report(file) => {
            let (app, file) = (app.clone(), file.clone());
            tauri::async_runtime::spawn(async move {
                if let Err(error) = report::write_here(&app, &file).await {
                    tracing::error!("no report: {error:#}");
                }
            });
        }
        Request::Tray => tracing::info!("started again for the tray, where it is"),
        Request::Show => window::main::show(app, View::Desk, token),
    }
}
