//! The sound thread. It owns sockets, streams and ring buffers, and takes orders from the line.

mod call;
mod cards;
mod playback;
mod ports;
mod thread;
mod tone;

use std::{
    io,
    sync::mpsc::{Sender, channel},
    thread::Builder,
};

use tokio::sync::mpsc::UnboundedSender;
use uncall_headset::{Card, Levels};
use uncall_voice::sdp::Agreed;

pub(crate) use cards::RingPlace;
pub(crate) use playback::Part;
pub(crate) use ports::Ports;
pub(crate) use tone::Sound;

use crate::{DeviceChange, LegId, Quality, settings::Devices};
use cards::Cards;
use thread::Thread;

/// An order to the thread.
#[derive(Debug)]
pub(crate) enum Order {
    /// Start a call's sound.
    Begin { leg: LegId, ports: Ports, agreed: Agreed },
    /// Apply a new agreement; with new ports after an address change.
    Change { leg: LegId, agreed: Agreed, ports: Option<Ports> },
    /// End a call's sound.
    End(LegId),
    /// Connect a call to the card. `speaks` opens the microphone.
    Talk { leg: Option<LegId>, speaks: bool },
    /// The microphone is muted in this call.
    Mute { leg: LegId, muted: bool },
    /// Send keys.
    Press { leg: LegId, keys: String },
    /// Play this on these devices.
    Ring(Option<(Sound, RingPlace)>),
    /// Play this in the headphones in addition to the call.
    Beside(Option<Sound>),
    /// Open the headphones in advance.
    Prepare(bool),
    /// Play back what is said next, and tell the levels.
    Playback,
    /// Change devices and volumes.
    Devices(Devices),
}

/// A message from the thread.
#[derive(Debug)]
pub(crate) enum Told {
    Quality(Quality),
    /// Nothing has arrived for 30 seconds.
    Dead(LegId),
    Device(DeviceChange),
    /// A test is there, with the loudest sample that was said.
    Playback(Part, f32),
    /// During a test, 20 times a second.
    Levels(Levels),
}

/// The handle. The thread ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Media(Sender<Order>);

impl Media {
    pub(crate) fn start(card: Box<dyn Card>, devices: Devices, told: UnboundedSender<Told>) -> io::Result<Media> {
        let (orders, ordered) = channel();
        Builder::new().name("voice".to_owned()).spawn(move || {
            let (events, cards) = channel();
            let cards_of = Cards::new(card, events, devices);
            Thread::new(cards_of, cards, told).run(&ordered);
        })?;
        Ok(Media(orders))
    }

    pub(crate) fn order(&self, order: Order) {
        // The thread only ends with this handle.
        let _ = self.0.send(order);
    }
}
