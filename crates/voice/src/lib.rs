//! One call's sound, without a network and without a sound card: packets and 10 ms frames in and out, time handed in.

mod codec;
mod dtmf;
mod guard;
mod playout;
mod quality;
mod reception;
pub mod rtcp;
pub mod rtp;
pub mod sdp;
mod sequence;
mod srtp;
mod stream;

pub use codec::Codec;
pub use dtmf::Key;
pub use playout::Played;
pub use quality::{opinion, rating};
pub use srtp::{MasterKey, Suite};
pub use stream::{Beginning, Datagram, Heard, Statistics, Stream};
