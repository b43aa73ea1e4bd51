//! The journal: takes the desk's entries and answers the pages' queries. Only tasks meant for that wait for the disk.

use std::{path::PathBuf, sync::Arc, time::Duration};

use jiff::{Timestamp, Zoned};
use serde::Serialize;
use tauri::{AppHandle, Emitter, Manager};
use tokio::sync::{Notify, oneshot};
use uncall_contract::{Direction, event::EndReason};
use uncall_desk::{
    journal::{Departure, Entry, HandedOn, Missed, OnHold, Receipt},
    problem::Problem,
};
use uncall_journal::{self as kept, Call, Change, Journal, Options, Rename, Row, Spell, Trouble};
use url::Url;

use crate::{contacts::Contacts, notification, panel::Panel, screenpop::ScreenPop, state_file, tray};

/// How long a starting desk waits for the journal.
const KNOWS_WITHIN: Duration = Duration::from_secs(2);
/// How long the program waits for the disk at exit.
const FAREWELL: Duration = Duration::from_secs(3);

/// The file. `None` if the system names no data folder.
pub(crate) fn file() -> Option<PathBuf> {
    state_file::path("journal.db")
}

/// Opens the journal, and notifies windows and tray of changes. The demo's journal is lost at its end.
pub(crate) fn start(app: &AppHandle, demo: bool) {
    let options = Options { file: file().filter(|_| !demo), keep_days: days(app), same: uncall_desk::number::same };
    let bell = Arc::new(Notify::new());
    let rung = Arc::clone(&bell);
    let journal = Journal::open(options, move || bell.notify_one());
    app.manage(journal.clone());
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let mut told = None;
        loop {
            rung.notified().await;
            let view = view(&app, journal.clone()).await;
            app.state::<Panel>().set_missed(view.unseen);
            tray::show(&app);
            if view.problem.is_some() && told != view.problem {
                view.problem.iter().for_each(|problem| notification::tell(&app, problem));
            }
            told.clone_from(&view.problem);
            if let Err(error) = app.emit("journal_changed", view) {
                tracing::error!("the windows could not be told of the journal: {error}");
            }
        }
    });
}

/// For how long calls are kept; `None` for ever.
fn days(app: &AppHandle) -> Option<u32> {
    Some(app.state::<Panel>().settings().journal_days).filter(|days| *days > 0)
}

/// The settings have changed.
pub(crate) fn heed(app: &AppHandle) {
    let journal = app.state::<Journal>().inner().clone();
    journal.keep_days(days(app));
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let view = view(&app, journal).await;
        if let Err(error) = app.emit("journal_changed", view) {
            tracing::error!("the windows could not be told of the journal: {error}");
        }
    });
}

/// The state of the journal for the pages, apart from its rows.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct JournalView {
    /// Missed calls that the agent has not seen.
    unseen: u32,
    /// The most recent call that has ended.
    last: Option<Row>,
    /// The current problem, if any.
    problem: Option<Problem>,
    /// The dispositions to choose from.
    dispositions: Vec<Disposition>,
}

/// A disposition, and its second level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Disposition {
    name: String,
    seconds: Vec<String>,
}

/// The state of the journal.
pub(crate) async fn view(app: &AppHandle, journal: Journal) -> JournalView {
    let mut state = beside(move || journal.state()).await;
    app.state::<Contacts>().name(state.last.iter_mut().map(|row| &mut row.call));
    app.state::<Panel>().hide(state.last.iter_mut().map(|row| &mut row.call));
    let panel = app.state::<Panel>();
    let pop = app.try_state::<ScreenPop>();
    let of_call = pop.zip(state.last.as_ref()).and_then(|(pop, row)| pop.dispositions(&row.call.uid));
    let own = of_call.unwrap_or_else(|| panel.settings().dispositions);
    let dispositions = if own.is_empty() {
        dispositions(panel.words().get("dispositions").split('|'))
    } else {
        dispositions(own.iter().map(String::as_str))
    };
    JournalView { unseen: state.unseen, last: state.last, problem: state.trouble.as_ref().map(problem), dispositions }
}

/// Runs a query on a thread that may block.
pub(crate) async fn beside<T: Default + Send + 'static>(ask: impl FnOnce() -> T + Send + 'static) -> T {
    tauri::async_runtime::spawn_blocking(ask).await.unwrap_or_default()
}

/// The start of today, local time.
pub(crate) fn midnight() -> Timestamp {
    let now = Zoned::now();
    now.start_of_day().map_or_else(|_| now.timestamp(), |day| day.timestamp())
}

fn problem(trouble: &Trouble) -> Problem {
    let count;
    let (code, detail) = match trouble {
        Trouble::Newer(_) => ("journal_newer", ""),
        Trouble::Damaged(name) => ("journal_damaged", name.as_str()),
        Trouble::Full => ("journal_full", ""),
        Trouble::Lost(changes) => {
            count = changes.to_string();
            ("journal_lost", count.as_str())
        }
        Trouble::Unwritable(why) => ("journal_unwritable", why.as_str()),
    };
    Problem { code: code.into(), detail: detail.into() }
}

/// The list: names, with what they are more exactly behind a slash.
fn dispositions<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<Disposition> {
    let mut all: Vec<Disposition> = Vec::new();
    for text in texts.map(str::trim).filter(|text| !text.is_empty()) {
        let (name, second) =
            text.split_once('/').map_or((text, None), |(name, second)| (name.trim(), Some(second.trim())));
        let known = all.iter_mut().find(|known| known.name == name);
        match (known, second) {
            (Some(known), Some(second)) => known.seconds.push(second.to_owned()),
            (Some(_), None) => {}
            (None, second) => {
                all.push(Disposition {
                    name: name.to_owned(),
                    seconds: second.into_iter().map(str::to_owned).collect(),
                });
            }
        }
    }
    all
}

/// Waits at exit until everything is on the disk.
pub(crate) async fn flush(app: &AppHandle) {
    let journal = app.state::<Journal>().inner().clone();
    if !beside(move || journal.flush(FAREWELL)).await {
        tracing::warn!("the last calls may not be in the journal");
    }
}

/// Writes the entries of one desk.
#[derive(Debug, Clone)]
pub(crate) struct Pen {
    journal: Journal,
    server: String,
    extension: String,
}

impl Pen {
    /// A pen for the desk of this extension.
    pub(crate) fn new(app: &AppHandle, server: &Url, extension: &str) -> Pen {
        let journal = app.state::<Journal>().inner().clone();
        let mut server = server.clone();
        // The login in an address must not be stored. Fails only for an address without a host, which cannot have one.
        let _ = server.set_password(None).and_then(|()| server.set_username(""));
        Pen { journal, server: server.to_string(), extension: extension.to_owned() }
    }

    /// For the desk of a phone alone: its registrar stands in the server's place.
    pub(crate) fn of_phone(app: &AppHandle, registrar: &str, extension: &str) -> Pen {
        let journal = app.state::<Journal>().inner().clone();
        Pen { journal, server: registrar.to_owned(), extension: extension.to_owned() }
    }

    /// The entries of earlier desks, oldest first. Empty if the disk takes too long.
    pub(crate) async fn past(&self) -> Vec<Entry> {
        let pen = self.clone();
        let asked = beside(move || pen.journal.lives(&pen.server, &pen.extension));
        let rows = tokio::time::timeout(KNOWS_WITHIN, asked).await.unwrap_or_else(|_| {
            tracing::warn!("the desk starts without what the journal knows: the disk takes too long");
            Vec::new()
        });
        rows.into_iter().map(entry).collect()
    }

    /// Starts to write an entry, without blocking.
    pub(crate) fn write(&self, entry: &Entry) -> Receipt {
        let (tell, told) = oneshot::channel();
        self.journal.write(self.call(entry), move |kept| {
            // Fails only if nobody waits any more.
            let _ = tell.send(kept);
        });
        told
    }

    /// Gives a line its new uid, without waiting.
    pub(crate) fn rename(&self, (was, began): (&str, Timestamp), (uid, now_began): (&str, Timestamp)) {
        self.journal.rename(Rename {
            server: self.server.clone(),
            extension: self.extension.clone(),
            was: was.to_owned(),
            began,
            uid: uid.to_owned(),
            now_began,
        });
    }

    /// Writes a change of idle and busy, without waiting.
    pub(crate) fn presence(&self, change: Change, at: Timestamp) {
        let (server, extension) = (self.server.clone(), self.extension.clone());
        self.journal.presence(Spell { server, extension, at, change });
    }

    /// Server and extension.
    pub(crate) fn place(&self) -> (&str, &str) {
        (&self.server, &self.extension)
    }

    /// Whether it writes for the same extension.
    pub(crate) fn is_for_the_same_as(&self, other: &Pen) -> bool {
        self.place() == other.place()
    }

    fn call(&self, entry: &Entry) -> Call {
        let Entry { uid, calla, callb, other, began, rings_since, answered, ended, end_seen, .. } = entry.clone();
        Call {
            server: self.server.clone(),
            extension: self.extension.clone(),
            uid,
            began,
            calla,
            callb,
            other,
            name: entry.name.clone(),
            direction: match entry.direction {
                Direction::Callin => kept::Direction::In,
                Direction::Callout => kept::Direction::Out,
            },
            rings_since,
            answered,
            holds: entry.holds.iter().map(|hold| kept::Hold { from: hold.from, to: hold.to }).collect(),
            transfers: entry
                .transfers
                .iter()
                .map(|transfer| kept::Transfer { at: transfer.at, target: transfer.target.clone() })
                .collect(),
            ended,
            end_seen,
            departure: entry.departure.map(|departure| match departure {
                Departure::Ended => kept::Departure::Ended,
                Departure::ByVerb => kept::Departure::ByVerb,
                Departure::Vanished => kept::Departure::Vanished,
                Departure::Disproved => kept::Departure::Disproved,
                Departure::Closed => kept::Departure::Closed,
            }),
            reason: entry.reason.map(|reason| match reason {
                EndReason::Hangup => kept::Reason::Hangup,
                EndReason::Transferred => kept::Reason::Transferred,
                EndReason::AnsweredElsewhere => kept::Reason::AnsweredElsewhere,
                EndReason::NoAnswer => kept::Reason::NoAnswer,
            }),
            talked_seconds: entry.talked_seconds,
            missed: match entry.missed {
                Missed::No => kept::Missed::No,
                Missed::Yes => kept::Missed::Yes,
                Missed::Probably => kept::Missed::Probably,
            },
            offers: entry.offers,
            survey: entry.survey,
            recording: None,
            popped: entry.popped,
        }
    }
}

fn entry(row: Row) -> Entry {
    let (call, disposed) = (row.call, row.disposition.is_some());
    Entry {
        uid: call.uid,
        calla: call.calla,
        callb: call.callb,
        other: call.other,
        name: call.name,
        direction: match call.direction {
            kept::Direction::In => Direction::Callin,
            kept::Direction::Out => Direction::Callout,
        },
        began: call.began,
        rings_since: call.rings_since,
        answered: call.answered,
        holds: call.holds.into_iter().map(|hold| OnHold { from: hold.from, to: hold.to }).collect(),
        transfers: call
            .transfers
            .into_iter()
            .map(|transfer| HandedOn { at: transfer.at, target: transfer.target })
            .collect(),
        survey: call.survey,
        ended: call.ended,
        end_seen: call.end_seen,
        departure: call.departure.map(|departure| match departure {
            kept::Departure::Ended => Departure::Ended,
            kept::Departure::ByVerb => Departure::ByVerb,
            kept::Departure::Vanished => Departure::Vanished,
            kept::Departure::Disproved => Departure::Disproved,
            kept::Departure::Closed => Departure::Closed,
        }),
        talked_seconds: call.talked_seconds,
        reason: call.reason.map(|reason| match reason {
            kept::Reason::Hangup => EndReason::Hangup,
            kept::Reason::Transferred => EndReason::Transferred,
            kept::Reason::AnsweredElsewhere => EndReason::AnsweredElsewhere,
            kept::Reason::NoAnswer => EndReason::NoAnswer,
        }),
        missed: match call.missed {
            kept::Missed::No => Missed::No,
            kept::Missed::Yes => Missed::Yes,
            kept::Missed::Probably => Missed::Probably,
        },
        offers: call.offers,
        popped: call.popped,
        disposed,
    }
}
