//! Reads and checks the command line.

use std::{path::PathBuf, time::Duration};

use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum, error::ErrorKind};
use uncall_client::{Settings, Wire, new_action_id};
use uncall_contract::{Channel, Extension, Invalid, Request, event::QueueAct};
use uncall_number::{
    Number, Rules,
    rules::{LocalTime, Route, Step},
};
use url::Url;

use crate::{
    login::Login,
    object::Aside,
    place::{self, Place},
};

const AFTER_HELP: &str = "\
The server may want a login: --user with UNCALL_PASSWORD or --password-file, or a token from UNCALL_TOKEN or --token-file.
A login that is missing, wrong or not allowed to do this ends with status 4 and the error \"http\".

Exit status: 0 done; 1 refused, nothing was done; 2 usage; 3 no answer, and nothing was done (unreachable, timed out, connection
broke); 4 an answer that is not one of this API (HTTP status, SOAP fault, no WSDL); 5 outcome unknown: the verb was sent and its
answer was lost, so it may have been done (the error \"outcome-unknown\"); 130 Ctrl-C while a recording comes.
A script may repeat a command that ended with 3. After 5, look first: a second dial may ring twice.

--uid says which call a verb means, by the uid that current and watch show; without it the server decides. Only some servers
take it (those that announce uncall-arguments with their WSDL): the others are not asked, and the command ends with 1.

With --json every command prints one object: {\"operation\",\"ok\",...}; a refusal has \"ok\":false and the server's
\"response\" and \"message\", a failure \"ok\":false, \"error\" and \"detail\". `watch` prints one object a line:
  {\"operation\":\"watch\",\"ok\":true,\"event\":\"connected\",\"means\":\"push\"}           or \"poll\"
  {\"operation\":\"watch\",\"ok\":false,\"event\":\"lost\",\"error\":...,\"detail\":...}      goes on trying
  {\"operation\":\"watch\",\"ok\":true,\"event\":\"snapshot\",\"exten\",\"presence\",\"calls\"}  push only, as are the next four
  {\"operation\":\"watch\",\"ok\":true,\"event\":\"call\",\"uid\",\"calla\",\"callb\",\"status\",\"state\",\"since\",...}
  {\"operation\":\"watch\",\"ok\":true,\"event\":\"presence\",\"exten\",\"presence\"}
  {\"operation\":\"watch\",\"ok\":true,\"event\":\"team\",\"members\":[{...}]}             supervisors only
  {\"operation\":\"watch\",\"ok\":true,\"event\":\"member\",\"exten\",\"presence\",\"state\",\"since\"}  one of them changed
  An extension that is busy for a reason, or paused in queues, has \"reason\" and \"detail\" besides \"presence\".
  {\"operation\":\"watch\",\"ok\":true,\"event\":\"current\",\"call\":{...}}                 poll only, when it changed

`queues` prints {\"operation\":\"queues\",\"ok\":true,\"exten\",\"queues\":[{\"name\",\"paused\",\"reason\",\"waiting\",\"waiting_since\"}]};
its login and logout {\"operation\":\"queueLogin\",\"ok\":true} or queueLogout, refused with \"ok\":false and \"message\".

RUST_LOG=uncall_client=debug shows on stderr what is asked, =trace also what was sent and what came back, but for people's numbers.";

/// Talks to an Uncall server: dial, hold, transfer, listen, watch an extension.
#[derive(Debug, Parser)]
#[command(name = "uncall", version, after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// Address of the server's WSDL, e.g. http://pbx.example/uncall_services_api/index.php?wsdl
    #[arg(long, global = true, env = "UNCALL_SERVER", value_name = "WSDL_URL")]
    server: Option<String>,
    /// The extension to act for, e.g. 801; not needed for ping and recording
    #[arg(long, global = true, env = "UNCALL_EXTEN", value_name = "EXTEN")]
    exten: Option<String>,
    #[command(flatten)]
    login: Login,
    /// Print one JSON object per line instead of text
    #[arg(long, global = true)]
    json: bool,
    /// Limit for the whole command in seconds [default: 10, transfer 40, fetching a recording 600]; with watch, for each request
    #[arg(long, global = true, value_name = "SECONDS", value_parser = seconds)]
    timeout: Option<Duration>,
    /// Write all traffic to this file, including full phone numbers; only you can read it. Logs never contain it
    #[arg(long, global = true, value_name = "FILE")]
    wire: Option<PathBuf>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Test the connection: the server sends TEXT back
    Ping {
        #[arg(default_value = "uncall", value_parser = writable)]
        text: String,
    },
    /// Ring the extension, then NUMBER
    Dial {
        /// As people write it, e.g. '+44 (0)20 7946 0018' or '010-6552 1234 ext. 9'. An extension part is not sent and a name is left out; the command prints what it dials
        #[arg(allow_hyphen_values = true, value_parser = uncall_number::normalise)]
        number: Number,
        /// An id for finding the call later [default: a random one]
        #[arg(long, value_name = "ID", value_parser = writable)]
        action_id: Option<String>,
        /// Dial even if the number rules want a confirmation
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Show what would be dialled for TEXT, and by which rules; needs no server
    ExplainNumber {
        /// As people write it
        #[arg(allow_hyphen_values = true)]
        text: String,
        /// At this time, e.g. 'sat 17:05' [default: now]
        #[arg(long, value_name = "DAY HH:MM", value_parser = LocalTime::parse)]
        at: Option<LocalTime>,
        #[command(flatten)]
        place: Place,
    },
    /// Show the extension's current call
    Current,
    /// Print what happens to the extension until Ctrl-C
    Watch,
    /// Show the name and address of a call's recording, or fetch it
    Recording {
        /// The call's unique id, as current and watch show it, e.g. 1372123897.17
        #[arg(allow_hyphen_values = true, value_parser = uid)]
        uid: String,
        /// Fetch the recording into this file, which appears once it is complete; - is the standard output. A second
        /// attempt continues where the first one stopped
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// Convert the recording: wav is 16-bit PCM, which every player can play
        #[arg(long, value_name = "FORMAT", requires = "output")]
        format: Option<Format>,
    },
    /// Make the extension busy
    Busy {
        /// The reason, in at most 32 characters, as shown in queues and event streams. It is not sent to servers that do not
        /// support it
        #[arg(long, value_name = "TEXT", allow_hyphen_values = true, value_parser = writable)]
        reason: Option<String>,
    },
    /// Make the extension idle again
    Idle,
    /// Hold the call; prints the channel that restore needs
    Hold {
        #[command(flatten)]
        call: Which,
    },
    /// Resume a held call
    Restore {
        /// The channel that hold printed
        #[arg(value_parser = Channel::parse)]
        channel: Channel,
    },
    /// Transfer the call to another extension; waits until it has answered
    Transfer {
        /// An extension, or a number as people write it
        #[arg(value_parser = uncall_number::target)]
        target: Number,
        /// Transfer even if the number rules want a confirmation
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        call: Which,
        #[command(flatten)]
        place: Place,
    },
    /// Ask the customer for a rating after this call
    Survey {
        #[command(flatten)]
        call: Which,
    },
    /// Listen to the call of another extension
    Listen {
        #[arg(value_parser = uncall_number::target)]
        target: Number,
    },
    /// Speak to another extension during a call without the other party hearing it
    Whisper {
        #[arg(value_parser = uncall_number::target)]
        target: Number,
    },
    /// End the call
    Hangup {
        #[command(flatten)]
        call: Which,
    },
    /// Show the queues the extension is logged in to, log in to one, or log out. Only some servers have queues
    Queues {
        #[command(subcommand)]
        change: Option<Change>,
    },
}

#[derive(Debug, Subcommand)]
enum Change {
    /// Log in to a queue; a busy extension is paused in it
    Login {
        /// The queue's name
        queue: String,
    },
    /// Log out of a queue
    Logout {
        /// The queue's name
        queue: String,
    },
}

/// The call that a verb means.
#[derive(Debug, Args)]
struct Which {
    /// The uid of the call to act on [default: the server's choice]
    #[arg(long, value_name = "UID", allow_hyphen_values = true, value_parser = uid)]
    uid: Option<String>,
}

/// The format to convert a recording to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// RIFF WAVE with PCM inside.
    Wav,
}

/// A command that is ready to run.
pub(crate) struct Job {
    pub(crate) settings: Settings,
    pub(crate) budget: Duration,
    pub(crate) json: bool,
    /// The parts of the given number that are not dialled.
    pub(crate) aside: Aside,
    pub(crate) task: Task,
}

pub(crate) enum Task {
    Call(Request),
    /// Refused by the number rules, for this reason.
    Refused(Request, String),
    Recording {
        request: Request,
        save: Option<Save>,
    },
    Watch(Extension),
    Queues(Extension, Option<(QueueAct, String)>),
}

/// Where to save a recording.
pub(crate) struct Save {
    /// `-` for the standard output.
    pub(crate) path: PathBuf,
    pub(crate) format: Option<Format>,
    /// Time limit for the whole command, if set.
    pub(crate) budget: Option<Duration>,
}

/// An `explain-number` command.
pub(crate) struct Explain {
    pub(crate) text: String,
    pub(crate) rules: Rules,
    pub(crate) at: LocalTime,
    pub(crate) json: bool,
}

impl Arguments {
    /// The command if it needs no server.
    pub(crate) fn explanation(&self) -> Result<Option<Explain>, clap::Error> {
        let Verb::ExplainNumber { text, at, place } = &self.verb else { return Ok(None) };
        let rules = place.rules().map_err(|why| wrong(&why))?;
        Ok(Some(Explain { text: text.clone(), rules, at: at.unwrap_or_else(place::now), json: self.json }))
    }

    /// The command, or the error in it.
    pub(crate) fn job(self) -> Result<Job, clap::Error> {
        let server = given(self.server).ok_or_else(|| missing("--server WSDL_URL (or UNCALL_SERVER)"))?;
        let mut settings = Settings::new(address(&server)?);
        settings.login = self.login.credentials(|name| std::env::var(name).ok()).map_err(|reason| wrong(&reason))?;
        if let Some(path) = &self.wire {
            let wire = Wire::create(path).map_err(|error| wrong(&format!("--wire {}: {error}", path.display())))?;
            settings.wire = Some(wire);
        }
        let budget = self.timeout.unwrap_or(match self.verb {
            Verb::Transfer { .. } => settings.transfer_timeout,
            Verb::Ping { .. }
            | Verb::Dial { .. }
            | Verb::Current
            | Verb::Watch
            | Verb::Recording { .. }
            | Verb::Busy { .. }
            | Verb::Idle
            | Verb::Hold { .. }
            | Verb::Restore { .. }
            | Verb::Survey { .. }
            | Verb::Listen { .. }
            | Verb::Whisper { .. }
            | Verb::Hangup { .. }
            | Verb::ExplainNumber { .. }
            | Verb::Queues { .. } => settings.call_timeout,
        });
        settings.call_timeout = budget;
        settings.connect_timeout = settings.connect_timeout.min(budget);
        let mut aside = self.verb.aside();
        let mut task = task(self.verb, self.exten, &mut aside)?;
        if let Task::Recording { save: Some(save), .. } = &mut task {
            if self.json && save.path.as_os_str() == "-" {
                return Err(wrong("the standard output takes either the recording or, with --json, the object"));
            }
            save.budget = self.timeout;
        }
        Ok(Job { settings, budget, json: self.json, aside, task })
    }
}

impl Verb {
    /// The parts of the number that are not dialled.
    fn aside(&self) -> Aside {
        match self {
            Verb::Dial { number, .. }
            | Verb::Transfer { target: number, .. }
            | Verb::Listen { target: number }
            | Verb::Whisper { target: number } => {
                Aside { not_sent: number.extension.clone(), left_out: number.left_out.clone(), steps: Vec::new() }
            }
            Verb::Ping { .. }
            | Verb::Current
            | Verb::Watch
            | Verb::Recording { .. }
            | Verb::Busy { .. }
            | Verb::Idle
            | Verb::Hold { .. }
            | Verb::Restore { .. }
            | Verb::Survey { .. }
            | Verb::Hangup { .. }
            | Verb::ExplainNumber { .. }
            | Verb::Queues { .. } => Aside::default(),
        }
    }
}

/// Applies the number rules and puts those used into `steps`. The inner error is a refusal in words.
fn routed(
    place: &Place,
    number: Number,
    yes: bool,
    steps: &mut Vec<Step>,
) -> Result<Result<String, String>, clap::Error> {
    let rules = place.rules().map_err(|why| wrong(&why))?;
    Ok(place::route(&rules, &number, yes).map(|Route { dialled, steps: taken, .. }| {
        *steps = taken;
        dialled
    }))
}

fn task(verb: Verb, exten: Option<String>, aside: &mut Aside) -> Result<Task, clap::Error> {
    let exten = given(exten);
    let exten = || {
        let text = exten.as_deref().ok_or_else(|| missing("--exten EXTEN (or UNCALL_EXTEN)"))?;
        Extension::parse(text).map_err(|error: Invalid| wrong(&format!("the extension {text:?} {error}")))
    };
    let agent = || exten().map(String::from);
    Ok(Task::Call(match verb {
        Verb::Watch => return Ok(Task::Watch(exten()?)),
        Verb::Queues { change } => {
            let change = change.map(|change| match change {
                Change::Login { queue } => (QueueAct::Login, queue),
                Change::Logout { queue } => (QueueAct::Logout, queue),
            });
            return Ok(Task::Queues(exten()?, change));
        }
        Verb::Recording { uid, output, format } => {
            let save = output.map(|path| Save { path, format, budget: None });
            return Ok(Task::Recording { request: Request::Recording { uid }, save });
        }
        Verb::Ping { text } => Request::Ping { text },
        Verb::Dial { number, action_id, yes, place } => {
            let (exten, action_id) = (agent()?, Some(given(action_id).unwrap_or_else(new_action_id)));
            let dial = |number| Request::Dial { exten, number, action_id };
            match routed(&place, number.clone(), yes, &mut aside.steps)? {
                Ok(dialled) => dial(dialled),
                Err(why) => return Ok(Task::Refused(dial(number.dialled), why)),
            }
        }
        // Handled by `explanation`.
        Verb::ExplainNumber { .. } => return Err(wrong("it is explained, and not sent")),
        Verb::Current => Request::Current { exten: agent()? },
        Verb::Busy { reason } => Request::Busy { exten: agent()?, reason: given(reason) },
        Verb::Idle => Request::Idle { exten: agent()? },
        Verb::Hold { call } => Request::Hold { exten: agent()?, uid: call.uid },
        Verb::Restore { channel } => Request::Restore { agent: agent()?, channel: channel.into() },
        Verb::Transfer { target, yes, call, place } => {
            let (agent, uid) = (agent()?, call.uid);
            let transfer = |target| Request::Transfer { agent, target, uid };
            match routed(&place, target.clone(), yes, &mut aside.steps)? {
                Ok(dialled) => transfer(dialled),
                Err(why) => return Ok(Task::Refused(transfer(target.dialled), why)),
            }
        }
        Verb::Survey { call } => Request::Survey { agent: agent()?, uid: call.uid },
        Verb::Listen { target } => Request::Listen { agent: agent()?, target: target.dialled },
        Verb::Whisper { target } => Request::Whisper { agent: agent()?, target: target.dialled },
        Verb::Hangup { call } => Request::HangUp { agent: agent()?, uid: call.uid },
    }))
}

/// Treats an empty environment variable as not set.
fn given(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

fn address(text: &str) -> Result<Url, clap::Error> {
    let url =
        Url::parse(text.trim()).map_err(|error| wrong(&format!("the server's address {text:?} is none: {error}")))?;
    if matches!(url.scheme(), "http" | "https") && url.has_host() {
        Ok(url)
    } else {
        Err(wrong(&format!("the server's address {text:?} must begin with http:// or https://")))
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    if (0.001..=86_400.0).contains(&seconds) {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err("from 0.001 to 86400 seconds".to_owned())
    }
}

/// A uid. Each server has its own kind, so any text is accepted, trimmed of white space.
fn uid(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() { Err("is empty".to_owned()) } else { writable(text) }
}

/// Text that XML can carry.
fn writable(text: &str) -> Result<String, String> {
    match text
        .chars()
        .find(|&c| (c.is_control() && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{fffe}' | '\u{ffff}'))
    {
        Some(c) => Err(format!("contains the character {c:?}, which XML cannot carry")),
        None => Ok(text.to_owned()),
    }
}

fn missing(what: &str) -> clap::Error {
    Arguments::command().error(ErrorKind::MissingRequiredArgument, format!("{what} is needed"))
}

fn wrong(what: &str) -> clap::Error {
    Arguments::command().error(ErrorKind::ValueValidation, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_has_every_argument() {
        let folder = tempfile::tempdir().unwrap();
        let page = uncall_pages::made(Arguments::command(), folder.path()).unwrap();
        for argument in Arguments::command().get_arguments().filter_map(clap::Arg::get_long) {
            assert!(page.contains(&argument.replace('-', "\\-")), "{argument}: {page}");
        }
    }

    #[test]
    fn the_command_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn seconds_are_bounded() {
        assert_eq!(seconds("2.5"), Ok(Duration::from_millis(2500)));
        for text in ["0", "-1", "nan", "inf", "1e9", "ten", ""] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
