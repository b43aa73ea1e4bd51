//! What is known about a call when something happens to it.

use tauri::{AppHandle, Manager};
use uncall_contract::Direction as Way;
use uncall_desk::{
    effect::Occasion,
    journal::Entry,
    names::{Who, together},
    settings::Settings,
};
use uncall_journal::{Journal, Row};
use uncall_screenpop::{Direction, Event, Facts};

use crate::journal;

/// The facts, with the agent's note once there may be one.
pub(super) async fn facts(app: &AppHandle, settings: &Settings, occasion: &Occasion) -> Facts {
    let row = match occasion.event {
        // A call that begins has no note, and its pop must not wait for the disk.
        Event::Ring | Event::Answer => None,
        Event::Transfer | Event::End | Event::WrapUp | Event::Manual => row(app, &occasion.entry).await,
    };
    let exten = settings.desk_extension().map(|extension| extension.to_string()).unwrap_or_default();
    of_entry(exten, &occasion.entry, &occasion.who, row)
}

async fn row(app: &AppHandle, entry: &Entry) -> Option<Row> {
    let journal = app.state::<Journal>().inner().clone();
    let (uid, other) = (entry.uid.clone(), entry.other.clone());
    journal::beside(move || journal.caller(&uid, &other, journal::midnight())).await.this
}

fn of_entry(exten: String, entry: &Entry, who: &[Who], row: Option<Row>) -> Facts {
    let (note, disposition) = row.map(noted).unwrap_or_default();
    Facts {
        exten,
        uid: entry.uid.clone(),
        calla: entry.calla.clone(),
        callb: entry.callb.clone(),
        other: entry.other.clone(),
        direction: match entry.direction {
            Way::Callin => Direction::Callin,
            Way::Callout => Direction::Callout,
        },
        name: together(who).or_else(|| entry.name.clone()),
        company: who.first().map(|who| who.company.clone()).filter(|company| !company.is_empty()),
        // No server tells the panel yet.
        queue: None,
        note,
        disposition,
        transferred_to: entry.transfers.last().map(|handed| handed.target.clone()),
        began: entry.began,
        answered: entry.answered,
        ended: entry.ended,
    }
}

/// The note and what came of the call, both levels.
fn noted(row: Row) -> (Option<String>, Option<String>) {
    let note = Some(row.note).filter(|note| !note.is_empty());
    let disposition = row.disposition.map(|first| match row.second {
        Some(second) => format!("{first}/{second}"),
        None => first,
    });
    (note, disposition)
}

/// The facts of a call in the journal, for trying rules out.
pub(super) fn of_row(row: Row, who: &[Who]) -> Facts {
    let call = row.call.clone();
    let (note, disposition) = noted(row);
    Facts {
        exten: call.extension,
        uid: call.uid,
        calla: call.calla,
        callb: call.callb,
        other: call.other,
        direction: match call.direction {
            uncall_journal::Direction::In => Direction::Callin,
            uncall_journal::Direction::Out => Direction::Callout,
        },
        name: together(who).or(call.name),
        company: who.first().map(|who| who.company.clone()).filter(|company| !company.is_empty()),
        queue: None,
        note,
        disposition,
        transferred_to: call.transfers.last().map(|transfer| transfer.target.clone()),
        began: call.began,
        answered: call.answered,
        ended: call.ended,
    }
}
