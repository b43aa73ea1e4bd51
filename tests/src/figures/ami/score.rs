//! How long events take from the PBX to the agents' streams.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::day::Day;
use super::listeners::Heard;
use crate::figures::sample::Sample;

/// How long to wait for the last events.
const LATE: Duration = Duration::from_secs(10);

/// The events received so far; collecting ends when this is dropped.
#[derive(Debug)]
pub struct Score {
    delays: Arc<Mutex<Vec<Delay>>>,
    task: JoinHandle<Result<()>>,
}

#[derive(Debug, Clone, Copy)]
struct Delay {
    written: Instant,
    took: Duration,
}

impl Score {
    /// Collects from now on. Ends at anything that the recorded calls do not cause.
    pub fn keep(day: Arc<Day>, mut heard: mpsc::UnboundedReceiver<Heard>) -> Score {
        let delays = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&delays);
        let task = tokio::spawn(async move {
            let mut places: HashMap<(usize, String), usize> = HashMap::new();
            while let Some(heard) = heard.recv().await {
                let place = places.entry((heard.stream, heard.call.uid.clone())).or_default();
                let written = day.cause(&heard, *place)?;
                *place += 1;
                let took = heard.at.saturating_duration_since(written);
                kept.lock().unwrap_or_else(PoisonError::into_inner).push(Delay { written, took });
            }
            Ok(())
        });
        Score { delays, task }
    }

    /// Waits until this many events have been received in all. An error if they do not come, or others do.
    pub async fn complete(&mut self, events: usize) -> Result<()> {
        let began = Instant::now();
        loop {
            if self.task.is_finished() {
                return Err((&mut self.task).await?.err().unwrap_or_else(|| anyhow!("all streams have ended")));
            }
            let heard = self.delays.lock().unwrap_or_else(PoisonError::into_inner).len();
            if heard == events {
                return Ok(());
            }
            ensure!(began.elapsed() < LATE && heard < events, "{heard} of {events} events were heard");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The delays of events that the PBX wrote in this period.
    pub fn within(&self, from: Instant, to: Instant) -> Sample {
        let delays = self.delays.lock().unwrap_or_else(PoisonError::into_inner);
        let meant = delays.iter().filter(|delay| (from..to).contains(&delay.written));
        meant.map(|delay| delay.took).collect()
    }
}

impl Drop for Score {
    fn drop(&mut self) {
        self.task.abort();
    }
}
