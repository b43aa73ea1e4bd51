//! A real Asterisk behind the port, through its manager interface (AMI).
//!
//! - [`link`]: one connection that is kept up: what the PBX says, and answers to what it is asked;
//! - [`options`]: where the PBX is and how it is set up;
//! - `model`: what AMI says, as facts for the call table;
//! - `verbs`: what the call table plans, as actions, each to its observed end.

mod action;
mod link;
mod message;
mod model;
pub mod options;

pub use options::Options;
