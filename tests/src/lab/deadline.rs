//! Waits for something observable, but never longer than a deadline.

use std::time::Duration;

use anyhow::{Result, bail};
use tokio::time::{Instant, sleep};

/// The time limit for things in the lab that take milliseconds on a quiet machine.
pub const SOON: Duration = Duration::from_secs(15);

/// The pause between two checks.
const PAUSE: Duration = Duration::from_millis(20);

/// Checks until there is a result; `what` names it in the error.
pub async fn until<T>(what: &str, deadline: Duration, mut look: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    let end = Instant::now() + deadline;
    loop {
        if let Some(seen) = look().await? {
            return Ok(seen);
        }
        if Instant::now() >= end {
            bail!("waited {} s in vain: {what}", deadline.as_secs());
        }
        sleep(PAUSE).await;
    }
}
