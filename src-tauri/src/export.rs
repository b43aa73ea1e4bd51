//! `uncall-panel --export FILE.csv`: exports the journal, without a window.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use uncall_desk::{names::together, settings};
use uncall_journal::{Filter, Said};

use crate::{contacts::Contacts, journal, settings::Sources, words::Words};

/// Writes the export and prints the number of calls, in the agent's language. On failure prints the reason, with status 1.
#[allow(clippy::print_stdout, clippy::print_stderr)] // A command's answer.
pub(crate) fn run(to: &Path, config: Option<&Path>) -> ExitCode {
    let config = config.map(Path::to_owned).or_else(settings::default_path);
    let settings = Sources::read(config.as_deref()).settings();
    let words = Words::new(settings.language);
    let contacts = Contacts::at_once(&settings);
    match written(to, &words, &contacts) {
        Ok(calls) => {
            let values = [("count", calls.to_string()), ("file", to.display().to_string())];
            println!("{}", words.with("export.done", &values.each_ref().map(|(name, value)| (*name, value.as_str()))));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{}", words.with("export.failed", &[("detail", &format!("{error:#}"))]));
            ExitCode::FAILURE
        }
    }
}

/// Writes the table next to the file and renames it once it is complete.
fn written(to: &Path, words: &Words, contacts: &Contacts) -> anyhow::Result<u64> {
    let from = journal::file().context("the system names no folder for data")?;
    let beside = PathBuf::from(format!("{}.part", to.display()));
    let exported =
        write(&from, &beside, words, contacts).and_then(|calls| Ok(std::fs::rename(&beside, to).map(|()| calls)?));
    if exported.is_err() {
        // Remove an incomplete file. Fails only if there is none.
        let _ = std::fs::remove_file(&beside);
    }
    exported
}

fn write(from: &Path, to: &Path, words: &Words, contacts: &Contacts) -> anyhow::Result<u64> {
    let file = uncall_files::private_file(to).with_context(|| to.display().to_string())?;
    file.set_len(0)?;
    let mut file: BufWriter<File> = BufWriter::new(file);
    let said = Said { word: &|key| words.get(key).to_owned(), name: &|number: &str| together(&contacts.known(number)) };
    let calls = uncall_journal::export(from, &Filter::default(), &mut file, said)?;
    file.flush()?;
    file.get_ref().sync_all()?;
    Ok(calls)
}
