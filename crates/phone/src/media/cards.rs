//! The open devices of a line.

use std::{sync::mpsc::Sender, thread};

use uncall_headset::{Card, CardEvent, Microphone, Running, Speaker, Wanted, capture, playback};

use crate::settings::Devices;

/// Which devices are open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Open {
    pub(super) microphone: bool,
    pub(super) speaker: bool,
    pub(super) ring: Option<RingPlace>,
}

/// Where it rings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RingPlace {
    /// On the ring devices; without any, in the headphones.
    Everywhere,
    /// On the ring devices that play no call: the headphones are in one.
    ApartFromCall,
}

pub(super) struct Cards {
    card: Box<dyn Card>,
    events: Sender<CardEvent>,
    unheard: Sender<CardEvent>,
    pub(super) devices: Devices,
    pub(super) microphone: Option<(Microphone, Stream)>,
    pub(super) speaker: Option<(Speaker, Stream)>,
    pub(super) ring: Vec<(Speaker, Stream)>,
    rings: Option<RingPlace>,
}

/// An open stream. Closing may block, so a thread of its own does it.
pub(super) struct Stream(Option<Running>);

impl Drop for Stream {
    fn drop(&mut self) {
        let Some(running) = self.0.take() else { return };
        // If no thread starts, the closure is dropped and closes it here.
        let _ = thread::Builder::new().name("closing".to_owned()).spawn(move || drop(running));
    }
}

impl Cards {
    pub(super) fn new(card: Box<dyn Card>, events: Sender<CardEvent>, devices: Devices) -> Cards {
        // Events of ring devices are not reported.
        let (unheard, _) = std::sync::mpsc::channel();
        Cards { card, events, unheard, devices, microphone: None, speaker: None, ring: Vec::new(), rings: None }
    }

    /// Opens and closes devices. A device that fails is tried again at the next change.
    pub(super) fn set(&mut self, open: Open) {
        if !open.microphone {
            self.microphone = None;
        } else if self.microphone.is_none() {
            let (end, microphone) = capture();
            let wanted = Wanted::device(self.devices.input.clone());
            self.microphone = opened(self.card.record(wanted, end, self.events.clone()), microphone);
        }
        if !open.speaker {
            self.speaker = None;
        } else if self.speaker.is_none() {
            let (end, speaker) = playback();
            let wanted = Wanted::device(self.devices.output.clone());
            self.speaker = opened(self.card.play(wanted, end, self.events.clone()), speaker);
        }
        if self.rings != open.ring {
            self.ring.clear();
            self.rings = open.ring;
        }
        if let Some(place) = open.ring.filter(|_| self.ring.is_empty()) {
            let wanted = ring_devices(&self.devices, place);
            for wanted in wanted {
                let (end, speaker) = playback();
                let playing = self.card.play(wanted, end, self.unheard.clone());
                self.ring.extend(opened(playing, speaker));
            }
        }
    }

    /// Applies other devices and reopens what has changed.
    pub(super) fn change(&mut self, devices: Devices, open: Open) {
        let before = std::mem::replace(&mut self.devices, devices);
        if before.input != self.devices.input {
            self.microphone = None;
        }
        if before.output != self.devices.output {
            self.speaker = None;
        }
        if before.ring_on != self.devices.ring_on || before.output != self.devices.output {
            self.ring.clear();
        }
        self.set(open);
    }
}

/// The devices that ring.
fn ring_devices(devices: &Devices, place: RingPlace) -> Vec<Wanted> {
    let output = Wanted::device(devices.output.clone());
    match place {
        RingPlace::Everywhere if devices.ring_on.is_empty() => vec![output],
        RingPlace::Everywhere => devices.ring_on.iter().cloned().map(|name| Wanted::device(Some(name))).collect(),
        RingPlace::ApartFromCall => {
            let apart =
                |name: &String| Wanted { device: Some(name.clone()), apart_from: Some(Box::new(output.clone())) };
            devices.ring_on.iter().map(apart).collect()
        }
    }
}

fn opened<T>(running: Result<Running, uncall_headset::CardError>, end: T) -> Option<(T, Stream)> {
    match running {
        Ok(running) => Some((end, Stream(Some(running)))),
        Err(error) => {
            tracing::warn!(%error, "a sound device cannot be used");
            None
        }
    }
}
