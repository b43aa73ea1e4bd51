//! The sound of one call: packets and 10 ms frames in and out. No network, no sound card, no clock: the caller passes the time
//! in.

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
