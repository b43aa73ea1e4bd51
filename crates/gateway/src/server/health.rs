//! `GET /healthz`: whether the gateway can do its work. Unreadable recordings are reported but do not make the gateway unhealthy:
//! calls go on.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use super::App;
use crate::recordings::Status;

pub(super) async fn get(State(app): State<Arc<App>>) -> (StatusCode, String) {
    let recordings = app.exchange.pbx().recordings().map(|recordings| told(&recordings.status())).unwrap_or_default();
    let (status, words) = if app.exchange.board.look(crate::calls::Table::reachable) {
        (StatusCode::OK, "ok\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "the PBX cannot be reached\n")
    };
    (status, format!("{words}{recordings}"))
}

fn told(status: &Status) -> String {
    let Status { indexed, complete, age, unavailable, cut_off, ledger, errors: _ } = status;
    let mut told = match (unavailable, complete, age) {
        // The reason is only in the log, because anybody may ask here.
        (Some(_), ..) => "recordings: cannot be read\n".to_owned(),
        (None, true, Some(age)) => format!("recordings: {indexed}, looked through {} s ago\n", age.as_secs()),
        (None, ..) => format!("recordings: {indexed} so far, being looked through\n"),
    };
    if *cut_off > 0 {
        told += &format!("recordings: {cut_off} folders could not be listed to their end\n");
    }
    if ledger.trouble.is_some() {
        told += "recordings: whose they are cannot be kept\n";
    }
    told
}
