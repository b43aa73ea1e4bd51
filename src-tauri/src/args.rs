//! The panel's command line.

use std::path::PathBuf;

use clap::Parser;
use uncall_desk::order::{NoOrder, Order};

use crate::instance::SHOW;

/// The exit statuses of `--do` and `--state`, for `--help`.
const STATUS: &str = "\
--do and --state reach the panel that runs on the same settings in this session, and end with: 0 done; 1 refused, nothing was done, with
the reason on stderr; 2 usage; 3 no panel runs, or it cannot reach its server, and nothing was done; 4 an answer that is not understood;
5 outcome unknown: it may have been done. --explain-number ends with 1 where nothing would be dialled.";

/// The agent's panel for an Uncall server: shows who is calling and controls the call.
#[derive(Debug, Clone, Parser)]
#[command(name = "uncall-panel", version, after_help = STATUS)]
pub(crate) struct Args {
    /// Run on the built-in simulator, with calls coming in; needs no server, and changes no settings.
    #[cfg(feature = "demo")]
    #[arg(long, conflicts_with_all = ["order", "state"])]
    pub(crate) demo: bool,
    /// The configuration file, instead of the user's own.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Start without a window, only in the tray, as at login. The window still opens if there are no settings.
    #[arg(long)]
    pub(crate) tray: bool,
    /// Make the running panel do something: show, hold, restore, hangup, decline, survey, busy, idle, pop, dial:NUMBER or
    /// transfer:NUMBER; where it is the phone also answer, mute, unmute, dtmf:DIGITS, consult:NUMBER, complete, swap or back. It
    /// acts on the call that the panel's keys act on.
    #[arg(long = "do", value_name = "VERB", value_parser = order, conflicts_with_all = ["state", "explain_number", "tray", "link"])]
    pub(crate) order: Option<String>,
    /// Print what the running panel shows, as one JSON object.
    #[arg(long, conflicts_with_all = ["explain_number", "tray", "link"])]
    pub(crate) state: bool,
    /// Print what would be dialled for a text, and by which number rules: those of the settings and of the options below.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, conflicts_with_all = ["tray", "link"])]
    pub(crate) explain_number: Option<String>,
    /// With --explain-number: the country code of this place, e.g. 86.
    #[arg(long, value_name = "CODE", requires = "explain_number")]
    pub(crate) country: Option<String>,
    /// With --explain-number: the area code of this place, e.g. 010.
    #[arg(long, value_name = "CODE", requires = "explain_number")]
    pub(crate) area: Option<String>,
    /// With --explain-number: the prefix for an outside line, e.g. 9.
    #[arg(long, value_name = "KEYS", requires = "explain_number")]
    pub(crate) outside_prefix: Option<String>,
    /// Print each setting, its value, where it is set and whether it is locked.
    #[arg(long)]
    pub(crate) explain_settings: bool,
    /// Print what each rule of the screen pop would open, start or post for a sample call, without doing it. Ends with 1 if nothing
    /// would come of one of them.
    #[arg(long, conflicts_with_all = ["order", "state", "explain_number", "tray", "link"])]
    pub(crate) try_screen_pop: bool,
    /// Write a problem report to this file (.tar.gz), without a window: versions, settings without secrets, logs, the server's
    /// description, and (on Linux) the latest inputs of the running panel. It contains no telephone numbers.
    #[arg(long, value_name = "FILE", value_parser = absolute)]
    pub(crate) report: Option<PathBuf>,
    /// Write the journal to this file as a table for spreadsheets (CSV in UTF-8), without a window.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["tray", "link"])]
    pub(crate) export: Option<PathBuf>,
    /// A link with a number, e.g. tel:+8613421829060, or callto:, sip:, uncall:. The number goes into the dial box, also of a
    /// panel that is already running; nothing is dialled automatically. uncall://hold and other verbs ask the agent.
    #[arg(value_name = "LINK", value_parser = link)]
    pub(crate) link: Option<String>,
}

fn order(text: &str) -> Result<String, NoOrder> {
    if text != SHOW {
        Order::parse(text)?;
    }
    Ok(text.to_owned())
}

/// Makes a path absolute, because another panel, with another working directory, may write the file.
fn absolute(text: &str) -> std::io::Result<PathBuf> {
    std::path::absolute(text)
}

fn link(text: &str) -> Result<String, &'static str> {
    uncall_desk::link::is_link(text).then(|| text.to_owned()).ok_or("a link begins with tel:, callto:, sip: or uncall:")
}

impl Args {
    /// Whether to use the built-in simulator.
    pub(crate) const fn demo(&self) -> bool {
        #[cfg(feature = "demo")]
        return self.demo;
        #[cfg(not(feature = "demo"))]
        return false;
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::Args;

    #[test]
    fn the_command_is_well_formed() {
        Args::command().debug_assert();
    }

    #[test]
    fn what_is_no_order_is_usage_and_wrong_keys_say_so() {
        let parse = |words: &[&str]| Args::try_parse_from(["uncall-panel"].iter().chain(words));
        for good in ["show", "hold", "answer", "dtmf:12#", "dial:+44 (0)20 7946 0018", "transfer:802"] {
            assert_eq!(parse(&["--do", good]).unwrap().order.as_deref(), Some(good));
        }
        for (words, said) in [
            (&["--do", "fly"][..], "takes show, hold"),
            (&["--do", "dtmf:x"], "the keys of a telephone"),
            (&["--do", "hold", "--state"], "cannot be used with"),
            (&["--do", "hold", "tel:802"], "cannot be used with"),
            (&["--country", "86"], "--explain-number"),
        ] {
            let error = parse(words).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{words:?}");
            assert!(error.to_string().contains(said), "{words:?}: {error}");
        }
    }

    #[test]
    fn the_manual_has_every_argument() {
        let folder = tempfile::tempdir().unwrap();
        let page = uncall_pages::made(Args::command(), folder.path()).unwrap();
        for argument in Args::command().get_arguments().filter_map(clap::Arg::get_long) {
            assert!(page.contains(&argument.replace('-', "\\-")), "{argument}: {page}");
        }
    }
}
