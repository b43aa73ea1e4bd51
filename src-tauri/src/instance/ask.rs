//! What another process may ask the panel, and the answer.

use serde::{Deserialize, Serialize};
use tauri::{AppHandle, Manager as _};
use uncall_desk::order::Order;

use crate::{
    panel::Panel,
    sent::Sent,
    window::{self, main::View},
};

/// The order that is for the window, not for the desk.
pub(crate) const SHOW: &str = "show";

/// A question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ask {
    /// Carry out an order, from `--do`.
    Do {
        /// E.g. `hold` or `dial:13421829060`.
        order: String,
        /// The token of the user action that caused it, for the window manager.
        token: Option<String>,
    },
    /// Return what is shown now.
    State,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// The exit status, as for `uncall`.
    pub(crate) status: u8,
    /// Why it was not done, see [`uncall_desk::problem::Problem`]. Empty on success.
    pub(crate) code: String,
    /// The detail for its sentence.
    pub(crate) detail: String,
    /// The snapshot as JSON, for [`Ask::State`].
    pub(crate) state: Option<String>,
}

/// Carries out what is asked, and waits until it is done.
pub(crate) async fn answer(app: &AppHandle, ask: Ask) -> Answer {
    let panel = app.state::<Panel>();
    match ask {
        Ask::State => {
            let sent = Sent::now(panel.snapshot());
            // Serialising strings, numbers and lists cannot fail.
            Answer { state: Some(serde_json::to_string(&sent).unwrap_or_default()), ..Answer::default() }
        }
        Ask::Do { order, token } if order == SHOW => {
            window::main::show(app, View::Desk, token);
            Answer::default()
        }
        Ask::Do { order, .. } => match Order::parse(&order) {
            Ok(order) => {
                tracing::info!("another process gives an order");
                let ended = panel.order(order).await;
                let problem = ended.problem().cloned();
                let (code, detail) = problem.map(|problem| (problem.code, problem.detail)).unwrap_or_default();
                Answer { status: ended.status(), code, detail, state: None }
            }
            // The other process has checked the order, so it is of a newer version.
            Err(_) => Answer { status: 2, code: "unknown".into(), detail: String::new(), state: None },
        },
    }
}
