//! What a process beside the panel may ask it for, and the answer.

use serde::{Deserialize, Serialize};
use tauri::{AppHandle, Manager as _};
use uncall_desk::order::Order;

use crate::{
    panel::Panel,
    sent::Sent,
    window::{self, main::View},
};

/// The order that is the window's and not the desk's.
pub(crate) const SHOW: &str = "show";

/// A question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ask {
    /// Do this, as of `--do`.
    Do {
        /// `hold`, `dial:13421829060`.
        order: String,
        /// The deed of the person's that it comes from.
        token: Option<String>,
    },
    /// What is shown now.
    State,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// The exit status, as of `uncall`.
    pub(crate) status: u8,
    /// Why it was not done, as of [`uncall_desk::problem::Problem`]; empty where it was.
    pub(crate) code: String,
    /// What the sentence for it needs.
    pub(crate) detail: String,
    /// The snapshot as JSON, where that was asked for.
    pub(crate) state: Option<String>,
}

/// Does what is asked for, and waits for its end.
pub(crate) async fn answer(app: &AppHandle, ask: Ask) -> Answer {
    let panel = app.state::<Panel>();
    match ask {
        Ask::State => {
            let sent = Sent::now(panel.snapshot());
            // A value of strings, numbers and lists cannot fail to serialise.
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
            // The other process has looked, too: it is of a newer version.
            Err(_) => Answer { status: 2, code: "unknown".into(), detail: String::new(), state: None },
        },
    }
}
