//! `GET /healthz`: whether the gateway can do its work.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use super::App;

pub(super) async fn get(State(app): State<Arc<App>>) -> (StatusCode, &'static str) {
    if app.exchange.board.look(crate::calls::Table::reachable) {
        (StatusCode::OK, "ok\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "the PBX cannot be reached\n")
    }
}
