//! The progress bar, on a terminal only.

use std::io::{self, IsTerminal as _};

use indicatif::{ProgressBar, ProgressStyle};
use uncall_client::recording::Progress;

const SIZED: &str = "{bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left {msg}";
const OPEN: &str = "{spinner} {bytes}, {bytes_per_sec} {msg}";

/// Shows how far a download has come. Dropped, it leaves nothing on the screen.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    /// A bar on stderr, if that is a terminal.
    pub(crate) fn new(wanted: bool) -> Bar {
        Bar(if wanted && io::stderr().is_terminal() { ProgressBar::no_length() } else { ProgressBar::hidden() })
    }

    pub(crate) fn show(&self, progress: &Progress) {
        if self.0.length() != progress.total || self.0.position() == 0 {
            let template = if progress.total.is_some() { SIZED } else { OPEN };
            if let Ok(style) = ProgressStyle::with_template(template) {
                self.0.set_style(style);
            }
            match progress.total {
                Some(total) => self.0.set_length(total),
                None => self.0.unset_length(),
            }
        }
        self.0.set_message(if progress.waits { "(the connection broke, trying again)" } else { "" });
        self.0.set_position(progress.received);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
