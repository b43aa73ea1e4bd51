//! The command line of the panel.

use std::path::PathBuf;

use clap::Parser;

/// The agent's panel for an Uncall server: shows who calls and steers the call.
#[derive(Debug, Clone, Parser)]
#[command(name = "uncall-panel", version)]
pub(crate) struct Args {
    /// Run on the built-in simulator, with calls coming in; no server and no settings are needed or changed.
    #[cfg(feature = "demo")]
    #[arg(long)]
    pub(crate) demo: bool,
    /// The configuration file, instead of the user's own.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Start without a window: only the tray, as at login. Without settings the window opens all the same.
    #[arg(long)]
    pub(crate) tray: bool,
    /// Write the journal into this file as a table for spreadsheets (CSV in UTF-8), without a window, and end.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["tray", "link"])]
    pub(crate) export: Option<PathBuf>,
    /// A link with a number, e.g. tel:+8613421829060, or callto:, sip:, uncall:. It goes into the dial box of the panel, also
    /// of one that runs already; nothing is dialled by itself.
    #[arg(value_name = "LINK", value_parser = link)]
    pub(crate) link: Option<String>,
}

fn link(text: &str) -> Result<String, &'static str> {
    uncall_desk::link::is_link(text).then(|| text.to_owned()).ok_or("a link begins with tel:, callto:, sip: or uncall:")
}

impl Args {
    /// Whether the embedded simulator is asked for.
    pub(crate) const fn demo(&self) -> bool {
        #[cfg(feature = "demo")]
        return self.demo;
        #[cfg(not(feature = "demo"))]
        return false;
    }
}
