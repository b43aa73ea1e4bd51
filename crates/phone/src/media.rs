//! The thread that a line's sound lives in. It owns sockets, streams and rings; whoever has the handle sends orders.

mod call;
mod cards;
mod ports;
mod thread;
mod tone;

use std::{
    io,
    sync::mpsc::{Sender, channel},
    thread::Builder,
};

use tokio::sync::mpsc::UnboundedSender;
use uncall_headset::Card;
use uncall_voice::sdp::Agreed;

pub(crate) use ports::Ports;
pub(crate) use tone::Sound;

use crate::{DeviceChange, LegId, Quality, settings::Devices};
use cards::Cards;
use thread::Thread;

/// What the thread is asked for.
#[derive(Debug)]
pub(crate) enum Order {
    /// A call's sound begins.
    Begin { leg: LegId, ports: Ports, agreed: Agreed },
    /// Something else was agreed on in a call; with other ports, where the address has changed.
    Change { leg: LegId, agreed: Agreed, ports: Option<Ports> },
    /// A call is over.
    End(LegId),
    /// Who is heard and hears the microphone, and whether that is open.
    Talk { leg: Option<LegId>, speaks: bool },
    /// The microphone is off in this call.
    Mute { leg: LegId, muted: bool },
    /// Keys.
    Press { leg: LegId, keys: String },
    /// What sounds on the devices that ring.
    Ring(Option<Sound>),
    /// What sounds in the headphones beside the call.
    Beside(Option<Sound>),
    /// The headphones will be needed soon.
    Prepare(bool),
    /// Other devices and volumes.
    Devices(Devices),
}

/// What the thread tells.
#[derive(Debug)]
pub(crate) enum Told {
    Quality(Quality),
    /// Nothing has come for half a minute.
    Dead(LegId),
    Device(DeviceChange),
}

/// The thread. It ends when this is dropped.
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
        // A thread that is gone has been mourned in the log by its panic.
        let _ = self.0.send(order);
    }
}
