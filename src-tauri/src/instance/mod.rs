//! One panel per settings file and session: a second start hands over its request and exits.

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

/// The request of a second start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Request {
    /// Show the window.
    Show,
    /// Open a link.
    Link(String),
    /// Nothing but the tray, where the panel already is: both the machine and the user may start it at login.
    Tray,
    /// Write a problem report to this file.
    #[cfg_attr(not(target_os = "linux"), allow(dead_code))]
    Report(PathBuf),
}

impl Request {
    /// The request of these arguments.
    pub(crate) fn of(args: &Args) -> Request {
        match &args.link {
            Some(text) => Request::Link(text.clone()),
            None if args.report.is_some() => Request::Report(args.report.clone().unwrap_or_default()),
            None if args.tray => Request::Tray,
            None => Request::Show,
        }
    }
}

/// Carries out the request of a second start. `token` stands for the user action that caused it, which lets the window come to
/// the front.
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
