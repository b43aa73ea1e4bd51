//! The panel as a person meets it: a real window on a real (virtual) screen, with a window manager, a notification
//! daemon, a tray, and a driver that presses what is there.

pub mod desk;
pub mod desktop;
pub mod driver;
pub mod listening;
pub mod process;
pub mod tray;
pub mod twin;

pub use desk::Workplace;
pub use desktop::{Desktop, Look};
pub use driver::{Page, Panel};
pub use listening::Listening;
pub use process::Process;
pub use twin::Twin;
