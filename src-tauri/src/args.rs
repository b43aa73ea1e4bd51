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
    /// Print each setting, its value, where that is written and whether it is locked, and end.
    #[arg(long)]
    pub(crate) explain_settings: bool,
    /// Write a report of a problem into this file (.tar.gz) and end, without a window: versions, settings without secrets, logs, what the
    /// server says, and (on Linux) what the panel that runs was told lately. It has nobody's number.
    #[arg(long, value_name = "FILE", value_parser = absolute)]
    pub(crate) report: Option<PathBuf>,
    /// A link with a number, e.g. tel:+8613421829060, or callto:, sip:, uncall:. It goes into the dial box of the panel, also
    /// of one that runs already; nothing is dialled by itself.
    #[arg(value_name = "LINK", value_parser = link)]
    pub(crate) link: Option<String>,
}

/// Another panel writes it, which has another current folder.
fn absolute(text: &str) -> std::io::Result<PathBuf> {
    std::path::absolute(text)
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

#[cfg(test)]
mod tests {
    use super::Args;

    #[test]
    fn the_manual_has_every_argument() {
        use clap::CommandFactory as _;
        let folder = tempfile::tempdir().unwrap();
        let page = uncall_pages::made(Args::command(), folder.path()).unwrap();
        for argument in Args::command().get_arguments().filter_map(clap::Arg::get_long) {
            assert!(page.contains(&argument.replace('-', "\\-")), "{argument}: {page}");
        }
    }
}
