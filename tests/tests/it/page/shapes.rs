//! The page's types are the host's.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use uncall_desk::input::Intent;
use uncall_tests::page::{
    Shapes,
    desk::{call, entry, idle, notice, on, settings, with},
};

/// What serde would have taken for a word that it does not know: it lists them all.
fn words<T: serde::de::DeserializeOwned>(unknown: Value) -> Result<Vec<String>> {
    let error = serde_json::from_value::<T>(unknown).err().context("it took nonsense")?.to_string();
    let mut words: Vec<String> = error.split('`').skip(3).step_by(2).map(str::to_owned).collect();
    words.sort();
    Ok(words)
}

#[test]
fn words_are_the_desk_s() -> Result<()> {
    use uncall_contract::{
        Direction,
        event::{EndReason, Presence},
    };
    use uncall_desk::snapshot;
    let shapes = Shapes::read()?;
    for (name, host) in [
        ("Link", words::<snapshot::Link>(json!("?"))?),
        ("Presence", words::<Presence>(json!("?"))?),
        ("Direction", words::<Direction>(json!("?"))?),
        ("CallState", words::<snapshot::CallViewState>(json!("?"))?),
        ("Missed", words::<uncall_journal::Missed>(json!("?"))?),
        ("Departure", words::<uncall_journal::Departure>(json!("?"))?),
        ("Kind", words::<uncall_journal::Kind>(json!("?"))?),
        ("EndReason", words::<EndReason>(json!("?"))?),
        ("Mood", words::<snapshot::Mood>(json!("?"))?),
        ("Verb", words::<snapshot::Verb>(json!("?"))?),
    ] {
        ensure!(!host.is_empty() && shapes.words(name)? == host, "{name}: {:?} and {host:?}", shapes.words(name)?);
    }
    Ok(())
}

/// A snapshot with something in every place.
#[test]
fn a_snapshot_is_what_the_page_expects() -> Result<()> {
    let member = json!({"exten": "802", "name": "王芳", "presence": "idle", "state": "talking", "since": idle()["connection"]["since"], "pending": "listen"});
    let full = with(
        on(&[
            with(call("1.1", "held"), json!({"pending": "restore", "who": [{"name": "李雷", "company": ""}]})),
            call("2.2", "ringing"),
        ]),
        json!({
            "name": "王芳",
            "connection": {"problem": {"code": "io", "detail": ""}, "poll_seconds": 3},
            "presence": {"pending": "busy"},
            "team": [member],
            "pending": ["dial"],
            "notice": with(notice("listen", Some("1.1"), "spy_failed"), json!({"target": "802"})),
            "countdown": {"dialled": "802", "until": idle()["connection"]["since"]},
        }),
    );
    let shapes = Shapes::read()?;
    for snapshot in [full, idle()] {
        shapes.check("Snapshot", &uncall_tests::page::desk::checked(&snapshot)?)?;
    }
    shapes.check("Settings", &settings("en"))?;
    let note = json!({"note": "x", "disposition": "y", "second": "z", "name": "n", "rings_since": entry("1", 1)["began"], "recording": "r"});
    let held = json!({"holds": [{"from": entry("1", 1)["began"], "to": null}], "transfers": [{"at": entry("1", 1)["began"], "target": "802"}]});
    let (view, page) =
        uncall_tests::page::desk::journal(&json!({"recent": [with(entry("3.3", 5), with(note, held))]}))?;
    shapes.check("JournalView", &view)?;
    shapes.check("Page", &page)?;
    let known: uncall_journal::Caller =
        serde_json::from_value(json!({"this": null, "today": 1, "earlier": page["rows"], "noted": page["rows"][0]}))?;
    shapes.check("Caller", &serde_json::to_value(known)?)?;
    // What the page asks for, the journal takes.
    let began = &entry("1", 1)["began"];
    for sample in shapes.samples("Filter")? {
        let times = ["from", "to"].into_iter().filter(|time| sample[*time].is_string());
        let filter = times.fold(sample.clone(), |filter, time| with(filter, json!({time: began})));
        let read: uncall_journal::Filter =
            serde_json::from_value(filter.clone()).with_context(|| filter.to_string())?;
        ensure!(serde_json::to_value(read)? == filter, "{filter} loses something");
    }
    Ok(())
}

#[test]
fn the_desk_takes_every_intent_of_the_page() -> Result<()> {
    let samples = Shapes::read()?.samples("Intent")?;
    for sample in &samples {
        let intent: Intent = serde_json::from_value(sample.clone()).with_context(|| sample.to_string())?;
        ensure!(serde_json::to_value(intent)? == *sample, "{sample} loses something");
    }
    let known: BTreeSet<String> =
        samples.iter().filter_map(|sample| Some(sample.get("do")?.as_str()?.to_owned())).collect();
    let taken: BTreeSet<String> = words::<Intent>(json!({"do": "?"}))?.into_iter().collect();
    ensure!(known == taken, "the page's {known:?}, the desk's {taken:?}");
    Ok(())
}
