//! What each system does its own way, one file each: process start, the pop-up's window, notifications.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(windows)]
mod windows;

#[cfg(target_os = "linux")]
pub(crate) use linux::{prepare, shape_popup, show_notification};
#[cfg(target_os = "macos")]
pub(crate) use macos::{prepare, shape_popup, show_notification};
#[cfg(windows)]
pub(crate) use windows::{prepare, shape_popup, show_notification};

/// The name under which the system files our notifications.
pub(crate) const APP_NAME: &str = "Uncall Panel";
