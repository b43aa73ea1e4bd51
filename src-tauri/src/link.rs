//! A link that another program handed over: its number waits here until the main window's page takes it into the dial
//! box. Nothing is dialled before the agent says so.

use serde::Serialize;
use tauri::{AppHandle, Manager};
use uncall_desk::problem::Problem;

use crate::{
    panel::Panel,
    window::{self, main::View},
};

/// What a link comes to, for the page: what goes into the dial box, or what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Link {
    number: Option<String>,
    problem: Option<Problem>,
}

/// Takes a link in and shows the window; `token` says which press it was.
pub(crate) fn open(app: &AppHandle, text: &str, token: Option<String>) {
    let link = match uncall_desk::link::text(text) {
        Ok(number) => {
            // Whose number it is, is nobody else's business.
            tracing::info!(characters = number.len(), "a link's number goes into the dial box");
            Link { number: Some(number), problem: None }
        }
        Err(problem) => {
            tracing::warn!(code = problem.code, "a link has no number that can be dialled");
            Link { number: None, problem: Some(problem) }
        }
    };
    app.state::<Panel>().keep_link(link);
    window::main::show(app, View::Link, token);
}
