//! Screen pop: what the panel opens, starts or posts when something happens to a call.
//!
//! [`Rule`] is one `[[screen_pop]]` table of the settings, [`fire`] says what an event of a call is for. Both are pure. A caller's
//! data never changes scheme, host or shape of an address, ends a header, or becomes a shell's word or a program's option.
//!
//! The [`Courier`] delivers webhooks until they are taken. It keeps them in a folder and knows no HTTP: a [`Carrier`] does.
//!
//! `docs/screen-pop.md` is the administrator's side.

mod address;
mod answer;
mod carrier;
mod courier;
mod deed;
mod event;
mod facts;
mod misfit;
mod outbox;
mod parcel;
mod pattern;
mod post;
mod program;
mod rule;
mod schemes;
mod shelf;
mod template;
mod written;

pub use address::Address;
pub use answer::{Answer, LARGEST_ANSWER};
pub use carrier::{Carrier, Response};
pub use courier::{Courier, News, Pace};
pub use deed::{Deed, Fired, fire, try_out};
pub use event::{Direction, Event};
pub use facts::Facts;
pub use misfit::{LONGEST_ADDRESS, Misfit};
pub use outbox::{Fate, MOST_KEPT, Outbox};
pub use parcel::Parcel;
pub use pattern::Pattern;
pub use post::{Post, Request, signature};
pub use program::Program;
pub use rule::{Action, Rule};
pub use schemes::Schemes;
pub use shelf::Shelf;
pub use template::{Fault, Field, LONGEST_TEMPLATE, Template};
