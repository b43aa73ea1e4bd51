//! What the gateway knows of a PBX, whichever it is.
//!
//! - [`Pbx`]: the port. An adapter stands behind it, and another PBX is another adapter, which touches nothing else;
//! - [`calls`]: the call table that every adapter feeds: who is in which call, and what an agent may do;
//! - [`Board`]: the table with a lock around it, and what is told of it;
//! - [`Site`]: one PBX: its adapter, its board, and verbs that run in turn.

mod board;
pub mod calls;
mod claims;
mod hands;
mod item;
mod pbx;
mod recording;
mod site;
mod team;
mod turns;
mod vital;

pub use board::{Batch, Board, HISTORY, Talks};
pub use hands::{Fumble, Gesture, Hands};
pub use item::Item;
pub use pbx::{Failure, Pbx, Pressure, Sink, Transferring, Verb};
pub use recording::{Recording, Sound, Version};
pub use site::Site;
pub use turns::Turn;
pub use vital::Vital;
