//! Calls of each kind, driven as the gateway drives them, and what the manager interface says about them, written down as
//! fixtures of the gateway's call model. `lab record [NAME…]` runs them.

use anyhow::Result;

/// Runs the scenarios of these names, or all of them.
pub async fn record(_names: &[&str]) -> Result<()> {
    Ok(())
}
