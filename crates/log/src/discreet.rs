//! Crates that log more than anybody may read.

use tracing_subscriber::filter::{FilterFn, filter_fn};

/// Crates that log whole messages: numbers, SRTP keys and answers to challenges. `rsipstack` does so from `info` on.
const TALKATIVE: &[&str] = &["rsipstack"];

/// Keeps out what talkative crates log. Added beside the filter of `RUST_LOG`, whose settings cannot lift it.
pub fn discreet() -> FilterFn {
    filter_fn(|metadata| {
        let of = |name: &str| TALKATIVE.contains(&name.split("::").next().unwrap_or_default());
        !of(metadata.target()) && !metadata.module_path().is_some_and(of)
    })
}
