//! The time to decode a popEvent reply, as criterion measured it: `crates/contract/benches/decode.rs`.

use anyhow::{Context, Result};
use serde_json::Value;

use super::table::Table;

/// What criterion calls it.
const BENCH: &str = "decode a popEvent reply";

/// Reads criterion's last estimate.
pub fn measure(table: &mut Table) -> Result<()> {
    let file = crate::target_folder()?.join("criterion").join(BENCH).join("new/estimates.json");
    let text = std::fs::read_to_string(&file).context("not measured yet: run `cargo xtask bench`")?;
    let estimates: Value = serde_json::from_str(&text)?;
    let nanoseconds = |at: &str| estimates.pointer(at).and_then(Value::as_f64).with_context(|| format!("no {at}"));
    let median = nanoseconds("/median/point_estimate")? / 1e3;
    let (low, high) = (
        nanoseconds("/median/confidence_interval/lower_bound")? / 1e3,
        nanoseconds("/median/confidence_interval/upper_bound")? / 1e3,
    );
    table.plain(BENCH, format!("{median:.2} µs (median; 95 % sure of {low:.2} to {high:.2})"));
    Ok(())
}
