//! Keeps a link from another program until the main window's page takes it. Nothing is dialled or done before the agent agrees.

use serde::Serialize;
use tauri::{AppHandle, Manager};
use uncall_desk::{
    Moment,
    link::{self, Wish},
    problem::Problem,
};

use crate::{
    panel::Panel,
    window::{self, main::View},
};

/// A link for the page: the text for the dial box, what to ask the agent, or the problem with it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub(crate) struct Link {
    number: Option<String>,
    wish: Option<Wish>,
    problem: Option<Problem>,
}

/// Takes a link and shows the window. `token` stands for the click. A page that fires links brings the window to the front only
/// once.
pub(crate) fn open(app: &AppHandle, text: &str, token: Option<String>) {
    let panel = app.state::<Panel>();
    let view = match link::read(text) {
        Ok(link::Link::Show) => View::Desk,
        Ok(link::Link::Number(number)) => {
            // The number itself must not be logged.
            tracing::info!(characters = number.len(), "a link's number goes into the dial box");
            panel.keep_link(Link { number: Some(number.clone()), ..Link::default() });
            panel.linked(number);
            View::Link
        }
        Ok(link::Link::Wish(wish)) => {
            tracing::info!("a link asks for a verb, and the agent is asked");
            panel.keep_link(Link { wish: Some(wish), ..Link::default() });
            View::Link
        }
        Err(problem) => {
            tracing::warn!(code = problem.code, "a link has no number that can be dialled");
            panel.keep_link(Link { problem: Some(problem), ..Link::default() });
            View::Link
        }
    };
    if panel.link_raises(Moment::now().ms) {
        tracing::info!("a link brings the window to the front");
        window::main::show(app, view, token);
    } else {
        window::main::tell(app, view);
    }
}
