//! A card in memory for tests. The test moves its clock, supplies what it records, and gets back what it played.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc::Sender};

use crate::{CaptureEnd, Card, CardError, CardEvent, Device, FRAME, PlaybackEnd, Running, Wanted};

/// The card. Clones share one card.
#[derive(Debug, Clone, Default)]
pub struct Played(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    recorded: Vec<f32>,
    at: usize,
    played: Vec<f32>,
    capture: Option<CaptureEnd>,
    playback: Option<PlaybackEnd>,
}

impl Played {
    /// A card that records these samples, then silence.
    pub fn new(recorded: Vec<f32>) -> Played {
        Played(Arc::new(Mutex::new(Inner { recorded, ..Inner::default() })))
    }

    /// Lets 10 ms pass.
    pub fn advance(&self) {
        let inner = &mut *self.inner();
        let mut frame = [0f32; FRAME];
        let rest = inner.recorded.get(inner.at..).unwrap_or_default();
        frame.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        inner.at += FRAME;
        if let Some(capture) = &mut inner.capture {
            capture.put(&frame);
        }
        if let Some(playback) = &mut inner.playback {
            playback.fill(&mut frame);
            inner.played.extend(frame);
        }
    }

    /// Everything played so far.
    pub fn played(&self) -> Vec<f32> {
        self.inner().played.clone()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Card for Played {
    fn devices(&self) -> Result<Vec<Device>, CardError> {
        let device =
            |captures| Device { name: "played".to_owned(), description: "played".to_owned(), captures, default: true };
        Ok(vec![device(true), device(false)])
    }

    fn record(&self, _: Wanted, end: CaptureEnd, events: Sender<CardEvent>) -> Result<Running, CardError> {
        self.inner().capture = Some(end);
        // A failed send only means that nobody wants the events.
        let _ = events.send(CardEvent::Runs { captures: true, device: None });
        Ok(Running::until(Ends(self.clone(), true)))
    }

    fn play(&self, _: Wanted, end: PlaybackEnd, events: Sender<CardEvent>) -> Result<Running, CardError> {
        self.inner().playback = Some(end);
        let _ = events.send(CardEvent::Runs { captures: false, device: None });
        Ok(Running::until(Ends(self.clone(), false)))
    }
}

struct Ends(Played, bool);

impl Drop for Ends {
    fn drop(&mut self) {
        let mut inner = self.0.inner();
        if self.1 {
            inner.capture = None;
        } else {
            inner.playback = None;
        }
    }
}
