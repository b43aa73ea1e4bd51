//! The agent's desk: a pure state machine ([`state`]: input, now -> effects), the short loop around it ([`desk_loop`]), the
//! panel's settings, and the rules for typed numbers and links. Independent of any window toolkit.

pub mod desk_loop;
pub mod effect;
pub mod hearing;
pub mod input;
pub mod journal;
pub mod line;
pub mod link;
pub mod moment;
pub mod names;
pub mod number;
pub mod order;
pub mod private;
pub mod problem;
pub mod recording;
pub mod settings;
pub mod shell;
pub mod snapshot;
pub mod state;

pub use desk_loop::{Handle, spawn, spawn_alone};
pub use moment::Moment;
pub use shell::Shell;
pub use state::{Desk, Options};
