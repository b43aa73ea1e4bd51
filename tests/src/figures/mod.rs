//! The figures of `docs/benchmarks.md`: what is measured, each in a module of its own.
//!
//! - [`rates`]: popEvent calls a second of the gateway, the PHP server and a bare handler, by the [`load`] generator;
//! - [`decode`]: criterion's figure for the panel's most frequent work;
//! - [`popup`]: from the ring to the painted pop-up, pushed and [`polled`];
//! - [`recordings`]: an index of a million files;
//! - [`events`]: what the PBX's events cost by themselves;
//! - [`teams`]: 200 supervisors of 10,000 agents after a restart;
//! - [`ami`]: the gateway on a PBX with 2,000 agents, and [`streams`]: with 10,000 push subscribers;
//! - [`logins`]: 2,000 agents who come back at once, and [`hostile`]: connections of every hostile kind;
//! - [`memory`] and [`start`]: what the panel costs;
//! - [`player`]: first sound, and the memory of an hour;
//! - [`table`], [`sample`] and [`machine`]: how a figure is said.

pub mod ami;
pub mod bare;
pub mod decode;
pub mod events;
pub mod hostile;
pub mod load;
pub mod logins;
pub mod machine;
pub mod memory;
pub mod panel;
pub mod player;
pub mod polled;
pub mod popup;
pub mod processes;
pub mod program;
pub mod rates;
pub mod recordings;
pub mod sample;
pub mod start;
pub mod streams;
pub mod table;
pub mod teams;
