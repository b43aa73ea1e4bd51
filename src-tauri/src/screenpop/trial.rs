//! "Try it": what each rule would do, without doing it.

use std::{io::Write as _, path::Path, process::ExitCode};

use jiff::Timestamp;
use serde::Serialize;
use tauri::{AppHandle, Manager};
use uncall_desk::{
    problem::Problem,
    settings::{self, Settings},
};
use uncall_journal::Journal;
use uncall_screenpop::{Deed, Facts, Fired, Misfit, try_out};

use super::facts::of_row;
use crate::{contacts::Contacts, journal, panel::Panel, settings::Sources};

/// What a rule would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Tried {
    /// The rule, in one line.
    rule: String,
    /// What it would open, start or post. `None` if nothing.
    does: Option<String>,
    /// Why nothing would come of it.
    problem: Option<Problem>,
}

/// What each rule would do for the call that ended last, or for sample values.
pub(crate) async fn tried(app: &AppHandle, last: bool) -> Vec<Tried> {
    let settings = app.state::<Panel>().settings();
    let journal = app.state::<Journal>().inner().clone();
    let row = if last { journal::beside(move || journal.state()).await.last } else { None };
    let facts = row.map(|row| {
        let who = app.state::<Contacts>().known(&row.call.other);
        of_row(row, &who)
    });
    all(&settings, &facts.unwrap_or_else(|| sample(&settings)))
        .into_iter()
        .map(|(rule, does)| match does {
            Ok(mut does) => {
                app.state::<Panel>().hide_text(&mut does);
                Tried { rule, does: Some(does), problem: None }
            }
            Err(misfit) => {
                let problem = Some(Problem::new(misfit.code(), &rule));
                Tried { rule, does: None, problem }
            }
        })
        .collect()
}

/// `uncall-panel --try-screen-pop`: prints what each rule would do for sample values, without a window. Status 1 if nothing would come
/// of one of them.
pub(crate) fn run(config: Option<&Path>) -> ExitCode {
    let config = config.map(Path::to_owned).or_else(settings::default_path);
    let settings = Sources::read(config.as_deref()).settings();
    let all = all(&settings, &sample(&settings));
    let failed = all.iter().any(|(_, does)| does.is_err());
    let lines = all.into_iter().map(|(rule, does)| {
        let does = does.unwrap_or_else(|misfit| format!("nothing: {misfit}"));
        format!("{rule}\n  {}\n", does.replace('\n', "\n  "))
    });
    // Fails only if the reader has closed the pipe.
    let _ = std::io::stdout().write_all(lines.collect::<String>().as_bytes());
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn sample(settings: &Settings) -> Facts {
    let exten = settings.desk_extension().map(|extension| extension.to_string());
    Facts::sample(exten.as_deref().unwrap_or("801"))
}

fn all(settings: &Settings, facts: &Facts) -> Vec<(String, Result<String, Misfit>)> {
    let fired = try_out(&settings.screen_pop, &settings.screen_pop_schemes, facts, Timestamp::now(), cfg!(windows));
    fired.into_iter().map(|Fired { rule, deed }| (rule.shown(), deed.map(|deed| written(&deed)))).collect()
}

fn written(deed: &Deed) -> String {
    match deed {
        Deed::Open(url) => url.to_string(),
        Deed::Run { program, arguments } => {
            let words = std::iter::once(program.display().to_string()).chain(arguments.iter().cloned());
            words.map(|word| format!("{word:?}")).collect::<Vec<_>>().join(" ")
        }
        // Its headers may hold a login.
        Deed::Post { parcel: _, request } => {
            format!("POST {}\n{}", request.url, String::from_utf8_lossy(&request.body))
        }
    }
}
